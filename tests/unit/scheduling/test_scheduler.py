from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.errors import InvalidPipeline, StoreUnavailable
from jupyter_dataops.ids import Digest, ScheduleId
from jupyter_dataops.interfaces import Move, NewVersion
from jupyter_dataops.notices.wanted import Receiver
from jupyter_dataops.records import ScheduleChange, ScheduleRecord
from jupyter_dataops.schedules.policies import Catchup, Overlap, Policy
from jupyter_dataops.schedules.triggers import Asset, At, Cron
from jupyter_dataops.scheduling import scheduler
from jupyter_dataops.scheduling.attending import MOST_RESUMED
from jupyter_dataops.states import FireFate, MoveKind, Notified, RunState
from tests.support.notices import a_receiver
from tests.support.scheduling import Killed, World, filling, hours
from tests.support.stores import BY

HOUR = 3600.0
HOURLY = Cron("0 * * * *")


@pytest.fixture
def world() -> World:
    return World()


class Failing:
    """A store of which one write fails, before or after it is done; the first only, with `once`."""

    def __init__(self, store: Any, write: str, when: str, failure: BaseException, once: bool = False) -> None:
        self._store = store
        self._write = write
        self._when = when
        self._failure = failure
        self._once = once

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name != self._write:
            return found

        def call(*arguments: object) -> object:
            if self._when == "after":
                found(*arguments)
            if self._once:
                self._write = ""
            raise self._failure

        return call


def test_what_is_due_is_started_at_its_time_and_noted_when_it_ends(world: World) -> None:
    world.add("hourly", HOURLY)
    world.pass_time(world.service(), 2.5 * HOUR)
    assert world.launcher.started == [(hours(1), "hourly"), (hours(2), "hourly")]
    assert world.fates("hourly") == [("01 01:00", "started"), ("01 02:00", "started")]
    fire = world.fire("hourly", hours(1))
    assert (fire.run_state, fire.ended_at, fire.lease_until) == (RunState.SUCCEEDED, hours(1 + 1 / 60), None)
    assert world.store.get_open_fires() == []


def test_a_fire_is_due_at_its_time_and_its_jitter(world: World) -> None:
    world.launcher.lasts_s = 1.5 * HOUR
    world.add("hourly", HOURLY, Policy(jitter=timedelta(minutes=20), overlap=Overlap.BUFFER_ONE))
    world.pass_time(world.service(), 3 * HOUR)
    first, second = (world.fire("hourly", hours(hour)) for hour in (1, 2))
    assert first.due_at == first.started_at
    assert hours(1) < first.started_at < hours(4 / 3)
    assert hours(2) < second.due_at < hours(7 / 3) < second.started_at


def test_nothing_is_done_before_the_next_time_comes(world: World) -> None:
    world.add("hourly", HOURLY)
    service = world.service()
    assert world.tick(service) == 10.0, "the next sign of life"
    service = world.service()
    world.pass_time(service, HOUR - 5)
    assert world.tick(service) == 5.0
    assert world.launcher.started == []


def test_two_services_start_each_fire_once(world: World) -> None:
    world.add("hourly", HOURLY)
    one, other = world.service(), world.service()
    while world.clock.real < hours(6):
        world.clock.pass_until_next(HOUR / 2)
        world.tick(other)
        world.tick(one)
    assert len(world.launcher.started) == 6
    assert world.times_made() == {1}


def test_a_schedule_that_is_added_meanwhile_is_seen(world: World) -> None:
    service = world.service()
    world.tick(service)
    world.add("once", At((hours(1),)))
    world.pass_time(service, 2 * HOUR)
    assert world.fates("once") == [("01 01:00", "started")]


