"""The pipeline as a networkx graph, which everything that walks or draws it starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import networkx as nx
from msgspec import Struct

from jupyter_dataops.dataflow.models import Edge, Flow
from jupyter_dataops.ids import CellId, NodeName
from jupyter_dataops.spec.models import PipelineSpec
from jupyter_dataops.states import NodeState

if TYPE_CHECKING:
    Graph = nx.DiGraph[str]
else:
    Graph = nx.DiGraph

States = Mapping[NodeName, NodeState]
"""State of each node of a run; a node that is not listed has none yet."""


class Node(Struct, frozen=True):
    """One node of the graph; its networkx attribute ``node``."""

    name: NodeName
    reads: tuple[str, ...]
    binds: tuple[str, ...]
    tags: tuple[str, ...]
    """All tags of its cells, in order, each once."""
    cells: tuple[CellId, ...]
    description: str = ""


def build_graph(spec: PipelineSpec, flow: Flow) -> Graph:
    """The pipeline's graph: nodes in document order.

    Every networkx node has the attribute ``node`` (`Node`), every edge the attribute ``edge``
    (`jupyter_dataops.dataflow.models.Edge`).
    """
    graph: Graph = nx.DiGraph(name=spec.name)
    for name, node in spec.nodes.items():
        found = flow.nodes[name]
        graph.add_node(
            name,
            node=Node(
                name=name,
                reads=tuple(found.reads),
                binds=tuple(sorted(found.binds)),
                tags=tuple(dict.fromkeys(tag for cell in node.cells for tag in cell.tags)),
                cells=tuple(cell.id for cell in node.cells),
                description=node.description,
            ),
        )
    graph.add_edges_from((edge.source, edge.target, {"edge": edge}) for edge in flow.edges)
    return graph


def nodes_of(graph: Graph) -> Mapping[NodeName, Node]:
    """The graph's nodes by name, in document order."""
    return {NodeName(name): attributes["node"] for name, attributes in graph.nodes.items()}


def edges_of(graph: Graph) -> Iterable[Edge]:
    """The graph's edges, by document order of their sources."""
    return (attributes["edge"] for attributes in graph.edges.values())
