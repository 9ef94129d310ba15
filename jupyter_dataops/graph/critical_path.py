"""The critical path: the chain of nodes that a run could not have been shorter than, however many ran at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jupyter_dataops.ids import NodeName


def critical_path(durations_s: Mapping[NodeName, float], edges: Iterable[tuple[NodeName, NodeName]]) -> list[NodeName]:
    """The nodes of the path along `edges` whose durations add up to most, from first to last.

    Nodes that took no time are left out. Of several longest paths it is always the same one.

    Parameters
    ----------
    durations_s
        Of every node, in seconds, not negative.
    edges
        From a node to one that waits for it; those of other nodes than in `durations_s` do not count. No cycles.

    Raises
    ------
    ValueError
        There is a cycle.

    Notes
    -----
    Linear in nodes and edges (dynamic programming in topological order).

    Examples
    --------
    >>> critical_path({"load": 1.0, "clean": 2.0, "plot": 0.5, "train": 4.0},
    ...               [("load", "clean"), ("clean", "plot"), ("load", "train")])
    ['load', 'train']
    """
    below: dict[NodeName, list[NodeName]] = {node: [] for node in durations_s}
    waits_for = dict.fromkeys(durations_s, 0)
    for source, target in edges:
        if source in below and target in below:
            below[source].append(target)
            waits_for[target] += 1
    up_to = dict(durations_s)  # seconds of the longest path that ends with the node
    before: dict[NodeName, NodeName] = {}
    ready = [node for node, count in waits_for.items() if not count]
    done = 0
    while ready:
        node = ready.pop()
        done += 1
        for target in below[node]:
            length = up_to[node] + durations_s[target]
            if length > up_to[target]:
                up_to[target], before[target] = length, node
            waits_for[target] -= 1
            if not waits_for[target]:
                ready.append(target)
    if done < len(up_to):
        raise ValueError("the graph has a cycle")
    path = [max(up_to, key=up_to.__getitem__)] if up_to else []
    while path and path[-1] in before:
        path.append(before[path[-1]])
    return [node for node in reversed(path) if durations_s[node]]
