"""In which order the node runs of a run stand: that of the document. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from jupyter_dataops.ids import NodeName

Place = tuple[int, ...]
"""Positions from the outermost group down to the node itself; places compare as the document reads."""


def places(found: Iterable[tuple[NodeName, NodeName | None, int]]) -> dict[NodeName, Place]:
    """Where each node stands, given its name, its parent's and its position among its siblings.

    Examples
    --------
    >>> rows = [("b", None, 1), ("a[y]", "a", 1), ("a", None, 0), ("a[x]", "a", 0)]
    >>> where = places(rows)
    >>> sorted(where, key=where.__getitem__)
    ['a', 'a[x]', 'a[y]', 'b']
    """
    stands = {node: (parent, position) for node, parent, position in found}

    @cache
    def place(node: NodeName) -> Place:
        parent, position = stands[node]
        return (*(place(parent) if parent is not None else ()), position)

    return {node: place(node) for node in stands}
