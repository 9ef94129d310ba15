"""Four nodes that import pandas and hand a large frame on: imports and data beside the start of kernels."""

from __future__ import annotations

from benchmarks.contest import OURS, conditions, contest
from benchmarks.given import diamond
from benchmarks.peers import PAPERMILL, PEERS
from benchmarks.tables import Target, contest_table

TARGET = Target(OURS, PEERS[PAPERMILL].title, 0.25)
FLOOR = Target(OURS, PEERS["plain_python"].title, 1.4)


def main(megabytes: int = 100, runs: int = 3) -> None:
    """Print the table."""
    work = diamond(megabytes)
    print(f"{conditions(work)}\n\n**Diamond of four nodes, each handing on a frame of {megabytes} MB**\n", flush=True)
    found = contest(work, runs, compared=(PAPERMILL, "plain_python"))
    print(contest_table(found, PEERS[PAPERMILL].title, TARGET, FLOOR))
