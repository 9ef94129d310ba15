"""Graphs readable in one line: ``graph_of("load -rows> clean", "clean > report")``."""

from collections.abc import Mapping

import networkx as nx

from jupyter_dataops.graph.build import Graph, Node
from tests.support.pipelines import flow_of


def graph_of(*edges: str, nodes: str = "", tags: Mapping[str, tuple[str, ...]] | None = None) -> Graph:
    """Edges as `flow_of` takes them; further nodes as one letter each."""
    flow = flow_of(*edges, nodes=nodes)
    graph: Graph = nx.DiGraph(name="p")
    for name, node in flow.nodes.items():
        of_node = Node(name, tuple(node.reads), tuple(node.outputs), (tags or {}).get(name, ()), ())
        graph.add_node(name, node=of_node)
    graph.add_edges_from((edge.source, edge.target, {"edge": edge}) for edge in flow.edges)
    return graph


CHAIN = graph_of("load -rows> clean", "clean -kept> train")
DIAMOND = graph_of("a -x> b", "a -x> c", "b -y> d", "c -z> d")
CYCLE = graph_of("a > b", "b > a", "b -x> c")
FAN = graph_of(*[f"a -x> b{i}" for i in range(5)], *[f"b{i} -y{i}> j" for i in range(5)])
FIFTY = graph_of(*[f"r{i} -x{i}> j" for i in range(50)])
LARGE = graph_of(*[f"n{i} -x{i}> n{i + 1}" for i in range(999)], *[f"n{i} -x{i}> n{i + 40}" for i in range(0, 960, 7)])
SHAPES = {"chain": CHAIN, "diamond": DIAMOND, "cycle": CYCLE, "fan": FAN, "fifty": FIFTY, "empty": graph_of()}
