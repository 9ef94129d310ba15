"""What a service reads again, and what of it is to be looked at."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import RunId, ScheduleId
from jupyter_dataops.records import FireRecord, ScheduleRecord, Turn
from jupyter_dataops.schedules.triggers import Cron
from jupyter_dataops.scheduling.agenda import Agenda
from jupyter_dataops.scheduling.known import Known
from jupyter_dataops.states import FireFate, FireKind
from tests.support.schedules import ME
from tests.support.scheduling import World, filling, hours
from tests.support.stores import BY

SOON = hours(1)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def agenda() -> Agenda:
    return Agenda()


@pytest.fixture
def known(world: World, agenda: Agenda) -> Known:
    """It has read, and decided to look again at one o'clock."""
    schedule = world.add("s", Cron("@hourly"))
    known = Known(world.store, agenda)
    known.read()
    agenda.take_due(hours(0))
    agenda.look_at(schedule.schedule_id, SOON)
    return known


def present(world: World) -> ScheduleRecord:
    return world.store.get_schedule(ScheduleId("id-s"))


def decide(world: World, known: Known | None) -> None:
    """What the service, or another one, decides is stored."""
    record = present(world)
    claimed = FireRecord(
        schedule_id=record.schedule_id,
        fire_time=record.considered_until + (hours(1) - hours(0)) / 60,
        kind=FireKind.SCHEDULED,
        fate=FireFate.CLAIMED,
        decided_at=hours(0),
        run_id=RunId(f"r{record.started_count}"),
        claimed_by=ME,
        lease_until=hours(1),
    )
    turn = Turn(record.schedule_id, record.seq, claimed.fire_time, (claimed,))
    assert world.store.decide([turn], hours(0))
    if known is not None:
        known.changed([turn])


def test_a_schedule_is_not_looked_at_again_for_what_the_service_itself_decided(
    world: World, known: Known, agenda: Agenda
) -> None:
    decide(world, known)
    assert known.read()
    assert not agenda.has_due
    assert agenda.next_at == SOON
    found = agenda.find(ScheduleId("id-s"))
    assert found is not None
    assert found.record == present(world), "the next decision is made on it as it is"
    assert [one.fire.run_id for one in known.fires] == ["r0"]


def test_it_is_for_what_another_service_decided(world: World, known: Known, agenda: Agenda) -> None:
    decide(world, None)
    known.read()
    assert agenda.has_due


def test_it_is_for_what_another_has_decided_after_it(world: World, known: Known, agenda: Agenda) -> None:
    decide(world, known)
    decide(world, None)
    known.read()
    assert agenda.has_due


def test_it_is_for_what_somebody_has_changed_after_it(world: World, known: Known, agenda: Agenda) -> None:
    decide(world, known)
    before = present(world)
    world.store.change_schedule(before, replace(before, parameters={"x": 1}), "edit_schedule", BY, hours(0))
    known.read()
    assert agenda.has_due


def test_it_is_for_a_backfill_that_somebody_asked_for_after_it(world: World, known: Known, agenda: Agenda) -> None:
    decide(world, known)
    world.store.add_fires(present(world), [filling(present(world), hours(-1), 0, 1)], "backfill", BY, hours(0))
    known.read()
    assert agenda.has_due


def test_what_was_removed_is_looked_at_no_more(world: World, known: Known, agenda: Agenda) -> None:
    decide(world, known)
    before = present(world)
    world.store.change_schedule(before, replace(before, removed_at=hours(0)), "remove_schedule", BY, hours(0))
    known.read()
    assert not agenda.has_due
    assert agenda.next_at is None


def test_nothing_is_read_where_nothing_was_written(known: Known) -> None:
    assert not known.read()
    known.changed()
    assert known.read()
