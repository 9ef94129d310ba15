"""Selection of nodes, with the operators of dbt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

import networkx as nx

from jupyter_dataops.errors import UsageError
from jupyter_dataops.graph.build import Graph, States
from jupyter_dataops.ids import NodeName, owner_of
from jupyter_dataops.states import NodeState

_PART: Final = r"(?:check:)?\w[\w-]*(?:\[[^\]]*\])?"
_TERM: Final = re.compile(rf"(?P<above>\d*\+)?(?P<name>state:[\w-]+|{_PART}(?:/{_PART})*|\*)(?P<below>\+\d*)?")
# Keys of children may hold a blank, a comma or a plus.
_UNIONS: Final = re.compile(r"(?:\[[^\]]*\]|\S)+")
_COMMA: Final = re.compile(r",(?![^\[\]]*\])")
_NO_STATES: Final[States] = {}


def select(graph: Graph, expression: str, states: States = _NO_STATES) -> set[NodeName]:
    """The nodes that `expression` means.

    ``clean`` is the node; ``+clean`` adds all its ancestors, ``2+clean`` those at most two steps up; ``clean+`` and
    ``clean+1`` the same downwards. ``*`` is every node, ``state:failed`` whatever is in that state. A space joins two
    selections, a comma keeps what is in both.

    Parameters
    ----------
    states
        Of the run that ``state:`` is about. What else it names (``score[berlin]``, ``etl/clean``,
        ``check:clean/not_null``) can be selected, too; above and below it is what is above and below its node. A group
        stands for those of its children that are in the state.

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
    unions = _UNIONS.findall(expression)
    if not unions:
        raise UsageError("the selection is empty", where=repr(expression), hint=_known(graph))
    chosen: set[NodeName] = set()
    for union in unions:
        chosen |= set.intersection(*(_term(graph, term, states) for term in _COMMA.split(union)))
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
                chosen |= _reached(walked, name, int(limit) if limit else None)
    return {NodeName(name) for name in chosen}


def _reached(graph: Graph, name: str, limit: int | None) -> set[str]:
    """What is in that direction, without the node that `name` is only a part or check of."""
    owner = owner_of(name)
    return set(nx.single_source_shortest_path_length(graph, owner, limit)) - {owner}


def _start(graph: Graph, name: str, states: States) -> set[str]:
    if name == "*":
        return set(graph)
    named = {other for other in states if owner_of(other) in graph}
    if name.startswith("state:"):
        wanted = name.removeprefix("state:")
        if wanted not in list(NodeState):
            raise UsageError(f"`{wanted}` is no state", hint=_close(wanted, list(NodeState), "the states are"))
        return _without_groups({other for other in named if states[other] == wanted})
    if name not in graph and name not in named:
        known = list(dict.fromkeys([*graph, *named]))
        raise UsageError(f"there is no node `{name}`", hint=_close(name, known, "the nodes are"))
    return {name}


def _without_groups(names: Iterable[NodeName]) -> set[str]:
    groups = {name[:end] for name in names for end in range(len(name)) if name[end] in "[/"}
    return {name for name in names if name not in groups}


def _close(wanted: str, known: list[str], listing: str) -> str:
    close = get_close_matches(wanted, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"{listing}: {', '.join(known) or 'none'}"


def _known(graph: Graph) -> str:
    return f"name nodes; the nodes are: {', '.join(graph) or 'none'}"
