"""The cost of coordination is linear in nodes and edges: counted in calls, which no busy machine changes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType

import pytest

from jupyter_dataops.engine.models import NodeWork
from jupyter_dataops.states import NodeState, RunState
from tests.support.coordinated import Coordinated, Expansions, check, children, each, members, node, runs_notebook
from tests.support.executor import Does, raises

Shape = Callable[[int], tuple[Sequence[NodeWork], Expansions]]


def chain(size: int) -> tuple[Sequence[NodeWork], Expansions]:
    return [node("n0"), *(node(f"n{index}", f"n{index - 1}") for index in range(1, size))], {}


def fan(size: int) -> tuple[Sequence[NodeWork], Expansions]:
    """One above all, all above one."""
    middle = [f"m{index}" for index in range(size - 2)]
    return [node("first"), *(node(name, "first") for name in middle), node("last", *middle)], {}


def checked(size: int) -> tuple[Sequence[NodeWork], Expansions]:
    """Half of them checks of one node."""
    half = size // 2
    checks = (check("a", f"c{index}") for index in range(half))
    return [node("a"), *checks, *(node(f"b{index}", "a") for index in range(half))], {}


def children_of_one(size: int) -> tuple[Sequence[NodeWork], Expansions]:
    return [each("score"), node("report", "score")], {"score": children("score", " ".join(map(str, range(size))))}


def members_of_one(size: int) -> tuple[Sequence[NodeWork], Expansions]:
    return [runs_notebook("etl")], {"etl": members("etl", *chain(size)[0])}


def calls_of(shape: Shape, size: int) -> int:
    """How many functions of the engine are called for a run of that size."""
    work, expansions = shape(size)
    world = Coordinated(*work, expansions=expansions, jobs=8)
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call" and "/engine/" in frame.f_code.co_filename

    sys.setprofile(note)
    try:
        state = world.coordinator.execute().state
    finally:
        sys.setprofile(None)
    assert state is RunState.SUCCEEDED
    return count


@pytest.mark.parametrize("shape", [chain, fan, checked, children_of_one, members_of_one])
def test_ten_times_as_many_nodes_cost_ten_times_as_much(shape: Shape) -> None:
    assert 9 < calls_of(shape, 1000) / calls_of(shape, 100) < 11


def test_ten_thousand_children_are_expanded_and_finished() -> None:
    work, expansions = children_of_one(10_000)
    world = Coordinated(*work, expansions=expansions, jobs=8)
    assert world.execute().state is RunState.SUCCEEDED
    assert len(world.executor.started) == 10_001


def test_ten_thousand_nodes_below_a_failure_are_settled_without_recursion() -> None:
    world = Coordinated(*chain(10_000)[0], script={"n0": raises()})
    world.execute()
    assert set(list(world.states().values())[1:]) == {"upstream_failed"}


def test_a_cancel_of_ten_thousand_children_ends_them_and_their_group() -> None:
    work, expansions = children_of_one(10_000)
    world = Coordinated(*work, expansions=expansions, script={"score[0]": Does(60)})
    world.at(0.5, lambda: world.coordinator.request_cancel("enough"))
    assert world.execute().state is RunState.CANCELLED
    assert world.state("score") is NodeState.CANCELLED
