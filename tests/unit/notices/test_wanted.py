"""Which notifications an event calls for."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.notices.wanted import (
    Receiver,
    called_for_at_end,
    called_for_by_lateness,
    called_for_by_missed,
    due_at,
    follows_failure,
    late_moments,
    receivers_of,
    wants_recovery,
)
from jupyter_dataops.records import RunRecord
from jupyter_dataops.states import FireFate, FireKind, Notified, RunState
from tests.support.notices import ALL, a_receiver, a_run_for, told
from tests.support.schedules import a_fire, a_schedule, on
from tests.support.stores import at

FAILED, CRASHED, SUCCEEDED, RECOVERED, MISSED, LATE = (
    Notified.FAILED, Notified.CRASHED, Notified.SUCCEEDED, Notified.RECOVERED, Notified.MISSED, Notified.LATE,
)  # fmt: skip


def ended(state: RunState, *receivers: Receiver, seconds: float = 10, **fields: Any) -> RunRecord:
    return a_run_for(*receivers, state=state, finished_at=at(seconds), **fields)


def test_receivers_come_back_as_a_run_keeps_them() -> None:
    given = a_receiver(FAILED, LATE, places=2, late_after_s=7.5), a_receiver(name="other")
    assert receivers_of(a_run_for(*given)) == list(given)


@pytest.mark.parametrize(
    ("state", "recovers", "wanted", "says"),
    [
        (RunState.FAILED, False, ALL, ["failed team/0"]),
        (RunState.CRASHED, False, ALL, ["crashed team/0"]),
        (RunState.SUCCEEDED, False, ALL, ["succeeded team/0"]),
        (RunState.SUCCEEDED, True, ALL, ["recovered team/0"]),
        (RunState.SUCCEEDED, True, (SUCCEEDED,), ["succeeded team/0"]),
        (RunState.SUCCEEDED, False, (RECOVERED,), []),
        (RunState.FAILED, False, (CRASHED, SUCCEEDED, RECOVERED, MISSED), []),
        (RunState.CANCELLED, False, ALL, []),
    ],
)
def test_an_end_is_told_once_to_who_wants_it(
    state: RunState, recovers: bool, wanted: tuple[Notified, ...], says: list[str]
) -> None:
    assert told(called_for_at_end(ended(state, a_receiver(*wanted)), recovers=recovers)) == says


def test_every_address_of_every_receiver_is_told_for_itself() -> None:
    run = ended(RunState.FAILED, a_receiver(places=2), a_receiver(FAILED, name="boss"), a_receiver(LATE, name="cron"))
    assert told(called_for_at_end(run, recovers=False)) == ["failed boss/0", "failed team/0", "failed team/1"]


def test_who_tells_nobody_calls_for_nothing() -> None:
    run = replace(ended(RunState.FAILED), options={})
    assert called_for_at_end(run, recovers=False) == []
    assert late_moments(run) == []
    assert not wants_recovery(replace(run, state=RunState.SUCCEEDED))


def test_a_run_ends_once_but_may_crash_again() -> None:
    def key(state: RunState, seconds: float) -> str:
        return called_for_at_end(ended(state, seconds=seconds), recovers=False)[0].event_key

    assert key(RunState.FAILED, 10) == key(RunState.FAILED, 20)
    assert key(RunState.CRASHED, 10) != key(RunState.CRASHED, 20)


def test_a_notice_says_where_its_address_stands() -> None:
    run = ended(RunState.FAILED, environment="prod")
    (notice,) = called_for_at_end(run, recovers=False)
    assert (notice.notebook, notice.environment, notice.run_id) == (run.notebook, "prod", run.run_id)
    assert (notice.at, notice.next_at, notice.attempts) == (run.finished_at, run.finished_at, 0)


# -- recovery


@pytest.mark.parametrize(
    ("others", "does"),
    [
        ([], False),
        ([ended(RunState.FAILED)], True),
        ([ended(RunState.CRASHED)], True),
        ([ended(RunState.SUCCEEDED)], False),
        ([ended(RunState.FAILED), ended(RunState.SUCCEEDED, seconds=11)], False),
        ([ended(RunState.FAILED), ended(RunState.SUCCEEDED, seconds=9)], True),
        ([ended(RunState.FAILED), ended(RunState.CANCELLED, seconds=11)], True),
        ([ended(RunState.FAILED, environment="dev")], False),
        ([ended(RunState.FAILED, notebook="/other.ipynb")], False),
        ([a_run_for(state=RunState.RUNNING)], False),
    ],
)
def test_a_success_follows_the_last_end_of_its_pipeline_and_environment(others: list[RunRecord], does: bool) -> None:
    assert follows_failure(ended(RunState.SUCCEEDED, seconds=20), others) is does


# -- lateness


def test_a_run_is_due_when_its_schedule_fires_others_when_they_are_asked_for() -> None:
    def run(kind: FireKind) -> RunRecord:
        origin = {"name": "nightly", "schedule_id": "s", "fire_time": on(1).isoformat(), "kind": kind.value}
        return a_run_for(options={"schedule": origin})

    assert due_at(run(FireKind.SCHEDULED)) == on(1)
    # A backfill runs times long past, and nobody waits for them.
    assert due_at(run(FireKind.BACKFILL)) == due_at(run(FireKind.MANUAL)) == due_at(a_run_for()) == at()


def test_a_run_that_has_not_ended_in_time_is_late_for_each_by_their_own_measure() -> None:
    run = a_run_for(
        a_receiver(LATE, late_after_s=60),
        a_receiver(LATE, name="boss", late_after_s=3600),
        a_receiver(FAILED, name="x"),
    )
    assert late_moments(run) == [at(60), at(3600)]
    assert called_for_by_lateness(run, at(59)) == []
    assert told(called_for_by_lateness(run, at(60))) == ["late team/0"]
    assert told(called_for_by_lateness(run, at(3600))) == ["late boss/0", "late team/0"]
    assert called_for_by_lateness(replace(run, state=RunState.SUCCEEDED), at(3600)) == []


def test_lateness_that_nobody_saw_is_told_at_the_end_under_the_same_key() -> None:
    receiver = a_receiver(late_after_s=60)
    running = a_run_for(receiver, state=RunState.RUNNING)
    late_then = called_for_by_lateness(running, at(70))[0]
    found = called_for_at_end(ended(RunState.FAILED, receiver, seconds=100), recovers=False)
    assert told(found) == ["failed team/0", "late team/0"]
    assert late_then.key in {notice.key for notice in found}
    assert told(called_for_at_end(ended(RunState.FAILED, receiver, seconds=59), recovers=False)) == ["failed team/0"]


@pytest.mark.parametrize("state", [RunState.CRASHED, RunState.CANCELLED])
def test_what_crashed_or_was_cancelled_is_not_late(state: RunState) -> None:
    found = called_for_at_end(ended(state, a_receiver(late_after_s=60), seconds=1000), recovers=False)
    assert "late team/0" not in told(found)


# -- missed


def test_missed_fires_are_told_of_and_no_others() -> None:
    schedule = a_schedule(environment="prod")
    fires = [a_fire(on(1), FireFate.MISSED, count=3, first_time=on(-1)), a_fire(on(2)), a_fire(on(3), FireFate.SKIPPED)]
    receivers = [a_receiver(MISSED), a_receiver(FAILED, name="boss")]
    (notice,) = called_for_by_missed(schedule, fires, receivers)
    assert (notice.event, notice.receiver, notice.run_id, notice.environment) == (MISSED, "team", None, "prod")
    assert (notice.facts["schedule"], notice.facts["count"]) == ("nightly", 3)
    assert called_for_by_missed(schedule, fires, []) == []
