"""Where nodes go in a picture: layers by longest path, ordered so that few arrows cross, arrows led around boxes.

The method is Sugiyama's: an arrow over several layers gets a *bend* in each layer that it crosses, and bends are
ordered and spaced like nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx

from jupyter_dataops.graph.build import Graph

_SWEEPS = 6
_MOST_BENDS = 5000
"""Beyond it long arrows go straight: a picture of that size is looked at from afar."""

Slot = str | tuple[str, str, int]
"""A node, or the bend of an arrow (source, target) in a layer."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Places, in units of one row's height."""

    layers: Sequence[Sequence[Slot]]
    heights: Mapping[Slot, float]
    """Middle of each slot, from 0."""
    paths: Mapping[tuple[str, str], Sequence[Slot]]
    """Each arrow's slots, from source to target."""


def lay_out(graph: Graph) -> Layout:
    """The layout; a graph with a cycle is laid out without the arrows that close one, which then go straight.

    Notes
    -----
    Linear in nodes and bends, but for sorting each layer.
    """
    acyclic = _without_cycles(graph)
    layer_of = {name: index for index, layer in enumerate(networkx.topological_generations(acyclic)) for name in layer}
    layers: list[list[Slot]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    for name in graph.nodes:
        layers[layer_of[name]].append(name)
    paths = _paths(graph, layer_of)
    before: dict[Slot, list[Slot]] = {}
    after: dict[Slot, list[Slot]] = {}
    for path in paths.values():
        for slot in path[1:-1]:
            if not isinstance(slot, str):
                layers[slot[2]].append(slot)
        for one, two in pairwise(path):
            after.setdefault(one, []).append(two)
            before.setdefault(two, []).append(one)
    for sweep in range(_SWEEPS):
        _order(layers if sweep % 2 == 0 else layers[::-1], before if sweep % 2 == 0 else after)
    return Layout(layers, _heights(layers, before, after), paths)


def _without_cycles(graph: Graph) -> Graph:
    acyclic = graph.copy()
    while not networkx.is_directed_acyclic_graph(acyclic):
        acyclic.remove_edge(*networkx.find_cycle(acyclic)[-1][:2])
    return acyclic


def _paths(graph: Graph, layer_of: Mapping[str, int]) -> dict[tuple[str, str], list[Slot]]:
    bends = sum(max(0, layer_of[target] - layer_of[source] - 1) for source, target in graph.edges)
    bent = bends <= _MOST_BENDS
    return {
        (source, target): [
            source,
            *((source, target, layer) for layer in range(layer_of[source] + 1, layer_of[target]) if bent),
            target,
        ]
        for source, target in graph.edges
    }


def _order(layers: Iterable[list[Slot]], neighbours: Mapping[Slot, Sequence[Slot]]) -> None:
    """Each layer sorted by where its neighbours in the layer before stand."""
    place: dict[Slot, float] = {}
    for layer in layers:
        here = {slot: (index + 0.5) / len(layer) for index, slot in enumerate(layer)}
        layer.sort(key=lambda slot: _mean([place[one] for one in neighbours.get(slot, ()) if one in place], here[slot]))
        place |= {slot: (index + 0.5) / len(layer) for index, slot in enumerate(layer)}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _room(slot: Slot) -> float:
    return 1.0 if isinstance(slot, str) else 0.55


def _heights(
    layers: Sequence[Sequence[Slot]], before: Mapping[Slot, Sequence[Slot]], after: Mapping[Slot, Sequence[Slot]]
) -> dict[Slot, float]:
    """Each slot as near to its neighbours as the order and the room of the others allow."""
    heights: dict[Slot, float] = {}
    for layer in layers:
        _stack(layer, dict.fromkeys(layer, 0.0), heights)
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            near = before if sweep % 2 == 0 else after
            wanted = {slot: _mean([heights[one] for one in near.get(slot, ())], heights[slot]) for slot in layer}
            _stack(layer, wanted, heights)
    lowest = min((heights[slot] - _room(slot) / 2 for slot in heights), default=0.0)
    return {slot: height - lowest for slot, height in heights.items()}


def _stack(layer: Sequence[Slot], wanted: Mapping[Slot, float], heights: dict[Slot, float]) -> None:
    """Place `layer` in its order without overlap; the whole is then shifted so that the mean wish is met."""
    bottom = float("-inf")
    for slot in layer:
        heights[slot] = max(wanted[slot], bottom + _room(slot) / 2)
        bottom = heights[slot] + _room(slot) / 2
    shift = _mean([wanted[slot] - heights[slot] for slot in layer], 0.0)
    for slot in layer:
        heights[slot] += shift
