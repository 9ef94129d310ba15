"""The graph as DOT, Mermaid and JSON; `to_text` and `to_svg` draw it without another program."""

from __future__ import annotations

import re
from typing import Any, Final

import graphviz

from jupyter_dataops.dataflow.models import Edge, EdgeKind
from jupyter_dataops.graph.build import Graph, Node, States, edges_of, nodes_of
from jupyter_dataops.graph.text import to_text
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import LOOKS

__all__ = ["to_dot", "to_json", "to_mermaid", "to_text"]

_NO_STATES: Final[States] = {}
_PLAIN_FILL: Final = "#f5f5f5"
_INK: Final = "#1f2328"
_LINE: Final = "#6e7781"


def to_json(graph: Graph) -> dict[str, Any]:
    """Nodes and edges, JSON-able; both in document order. An edge's ``names`` are variables, then paths of files.

    Examples
    --------
    >>> import networkx as nx
    >>> to_json(nx.DiGraph())
    {'nodes': [], 'edges': []}
    """
    return {
        "nodes": [_node_json(graph, node) for node in nodes_of(graph).values()],
        "edges": [
            {
                "from": edge.source,
                "to": edge.target,
                "names": list(edge.carries),
                "kind": edge.kind.value,
            }
            for edge in edges_of(graph)
        ],
    }


def _node_json(graph: Graph, node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "upstream": list(graph.predecessors(node.name)),
        "downstream": list(graph.successors(node.name)),
        "reads": list(node.reads),
        "binds": list(node.binds),
        "tags": list(node.tags),
        "cells": list(node.cells),
    }


def to_dot(graph: Graph, states: States = _NO_STATES) -> str:
    """Graphviz's language: names on data edges, order edges dashed, nodes in their state's colour."""
    drawing = graphviz.Digraph(
        _dot(graph.name or "pipeline"),
        graph_attr={"bgcolor": "transparent"},
        node_attr={
            "shape": "box",
            "style": "rounded,filled",
            "color": _LINE,
            "fontcolor": _INK,
            "fontname": "Helvetica",
        },
        edge_attr={"color": _LINE, "fontcolor": _LINE, "fontname": "Helvetica", "fontsize": "10"},
    )
    for name in nodes_of(graph):
        drawing.node(_dot(name), _dot(label_of(name, states)), fillcolor=fill_of(name, states))
    for edge in edges_of(graph):
        look = {"style": "dashed"} if edge.kind is EdgeKind.ORDER else {"label": _dot(", ".join(edge.carries))}
        drawing.edge(_dot(edge.source), _dot(edge.target), **look)
    return str(drawing.source)


def _dot(text: str) -> str:
    r"""The text taken literally: a backslash would start an escape such as ``\N``, an angle bracket HTML."""
    return str(graphviz.escape(text)).replace("\n", "\\n")


def to_mermaid(graph: Graph, states: States = _NO_STATES) -> str:
    """Mermaid's flowchart language, which GitHub, GitLab and Jupyter's Markdown draw."""
    ids = {name: f"n{index}" for index, name in enumerate(nodes_of(graph))}
    lines = ["flowchart TD"]
    lines += [f'  {ids[name]}["{_mermaid(label_of(name, states))}"]' for name in ids]
    lines += [f"  {ids[edge.source]} {_arrow(edge)} {ids[edge.target]}" for edge in edges_of(graph)]
    for name, state in states.items():
        if name in ids:
            lines.append(f"  style {ids[name]} fill:{LOOKS[state].fill},color:{_INK}")
    return "\n".join(lines) + "\n"


def _arrow(edge: Edge) -> str:
    return "-.->" if edge.kind is EdgeKind.ORDER else f'-->|"{_mermaid(", ".join(edge.carries))}"|'


def _mermaid(text: str) -> str:
    """Mermaid's entities are ``#code;``."""
    return re.sub(r'["#;<>&|`]', lambda match: f"#{ord(match[0])};", text)


def label_of(name: NodeName, states: States) -> str:
    """The node's name, and its state with symbol and word, if it has one."""
    state = states.get(name)
    return name if state is None else f"{LOOKS[state].symbol} {name} ({state})"


def fill_of(name: NodeName, states: States) -> str:
    """The colour of the node's state."""
    state = states.get(name)
    return _PLAIN_FILL if state is None else LOOKS[state].fill
