"""Where nodes stand in a drawing: layers by longest path, order within a layer by medians, heights by neighbours.

After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures" (1981). A graph
with cycles is laid out as if the edges that point up the page were not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import inf
from statistics import fmean, median
from typing import Final

from msgspec import Struct

from jupyter_dataops.graph.build import Graph

_SWEEPS: Final = 8
_EFFORT: Final = 60_000  # slots ordered in all sweeps: long edges over many layers get fewer sweeps
Slot = str | tuple[str, str, int]
"""A node, or the place where an edge passes through a layer: (source, target, layer)."""


class Layers(Struct, frozen=True):
    """The layers from left to right, each ordered from top to bottom, edges passing through included."""

    layers: tuple[tuple[Slot, ...], ...]
    heights: Mapping[Slot, float]
    """Middle of each slot from the top, in rows: a node takes one row, an edge passing through about half of one."""
    routes: Mapping[tuple[str, str], tuple[Slot, ...]]
    """Each edge's way through the layers, from source to target."""


def ordered(graph: Graph) -> list[str]:
    """Every node after its upstream; otherwise, and in cycles, by document order.

    Examples
    --------
    >>> import networkx as nx
    >>> ordered(nx.DiGraph([("b", "a"), ("b", "c"), ("c", "a")]))
    ['b', 'c', 'a']
    """
    place = {name: index for index, name in enumerate(graph)}
    names = list(graph)
    waiting = {name: sum(above != name for above in graph.predecessors(name)) for name in graph}
    ready = [place[name] for name in graph if not waiting[name]]
    heapify(ready)
    done: dict[str, None] = {}
    left = iter(names)
    while len(done) < len(names):
        # With nothing ready there is a cycle: the first node down the page opens it.
        name = names[heappop(ready)] if ready else next(one for one in left if one not in done)
        if name in done:
            continue
        done[name] = None
        for below in graph.successors(name):
            waiting[below] -= 1
            if not waiting[below] and below not in done:
                heappush(ready, place[below])
    return list(done)


def downward_edges(graph: Graph, order: Sequence[str]) -> list[tuple[str, str]]:
    """Edges that point down `order`: all of them, unless there are cycles."""
    place = {name: index for index, name in enumerate(order)}
    return [(source, target) for source, target in graph.edges if place[source] < place[target]]


def lay_out(graph: Graph) -> Layers:
    """The graph in layers, with few crossings.

    Notes
    -----
    Linear in nodes and edges, counted once per layer they pass.
    """
    order = ordered(graph)
    edges = downward_edges(graph, order)
    level = _levels(order, edges)
    routes: dict[tuple[str, str], tuple[Slot, ...]] = {}
    layers: list[list[Slot]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for name in order:
        layers[level[name]].append(name)
    for source, target in edges:
        passing: list[Slot] = [(source, target, at) for at in range(level[source] + 1, level[target])]
        for slot, at in zip(passing, range(level[source] + 1, level[target]), strict=True):
            layers[at].append(slot)
        routes[source, target] = (source, *passing, target)
    up, down = _neighbours(routes.values())
    _reduce_crossings(layers, up, down)
    return Layers(tuple(map(tuple, layers)), _heights(layers, up, down), routes)


def _levels(order: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    above: dict[str, list[str]] = {name: [] for name in order}
    for source, target in edges:
        above[target].append(source)
    level: dict[str, int] = {}
    for name in order:
        level[name] = 1 + max((level[source] for source in above[name]), default=-1)
    return level


_Neighbours = Mapping[Slot, list[Slot]]


def _neighbours(routes: Iterable[tuple[Slot, ...]]) -> tuple[_Neighbours, _Neighbours]:
    up: dict[Slot, list[Slot]] = {}
    down: dict[Slot, list[Slot]] = {}
    for route in routes:
        for upper, lower in pairwise(route):
            down.setdefault(upper, []).append(lower)
            up.setdefault(lower, []).append(upper)
    return up, down


def _sweeps(layers: Sequence[Sequence[Slot]]) -> range:
    return range(max(2, min(_SWEEPS, _EFFORT // max(sum(map(len, layers)), 1))))


def _reduce_crossings(layers: list[list[Slot]], up: _Neighbours, down: _Neighbours) -> None:
    """Order each layer by the median place of its neighbours, going down and up in turn."""
    for sweep in _sweeps(layers):
        goes_down = sweep % 2 == 0
        neighbours = up if goes_down else down
        for index in range(1, len(layers)) if goes_down else range(len(layers) - 2, -1, -1):
            beside = layers[index - 1 if goes_down else index + 1]
            place = {slot: position for position, slot in enumerate(beside)}
            keys = {
                slot: _middle([place[other] for other in neighbours[slot]]) if slot in neighbours else position
                for position, slot in enumerate(layers[index])
            }
            layers[index].sort(key=keys.__getitem__)


def _middle(places: list[int]) -> float:
    # Nearly all slots are edges passing through, with one neighbour.
    return places[0] if len(places) == 1 else median(places)


def _heights(layers: Sequence[Sequence[Slot]], up: _Neighbours, down: _Neighbours) -> Mapping[Slot, float]:
    """Each slot as near to its neighbours as the order and the room of the others allow."""
    heights: dict[Slot, float] = {}
    for layer in layers:
        _stack(layer, dict.fromkeys(layer, 0.0), heights)
    for sweep in _sweeps(layers):
        near = up if sweep % 2 == 0 else down
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = {
                slot: fmean(heights[other] for other in near[slot]) if slot in near else heights[slot] for slot in layer
            }
            _stack(layer, wanted, heights)
    top = min((height - _room(slot) / 2 for slot, height in heights.items()), default=0.0)
    return {slot: height - top for slot, height in heights.items()}


def _stack(layer: Sequence[Slot], wanted: Mapping[Slot, float], heights: dict[Slot, float]) -> None:
    """Place `layer` in its order without overlap, then shift the whole so that the wishes are met on average."""
    bottom = -inf
    for slot in layer:
        heights[slot] = max(wanted[slot], bottom + _room(slot) / 2)
        bottom = heights[slot] + _room(slot) / 2
    shift = fmean(wanted[slot] - heights[slot] for slot in layer)
    for slot in layer:
        heights[slot] += shift


def _room(slot: Slot) -> float:
    return 1.0 if isinstance(slot, str) else 0.55
