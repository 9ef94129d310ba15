"""A chain of trivial nodes: what a node costs beside its code, and what a further one adds."""

from __future__ import annotations

from benchmarks.contest import OURS, arena, conditions, contest
from benchmarks.given import chain
from benchmarks.measuring import in_turn
from benchmarks.peers import PAPERMILL, PEERS
from benchmarks.tables import Target, at_most, contest_table, medians, table

THEIRS = PEERS[PAPERMILL].title
TARGET = Target(OURS, THEIRS, 0.09)
FURTHER_MS = 60


def main(short: int = 20, ours_long: int = 100, theirs_long: int = 40, runs: int = 3) -> None:
    """Print the table of the short chain, and what each node of a longer one adds, for papermill a less long one."""
    work = chain(short)
    print(f"{conditions(work)}\n\n**{short} nodes in a chain**\n", flush=True)
    found = contest(work, runs)
    print(contest_table(found, THEIRS, TARGET), flush=True)

    lengths = {OURS: ours_long, THEIRS: theirs_long}
    with arena(chain(ours_long)) as our_place, arena(chain(theirs_long)) as their_place:
        longer = in_turn({OURS: our_place.ours, THEIRS: lambda: their_place.peer(PAPERMILL)}, runs)
    walls, long_walls = (medians(one, lambda figures: figures.wall_s) for one in (found, longer))
    slopes = {name: (long_walls[name] - walls[name]) / (lengths[name] - short) for name in long_walls if name in walls}
    rows = [
        (name, f"{walls[name]:.2f}", lengths[name], f"{long_walls[name]:.2f}", f"{1000 * slope:.0f}")
        for name, slope in slopes.items()
    ]
    header = ("tool", f"{short} nodes, s", "a longer chain, nodes", "s", "a further node, ms")
    target = at_most("a further node", 1000 * slopes[OURS], FURTHER_MS, "ms")
    print(f"\n**What a further node adds**\n\n{table(header, rows)}\n\n{target}")
