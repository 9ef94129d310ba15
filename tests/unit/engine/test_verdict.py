from __future__ import annotations

from collections.abc import Sequence

import pytest

from jupyter_dataops.engine.checks import has_failed, standing
from jupyter_dataops.engine.models import NodeWork
from jupyter_dataops.engine.verdict import Inner, Judgement, judge
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import NodeState, RunState
from tests.support.coordinated import check, node

S, F, K = NodeState.SUCCEEDED, NodeState.FAILED, NodeState.SKIPPED
U, C_, R = NodeState.UPSTREAM_FAILED, NodeState.CANCELLED, NodeState.REUSED


def verdict(*nodes: tuple[str, NodeState, str, str]) -> tuple[RunState, str]:
    """Of nodes given as (name, state, rule, a letter per upstream node)."""
    found = judged(*((node(name, *above, trigger=rule), state) for name, state, rule, above in nodes))
    return found.state, found.reason


def judged(*ends: tuple[NodeWork, NodeState], inside: Sequence[tuple[NodeWork, NodeState]] = ()) -> Judgement:
    states = {item.node: state for item, state in (*ends, *inside)}
    inner = Inner([item for item, _ in inside])
    blocking: dict[str, list[NodeState]] = {item.node: [] for item, _ in ends}
    for item, state in ends:
        if item.blocks:
            blocking[item.upstream[0]].append(state)

    def standing_of(name: NodeName) -> NodeState:
        return standing(states[name], undone=0, failed=sum(map(has_failed, blocking[name]))) or NodeState.RUNNING

    return judge([item for item, _ in ends], states.__getitem__, standing_of, inner)


@pytest.mark.parametrize(
    ("nodes", "state"),
    [
        ([], "succeeded"),
        ([("a", S, "all_success", ""), ("b", R, "all_success", ""), ("c", K, "all_success", "")], "succeeded"),
        ([("a", F, "all_success", "")], "failed"),
        ([("a", C_, "all_success", "")], "failed"),
        # Handled by a rule directly below that asks for failure, if that node succeeded.
        ([("a", F, "all_success", ""), ("b", S, "one_failed", "a")], "succeeded"),
        ([("a", F, "all_success", ""), ("b", S, "all_failed", "a")], "succeeded"),
        # A clean-up, which runs however things end, handles nothing.
        ([("a", F, "all_success", ""), ("b", S, "all_done", "a")], "failed"),
        ([("a", F, "all_success", ""), ("b", S, "one_done", "a")], "failed"),
        ([("a", F, "all_success", ""), ("b", S, "none_skipped", "a")], "failed"),
        ([("a", F, "all_success", ""), ("b", S, "always", "a")], "failed"),
        ([("a", F, "all_success", ""), ("b", S, "one_success", "ac"), ("c", S, "all_success", "")], "succeeded"),
        ([("a", F, "all_success", ""), ("b", F, "all_failed", "a")], "failed"),
        ([("a", F, "all_success", ""), ("b", K, "one_failed", "a")], "failed"),
        ([("a", F, "all_success", ""), ("b", C_, "one_failed", "a")], "failed"),
        ([("a", F, "all_success", ""), ("b", R, "one_failed", "a")], "failed"),
        # A handler that is itself handled.
        ([("a", F, "all_success", ""), ("b", F, "one_failed", "a"), ("c", S, "all_failed", "ab")], "succeeded"),
        # What could not run must be handled as well.
        ([("a", F, "all_success", ""), ("b", S, "one_failed", "a"), ("c", U, "all_success", "a")], "failed"),
        (
            [
                ("a", F, "all_success", ""),
                ("b", S, "one_failed", "a"),
                ("c", U, "all_success", "a"),
                ("d", S, "one_success", "bc"),
            ],
            "succeeded",
        ),
        # A leaf that succeeded hides no failure further up.
        ([("a", F, "all_success", ""), ("b", U, "all_success", "a"), ("c", S, "one_failed", "b")], "failed"),
    ],
)
def test_a_run_succeeds_if_every_failure_was_handled_directly_below(
    nodes: list[tuple[str, NodeState, str, str]], state: str
) -> None:
    assert verdict(*nodes)[0].value == state


