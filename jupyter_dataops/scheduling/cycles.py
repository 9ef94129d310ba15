"""Schedules that start each other without end: each waits for an asset that a run of the one before publishes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import pairwise

import networkx as nx
from msgspec import Struct

from jupyter_dataops.schedules.triggers import AllOf, AnyOf, Asset, Trigger

Published = Mapping[str, str]
"""Asset to who publishes it, in words: ``node 'load'``."""


class Waiting(Struct, frozen=True):
    """A schedule that may be started by what others publish."""

    name: str
    trigger: Trigger


def loops(schedule: Waiting, others: Sequence[Waiting], published: Callable[[Waiting], Published]) -> list[str]:
    """A sentence about each asset that makes the schedule fire because it has fired: by its own run, or by others'.

    Parameters
    ----------
    published
        What runs of a schedule publish; asked once, and only for those that it sets off.

    Examples
    --------
    >>> here, there = Waiting("sum", Asset("sales")), Waiting("fill", Asset("totals"))
    >>> made = {"sum": {"totals": "node 'add'"}, "fill": {"sales": "node 'load'"}}
    >>> loops(here, [there], lambda one: made[one.name])[0].partition(": ")[2]
    'each run of the schedule starts the next one (asset sales -> sum -> asset totals -> fill -> asset sales)'
    """
    by_name = {one.name: one for one in (schedule, *others)}
    publishers: dict[str, Published] = {}
    graph = _links(schedule, by_name, lambda one: publishers.setdefault(one.name, published(one)))
    if schedule.name not in graph:
        return []
    paths = nx.single_source_shortest_path(graph, schedule.name)
    last = sorted(graph.predecessors(schedule.name), key=lambda name: len(paths[name]))
    told: dict[str, str] = {}
    for name in last:
        for asset in graph.edges[name, schedule.name]["assets"]:
            told.setdefault(asset, _told(asset, paths[name], publishers[name][asset], graph))
    return list(told.values())


def _links(
    schedule: Waiting, by_name: Mapping[str, Waiting], published: Callable[[Waiting], Published]
) -> nx.DiGraph[str]:
    """What a run of the schedule sets off, and what that does in turn: each edge with the assets that do it."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    todo, seen = [schedule], {schedule.name}
    while todo:
        one = todo.pop(0)
        here = published(one)
        for other in by_name.values():
            if assets := [*dict.fromkeys(_enough(other.trigger, here.keys()))]:
                graph.add_edge(one.name, other.name, assets=assets)
                if other.name not in seen:
                    seen.add(other.name)
                    todo.append(other)
    return graph


def _enough(trigger: Trigger, published: Collection[str]) -> Iterator[str]:
    """Those of the assets by which the trigger fires, whatever else happens or does not."""
    match trigger:
        case Asset(name) if name in published:
            yield name
        case AnyOf(members):
            for member in members:
                yield from _enough(member, published)
        case AllOf(members):
            found = [[*_enough(member, published)] for member in members]
            if all(found):
                yield from (name for names in found for name in names)


def _told(asset: str, path: Sequence[str], publisher: str, graph: nx.DiGraph[str]) -> str:
    way = "".join(f"{one} -> asset {graph.edges[one, other]['assets'][0]} -> " for one, other in pairwise(path))
    by = (
        f"its own {publisher}"
        if len(path) == 1
        else f"{publisher}, which schedule '{path[-1]}' runs because of this one"
    )
    return (
        f"asset '{asset}' is published by {by}: each run of the schedule starts the next one "
        f"(asset {asset} -> {way}{path[-1]} -> asset {asset})"
    )
