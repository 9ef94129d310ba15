"""Checks: what each is called, which ``check:`` cells belong to it, and what its tags ask for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import count

from jupyter_dataops.ids import NodeName, check_name
from jupyter_dataops.spec.models import Cell, CheckSpec, Problem, Role
from jupyter_dataops.spec.options import PlacedTag, read_check_options
from jupyter_dataops.spec.tags import Tag


def next_check_name(node: str, taken: Collection[tuple[str, str | None]]) -> str:
    """``check_1``, ``check_2``, ...: the first that none of the (node, name) pairs in `taken` has for that node.

    Examples
    --------
    >>> next_check_name("clean", {("clean", "check_1"), ("load", "check_2")})
    'check_2'
    """
    return next(name for name in map("check_{}".format, count(1)) if (node, name) not in taken)


def read_checks(
    cells: Sequence[Cell], tags_of: Callable[[Cell], Sequence[Tag]], defaults: Sequence[Tag]
) -> tuple[dict[NodeName, CheckSpec], tuple[Problem, ...]]:
    """The checks by name, in order of each one's first cell, and what contradicts itself.

    Parameters
    ----------
    tags_of
        What is understood of a cell's tags.
    """
    members: dict[tuple[NodeName, str], list[Cell]] = {}
    for cell in cells:
        if cell.role is Role.CHECK and cell.node is not None and cell.check is not None:
            members.setdefault((cell.node, cell.check), []).append(cell)
    checks, problems = dict[NodeName, CheckSpec](), list[Problem]()
    for (node, check), its_cells in members.items():
        name = check_name(node, check)
        placed = [PlacedTag(tag, cell) for cell in its_cells for tag in tags_of(cell)]
        severity, timeout_s, found = read_check_options(name, node, placed, defaults)
        checks[name] = CheckSpec(name, node, check, tuple(its_cells), severity, timeout_s)
        problems += found
    return checks, tuple(problems)
