"""What holds for every run, and the classic ways in which orchestrators break it."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_dataops.engine.checks import has_failed, standing
from jupyter_dataops.engine.models import Expands, NodeWork
from jupyter_dataops.engine.trigger_rules import Verdict, verdict
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.events import NodeStarted
from jupyter_dataops.ids import NodeName
from jupyter_dataops.interfaces import NodeJob
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import DONE, NODE_MOVES, NodeState, RunState
from tests.support.coordinated import (
    RUN_ID,
    Coordinated,
    check,
    children,
    each,
    faults,
    left_out,
    make_job,
    node,
    output,
    reused,
)
from tests.support.executor import Does, dies, objects, raises
from tests.support.random_runs import EXAMPLES, UNHURRIED, Made, made_up

POOLS = {"gpu": 2}


@UNHURRIED
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    made_up(),
    st.integers(1, 3),
    st.booleans(),
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5, 4.0]), max_size=2),
)
def test_every_run_ends_with_every_node_done_and_nothing_left(
    made: Made, jobs: int, fail_fast: bool, cancels: list[float]
) -> None:
    world = Coordinated(
        *made.work, expansions=made.expansions, script=made.script, jobs=jobs, fail_fast=fail_fast, pool_sizes=POOLS
    )
    for seconds in cancels:
        world.at(seconds, lambda: world.coordinator.request_cancel("enough"))
    run = world.execute()

    states = {name: NodeState(state) for name, state in world.states().items()}
    assert faults(world) == []
    assert world.executor.most_at_once <= jobs
    assert world.history()[-1] == "RunFinished"
    if run.state is RunState.SUCCEEDED:
        assert NodeState.CANCELLED not in states.values()
    if not cancels:
        assert run.state in {RunState.SUCCEEDED, RunState.FAILED}
    if not cancels and not fail_fast:
        assert_every_rule_was_followed(made, states)


def assert_every_rule_was_followed(made: Made, states: dict[str, NodeState]) -> None:
    """What happened to each node is what its rule says of what its upstream counts as in the end."""
    blocking: dict[str, list[NodeState]] = {name: [] for name in states}
    happened = [item for item in made.everything if item.node in states]
    for item in happened:
        if item.blocks:
            blocking[item.upstream[0]].append(states[item.node])
    counts_as = {
        name: standing(state, undone=0, failed=sum(map(has_failed, blocking[name]))) for name, state in states.items()
    }
    for item in happened:
        above = states if item.severity is not None else counts_as
        said = verdict(item.trigger, [above[source] or NodeState.RUNNING for source in item.upstream])
        is_empty = item.expands is Expands.FIRST and not made.expansions[item.node]
        assert {
            Verdict.RUN: states[item.node] in {NodeState.SUCCEEDED, NodeState.FAILED} or is_empty,
            Verdict.SKIP: states[item.node] is NodeState.SKIPPED,
            Verdict.FAIL: states[item.node] is NodeState.UPSTREAM_FAILED,
        }[said], item.node


@UNHURRIED
@settings(max_examples=EXAMPLES, deadline=None)
@given(made_up(), st.integers(1, 3), st.data())
def test_nodes_that_are_reopened_at_any_time_leave_one_legal_history(
    made: Made, jobs: int, data: st.DataObject
) -> None:
    world = Coordinated(
        *made.work, node("last"), expansions=made.expansions, script={**made.script, "last": Does(40)}, jobs=jobs
    )

    def reopen_some() -> None:
        closed = [name for name, state in world.states().items() if state in REOPENABLE]
        if closed:
            world.reopen(*data.draw(st.lists(st.sampled_from(closed), unique=True, min_size=1, max_size=3)))

    for seconds in (2.5, 9.0, 30.0):
        world.at(seconds, reopen_some)
    world.execute()
    assert faults(world) == []


REOPENABLE = {"failed", "upstream_failed", "skipped"}


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
    assert world.reason("a") == "DeadKernelError: Kernel died; all 3 attempts failed (infra_retries:2)"


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


@pytest.mark.parametrize("rule", TriggerRule)
def test_every_trigger_rule_decides_below_reused_skipped_failed_checked_and_expanded_nodes(rule: TriggerRule) -> None:
    """And alike, in whatever order these ended."""
    above = {
        "reused": reused("reused", x=output("x")),
        "left": left_out("left"),
        "group": each("group"),
        "empty": each("empty"),
        "bad": node("bad"),
        "doubtful": node("doubtful"),
    }
    expansions = {"group": children("group", "1 2"), "empty": []}
    for size in range(1, 4):
        for names in combinations(above, size):
            states = set()
            for slow in names:
                script = {"bad": raises(), "check:doubtful/ok": objects(), slow: Does(9), f"{slow}[1]": Does(9)}
                script["bad"] = raises(seconds=9 if slow == "bad" else 1)
                upstream = [item for name in names for item in _with_check(above[name])]
                world = Coordinated(
                    *upstream, node("below", *names, trigger=rule), expansions=expansions, script=script
                )
                world.execute()
                states.add(world.states()["below"])
            counted = [COUNTS_AS[name] for name in names]
            assert states == {OUTCOME[verdict(rule, counted)]}, names


COUNTS_AS = {
    "reused": NodeState.REUSED,
    "left": NodeState.SKIPPED,
    "group": NodeState.SUCCEEDED,
    "empty": NodeState.SKIPPED,
    "bad": NodeState.FAILED,
    "doubtful": NodeState.FAILED,
}
OUTCOME = {Verdict.RUN: "succeeded", Verdict.SKIP: "skipped", Verdict.FAIL: "upstream_failed"}


def _with_check(item: NodeWork) -> list[NodeWork]:
    return [item, check(item.node, "ok")] if item.node == "doubtful" else [item]


def test_ends_of_producers_that_come_in_one_breath_are_all_heard() -> None:
    names = [f"n{index}" for index in range(50)]
    world = Coordinated(*(node(name) for name in names), node("join", *names), jobs=50)
    world.execute()
    assert world.executor.started[-1] == (1.0, "join", 1)
    assert all(world.history(name) == ["NodeQueued", "NodeStarted", "NodeSucceeded"] for name in names)


@pytest.mark.parametrize("state", sorted(DONE))
def test_what_is_done_is_not_moved_by_anything_but_a_retry_that_somebody_asks_for(state: NodeState) -> None:
    assert NODE_MOVES[state] <= {NodeState.PENDING}


def test_a_run_that_waits_for_nothing_but_timers_does_not_spin() -> None:
    world = Coordinated(node("a", retries=1, retry_delay_s=3600), script={"a": [raises(), Does()]})
    world.execute()
    assert len(world.mailbox.waits) <= 8
