"""``python -m benchmarks NAME``: prepare, measure, print a Markdown table."""

from __future__ import annotations

import sys

from benchmarks import analysis, handover, overhead, recovery

BENCHMARKS = {
    "overhead": overhead.main,
    "analysis": analysis.main,
    "handover": handover.main,
    "recovery": recovery.main,
}

if __name__ == "__main__":
    chosen = sys.argv[1:2]
    if not chosen or chosen[0] not in BENCHMARKS:
        sys.exit(f"usage: python -m benchmarks {{{','.join(BENCHMARKS)}}} [RUNS]")
    BENCHMARKS[chosen[0]](*map(int, sys.argv[2:3]))