def test_the_reason_names_what_failed_and_what_did_not_run() -> None:
    nodes = [("a", F, "all_success", ""), ("b", U, "all_success", "a"), ("c", C_, "all_success", "")]
    assert verdict(*nodes)[1] == "`a` failed; `b` was not run; `c` did not run to the end"


def test_several_nodes_that_were_never_reached_are_told_at_once() -> None:
    nodes = [("a", F, "all_success", ""), ("b", U, "all_success", "a"), ("c", U, "all_success", "a")]
    assert verdict(*nodes)[1] == "`a` failed; `b`, `c` were not run"


def test_a_long_list_in_the_reason_is_cut() -> None:
    nodes = [(name, F, "all_success", "") for name in "abcdef"]
    assert verdict(*nodes)[1] == "`a`, `b`, `c` and 3 more failed"


def test_the_reason_of_success_counts_nodes_by_state() -> None:
    nodes = [("a", S, "all_success", ""), ("b", S, "all_success", ""), ("c", R, "all_success", "")]
    assert verdict(*nodes)[1] == "2 nodes succeeded, 1 node reused"


def test_a_failed_blocking_check_fails_the_run_though_its_node_succeeded() -> None:
    found = judged((node("a"), S), (check("a", "x"), F), (node("b", "a"), U))
    assert (found.state, found.at_fault) == (RunState.FAILED, ("check:a/x", "b"))
    assert found.reason == "`check:a/x` did not pass; `b` was not run"


def test_a_failed_check_is_handled_like_a_failure_of_its_node() -> None:
    found = judged((node("a"), S), (check("a", "x"), F), (node("b", "a", trigger="one_failed"), S))
    assert found.state is RunState.SUCCEEDED
    assert found.reason == "2 nodes succeeded; `check:a/x` did not pass, which a node below handled"


def test_a_handler_below_something_else_does_not_handle_a_check() -> None:
    ends = ((node("a"), S), (check("a", "x"), F), (node("b"), F), (node("c", "b", trigger="one_failed"), S))
    assert judged(*ends).at_fault == ("check:a/x",)


def test_a_failed_warn_check_fails_nothing_and_is_told() -> None:
    found = judged((node("a"), S), (check("a", "x", warn=True), F), (check("a", "y"), S), (check("a", "z"), R))
    assert found.state is RunState.SUCCEEDED
    assert found.reason == "1 node succeeded; 2 checks passed; 1 check warned"


def test_warnings_are_told_of_a_failed_run_too() -> None:
    found = judged((node("a"), S), (check("a", "x", warn=True), F), (node("b"), F))
    assert found.reason == "`b` failed; 1 check warned"


@pytest.mark.parametrize(("node_state", "check_state"), [(F, U), (K, K), (U, U)])
def test_checks_of_a_node_that_has_no_result_add_nothing(node_state: NodeState, check_state: NodeState) -> None:
    ends = ((node("a"), node_state), (check("a", "x"), check_state), (node("b", "a", trigger="all_failed"), S))
    assert judged(*ends).state is RunState.SUCCEEDED


def test_those_at_fault_come_in_document_order() -> None:
    found = judged((node("a"), C_), (node("b"), F), (check("b", "x"), U), (node("c", "b"), U))
    assert found.at_fault == ("a", "b", "c")


def test_checks_inside_groups_are_counted_along() -> None:
    inside = ((check("a", "y", warn=True), F), (check("a", "z"), S))
    assert judged((node("a"), S), (check("a", "x"), S), inside=inside).reason == (
        "1 node succeeded; 2 checks passed; 1 check warned"
    )