def test_an_edited_paused_or_removed_schedule_does_what_it_says_now(world: World) -> None:
    world.add("hourly", HOURLY)
    service = world.service()
    world.pass_time(service, 1.5 * HOUR)
    present = world.store.find_schedule("hourly")
    paused = world.store.change_schedule(
        present, replace(present, paused_at=hours(1.5)), "pause_schedule", BY, hours(1.5)
    )
    world.pass_time(service, 2 * HOUR)
    assert len(world.launcher.started) == 1
    back = replace(paused, paused_at=None, considered_until=hours(3.5), resumed_at=hours(3.5))
    back = world.store.change_schedule(paused, back, "resume_schedule", BY, hours(3.5))
    world.pass_time(service, HOUR)
    assert len(world.launcher.started) == 2
    world.store.change_schedule(
        world.store.find_schedule("hourly"), replace(back, removed_at=hours(4.5)), "remove_schedule", BY, hours(4.5)
    )
    world.pass_time(service, 3 * HOUR)
    assert len(world.launcher.started) == 2


def test_a_run_that_cannot_be_made_fails_to_start_with_the_reason(world: World) -> None:
    world.add("broken", At((hours(1),)))
    world.launcher.refuses["broken"] = InvalidPipeline("nodes `a` and `b` wait for each other", hint="remove an edge")
    world.pass_time(world.service(), 2 * HOUR)
    fire = world.fire("broken", hours(1))
    assert (fire.fate, fire.reason) == (
        FireFate.FAILED_TO_START,
        "nodes `a` and `b` wait for each other: remove an edge",
    )


def test_trouble_with_the_store_is_tried_again_after_the_lease(world: World) -> None:
    world.add("once", At((hours(1),)))
    world.launcher.refuses["once"] = StoreUnavailable("the disk is full")
    service = world.service()
    world.pass_time(service, HOUR + 20)
    assert world.fates("once") == [("01 01:00", "claimed")]
    world.launcher.refuses.clear()
    world.pass_time(service, 20)
    assert world.fates("once") == [("01 01:00", "started")]


def test_a_defect_is_a_failed_start_and_no_end_of_the_service(world: World) -> None:
    world.add("broken", At((hours(1),)))
    world.add("fine", At((hours(1.5),)))
    world.launcher.refuses["broken"] = RuntimeError("a defect")
    world.pass_time(world.service(), 2 * HOUR)
    assert world.fire("broken", hours(1)).reason == "RuntimeError: a defect"
    assert world.fates("fine") == [("01 01:30", "started")]


def test_an_overlapping_fire_waits_and_starts_when_the_run_has_ended(world: World) -> None:
    world.launcher.lasts_s = 1.5 * HOUR
    world.add("hourly", HOURLY, Policy(overlap=Overlap.BUFFER_ONE))
    world.pass_time(world.service(), 2.75 * HOUR)
    assert [at for at, _ in world.launcher.started] == [hours(1), hours(2.5)]


def test_an_overlapping_fire_is_skipped_by_default(world: World) -> None:
    world.launcher.lasts_s = 1.5 * HOUR
    world.add("hourly", HOURLY)
    world.pass_time(world.service(), 3.2 * HOUR)
    assert world.fates("hourly") == [("01 01:00", "started"), ("01 02:00", "skipped"), ("01 03:00", "started")]
    assert "still active" in world.fire("hourly", hours(2)).reason


@pytest.mark.parametrize(("overlap", "how"), [(Overlap.CANCEL_OTHER, "cancel"), (Overlap.TERMINATE_OTHER, "terminate")])
def test_a_fire_may_take_the_place_of_a_run(world: World, overlap: Overlap, how: str) -> None:
    world.launcher.lasts_s = 1.5 * HOUR
    world.add("hourly", HOURLY, Policy(overlap=overlap))
    world.pass_time(world.service(), 2.75 * HOUR)
    ((asked, run_id, reason),) = world.launcher.ended_early
    assert (asked, run_id) == (how, world.fire("hourly", hours(1)).run_id)
    assert "takes its place" in reason
    assert world.fates("hourly") == [("01 01:00", "started"), ("01 02:00", "started")]
    assert world.fire("hourly", hours(1)).run_state is RunState.CANCELLED


