"""Choosing nodes by dbt's operators: ``clean``, ``+train``, ``clean+``, ``2+train+1``, ``load_*``, ``a b``, ``a,b``."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable, Mapping

from jupyter_dataops.errors import NodeNotFound, UsageError
from jupyter_dataops.graph.build import Graph
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import NodeState

_TERM = re.compile(r"(?P<above>\d*\+)?(?P<name>[^+]+?)(?P<below>\+\d*)?")


def select(graph: Graph, expression: str, states: Mapping[NodeName, NodeState] | None = None) -> frozenset[NodeName]:
    """The nodes that `expression` names.

    Space joins (either), comma intersects (both); ``+`` before or after a name takes everything above or below it, with
    a number that many steps; ``*`` stands for any letters; ``state:failed`` means nodes in that state.

    Parameters
    ----------
    states
        For ``state:``; `None` where there is no run to take them from.

    Raises
    ------
    NodeNotFound
        A name matches no node.
    UsageError
        The expression is empty or malformed, or asks for states where there are none.

    Notes
    -----
    The operators are dbt's (its *node selection syntax*).
    """
    terms = expression.split()
    if not terms:
        raise UsageError("an empty selection selects nothing", hint="name a node, e.g. +train")
    return frozenset().union(*(_intersection(graph, term.split(","), states) for term in terms))


def _intersection(
    graph: Graph, terms: Iterable[str], states: Mapping[NodeName, NodeState] | None
) -> frozenset[NodeName]:
    found = [_term(graph, term, states) for term in terms]
    return frozenset.intersection(*found)


def _term(graph: Graph, term: str, states: Mapping[NodeName, NodeState] | None) -> frozenset[NodeName]:
    match = _TERM.fullmatch(term)
    if match is None:
        raise UsageError(f"'{term}' is not a selection", hint="e.g. clean, +train, clean+, load_*, state:failed")
    named = _named(graph, match["name"], states)
    chosen = set(named)
    for name in named:
        chosen |= _near(graph.reverse(copy=False), name, match["above"], "+")
        chosen |= _near(graph, name, match["below"], "+")
    return frozenset(NodeName(name) for name in chosen)


def _near(graph: Graph, start: str, reach: str | None, sign: str) -> set[str]:
    """Nodes within `reach` steps along the arrows: ``+`` is any number, `None` is none."""
    if reach is None:
        return set()
    digits = reach.strip(sign)
    steps = int(digits) if digits else len(graph)
    found, edge = {start}, {start}
    while edge and steps:
        edge = {after for node in edge for after in graph.successors(node)} - found
        found |= edge
        steps -= 1
    return found


def _named(graph: Graph, name: str, states: Mapping[NodeName, NodeState] | None) -> list[str]:
    if name.startswith("state:"):
        return _in_state(graph, name.removeprefix("state:"), states)
    found = fnmatch.filter(graph.nodes, name)
    if not found:
        close = difflib.get_close_matches(name, graph.nodes, 1)
        known = ", ".join(list(graph.nodes)[:20])
        raise NodeNotFound(
            f"no node is called '{name}'", hint=f"did you mean '{close[0]}'?" if close else f"nodes are: {known}"
        )
    return found


def _in_state(graph: Graph, state: str, states: Mapping[NodeName, NodeState] | None) -> list[str]:
    if state not in {known.value for known in NodeState}:
        close = difflib.get_close_matches(state, NodeState, 1)
        hint = f"did you mean '{close[0]}'?" if close else f"states are: {', '.join(NodeState)}"
        raise UsageError(f"there is no state '{state}'", hint=hint)
    if states is None:
        raise UsageError("there is no run to take states from", hint="use state: when retrying a run")
    return [name for name in graph.nodes if states.get(NodeName(name)) == state]
