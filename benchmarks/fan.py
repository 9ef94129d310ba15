"""Independent trivial nodes and one that joins them: what a node costs when it need not wait for another."""

from __future__ import annotations

from benchmarks.contest import OURS, arena, conditions, contest
from benchmarks.given import fan
from benchmarks.measuring import in_turn
from benchmarks.peers import PAPERMILL, PEERS, WITHOUT_KERNELS
from benchmarks.tables import Target, at_most, contest_table, medians

TARGET = Target(OURS, PEERS[PAPERMILL].title, 0.12)
FLAT = Target(OURS, PEERS[WITHOUT_KERNELS].title, 0.4)
FURTHER_MS = 55
TAKES_MINUTES = "dagstermill_in_process"
"""Left out here: its part of ``chain`` says what a node costs it."""


def main(size: int = 50, larger: int = 100, runs: int = 3) -> None:
    """Print the table, and what a further node adds to ours."""
    work, peers = fan(size), [name for name in PEERS if name != TAKES_MINUTES]
    print(f"{conditions(work, peers)}\n\n**{size} independent nodes and a join**\n", flush=True)
    found = contest(work, runs, peers, compared=(PAPERMILL, WITHOUT_KERNELS))
    print(contest_table(found, PEERS[PAPERMILL].title, TARGET, FLAT), flush=True)
    with arena(fan(larger)) as place:
        more = in_turn({OURS: place.ours}, runs)
    walls, more_walls = (medians(one, lambda figures: figures.wall_s)[OURS] for one in (found, more))
    further_ms = 1000 * (more_walls - walls) / (larger - size)
    print(f"\n{larger} nodes: {more_walls:.2f} s. {at_most('a further node', further_ms, FURTHER_MS, 'ms')}")
