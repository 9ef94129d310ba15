"""Whom a run has told, as a browser asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dataops.config import Settings
from jupyter_dataops.errors import RunNotFound
from jupyter_dataops.events import RunFinished
from jupyter_dataops.notices import trying
from jupyter_dataops.notices.wanted import called_for_by_missed
from jupyter_dataops.schedules.as_json import trigger_to_json
from jupyter_dataops.schedules.triggers import Cron
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.wire.runs import RunRef, RunsRequest
from jupyter_dataops.service.wire.schedules import ScheduleRequest
from jupyter_dataops.states import FireFate, NoticeState, RunState
from jupyter_dataops.wiring import Stores, open_stores
from tests.support.notices import a_receiver, a_run_for
from tests.support.schedules import BY, a_fire, a_schedule, a_turn, on
from tests.support.stores import LEASE, RUN, TOKEN, a_run, a_start, at, keep


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    found = open_stores(settings)
    yield found
    found.close()


def _failed(stores: Stores, root: Path) -> None:
    """A run that a team with two addresses is to be told of."""
    keep(stores.runs, a_run_for(a_receiver(places=2), notebook=str(root / "etl.ipynb")))
    stores.runs.apply(a_start(), None)
    stores.runs.apply(RunFinished(run_id=RUN, at=at(10), state=RunState.FAILED, reason="so"), TOKEN)


def test_each_message_says_whom_it_is_for_and_what_became_of_it(service: Service, stores: Stores, root: Path) -> None:
    _failed(stores, root)
    first, second = stores.notices.claim_notices("me", at(11), LEASE)
    stores.notices.keep_outcome(first, trying.sent(first, at(12)))
    stores.notices.keep_outcome(second, trying.failed(second, at(12), "error=503"))

    answer = service.answer("list_notices", RunRef(run_id="last"))

    assert answer.run_id == RUN
    assert [(one.event, one.receiver, one.address, one.state, one.attempts) for one in answer.notices] == [
        ("failed", "team", 1, NoticeState.SENT, 1),
        ("failed", "team", 2, NoticeState.WAITING, 1),
    ]
    sent, waiting = answer.notices
    assert (sent.at, sent.ended_at, sent.next_at, sent.error) == (at(10), at(12), None, "")
    assert (waiting.ended_at, waiting.next_at, waiting.error) == (None, at(12) + trying.PAUSES[0], "error=503")


def test_a_run_says_whether_somebody_is_to_be_told(service: Service, stores: Stores, root: Path) -> None:
    _failed(stores, root)
    keep(stores.runs, a_run("cde2345678", notebook=str(root / "etl.ipynb")))

    listed = service.answer("list_runs", RunsRequest()).runs
    assert {one.run_id: one.notifies for one in listed} == {RUN: True, "cde2345678": False}
    assert service.answer("list_notices", RunRef(run_id="cde2345678")).notices == []


def test_of_a_run_that_there_is_not_nobody_was_told(service: Service) -> None:
    with pytest.raises(RunNotFound):
        service.answer("list_notices", RunRef(run_id="fgh2345678"))


def test_a_schedule_says_whom_its_fires_have_told_of_what(service: Service, stores: Stores, root: Path) -> None:
    nightly = stores.schedules.add_schedule(
        a_schedule(notebook=str(root / "etl.ipynb"), trigger=trigger_to_json(Cron("0 * * * *"))), BY, on()
    )
    missed = a_fire(on(1), FireFate.MISSED)
    notices = tuple(called_for_by_missed(nightly, [missed], [a_receiver()]))
    stores.schedules.decide([a_turn(nightly, missed, notices=notices)], on(1))
    _failed(stores, root)  # of no schedule

    answer = service.answer("get_schedule", ScheduleRequest(schedule="nightly"))

    told = [(one.event, one.receiver, one.state, one.run_id, one.fire_time) for one in answer.notices]
    assert told == [("missed", "team", NoticeState.WAITING, None, on(1))]
