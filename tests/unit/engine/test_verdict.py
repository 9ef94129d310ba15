from __future__ import annotations

import pytest

from jupyter_dataops.engine.verdict import judge
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import NodeState, RunState

S, F, K = NodeState.SUCCEEDED, NodeState.FAILED, NodeState.SKIPPED
U, C_, R = NodeState.UPSTREAM_FAILED, NodeState.CANCELLED, NodeState.REUSED


def verdict(*nodes: tuple[str, NodeState, str, str]) -> tuple[RunState, str]:
    """Of nodes given as (name, state, rule, a letter per upstream node)."""
    states = {NodeName(name): state for name, state, _, _ in nodes}
    upstream = {NodeName(name): tuple(map(NodeName, above)) for name, _, _, above in nodes}
    return judge(states, upstream, {NodeName(name): TriggerRule(rule) for name, _, rule, _ in nodes})


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
    assert verdict(*nodes)[1] == "`a` failed; `b`, `c` did not run to the end"


def test_a_long_list_in_the_reason_is_cut() -> None:
    nodes = [(name, F, "all_success", "") for name in "abcdef"]
    assert verdict(*nodes)[1] == "`a`, `b`, `c` and 3 more failed"


def test_the_reason_of_success_counts_nodes_by_state() -> None:
    nodes = [("a", S, "all_success", ""), ("b", S, "all_success", ""), ("c", R, "all_success", "")]
    assert verdict(*nodes)[1] == "2 nodes succeeded, 1 node reused"
