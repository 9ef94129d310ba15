"""The table of works. A further one is a module with a ``main`` that prints its Markdown tables, and a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Work:
    """A row of the table: with which arguments ``main`` of ``benchmarks.NAME`` is called."""

    full: tuple[int, ...]
    quick: tuple[int, ...]
    """Just large enough to show that everything works; such figures say nothing."""
    on_page: bool = True
    """Runs when no work is named, and has its place on the page."""


WORKS: Mapping[str, Work] = {
    "chain": Work((20, 100, 40, 3), (2, 3, 4, 1)),
    "fan": Work((50, 100, 3), (2, 3, 1)),
    "diamond": Work((100, 3), (1, 1)),
    "unchanged": Work((20, 3), (2, 1)),
    "notebook": Work((3, 1, 100), (1, 1)),
    "startup": Work((5,), (1,)),
    "handover": Work((3, 100, 1000), (1, 1)),
    "memory": Work((3,), (1,)),
    "shutdown": Work((500, 100), (4, 4)),
    "growth": Work((10_000,), (10,)),
    "analysis": Work((3,), (1,)),
    "profile": Work((20,), (2,)),
    "punctuality": Work((1_000, 75, 12, 100_000), (20, 3, 0, 0)),
    "browser_graph": Work((3, 50, 500, 1000, 2000), (1, 20)),
    "browser_lab": Work((5, 1000, 100_000, 500), (1, 60, 400, 10)),
    "recovery": Work((3,), (1,), on_page=False),
}


def run(name: str, *, quick: bool) -> None:
    """Measure, and print the tables."""
    work = WORKS[name]
    import_module(f"benchmarks.{name}").main(*(work.quick if quick else work.full))
