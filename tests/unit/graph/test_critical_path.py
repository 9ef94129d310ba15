from __future__ import annotations

from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.graph.critical_path import critical_path
from jupyter_dataops.ids import NodeName


@st.composite
def timed_graphs(draw: st.DrawFn) -> tuple[dict[str, float], list[tuple[str, str]]]:
    """Durations in sixteenths, so that sums are exact; edges point up the numbers, so that there is no cycle."""
    names = draw(st.permutations([f"n{index}" for index in range(draw(st.integers(0, 8)))]))
    durations = {name: draw(st.integers(0, 64)) / 16 for name in names}
    possible = [(f"n{a}", f"n{b}") for b in range(len(names)) for a in range(b)]
    return durations, draw(st.lists(st.sampled_from(possible), max_size=20)) if possible else []


@given(timed_graphs())
def test_it_is_as_long_as_the_longest_of_all_paths(made) -> None:
    durations, edges = made
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(durations)
    paths = [path for a in graph for b in graph for path in nx.all_simple_paths(graph, a, b)]
    paths += [[node] for node in graph]
    longest = max((sum(durations[node] for node in path) for path in paths), default=0)

    assert sum(durations[node] for node in critical_path(durations, edges)) == longest


@given(timed_graphs())
def test_each_of_its_nodes_waits_for_the_one_before(made) -> None:
    durations, edges = made
    below = nx.DiGraph(edges)
    assert all(nx.has_path(below, a, b) for a, b in pairwise(critical_path(durations, edges)))


def test_what_took_no_time_is_no_part_of_it() -> None:
    times = {NodeName("reused"): 0.0, NodeName("train"): 2.0}
    assert critical_path(times, [(NodeName("reused"), NodeName("train"))]) == ["train"]
    assert critical_path(dict.fromkeys(times, 0.0), []) == []
    assert critical_path({}, []) == []


def test_edges_of_nodes_that_are_not_there_do_not_count() -> None:
    assert critical_path({NodeName("a"): 1.0}, [(NodeName("gone"), NodeName("a"))]) == ["a"]


def test_a_cycle_has_no_longest_path() -> None:
    a, b = NodeName("a"), NodeName("b")
    with pytest.raises(ValueError, match="cycle"):
        critical_path({a: 1.0, b: 1.0}, [(a, b), (b, a)])
