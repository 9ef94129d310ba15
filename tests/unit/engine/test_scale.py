"""The cost of coordination is linear in nodes and edges."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest

from jupyter_dataops.engine.models import NodeWork
from jupyter_dataops.states import RunState
from tests.support.coordinated import Coordinated, node
from tests.support.executor import raises


def chain(size: int) -> list[NodeWork]:
    return [node("n0"), *(node(f"n{index}", f"n{index - 1}") for index in range(1, size))]


def fan(size: int) -> list[NodeWork]:
    """One above all, all above one."""
    middle = [f"m{index}" for index in range(size - 2)]
    return [node("first"), *(node(name, "first") for name in middle), node("last", *middle)]


def cpu_seconds_of(work: Sequence[NodeWork]) -> float:
    world = Coordinated(*work, jobs=8)
    began = time.process_time()
    assert world.execute().state is RunState.SUCCEEDED
    return time.process_time() - began


@pytest.mark.parametrize("shape", [chain, fan])
def test_ten_thousand_nodes_cost_about_ten_times_a_thousand(shape: Callable[[int], list[NodeWork]]) -> None:
    small = cpu_seconds_of(shape(1_000))
    # Quadratic cost would be a hundredfold; processor time does not mind a busy machine.
    assert cpu_seconds_of(shape(10_000)) < 30 * small


def test_ten_thousand_nodes_below_a_failure_are_settled_without_recursion() -> None:
    world = Coordinated(*chain(10_000), script={"n0": raises()})
    world.execute()
    assert set(list(world.states().values())[1:]) == {"upstream_failed"}
