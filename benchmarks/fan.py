"""Independent trivial nodes and one that joins them: what a node costs when it need not wait for another."""

from __future__ import annotations

from benchmarks.contest import OURS, conditions, contest
from benchmarks.given import fan
from benchmarks.peers import PAPERMILL, PEERS
from benchmarks.tables import Target, contest_table

TARGET = Target(OURS, PEERS[PAPERMILL].title, 0.15)


def main(size: int = 50, runs: int = 3) -> None:
    """Print the table."""
    work = fan(size)
    print(f"{conditions(work)}\n\n**{size} independent nodes and a join**\n", flush=True)
    print(contest_table(contest(work, runs), PEERS[PAPERMILL].title, TARGET))
