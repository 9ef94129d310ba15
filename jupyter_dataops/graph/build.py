"""The pipeline's graph: a networkx digraph whose nodes and edges carry what selecting and drawing need."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import networkx

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.spec.models import PipelineSpec

if TYPE_CHECKING:
    Graph: TypeAlias = networkx.DiGraph[str]
else:  # generic for type checkers only
    Graph = networkx.DiGraph
"""Node attributes: ``description``, ``tags``, ``cells`` (ids), ``reads``, ``binds``. Edge attributes: ``names``,
``kind``."""


def build_graph(spec: PipelineSpec, flow: Flow) -> Graph:
    """The graph of a pipeline, nodes in document order."""
    graph: Graph = networkx.DiGraph()
    for name, node in spec.nodes.items():
        of_flow = flow.nodes[name]
        graph.add_node(
            name,
            description=node.description,
            tags=tuple(dict.fromkeys(tag for cell in node.cells for tag in cell.tags)),
            cells=tuple(cell.id for cell in node.cells),
            reads=dict(of_flow.reads),
            binds=tuple(sorted(of_flow.binds)),
        )
    for edge in flow.edges:
        graph.add_edge(edge.source, edge.target, names=edge.names, kind=edge.kind)
    return graph
