from __future__ import annotations

import pytest

from jupyter_dataops.report.verdict import first_failure, verdict
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from tests.unit.report.made import a_check_failure, a_failure, a_run, at, check, node, ran

FAILED = ran("join", 2, 5, NodeState.FAILED, failure=a_failure(evalue="'rain'\nmore"))


def said(*node_runs, state=RunState.FAILED, number: int | None = 4, **more) -> str:
    return verdict(a_run(state, **more), node_runs, at(12), lambda _: number)


def test_a_failed_run_names_what_failed_first_and_where() -> None:
    later = ran("other", 3, 9, NodeState.FAILED, failure=a_failure(evalue="2"))
    assert said(later, FAILED) == "Failed after 10.0s: node join failed first in cell 4, line 2: KeyError: 'rain'."


def test_a_failure_without_a_known_place_names_none() -> None:
    assert said(FAILED, number=None) == "Failed after 10.0s: node join failed first: KeyError: 'rain'."


def test_a_blocking_check_may_have_failed_first_and_a_warning_never_has() -> None:
    blocking = check("check:a/x", NodeState.FAILED, failure=a_check_failure(), finished_at=at(1))
    warning = check("check:a/y", NodeState.FAILED, CheckSeverity.WARN, failure=a_check_failure(), finished_at=at(0))
    assert first_failure([FAILED, warning, blocking]) is blocking
    assert said(FAILED, blocking).startswith("Failed after 10.0s: check check:a/x failed first in cell 4, line 2:")
    assert first_failure([warning]) is None


def test_the_child_failed_first_and_not_its_group() -> None:
    group = ran("score", 0, 1, NodeState.FAILED, failure=a_failure())
    child = ran("score[a]", 0, 5, NodeState.FAILED, parent="score", failure=a_failure())
    assert first_failure([group, child]) is child


def test_what_was_tolerated_did_not_fail_the_run_however_early_it_failed() -> None:
    group = ran("score", 0, 9)
    child = ran("score[a]", 0, 1, NodeState.FAILED, parent="score", key="a", failure=a_failure())
    assert first_failure([group, child, FAILED]) is FAILED
    tolerated = "1 succeeded; 1 element failed and was tolerated"
    assert said(group, child, state=RunState.SUCCEEDED) == f"Succeeded in 10.0s: {tolerated}."


@pytest.mark.parametrize(
    ("state", "more", "sentence"),
    [
        (RunState.QUEUED, {"started_at": None}, "Waits for a runner: 1 succeeded."),
        (RunState.RUNNING, {}, "Running for 12.0s: 1 succeeded."),
        (RunState.CANCELLING, {"reason": "not today"}, "Being cancelled, after 12.0s: not today."),
        (RunState.SUCCEEDED, {}, "Succeeded in 10.0s: 1 succeeded."),
        (RunState.CRASHED, {"reason": "its runner died"}, "Crashed after 10.0s: its runner died."),
        (RunState.CANCELLED, {"reason": "not today", "started_at": None}, "Cancelled: not today."),
    ],
)
def test_any_other_run_says_its_state_and_why_or_how_many(state: RunState, more, sentence: str) -> None:
    assert said(node("a"), state=state, **more) == sentence
