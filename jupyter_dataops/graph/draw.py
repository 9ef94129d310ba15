"""The graph as text formats: DOT, Mermaid, JSON. The terminal's drawing is in `text`, the picture in `svg`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import graphviz

from jupyter_dataops.dataflow.models import EdgeKind
from jupyter_dataops.graph.build import Graph
from jupyter_dataops.graph.text import to_text
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import LOOKS, NodeState

__all__ = ["shortened", "to_dot", "to_json", "to_mermaid", "to_text"]

States = Mapping[NodeName, NodeState]
_PLAIN = "#f5f5f5"


def shortened(names: tuple[str, ...], most: int = 3) -> str:
    """`names` joined for a label; what is over `most` is counted.

    Examples
    --------
    >>> shortened(("a", "b", "c", "d", "e"))
    'a, b, c, +2'
    """
    head = ", ".join(names[:most])
    return head if len(names) <= most else f"{head}, +{len(names) - most}"


def to_dot(graph: Graph, states: States | None = None) -> str:
    """Graphviz's language; nodes with a state are filled in its colour and carry its symbol."""
    drawn = graphviz.Digraph(
        graph_attr={"rankdir": "LR", "bgcolor": "transparent"},
        node_attr={"shape": "box", "style": "rounded,filled", "fillcolor": _PLAIN, "fontname": "Helvetica"},
        edge_attr={"color": "#808080", "fontcolor": "#808080", "fontname": "Helvetica", "fontsize": "10"},
    )
    # Nodes go by number: a name may hold what DOT reads as a port or a keyword.
    number = {name: f"n{index}" for index, name in enumerate(graph.nodes)}
    for name, data in graph.nodes(data=True):
        state = (states or {}).get(NodeName(name))
        label = f"{LOOKS[state].symbol} {name}\n{state.value}" if state else name
        fill = LOOKS[state].fill if state else _PLAIN
        drawn.node(number[name], graphviz.escape(label), fillcolor=fill, tooltip=graphviz.escape(data["description"]))
    for source, target, data in graph.edges(data=True):
        style = "dashed" if data["kind"] is EdgeKind.ORDER else "solid"
        drawn.edge(number[source], number[target], graphviz.escape(shortened(data["names"])), style=style)
    return str(drawn.source)


def to_mermaid(graph: Graph, states: States | None = None) -> str:
    """Mermaid's flowchart language, which GitHub and JupyterLab draw in Markdown."""
    number = {name: f"n{index}" for index, name in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for name in graph.nodes:
        state = (states or {}).get(NodeName(name))
        label = f"{LOOKS[state].symbol} {name}<br/>{state.value}" if state else name
        lines.append(f'    {number[name]}["{label}"]')
        if state:
            lines.append(f"    style {number[name]} fill:{LOOKS[state].fill},color:#222")
    for source, target, data in graph.edges(data=True):
        arrow = "-.->" if data["kind"] is EdgeKind.ORDER else "-->"
        label = f'|"{shortened(data["names"])}"|' if data["names"] else ""
        lines.append(f"    {number[source]} {arrow}{label} {number[target]}")
    return "\n".join(lines) + "\n"


def to_json(graph: Graph) -> dict[str, Any]:
    """``nodes`` and ``edges`` of the documented JSON object."""
    nodes = [
        {
            "name": name,
            "upstream": sorted(graph.predecessors(name)),
            "downstream": sorted(graph.successors(name)),
            "reads": sorted(data["reads"]),
            "binds": list(data["binds"]),
            "tags": list(data["tags"]),
            "cells": list(data["cells"]),
        }
        for name, data in graph.nodes(data=True)
    ]
    edges = [
        {"from": source, "to": target, "names": list(data["names"]), "kind": data["kind"].value}
        for source, target, data in graph.edges(data=True)
    ]
    return {"nodes": nodes, "edges": edges}
