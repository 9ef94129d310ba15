"""A notification in words."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_dataops.notices.text import MOST_LOG_LINES, Findings, Message, Tone, link_to, message_of
from jupyter_dataops.states import FireKind, Notified, RunState
from tests.support.notices import a_notice, a_run_for
from tests.support.schedules import on
from tests.support.stores import RUN, at


def message(event: Notified = Notified.FAILED, link: str | None = None, **findings: Any) -> Message:
    state = findings.pop("state", RunState.FAILED)
    run = a_run_for(state=state, **findings.pop("run", {}))
    return message_of(a_notice(event, facts=findings.pop("facts", {})), Findings(run, **findings), link)


def test_a_failure_says_node_error_log_and_how_to_go_on() -> None:
    said = message(
        counts="1 succeeded, 1 failed",
        troubles=[("load", "FileNotFoundError: in.csv")],
        log=["row 1", "", "row 2"],
        link="https://hub/lab",
    )
    assert said.title == "etl failed at load"
    assert said.body == (
        f"run {RUN}: 1 succeeded, 1 failed\n\nload: FileNotFoundError: in.csv\n\nthe last that load printed:\n  row 1\n"
        f"  row 2\n\njupyter dataops show {RUN}\njupyter dataops retry {RUN}\nhttps://hub/lab/{RUN}\n\n"
        f"message {said.message_id}"
    )
    assert said.tone is Tone.FAILURE


def test_much_is_cut_to_what_one_reads() -> None:
    nodes = [(f"n{number}", "E" * 9_000) for number in range(50)]
    said = message(troubles=nodes, log=[f"{number} " + "x" * 9_000 for number in range(50)])
    assert said.title == "etl failed at n0, n1, n2, n3, n4 and 45 more"
    assert len(said.body) < 6_000
    assert "  49 xxx" in said.body
    assert f"  {49 - MOST_LOG_LINES} x" not in said.body


def test_the_environment_stands_in_the_title() -> None:
    assert message_of(a_notice(environment="prod"), None).title == "etl (prod) failed"


def test_its_commands_look_in_the_environment() -> None:
    body = message_of(a_notice(environment="prod"), None).body
    assert f"jupyter dataops show {RUN} --env prod\njupyter dataops retry {RUN} --env prod\n" in body
    facts = {"schedule": "nightly", "fire_time": on(6).isoformat()}
    missed = message_of(a_notice(Notified.MISSED, run_id=None, facts=facts, environment="prod"), None)
    assert "jupyter dataops schedule show nightly --env prod\n" in missed.body


@pytest.mark.parametrize(
    ("event", "state", "title", "says"),
    [
        (
            Notified.CRASHED,
            RunState.CRASHED,
            "etl crashed",
            f"its runner died\n\njupyter dataops show {RUN}\njupyter da",
        ),
        (Notified.SUCCEEDED, RunState.SUCCEEDED, "etl succeeded", f"show {RUN}"),
        (Notified.RECOVERED, RunState.SUCCEEDED, "etl has recovered", f"show {RUN}"),
    ],
)
def test_other_ends(event: Notified, state: RunState, title: str, says: str) -> None:
    said = message(event, state=state, run={"reason": "its runner died"})
    assert said.title == title
    assert says in said.body


def test_a_crash_that_was_resumed_meanwhile_is_not_to_be_resumed() -> None:
    assert f"resume {RUN}" in message(Notified.CRASHED, state=RunState.CRASHED).body
    assert "resume" not in message(Notified.CRASHED, state=RunState.RUNNING).body


def test_a_late_run_says_when_it_was_due_and_what_it_is_at() -> None:
    facts = {"due_at": on(6).isoformat(), "late_after_s": 5400.0}
    said = message(Notified.LATE, state=RunState.RUNNING, facts=facts, running=["train"])
    assert said.title == "etl is late"
    assert "it was due at 2026-01-31 06:00 UTC, and is expected to end within 1.5 h\nat work: train" in said.body
    assert "it has not begun" in message(Notified.LATE, state=RunState.QUEUED, facts=facts).body
    assert "it has ended since: failed" in message(Notified.LATE, state=RunState.FAILED, facts=facts).body


def test_a_scheduled_run_names_its_schedule() -> None:
    origin = {"name": "nightly", "fire_time": on(6).isoformat(), "kind": FireKind.SCHEDULED.value}
    assert "schedule nightly, 2026-01-31 06:00 UTC" in message(run={"options": {"schedule": origin}}).body


@pytest.mark.parametrize(
    ("facts", "title", "says"),
    [
        ({}, "etl missed a run", "schedule nightly: 2026-01-31 06:00 UTC"),
        (
            {"count": 3, "first_time": on(4).isoformat()},
            "etl missed 3 runs",
            "from 2026-01-31 04:00 UTC to 2026-01-31 06",
        ),
        ({"count": 9, "at_least": True, "first_time": on(4).isoformat()}, "etl missed at least 9 runs", "from"),
    ],
)
def test_a_missed_fire(facts: dict[str, Any], title: str, says: str) -> None:
    known = {"schedule": "nightly", "fire_time": on(6).isoformat(), "reason": "2 h late"}
    said = message_of(a_notice(Notified.MISSED, run_id=None, facts={**known, **facts}), None)
    assert said.title == title
    assert says in said.body
    assert "2 h late\n\njupyter dataops schedule show nightly\n" in said.body


def test_a_run_that_is_gone_is_told_of_all_the_same() -> None:
    assert "no longer in the store" in message_of(a_notice(), None).body


def test_a_link_may_name_run_notebook_and_environment() -> None:
    notice = a_notice(environment="prod", notebook="/a/my etl.ipynb")
    assert link_to("https://h/{environment}/{notebook}?r={run_id}", notice) == f"https://h/prod/my%20etl.ipynb?r={RUN}"
    assert link_to("https://h/", a_notice(Notified.MISSED, run_id=None)) == "https://h/"


def test_each_try_has_one_id_and_each_address_its_own() -> None:
    one = a_notice()
    assert one.message_id == a_notice(attempts=3, next_at=at(9)).message_id
    assert len({one.message_id, a_notice(place=1).message_id, a_notice(receiver="boss").message_id}) == 3
