from __future__ import annotations

import pytest

from jupyter_dataops.report.looks import (
    PASSED,
    WARNED,
    count_checks,
    count_states,
    counts_sentence,
    is_at_fault,
    shown,
    tolerated_among,
    troubles_of,
)
from jupyter_dataops.states import LOOKS, CheckSeverity, NodeState, RunState
from tests.unit.report.made import check, node

RUNS = [
    node("clean"),
    check("check:clean/a", NodeState.SUCCEEDED),
    check("check:clean/b", NodeState.REUSED),
    check("check:clean/c", NodeState.FAILED, CheckSeverity.WARN),
    check("check:clean/d", NodeState.FAILED),
    node("score", NodeState.FAILED),
    node("score[a]", NodeState.FAILED, parent="score"),
    node("score[b]", parent="score"),
]


@pytest.mark.parametrize("state", NodeState)
def test_a_node_looks_like_its_state(state: NodeState) -> None:
    assert str(shown(node("a", state))) == f"{LOOKS[state].symbol} {state}"


@pytest.mark.parametrize("severity", CheckSeverity)
def test_a_check_that_succeeded_or_was_reused_has_passed(severity: CheckSeverity) -> None:
    assert shown(check("check:a/x", NodeState.SUCCEEDED, severity)) is PASSED
    assert shown(check("check:a/x", NodeState.REUSED, severity)) is PASSED


def test_a_failed_check_fails_or_warns_by_its_severity() -> None:
    assert shown(check("check:a/x", NodeState.FAILED, CheckSeverity.WARN)) is WARNED
    assert str(shown(check("check:a/x", NodeState.FAILED))) == "✘ failed"
    assert str(shown(check("check:a/x", NodeState.UPSTREAM_FAILED, CheckSeverity.WARN))) == "⊗ upstream_failed"


def test_words_and_symbols_tell_verdicts_apart_without_colour() -> None:
    looks = {shown(check("check:a/x", state, severity)) for state in NodeState for severity in CheckSeverity}
    assert len({look.symbol for look in looks}) == len({look.word for look in looks}) == len(looks)


def test_a_warning_is_nobodys_fault() -> None:
    assert [one.node for one in RUNS if is_at_fault(one)] == ["check:clean/d", "score", "score[a]"]


def test_nodes_and_checks_are_counted_apart_and_children_with_their_group() -> None:
    assert count_states(RUNS) == {NodeState.SUCCEEDED: 1, NodeState.FAILED: 1}
    assert {look.word: count for look, count in count_checks(RUNS).items()} == {"passed": 2, "warned": 1, "failed": 1}
    assert counts_sentence(RUNS) == "1 succeeded, 1 failed; 2 checks passed, 1 warned, 1 failed"
    assert counts_sentence(RUNS[:1]) == "1 succeeded"


def test_elements_whose_failure_was_tolerated_are_counted_apart() -> None:
    runs = [
        node("etl"),
        node("etl[de]", NodeState.FAILED, parent="etl", key="de"),
        node("etl[de]/load", NodeState.FAILED, parent="etl[de]"),
        node("etl[fr]", parent="etl", key="fr"),
        node("score", NodeState.FAILED),
        node("score[a]", NodeState.FAILED, parent="score", key="a"),
        node("sub"),
        node("sub/handled", NodeState.FAILED, parent="sub"),
    ]
    assert counts_sentence(runs) == "2 succeeded, 1 failed; 1 element failed and was tolerated"
    assert tolerated_among(runs) == {"etl[de]", "etl[de]/load"}


def test_states_are_counted_in_their_own_order() -> None:
    nodes = [node("a", NodeState.FAILED), node("b", NodeState.PENDING), node("c", NodeState.FAILED)]
    assert list(count_states(nodes).items()) == [(NodeState.PENDING, 1), (NodeState.FAILED, 2)]


def test_a_group_is_no_trouble_of_its_own_where_a_child_is() -> None:
    assert [one.node for one in troubles_of(RUNS)] == ["check:clean/c", "check:clean/d", "score[a]"]
    alone = node("score", NodeState.FAILED)
    assert troubles_of([alone, node("score[b]", parent="score")]) == [alone]


def test_what_was_running_in_a_run_that_crashed_is_not_said_to_run() -> None:
    running = node("a", NodeState.RUNNING)
    assert str(shown(running, RunState.CRASHED)) == "☠ running when the runner died"
    assert str(shown(running, RunState.RUNNING)) == "▶ running"
    assert str(shown(node("a"), RunState.CRASHED)) == "✔ succeeded"
