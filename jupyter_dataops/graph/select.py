"""Selection of nodes, with the operators of dbt."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

import networkx as nx

from jupyter_dataops.errors import UsageError
from jupyter_dataops.graph.build import Graph, States
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import NodeState

_TERM: Final = re.compile(r"(?P<above>\d*\+)?(?P<name>state:[\w-]+|[^\W\d][\w-]*|\*)(?P<below>\+\d*)?")
_NO_STATES: Final[States] = {}


def select(graph: Graph, expression: str, states: States = _NO_STATES) -> set[NodeName]:
    """The nodes that `expression` means.

    ``clean`` is the node; ``+clean`` adds all its ancestors, ``2+clean`` those at most two steps up; ``clean+`` and
    ``clean+1`` the same downwards. ``*`` is every node, ``state:failed`` those in that state. A space joins two
    selections, a comma keeps what is in both.

    Parameters
    ----------
    states
        Of the run that ``state:`` is about.

    Raises
    ------
    UsageError
        The expression is malformed, or names no node or state.

    Examples
    --------
    >>> graph = nx.DiGraph([("load", "clean"), ("clean", "train"), ("load", "plot")])
    >>> sorted(select(graph, "+clean plot")), sorted(select(graph, "load+,+train"))
    (['clean', 'load', 'plot'], ['clean', 'load', 'train'])
    """
    unions = expression.split()
    if not unions:
        raise UsageError("the selection is empty", where=repr(expression), hint=_known(graph))
    chosen: set[NodeName] = set()
    for union in unions:
        chosen |= set.intersection(*(_term(graph, term, states) for term in union.split(",")))
    return chosen


def _term(graph: Graph, term: str, states: States) -> set[NodeName]:
    match = _TERM.fullmatch(term)
    if match is None:
        raise UsageError(
            f"`{term}` is no selection",
            hint="write NODE, +NODE, NODE+, 2+NODE, state:STATE; join with a space or comma",
        )
    start = _start(graph, match["name"], states)
    chosen = set(start)
    for steps, walked in ((match["above"], graph.reverse(copy=False)), (match["below"], graph)):
        if steps is not None:
            limit = steps.strip("+")
            for name in start:
                chosen |= set(nx.single_source_shortest_path_length(walked, name, int(limit) if limit else None))
    return {NodeName(name) for name in chosen}


def _start(graph: Graph, name: str, states: States) -> set[str]:
    if name == "*":
        return set(graph)
    if name.startswith("state:"):
        wanted = name.removeprefix("state:")
        if wanted not in list(NodeState):
            raise UsageError(f"`{wanted}` is no state", hint=_close(wanted, list(NodeState), "the states are"))
        return {node for node, state in states.items() if state == wanted and node in graph}
    if name not in graph:
        raise UsageError(f"there is no node `{name}`", hint=_close(name, list(graph), "the nodes are"))
    return {name}


def _close(wanted: str, known: list[str], listing: str) -> str:
    close = get_close_matches(wanted, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"{listing}: {', '.join(known) or 'none'}"


def _known(graph: Graph) -> str:
    return f"name nodes; the nodes are: {', '.join(graph) or 'none'}"
