"""Random generators that the whole process shares, used by several nodes: DO023."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from jupyter_dataops.dataflow.bindings import Owner, group_of, is_shared
from jupyter_dataops.dataflow.page import Page, RandomUse
from jupyter_dataops.spec.models import Problem

_OWN: Final[Mapping[str, str]] = {
    "random": "rng = random.Random(seed)",
    "numpy.random": "rng = np.random.default_rng(seed)",
}


def find_shared_random(page: Page) -> Iterator[Problem]:
    """``DO023`` for each block that draws where, in one kernel, it would continue the sequence of a node above.

    Numbers drawn above any seed, or without one, are different in every *Run All* too. A node that seeds a generator
    for itself has a sequence of its own, and ``DO009``.
    """
    for generator, uses in page.random_uses.items():
        seeding = {group_of(use.owner) for use in uses if use.seeds}
        first: RandomUse | None = None
        is_seeded = False
        told: set[Owner] = set()
        for use in uses:
            owner = group_of(use.owner)
            if first is not None and owner not in told and owner != first.owner:
                if is_shared(owner) or owner not in seeding:
                    told.add(owner)
                    yield _problem(page, generator, first, use)
            elif is_shared(owner):
                is_seeded = is_seeded or use.seeds
            elif is_seeded and owner not in seeding:
                first = first or use


def _problem(page: Page, generator: str, first: RandomUse, use: RandomUse) -> Problem:
    cell = page.cells[use.index]
    return Problem(
        "DO023",
        f"{page.place(use.index)} may draw from the shared generator of `{generator}`, as {page.place(first.index)}"
        " above it: Run All continues one sequence, a pipeline starts it anew in each node",
        f"give each node a generator of its own: `{_OWN[generator]}`",
        cell.id,
        cell.index,
        cell.node,
    )
