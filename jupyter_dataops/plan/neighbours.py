"""A pipeline's nodes and checks with what travels between them, as plans walk it. Pure.

A check stands below its node, and below whatever else it reads; nothing stands below a check.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.errors import NodeNotFound
from jupyter_dataops.ids import NodeName, owner_of

Neighbours = Mapping[NodeName, Mapping[NodeName, Collection[str]]]
"""Each node's and check's neighbours in one direction, with the names that travel."""


def neighbours(flow: Flow) -> tuple[Neighbours, Neighbours]:
    """What is directly above each node and check, and what is below."""
    names = (*flow.nodes, *flow.checks)
    above: dict[NodeName, dict[NodeName, Collection[str]]] = {name: {} for name in names}
    below: dict[NodeName, dict[NodeName, Collection[str]]] = {name: {} for name in names}

    def join(source: NodeName, target: NodeName, carried: Collection[str]) -> None:
        together = (*above[target].get(source, ()), *carried)
        above[target][source] = below[source][target] = together

    for edge in flow.edges:
        join(edge.source, edge.target, edge.names)
    for check, found in flow.checks.items():
        join(owner_of(check), check, ())
        for name, producer in found.reads.items():
            join(producer, check, (name,))
    return above, below


def in_order(flow: Flow) -> Iterable[NodeName]:
    """Nodes in document order, each one's checks directly behind it."""
    checks: dict[NodeName, list[NodeName]] = {}
    for check in flow.checks:
        checks.setdefault(owner_of(check), []).append(check)
    for node in flow.nodes:
        yield node
        yield from checks.get(node, ())


def closure(start: Iterable[NodeName], along: Neighbours) -> set[NodeName]:
    """`start`, and everything that can be reached from it."""
    found = set(start)
    to_follow = list(found)
    while to_follow:
        new = along[to_follow.pop()].keys() - found
        found |= new
        to_follow.extend(new)
    return found


def require_known(names: Iterable[NodeName], known: Collection[str]) -> None:
    """Return if all `names` are `known`. Raises `NodeNotFound`, with a suggestion."""
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else "nodes are: " + ", ".join(known)
            raise NodeNotFound(f"The pipeline has no node `{name}`", hint=hint, node=name)
