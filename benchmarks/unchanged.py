"""A chain that has run, once more with nothing changed: what it costs to find that there is nothing to do."""

from __future__ import annotations

from benchmarks.contest import OURS, arena, conditions
from benchmarks.given import chain
from benchmarks.measuring import in_turn
from benchmarks.peers import PEERS, PLOOMBER
from benchmarks.tables import at_most, contest_table, medians

TITLE = f"{OURS}, run --changed"
MOST_S = 0.6


def main(size: int = 20, runs: int = 3) -> None:
    """Print the table. The other peers run everything again, so their figures are those of ``chain``."""
    work = chain(size)
    print(
        f"{conditions(work, [PLOOMBER])}\n\n**{size} nodes in a chain, nothing changed since the last run**\n",
        flush=True,
    )
    with arena(work) as place:
        in_turn({"the first run of ours": place.ours, "the first build of ploomber": lambda: place.peer(PLOOMBER)}, 1)
        contestants = {
            TITLE: lambda: place.ours("--changed"),
            PEERS[PLOOMBER].title: lambda: place.peer(PLOOMBER, again=True),
        }
        found = in_turn(contestants, runs)
    print(contest_table(found, PEERS[PLOOMBER].title))
    seconds = medians(found, lambda figures: figures.wall_s).get(TITLE)
    if seconds is not None:
        print(f"\n{at_most('the whole command', seconds, MOST_S, 's')}")
