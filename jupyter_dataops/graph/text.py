"""The graph drawn for a terminal: one line a node, lanes on the left as ``git log --graph`` has them.

A lane belongs to a node and runs down to the last node that needs it. Many nodes with the same upstream and downstream
are one line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx

from jupyter_dataops.dataflow.models import EdgeKind
from jupyter_dataops.graph.build import Graph
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import LOOKS, NodeState

_MANY = 6
"""As many nodes of one kind, or more, are drawn as one."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line: a node, or several of one kind."""

    members: tuple[str, ...]
    upstream: tuple[int, ...]
    """Rows above that it needs."""
    last_need: int
    """The last row that needs it; its own number if none does."""


def to_text(graph: Graph, states: Mapping[NodeName, NodeState] | None = None) -> str:
    """The drawing, ending without a newline; a graph without nodes says so."""
    if not graph:
        return "(no nodes)"
    rows = _rows(graph)
    lanes = _draw_lanes(rows)
    lanes = [_with_state(lane, row, states or {}) for lane, row in zip(lanes, rows, strict=True)]
    width = max(map(len, lanes))
    names = [_name(row) for row in rows]
    name_width = min(max(map(len, names)), 40)
    lines = []
    for lane, name, row in zip(lanes, names, rows, strict=True):
        about = " ".join(filter(None, (_states(row, states or {}), _inputs(graph, row, rows))))
        lines.append(f"{lane:<{width}}  {name:<{name_width}}  {about}".rstrip())
    return "\n".join(lines)


def _rows(graph: Graph) -> list[_Row]:
    order = _drawing_order(graph)
    alike: dict[tuple[frozenset[str], frozenset[str]], list[str]] = {}
    for name in order:
        alike.setdefault((frozenset(graph.predecessors(name)), frozenset(graph.successors(name))), []).append(name)
    groups: list[tuple[str, ...]] = []
    for name in order:
        like = alike[frozenset(graph.predecessors(name)), frozenset(graph.successors(name))]
        if len(like) < _MANY:
            groups.append((name,))
        elif name == like[0]:
            groups.append(tuple(like))
    row_of = {name: index for index, group in enumerate(groups) for name in group}
    rows = []
    for index, group in enumerate(groups):
        upstream = sorted({row_of[source] for source in graph.predecessors(group[0])} - {index})
        needs = [row_of[target] for target in graph.successors(group[0])]
        rows.append(_Row(group, tuple(row for row in upstream if row < index), max([index, *needs])))
    return rows


def _drawing_order(graph: Graph) -> list[str]:
    """Document order where the arrows allow it; nodes on a cycle stay in document order."""
    position = {name: index for index, name in enumerate(graph.nodes)}
    try:
        return list(networkx.lexicographical_topological_sort(graph, key=position.__getitem__))
    except networkx.NetworkXUnfeasible:
        return list(graph.nodes)


def _draw_lanes(rows: Sequence[_Row]) -> list[str]:
    columns: list[int | None] = []
    """The row whose lane runs in each column."""
    drawn = []
    for index, row in enumerate(rows):
        column_of = {owner: column for column, owner in enumerate(columns) if owner is not None}
        inputs = {column_of[source]: rows[source].last_need == index for source in row.upstream if source in column_of}
        own = _own_column(columns, inputs)
        if own == len(columns):
            columns.append(None)
        drawn.append(_draw_row(columns, inputs, own))
        for column, ends in inputs.items():
            if ends:
                columns[column] = None
        columns[own] = index if row.last_need > index else None
        while columns and columns[-1] is None:
            columns.pop()
    return drawn


def _own_column(columns: Sequence[int | None], inputs: Mapping[int, bool]) -> int:
    ending = [column for column, ends in inputs.items() if ends]
    if ending:
        return min(ending)
    free = [column for column, owner in enumerate(columns) if owner is None and column > max(inputs, default=-1)]
    return free[0] if free else len(columns)


def _draw_row(columns: Sequence[int | None], inputs: Mapping[int, bool], own: int) -> str:
    left, right = min([own, *inputs]), max([own, *inputs])
    drawn = ""
    for column, owner in enumerate(columns):
        inside = left <= column <= right
        if column == own:
            drawn += "●"
        elif column in inputs:
            corners = "╰╯┴" if inputs[column] else "├┤┼"
            drawn += corners[0] if column == left else corners[1] if column == right else corners[2]
        elif owner is not None:
            drawn += "│"
        else:
            drawn += "─" if inside else " "
        drawn += "─" if left <= column < right else " "
    return drawn.rstrip()


def _with_state(lane: str, row: _Row, states: Mapping[NodeName, NodeState]) -> str:
    found = {states[NodeName(name)] for name in row.members if NodeName(name) in states}
    return lane.replace("●", LOOKS[found.pop()].symbol) if len(found) == 1 else lane


def _states(row: _Row, states: Mapping[NodeName, NodeState]) -> str:
    count: dict[NodeState, int] = {}
    for name in row.members:
        if NodeName(name) in states:
            count[states[NodeName(name)]] = count.get(states[NodeName(name)], 0) + 1
    if len(row.members) == 1:
        return "".join(f"[{state}]" for state in count)
    return f"[{', '.join(f'{number} {state}' for state, number in count.items())}]" if count else ""


def _name(row: _Row) -> str:
    if len(row.members) == 1:
        return row.members[0]
    return f"{row.members[0]} … {row.members[-1]} ({len(row.members)} nodes)"


def _inputs(graph: Graph, row: _Row, rows: Sequence[_Row]) -> str:
    parts = []
    for index in row.upstream:
        names: list[str] = []
        order = False
        for source in rows[index].members:
            data = graph.edges[source, row.members[0]]
            names += [name for name in data["names"] if name not in names]
            order |= data["kind"] is not EdgeKind.DATA
        what = f"{', '.join(names[:4])}, +{len(names) - 4}" if len(names) > 5 else ", ".join(names)
        parts.append(f"{_name(rows[index])}: {what}" if what else f"{_name(rows[index])} (order)")
        if what and order:
            parts[-1] += " (and order)"
    return f"← {' · '.join(parts)}" if parts else ""
