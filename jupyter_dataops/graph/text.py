"""The graph drawn with characters, one row per node, as version control draws history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jupyter_dataops.dataflow.models import EdgeKind
from jupyter_dataops.graph.build import Graph, States, edges_of
from jupyter_dataops.graph.layout import downward_edges, ordered
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import LOOKS

_NO_STATES: Final[States] = {}
_MOST_LANES: Final = 60
"""Wider than this nobody reads, and ten thousand lines beside each other would be a text of a hundred megabytes."""


def to_text(graph: Graph, states: States = _NO_STATES) -> str:
    """One row per node, upstream first; lines lead down from each node to those that wait for it.

    Behind the name stand the node's state, if it has one, and what it gets from whom; ``(order)`` is an edge without
    data. Where too many lines would run beside each other, none is drawn.

    Examples
    --------
    >>> from jupyter_dataops.dataflow.models import Edge
    >>> import networkx as nx
    >>> graph = nx.DiGraph()
    >>> for source, target in (("load", "clean"), ("load", "plot"), ("clean", "report"), ("plot", "report")):
    ...     graph.add_edge(source, target, edge=Edge(source, target, (source[0],), EdgeKind.DATA))
    >>> print(to_text(graph))
    ●   load
    ├─● clean  ← load: l
    ● │ plot   ← load: l
    ●─╯ report ← clean: c; plot: p
    """
    order = ordered(graph)
    if not order:
        return "(no nodes)"
    rows = _lanes(order, downward_edges(graph, order)) or ["●"] * len(order)
    width = max(map(len, rows))
    names = {name: name if name not in states else f"{name} {states[NodeName(name)]}" for name in order}
    name_width = max(map(len, names.values()))
    sources = _sources(graph)
    lines = []
    for name, row in zip(order, rows, strict=True):
        state = states.get(NodeName(name))
        drawn = row if state is None else row.replace("●", LOOKS[state].symbol)
        suffix = f" ← {'; '.join(sources[name])}" if name in sources else ""
        lines.append(f"{drawn:<{width}} {names[name]:<{name_width}}{suffix}".rstrip())
    return "\n".join(lines)


def _sources(graph: Graph) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for edge in edges_of(graph):
        carried = ", ".join(edge.carries) if edge.kind is not EdgeKind.ORDER else "(order)"
        found.setdefault(edge.target, []).append(f"{edge.source}: {carried}")
    return found


def _lanes(order: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[str]:
    """One row of lanes per node; none at all, where there would be too many lanes.

    A lane belongs to a node for as long as somebody below still waits for it.
    """
    above: dict[str, list[str]] = {name: [] for name in order}
    left: dict[str, int] = dict.fromkeys(order, 0)
    for source, target in edges:
        above[target].append(source)
        left[source] += 1
    lanes: list[str | None] = []
    rows = []
    for name in order:
        joined = {lanes.index(source) for source in above[name]}
        for source in above[name]:
            left[source] -= 1
        ending = {index for index in joined if not left[lanes[index] or ""]}
        free = ending or {index for index, owner in enumerate(lanes) if owner is None} or {len(lanes)}
        own = min(free)
        if own == len(lanes):
            lanes.append(None)
        if own >= _MOST_LANES:
            return []
        rows.append(_row(lanes, own, joined, ending))
        for index in ending:
            lanes[index] = None
        lanes[own] = name if left[name] else None
        while lanes and lanes[-1] is None:
            lanes.pop()
    return rows


def _row(lanes: Sequence[str | None], own: int, joined: set[int], ending: set[int]) -> str:
    """The node at lane `own`, joined to the lanes of what it waits for; a line passes under lanes that it crosses."""
    first, last = min({own, *joined}), max({own, *joined})
    drawn = []
    for index, owner in enumerate(lanes):
        if index == own:
            mark = "●"
        elif index in joined:
            mark = _corner(index, first, last, ends=index in ending)
        elif owner is not None:
            mark = "│"
        else:
            mark = "─" if first < index < last else " "
        drawn.append(mark + ("─" if first <= index < last else " "))
    return "".join(drawn).rstrip()


def _corner(index: int, first: int, last: int, *, ends: bool) -> str:
    if index == first:
        return "╰" if ends else "├"
    if index == last:
        return "╯" if ends else "┤"
    return "┴" if ends else "┼"
