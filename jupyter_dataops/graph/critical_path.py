"""The chain of nodes that decides how long a run takes at least."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx

from jupyter_dataops.graph.build import Graph
from jupyter_dataops.ids import NodeName


def critical_path(graph: Graph, durations_s: Mapping[NodeName, float]) -> tuple[NodeName, ...]:
    """The path with the greatest sum of durations, from first to last; of equal ones, the first in document order.

    Parameters
    ----------
    durations_s
        Seconds by node; a node that is not listed took none.

    Raises
    ------
    networkx.NetworkXUnfeasible
        The graph has a cycle.

    Examples
    --------
    >>> graph = nx.DiGraph([("load", "clean"), ("load", "plot"), ("clean", "train")])
    >>> critical_path(graph, {"load": 1, "clean": 2, "plot": 4, "train": 3})
    ('load', 'clean', 'train')
    """
    best: dict[str, tuple[float, str | None]] = {}
    for name in nx.lexicographical_topological_sort(
        graph, key={name: place for place, name in enumerate(graph)}.__getitem__
    ):
        before = max(graph.predecessors(name), key=lambda above: best[above][0], default=None)
        start = best[before][0] if before is not None else 0.0
        best[name] = start + durations_s.get(NodeName(name), 0.0), before
    last = max((name for name in best if not graph.out_degree(name)), key=lambda name: best[name][0], default=None)
    path: list[NodeName] = []
    while last is not None:
        path.append(NodeName(last))
        last = best[last][1]
    return tuple(reversed(path))
