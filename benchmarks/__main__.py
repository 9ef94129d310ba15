"""``python -m benchmarks [--quick] [WORK...]``: measure, print tables, and put them on `docs/performance.md`."""

from __future__ import annotations

import argparse
import io
import sys
import time
import traceback
from contextlib import redirect_stdout

from benchmarks.page import write_page
from benchmarks.works import WORKS, run


class _Heard(io.StringIO):
    """Keeps what is printed, and prints it."""

    def write(self, text: str) -> int:
        sys.__stdout__.write(text)
        sys.__stdout__.flush()
        return super().write(text)


def main() -> int:
    """Exit code 0 where every work had its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "works", nargs="*", metavar="WORK", help=f"one of: {', '.join(WORKS)}; all but recovery if none"
    )
    parser.add_argument("--quick", action="store_true", help="tiny sizes, once each; the page is left alone")
    asked = parser.parse_args()
    unknown = set(asked.works) - set(WORKS)
    if unknown:
        parser.error(f"there is no work {', '.join(sorted(unknown))}; there are: {', '.join(WORKS)}")
    chosen = asked.works or [name for name, work in WORKS.items() if work.on_page]
    found = {name: _measured(name, quick=asked.quick) for name in chosen}
    good = {name: text for name, text in found.items() if text is not None}
    if not asked.quick:
        write_page({name: text for name, text in good.items() if WORKS[name].on_page})
    return 0 if good.keys() == found.keys() else 1


def _measured(name: str, *, quick: bool) -> str | None:
    """The tables, or `None` where the work failed: the others are measured all the same."""
    print(f"\n## {name}\n", flush=True)
    begun = time.monotonic()
    heard = _Heard()
    try:
        with redirect_stdout(heard):
            run(name, quick=quick)
    except Exception:  # noqa: BLE001  # whatever it was
        traceback.print_exc()
        return None
    finally:
        print(f"  {name} took {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return heard.getvalue()


if __name__ == "__main__":
    sys.exit(main())