@pytest.mark.parametrize("overlap", [Overlap.CANCEL_OTHER, Overlap.TERMINATE_OTHER])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_whose_place_is_taken_is_asked_to_stop_though_the_service_is_killed(
    world: World, overlap: Overlap, when: str
) -> None:
    world.launcher.lasts_s = 1.5 * HOUR
    world.add("hourly", HOURLY, Policy(overlap=overlap))
    world.pass_time(world.service(), 2 * HOUR - 1)
    world.clock.pass_until_next(1)
    with pytest.raises(Killed):
        world.tick(world.service(Failing(world.store, "decide", when, Killed())))
    world.pass_time(world.service(), 0.75 * HOUR)
    assert world.fates("hourly") == [("01 01:00", "started"), ("01 02:00", "started")]
    assert world.fire("hourly", hours(1)).run_state is RunState.CANCELLED


def test_nothing_takes_the_place_of_a_run_that_cannot_be_asked_to_stop(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.launcher.lasts_s = 1.5 * HOUR
    world.add("hourly", HOURLY, Policy(overlap=Overlap.CANCEL_OTHER))
    service = world.service()
    world.pass_time(service, 2 * HOUR - 1)

    def refuse(run_id: str, reason: str) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(world.launcher, "cancel", refuse)
        world.clock.pass_until_next(1)
        with pytest.raises(StoreUnavailable):
            world.tick(service)
    assert world.fates("hourly") == [("01 01:00", "started")]
    world.pass_time(service, 0.75 * HOUR)
    assert world.fates("hourly") == [("01 01:00", "started"), ("01 02:00", "started")]
    assert world.fire("hourly", hours(1)).run_state is RunState.CANCELLED


def test_a_decision_that_could_not_be_kept_is_made_again_at_once(world: World) -> None:
    world.add("hourly", HOURLY)
    failing = Failing(world.store, "decide", "before", StoreUnavailable("the disk is full"), once=True)
    service = world.service(failing)
    world.pass_time(service, HOUR - 1)
    world.clock.pass_until_next(1)
    with pytest.raises(StoreUnavailable):
        world.tick(service)
    world.clock.pass_until_next(2)
    world.tick(service)
    assert world.launcher.started == [(hours(1) + timedelta(seconds=2), "hourly")]


def test_what_was_due_while_no_service_was_there_is_caught_up_as_the_policy_says(world: World) -> None:
    world.add("latest", HOURLY)
    world.add("none", HOURLY, Policy(catchup=Catchup.NONE))
    world.add("all", HOURLY, Policy(catchup=Catchup.ALL))
    world.clock.pass_until_next(3.25 * HOUR)
    world.pass_time(world.service(), 600)
    assert [fate for _, fate in world.fates("latest")] == ["missed", "missed", "started"]
    assert [fate for _, fate in world.fates("none")] == ["missed"] * 3
    assert [fate for _, fate in world.fates("all")] == ["started"] * 3


def test_a_service_that_follows_another_at_once_has_missed_nothing(world: World) -> None:
    world.add("none", HOURLY, Policy(catchup=Catchup.NONE))
    first = world.service()
    world.pass_time(first, HOUR - 1)
    world.clock.pass_until_next(2)
    world.pass_time(world.service(), 60)
    assert world.fates("none") == [("01 01:00", "started")]


@pytest.mark.parametrize("write", ["decide", "start_fires", "note_launched"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_who_is_killed_on_the_way_is_succeeded_and_the_fire_starts_once(world: World, write: str, when: str) -> None:
    world.add("once", At((hours(1),)))

    doomed = world.service(Failing(world.store, write, when, Killed(write)))
    world.pass_time(doomed, HOUR - 1)
    world.clock.pass_until_next(1)
    with pytest.raises(Killed):
        world.tick(doomed)
    world.pass_time(world.service(), 120)
    assert world.fates("once") == [("01 01:00", "started")]
    assert len(world.launcher.started) == len(world.runs.get_runs()) == 1
    assert world.fire("once", hours(1)).run_state is RunState.SUCCEEDED


def test_a_run_for_which_nobody_started_a_process_is_started_after_the_lease(world: World) -> None:
    world.add("once", At((hours(1),)))
    doomed = world.service()
    doomed._starter._launch = lambda fire: (_ for _ in ()).throw(Killed())  # type: ignore[method-assign]
    world.pass_time(doomed, HOUR - 1)
    world.clock.pass_until_next(1)
    with pytest.raises(Killed):
        world.tick(doomed)
    (one,) = world.store.get_open_fires()
    assert (one.fire.fate, one.run_state) == (FireFate.STARTED, RunState.QUEUED)
    world.pass_time(world.service(), 120)
    assert len(world.launcher.started) == 1


def test_a_crashed_run_is_resumed_a_few_times(world: World) -> None:
    world.add("once", At((hours(1),)))
    world.launcher.ends = RunState.CRASHED
    service = world.service()
    world.pass_time(service, HOUR + 90)
    world.pass_time(service, 600)
    fire = world.fire("once", hours(1))
    assert (fire.resumed, fire.run_state) == (MOST_RESUMED, RunState.CRASHED)
    assert len(world.launcher.started) == 1 + MOST_RESUMED
    assert len(world.runs.get_runs()) == 1


def test_a_resumed_run_may_succeed(world: World) -> None:
    world.add("once", At((hours(1),)))
    world.launcher.ends = RunState.CRASHED
    service = world.service()
    world.pass_time(service, HOUR + 30)
    world.clock.at(45, lambda: setattr(world.launcher, "ends", RunState.SUCCEEDED))
    world.pass_time(service, 300)
    assert (world.fire("once", hours(1)).resumed, world.fire("once", hours(1)).run_state) == (1, RunState.SUCCEEDED)


def test_a_backfill_runs_in_its_order_so_many_at_a_time(world: World) -> None:
    hourly = world.add("hourly", At((hours(999),)))
    wanted = [filling(hourly, hours(-day), day, max_active=2) for day in range(5)]
    world.store.add_fires(hourly, wanted, "backfill", BY, hours(0))
    world.pass_time(world.service(), 170)
    begun = [fire.started_at for fire in world.store.get_fires(hourly.schedule_id)]
    assert [(at - hours(0)).total_seconds() for at in begun if at] == [0, 0, 60, 60, 120]
    assert world.store.find_schedule("hourly").started_count == 0


def test_a_signal_fires_what_waits_for_it(world: World) -> None:
    world.add("sales", Asset("sales"))
    service = world.service()
    world.pass_time(service, 60)
    world.store.add_signal("asset:other", {}, world.clock.now())
    world.store.add_signal("asset:sales", {"version": 2}, world.clock.now())
    world.pass_time(service, 60)
    assert world.fates("sales") == [("01 00:01", "started")]


def publish(world: World, version: int, name: str = "sales") -> None:
    run_id = f"p{version}"
    world.store.add_signal(f"asset:{name}", {"version": version, "run_id": run_id}, world.clock.now())


def test_a_fire_says_which_version_made_it_also_where_it_waits_or_is_skipped(world: World) -> None:
    world.add("sales", Asset("sales"), Policy(overlap=Overlap.BUFFER_ONE))
    service = world.service()
    for version in (1, 2, 3):
        publish(world, version)
        world.pass_time(service, 10)
    schedule = world.store.find_schedule("sales")
    third, second, first = (fire.why for fire in world.store.get_fires(schedule.schedule_id))
    assert first == "asset sales@1 was published by run p1"
    assert second.startswith("asset sales@2 was published by run p2; it waits for run ")
    assert third.startswith("asset sales@3 was published by run p3; the fire of ")
    world.pass_time(service, 90)
    _, second, _ = (fire.why for fire in world.store.get_fires(schedule.schedule_id))
    assert second == "asset sales@2 was published by run p2; it waited for its turn"


def test_a_fire_by_time_names_no_version_unless_it_waited_for_it(world: World) -> None:
    world.add("either", Cron("0 * * * *") | Asset("sales"))
    world.add("both", Cron("0 * * * *") & Asset("sales"))
    service = world.service()
    world.pass_time(service, 60)
    publish(world, 7)
    publish(world, 9, "other")
    world.pass_time(service, HOUR)
    whys = {
        name: [fire.why for fire in world.store.get_fires(world.store.find_schedule(name).schedule_id)]
        for name in ("either", "both")
    }
    assert whys == {
        "either": ["", "asset sales@7 was published by run p7"],
        "both": ["asset sales@7 was published by run p7"],
    }


def test_what_was_announced_by_hand_is_told_as_such(world: World) -> None:
    world.add("sales", Asset("sales"))
    service = world.service()
    world.pass_time(service, 1)
    world.store.add_signal("asset:sales", {"by": BY}, world.clock.now())
    world.pass_time(service, 1)
    (fire,) = world.store.get_fires(world.store.find_schedule("sales").schedule_id)
    assert fire.why == f"asset sales was announced by {BY}"


def test_a_clock_that_is_set_back_fires_nothing_twice(world: World) -> None:
    world.add("hourly", HOURLY)
    service = world.service()
    world.pass_time(service, 3.2 * HOUR)
    world.clock.set_by = timedelta(hours=-1)
    world.pass_time(service, 2 * HOUR)
    assert world.fates("hourly") == [(f"01 0{hour}:00", "started") for hour in (1, 2, 3, 4)]


def test_a_clock_that_is_set_on_loses_nothing_without_a_word(world: World) -> None:
    world.add("quarterly", Cron("*/15 * * * *"))
    service = world.service()
    world.pass_time(service, 3.2 * HOUR)
    world.clock.set_by = timedelta(hours=1)
    world.pass_time(service, HOUR)
    assert len(world.fates("quarterly")) == 20


def test_a_claim_that_seems_to_last_since_the_clock_was_set_back_is_taken_over(world: World) -> None:
    world.add("once", At((hours(1),)))
    world.launcher.refuses["once"] = StoreUnavailable("no")
    doomed = world.service()
    world.pass_time(doomed, HOUR + 1)
    world.launcher.refuses.clear()
    world.clock.set_by = timedelta(hours=-1)
    world.pass_time(world.service(), 5)
    assert world.fates("once") == [("01 01:00", "started")]


def test_a_schedule_that_nobody_understands_is_left_alone(world: World, caplog: pytest.LogCaptureFixture) -> None:
    record = world.add("odd", HOURLY)
    world.store.change_schedule(record, replace(record, trigger={"kind": "moon"}), "edit_schedule", BY, hours(0))
    world.add("hourly", HOURLY)
    world.pass_time(world.service(), 1.5 * HOUR)
    assert [name for _, name in world.launcher.started] == ["hourly"]
    assert "schedule odd is left alone" in caplog.text


def test_a_schedule_that_cannot_be_decided_takes_no_other_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world.add("bad", HOURLY)
    world.add("good", HOURLY)
    real = scheduler.facts_of

    def facts_of(schedule: Any, *more: Any) -> Any:
        if schedule.record.name == "bad":
            raise RuntimeError("a defect")
        return real(schedule, *more)

    monkeypatch.setattr(scheduler, "facts_of", facts_of)
    world.pass_time(world.service(), 1.5 * HOUR)
    assert [name for _, name in world.launcher.started] == ["good"]
    assert "schedule bad cannot be decided" in caplog.text
    monkeypatch.undo()
    world.pass_time(world.service(), 120)
    assert [name for _, name in world.launcher.started] == ["good", "bad"]


def test_services_say_that_they_are_there_until_they_close(world: World) -> None:
    service = world.service()
    world.pass_time(service, 100)
    assert [one.token for one in world.store.get_services(world.clock.now())] == [service.token]
    service.close()
    assert world.store.get_services(world.clock.now()) == []


def test_the_loop_ends_when_it_is_told_to(world: World) -> None:
    service = world.service()
    service.stop()
    service.run()
    assert world.store.get_services(world.clock.now()) == []


def test_who_wants_to_know_is_told_of_what_was_missed_and_each_tick_does_what_is_done_besides(world: World) -> None:
    asked: list[str] = []
    ticks: list[None] = []

    def receivers_of(record: ScheduleRecord) -> list[Receiver]:
        asked.append(record.name)
        return [a_receiver(Notified.MISSED)]

    world.add("nightly", HOURLY, Policy(catchup=Catchup.LATEST, misfire_grace=timedelta(minutes=5)))
    world.pass_time(world.service(receivers_of=receivers_of), HOUR - 1)
    assert asked == []
    world.clock.pass_until_next(3.5 * HOUR)
    service = world.service(receivers_of=receivers_of, each=lambda: ticks.append(None))
    world.tick(service)
    assert "missed" in {fate for _, fate in world.fates("nightly")}
    found = world.notices.get_waiting()
    assert {one.facts["schedule"] for one in found} == {"nightly"} == set(asked)
    missed = [fire for fire in world.store.get_fires(found[0].facts["schedule_id"]) if fire.fate is FireFate.MISSED]
    assert len(found) == len(missed)
    assert ticks


def test_the_end_of_a_run_is_logged_with_its_state_and_how_long_it_took(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.add("good", Cron("@hourly"))
    world.launcher.lasts_s = 12.34
    service = world.service()
    world.pass_time(service, 3700)
    world.launcher.ends = RunState.FAILED
    world.pass_time(service, 3600)
    first, second = (fire.run_id for fire in reversed(world.store.get_fires(ScheduleId("id-good"))))
    ends = [(one.levelname, one.getMessage()) for one in caplog.records if " after " in one.getMessage()]
    assert ends == [
        ("INFO", f"good: run {first} succeeded after 12.3s"),
        ("WARNING", f"good: run {second} failed after 12.3s"),
    ]


def test_the_end_of_a_run_that_no_service_saw_says_when_that_was(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.add("good", At((hours(1), hours(3))))
    service = world.service()
    world.pass_time(service, HOUR + 1)
    service.stop()
    service.close()
    world.clock.pass_all_until_next(HOUR)
    world.clock.pass_until_next(60)
    again = world.service()
    world.pass_time(again, 2.1 * HOUR)
    second, first = (fire.run_id for fire in world.store.get_fires(ScheduleId("id-good")))
    assert [one.getMessage() for one in caplog.records if " after " in one.getMessage()] == [
        f"good: run {first} succeeded after 1m00s, at 2026-01-01 01:01 UTC, while no service ran",
        f"good: run {second} succeeded after 1m00s",
    ]


def test_a_schedule_that_comes_back_with_a_version_fires_from_then_on_alone(world: World) -> None:
    store = world.stores.deployments
    version = store.add_version(NewVersion("etl", Digest("sha256:aa"), "/etl.ipynb", BY), world.clock.now())

    def become_live(before: ScheduleRecord | None, after: ScheduleRecord) -> None:
        live = next(iter(store.get_live()), None)
        change = ScheduleChange(before, after)
        move = Move("etl", "prod", version.number, live and live.number, MoveKind.DEPLOY, BY, schedules=[change])
        store.move_live(move, world.clock.now())

    pattern = world.add("pattern", Cron("@hourly"))
    world.store.change_schedule(
        pattern, replace(pattern, removed_at=world.clock.now()), "remove_schedule", BY, hours(0)
    )
    become_live(None, replace(pattern, name="nightly", schedule_id=ScheduleId("id-nightly")))
    service = world.service()
    world.pass_time(service, 3700)
    there = world.store.find_schedule("nightly")
    become_live(there, replace(there, removed_at=world.clock.now()))
    world.pass_time(service, 2 * 3600)
    gone = world.store.get_schedule(there.schedule_id)
    become_live(gone, replace(gone, removed_at=None, considered_until=world.clock.now()))
    world.pass_time(service, 3600)
    fires = world.store.get_fires(there.schedule_id)
    assert [(fire.fire_time, fire.fate) for fire in reversed(fires)] == [
        (hours(1), FireFate.STARTED),
        (hours(4), FireFate.STARTED),
    ]
