"""Checks: what they withhold, what they fail, and what they never do."""

from __future__ import annotations

from itertools import product

import pytest

from jupyter_dataops.engine.checks import has_failed, standing
from jupyter_dataops.states import DONE, FailureCause, NodeState, RunState
from tests.support.coordinated import Coordinated, check, node, output, reused
from tests.support.executor import Does, dies, objects, raises

NOT_NULL = "check:a/not_null"


@pytest.mark.parametrize("state", NodeState)
def test_a_node_counts_as_what_it_is_where_nothing_checks_it(state: NodeState) -> None:
    assert standing(state, undone=0, failed=0) is (state if state.is_done else None)


def test_no_state_of_a_check_makes_a_node_count_as_better_than_it_is() -> None:
    for state, undone, failed in product(DONE, range(3), range(3)):
        found = standing(state, undone=undone, failed=failed)
        assert found in {None, state, NodeState.FAILED}
        if not state.has_outputs:
            assert found is state
        elif undone:
            assert found is None
        else:
            assert (found is NodeState.FAILED) == bool(failed)


@pytest.mark.parametrize("state", NodeState)
def test_a_check_passes_only_by_its_own_success_or_by_being_left_out(state: NodeState) -> None:
    assert has_failed(state) == (state.value in {"failed", "upstream_failed", "cancelled"})


def test_a_check_runs_after_its_node_and_before_what_needs_it() -> None:
    world = Coordinated(node("a"), check("a", "not_null"), node("b", "a"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes() == ["a", NOT_NULL, "b"]
    assert world.executor.started[-1][0] == 2.0
    assert world.run().reason == "2 nodes succeeded; 1 check passed"


def test_a_failed_blocking_check_keeps_what_is_below_from_running_and_is_named() -> None:
    world = Coordinated(node("a"), check("a", "not_null"), node("b", "a"), script={NOT_NULL: objects("3 nulls")})
    assert world.execute().state is RunState.FAILED
    assert world.states() == {"a": "succeeded", NOT_NULL: "failed", "b": "upstream_failed"}
    assert world.reason("b") == "it needs `a`, which succeeded, but its check `not_null` did not pass"
    assert world.run().reason == "`check:a/not_null` did not pass; `b` was not run"
    failure = world.records()[NOT_NULL].failure
    assert failure is not None
    assert failure.cause is FailureCause.CHECK_FAILED


def test_a_rule_that_asks_for_failures_sees_the_failed_check() -> None:
    world = Coordinated(
        node("a"), check("a", "not_null"), node("tell", "a", trigger="one_failed"), script={NOT_NULL: objects()}
    )
    assert world.execute().state is RunState.SUCCEEDED
    assert world.reason("tell").endswith(
        "trigger:one_failed holds: `a` succeeded, but its check `not_null` did not pass"
    )


def test_a_failed_warn_check_is_recorded_and_stops_nothing() -> None:
    world = Coordinated(
        node("a"),
        check("a", "not_null", warn=True),
        node("b", "a"),
        script={NOT_NULL: objects(), "b": Does(9)},
        fail_fast=True,
    )
    assert world.execute().state is RunState.SUCCEEDED
    assert world.states() == {"a": "succeeded", NOT_NULL: "failed", "b": "succeeded"}
    assert world.run().reason == "2 nodes succeeded; 1 check warned"


def test_what_needs_the_node_does_not_wait_for_a_warn_check() -> None:
    world = Coordinated(node("a"), check("a", "not_null", warn=True), node("b", "a"), script={NOT_NULL: Does(50)})
    world.execute()
    assert (1.0, "b", 1) in world.executor.started


@pytest.mark.parametrize("ending", [dies(), dies(FailureCause.OUT_OF_MEMORY), Does(60)])
def test_a_check_that_cannot_give_its_verdict_never_passes(ending: Does) -> None:
    world = Coordinated(
        node("a"), check("a", "not_null", timeout_s=5, infra_retries=0), node("b", "a"), script={NOT_NULL: ending}
    )
    assert world.execute().state is RunState.FAILED
    assert world.state("b") is NodeState.UPSTREAM_FAILED
    failure = world.records()[NOT_NULL].failure
    assert failure is not None
    assert failure.cause is not FailureCause.CHECK_FAILED


def test_a_check_of_a_node_that_failed_does_not_run() -> None:
    world = Coordinated(node("a"), check("a", "not_null"), script={"a": raises()})
    world.execute()
    assert world.state(NOT_NULL) is NodeState.UPSTREAM_FAILED
    assert world.reason(NOT_NULL) == "it needs `a`, which failed"
    assert world.run().reason == "`a` failed"


def test_a_check_of_a_node_that_was_skipped_is_skipped() -> None:
    world = Coordinated(
        reused("flag", no=output("no", False)), node("a", "flag", when=("no", "flag")), check("a", "not_null")
    )
    assert world.execute().state is RunState.SUCCEEDED
    assert world.state(NOT_NULL) is NodeState.SKIPPED


def test_a_check_of_a_reused_node_still_decides_what_is_below() -> None:
    world = Coordinated(
        reused("a", x=output("x")), check("a", "not_null"), node("b", "a"), script={NOT_NULL: objects()}
    )
    world.execute()
    assert world.states() == {"a": "reused", NOT_NULL: "failed", "b": "upstream_failed"}
    assert world.run().reason == "`check:a/not_null` did not pass; `b` was not run"


def test_all_failed_checks_are_named_whichever_ended_first() -> None:
    work = (node("a"), check("a", "x"), check("a", "y"), node("b", "a"))
    for slow in ("check:a/x", "check:a/y"):
        script = {"check:a/x": objects(), "check:a/y": objects(), slow: objects(seconds=9)}
        world = Coordinated(*work, script=script)
        world.execute()
        assert world.reason("b") == "it needs `a`, which succeeded, but its checks `x`, `y` did not pass"


def test_a_failed_blocking_check_is_a_first_failure() -> None:
    world = Coordinated(
        node("a"), check("a", "not_null"), node("c"), fail_fast=True, script={NOT_NULL: objects(), "c": Does(60)}
    )
    assert world.execute().state is RunState.FAILED
    assert world.state("c") is NodeState.CANCELLED


def test_checks_are_cancelled_with_the_run() -> None:
    world = Coordinated(node("a"), check("a", "not_null"), node("b", "a"), script={NOT_NULL: Does(60)})
    world.at(3, lambda: world.coordinator.request_cancel("enough"))
    assert world.execute().state is RunState.CANCELLED
    assert world.states() == {"a": "succeeded", NOT_NULL: "cancelled", "b": "cancelled"}
