from __future__ import annotations

import pytest

from jupyter_dataops.engine.trigger_rules import Verdict, reason_for, verdict
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import NodeState

S, F, K = NodeState.SUCCEEDED, NodeState.FAILED, NodeState.SKIPPED
U, C, W = NodeState.UPSTREAM_FAILED, NodeState.CANCELLED, NodeState.RUNNING

RUN, SKIP, FAIL, WAIT = Verdict.RUN, Verdict.SKIP, Verdict.FAIL, Verdict.WAIT


@pytest.mark.parametrize(
    ("rule", "upstream", "decided"),
    [
        ("all_success", [S, NodeState.REUSED], RUN),
        ("all_success", [S, W], WAIT),
        ("all_success", [F, W], FAIL),
        ("all_success", [U, W], FAIL),
        ("all_success", [C, W], FAIL),
        ("all_success", [K, W], WAIT),
        ("all_success", [K, S], SKIP),
        ("all_success", [K, F], FAIL),
        ("all_success", [], RUN),
        ("all_failed", [F, U], RUN),
        ("all_failed", [F, W], WAIT),
        ("all_failed", [S, W], SKIP),
        ("all_failed", [K, F], SKIP),
        ("all_done", [S, F, K], RUN),
        ("all_done", [F, W], WAIT),
        ("all_skipped", [K, K], RUN),
        ("all_skipped", [S, W], SKIP),
        ("all_skipped", [F, W], SKIP),
        ("one_success", [S, W], RUN),
        ("one_success", [F, W], WAIT),
        ("one_success", [F, K], FAIL),
        ("one_success", [K, K], SKIP),
        ("one_success", [], SKIP),
        ("one_failed", [F, W], RUN),
        ("one_failed", [S, W], WAIT),
        ("one_failed", [S, K], SKIP),
        ("one_failed", [], SKIP),
        ("one_done", [S, W], RUN),
        ("one_done", [F, W], RUN),
        ("one_done", [K, W], WAIT),
        ("one_done", [K, K], SKIP),
        ("none_failed", [K, S], RUN),
        ("none_failed", [K, K], RUN),
        ("none_failed", [F, W], FAIL),
        ("none_failed_min_one_success", [K, S], RUN),
        ("none_failed_min_one_success", [K, K], SKIP),
        ("none_failed_min_one_success", [F, W], FAIL),
        ("none_skipped", [S, F], RUN),
        ("none_skipped", [K, W], SKIP),
        ("always", [W, W], RUN),
        ("always", [], RUN),
    ],
)
def test_each_rule_decides_as_soon_as_it_can(rule: str, upstream: list[NodeState], decided: Verdict) -> None:
    assert verdict(TriggerRule(rule), upstream) is decided


def states(**given: NodeState) -> dict[NodeName, NodeState]:
    return {NodeName(node): state for node, state in given.items()}


def test_the_reason_names_the_upstream_node_that_failed() -> None:
    said = reason_for(TriggerRule.ALL_SUCCESS, FAIL, states(a=S, b=F, c=W, d=K))
    assert said == "it needs `b`, which failed"


def test_several_culprits_are_told_apart_by_semicolons() -> None:
    said = reason_for(
        TriggerRule.ALL_SUCCESS, FAIL, states(a=F, b=U), {NodeName("a"): "succeeded, but its check failed"}
    )
    assert said == "it needs `a`, which succeeded, but its check failed; `b`, which could not run"


def test_the_reason_names_the_upstream_node_that_was_skipped() -> None:
    assert reason_for(TriggerRule.ALL_SUCCESS, SKIP, states(a=S, b=K)) == "it needs `b`, which was skipped"


def test_the_reason_of_another_rule_names_the_rule_and_shows_failures_first() -> None:
    said = reason_for(TriggerRule.ONE_FAILED, RUN, states(a=S, b=S, c=S, d=F))
    assert said == "trigger:one_failed holds: `d` failed, `a` succeeded, `b` succeeded and 1 more"


def test_the_reason_says_that_a_rule_can_never_hold_without_upstream() -> None:
    assert reason_for(TriggerRule.ONE_DONE, SKIP, {}) == "trigger:one_done can never hold without upstream"


@pytest.mark.parametrize("state", NodeState)
def test_every_state_has_words_for_the_reason(state: NodeState) -> None:
    assert "`a` " in reason_for(TriggerRule.ALWAYS, RUN, states(a=state))
