"""What holds for every run, and the classic ways in which orchestrators break it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_dataops.engine.models import NodeWork
from jupyter_dataops.engine.trigger_rules import Verdict, verdict
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.events import NodeStarted
from jupyter_dataops.ids import NodeName
from jupyter_dataops.interfaces import NodeJob
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import FailureCause, NodeState, RunState
from tests.support.coordinated import RUN_ID, Coordinated, node, output, reused
from tests.support.executor import Does, dies, raises


@st.composite
def pipelines(draw: st.DrawFn) -> tuple[list[NodeWork], dict[str, list[Does]]]:
    """Up to eight nodes with any rules over any upstream, and what each attempt of each does."""
    names = [f"n{index}" for index in range(draw(st.integers(0, 8)))]
    seconds = st.sampled_from([0.0, 1.0, 3.0])
    attempt = st.builds(
        lambda kind, took, obeys: Does(took, failure=kind.failure, obeys_after_s=obeys),
        st.sampled_from([Does(), Does(), raises(), dies(), dies(FailureCause.UNSTORABLE_OUTPUT)]),
        seconds,
        st.sampled_from([0.0, 2.0, None]),
    )
    work, script = [], {}
    for index, name in enumerate(names):
        above = draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        script[name] = draw(st.lists(attempt, min_size=1, max_size=3))
        work.append(
            node(
                name,
                *above,
                trigger=draw(st.sampled_from(TriggerRule)),
                timeout_s=draw(st.sampled_from([None, None, 2.0])),
                retries=draw(st.integers(0, 2)),
                retry_delay_s=draw(seconds),
                infra_retries=draw(st.integers(0, 1)),
            )
        )
    return work, script


@settings(max_examples=300, deadline=None)
@given(
    pipelines(),
    st.integers(1, 3),
    st.booleans(),
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5, 4.0]), max_size=2),
)
def test_every_run_ends_with_every_node_done_and_nothing_left(
    pipeline: tuple[list[NodeWork], dict[str, list[Does]]], jobs: int, fail_fast: bool, cancels: list[float]
) -> None:
    work, script = pipeline
    world = Coordinated(*work, script=script, jobs=jobs, fail_fast=fail_fast)
    for seconds in cancels:
        world.at(seconds, lambda: world.coordinator.request_cancel("enough"))
    run = world.execute()

    states = {NodeName(name): NodeState(state) for name, state in world.states().items()}
    assert all(state.is_done for state in states.values())
    assert world.executor.most_at_once <= jobs
    assert world.history()[-1] == "RunFinished"
    if run.state is RunState.SUCCEEDED:
        assert NodeState.CANCELLED not in states.values()
    if not cancels:
        assert run.state in {RunState.SUCCEEDED, RunState.FAILED}
    for name, record in world.records().items():
        assert record.reason
        assert [attempt.attempt for attempt in world.attempts(name)] == list(range(1, record.attempt + 1))
        assert all(attempt.finished_at for attempt in world.attempts(name))
    if not cancels and not fail_fast:
        # What happened to each node is what its rule says of the final states of its upstream.
        for item in work:
            name = item.decision.node
            said = verdict(item.trigger, [states[source] for source in item.upstream])
            assert {
                Verdict.RUN: states[name] in {NodeState.SUCCEEDED, NodeState.FAILED},
                Verdict.SKIP: states[name] is NodeState.SKIPPED,
                Verdict.FAIL: states[name] is NodeState.UPSTREAM_FAILED,
            }[said]


def test_a_skip_that_comes_late_does_not_overwrite_a_running_node() -> None:
    world = Coordinated(
        node("fast"),
        reused("flag", no=output("no", False)),
        node("gate", "flag", "fast", when=("no", "flag")),
        node("join", "fast", "gate", trigger="one_success"),
        script={"join": Does(10)},
    )
    world.execute()
    assert world.states() == {"fast": "succeeded", "flag": "reused", "gate": "skipped", "join": "succeeded"}


def test_producers_that_finish_together_start_their_consumer_once() -> None:
    world = Coordinated(node("a"), node("b"), node("c", "a", "b", trigger="one_success"), node("d", "a", "b"))
    world.execute()
    assert sorted(world.executor.started_nodes()) == ["a", "b", "c", "d"]


def test_a_failure_handler_runs_once_however_many_fail() -> None:
    world = Coordinated(
        node("a"),
        node("b"),
        node("tell", "a", "b", trigger="one_failed"),
        script={"a": raises(), "b": raises(seconds=1.5)},
    )
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes() == ["a", "b", "tell"]


def test_a_retry_that_waits_is_started_by_nobody_else_and_once() -> None:
    world = Coordinated(
        node("a", retries=1, retry_delay_s=5),
        *(node(f"n{index}") for index in range(20)),
        script={"a": [raises(), Does()]},
    )
    world.execute()
    assert [(at, attempt) for at, name, attempt in world.executor.started if name == "a"] == [(0.0, 1), (6.0, 2)]


@pytest.mark.parametrize("ending", [raises(), dies(), Does(60)])
def test_no_way_of_ending_leaks_a_slot(ending: Does) -> None:
    bad = [node(f"bad{index}", timeout_s=2, infra_retries=1) for index in range(5)]
    world = Coordinated(*bad, node("good"), jobs=1, script={item.decision.node: ending for item in bad})
    world.execute()
    assert world.state("good") is NodeState.SUCCEEDED


def test_nodes_that_cannot_be_started_leak_no_slot() -> None:
    from tests.support.coordinated import make_job

    def refuse_bad(name: NodeName, *others: object) -> NodeJob:
        if name.startswith("bad"):
            raise EnvironmentRefused("no such kernel")
        return make_job(name, *others)  # type: ignore[arg-type]

    world = Coordinated(*(node(f"bad{index}") for index in range(5)), node("good"), jobs=1, make_job=refuse_bad)
    world.execute()
    assert world.state("good") is NodeState.SUCCEEDED


def test_the_infrastructure_failing_for_ever_ends() -> None:
    world = Coordinated(node("a", retries=3, infra_retries=2), script={"a": dies()})
    assert world.execute().state is RunState.FAILED
    assert world.records()["a"].attempt == 3
    assert world.reason("a") == "its kernel died or could not start; all 3 attempts failed (infra_retries:2)"


def test_a_cancel_while_a_retry_waits_ends_the_run_at_once() -> None:
    world = Coordinated(node("a", retries=1, retry_delay_s=3600), script={"a": raises()})
    world.at(10, lambda: world.coordinator.request_cancel("enough"))
    world.execute()
    assert world.clock.elapsed_s() == 10.0
    assert world.state("a") is NodeState.CANCELLED
    assert world.records()["a"].not_before is None


def test_a_change_of_the_work_list_during_the_run_does_not_change_the_run() -> None:
    work = [node("a"), node("b", "a")]
    world = Coordinated(*work)
    world.at(0.5, work.clear)
    world.execute()
    assert world.states() == {"a": "succeeded", "b": "succeeded"}


def test_every_attempt_that_was_stored_as_started_was_started_once() -> None:
    world = Coordinated(node("a", retries=2), node("b", "a"), script={"a": [raises(), raises(), Does()]})
    world.execute()
    stored = [(event.node, event.attempt) for event in world.seen if isinstance(event, NodeStarted)]
    assert stored == [(name, attempt) for _, name, attempt in world.executor.started]
    assert world.store.get_run(RUN_ID).state is RunState.SUCCEEDED
