"""Many fires in one instant: what they cost the store, how many of their runs are at work, and who has those that wait."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from jupyter_dataops.errors import InvalidPipeline, StoreError, StoreUnavailable
from jupyter_dataops.events import RunCancelRequested, RunFinished
from jupyter_dataops.ids import RunId
from jupyter_dataops.records import FireRecord, FireStart
from jupyter_dataops.schedules.policies import Policy
from jupyter_dataops.schedules.triggers import At, Cron
from jupyter_dataops.states import FireFate, FireKind, RunState
from tests.support.scheduling import FragileStore, Killed, World, filling, hours
from tests.support.stores import BY

HOUR = 3600.0
ONE_OCLOCK = At((hours(1),))


@pytest.fixture
def world() -> World:
    return World()


class Counting:
    """A store that knows how many transactions of each kind there were."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)

        def call(*arguments: object, **named: object) -> object:
            self.calls[name] += 1
            return found(*arguments, **named)

        return call


class Refusing:
    """A store that cannot keep the run of one schedule, nor those that are to be kept with it."""

    def __init__(self, store: Any, schedule: str, failure: Exception) -> None:
        self._store = store
        self._schedule = f"id-{schedule}"
        self.failure: Exception | None = failure

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def start_fires(self, starts: Sequence[FireStart]) -> Sequence[FireRecord]:
        if self.failure is not None and any(start.claim.schedule_id == self._schedule for start in starts):
            raise self.failure
        started: Sequence[FireRecord] = self._store.start_fires(starts)
        return started


def add_many(world: World, count: int) -> None:
    for number in range(count):
        world.add(f"s{number:03}", ONE_OCLOCK)


def to_one_oclock(world: World, service: Any) -> None:
    world.pass_time(service, HOUR - 1)
    world.clock.pass_until_next(1)
    world.tick(service)


def states(world: World) -> Counter[str]:
    return Counter(run.state.value for run in world.runs.get_runs(limit=1_000))


def leases(world: World) -> list[datetime | None]:
    return [one.fire.lease_until for one in world.store.get_open_fires()]


def names(world: World) -> list[str]:
    return [name for _, name in world.launcher.started]


def test_what_is_due_at_once_costs_a_few_transactions_and_not_some_for_each(world: World) -> None:
    add_many(world, 300)
    store = Counting(world.store)
    service = world.service(store, max_active=500)
    world.pass_time(service, HOUR - 1)
    world.clock.pass_until_next(1)
    store.calls.clear()
    world.tick(service)
    assert len(world.launcher.started) == 300
    for _ in range(300):
        world.clock.pass_until_next(60)
    world.tick(service)
    assert world.store.get_open_fires() == []
    writes = {name: count for name, count in store.calls.items() if name in FragileStore.WRITES}
    assert sum(writes.values()) < 20, writes
    of_each = {name: count for name, count in store.calls.items() if count >= 100}
    assert of_each == {}


def test_so_many_runs_are_at_work_and_the_others_wait_in_their_order(world: World) -> None:
    add_many(world, 5)
    service = world.service(max_active=2)
    to_one_oclock(world, service)
    assert states(world) == {"running": 2, "queued": 3}
    fires = [one.fire for one in world.store.get_open_fires()]
    assert {fire.fate for fire in fires} == {FireFate.STARTED}
    assert {fire.started_at for fire in fires} == {hours(1)}, "their runs were made in time"
    world.pass_time(service, 61)
    assert states(world) == {"succeeded": 2, "running": 2, "queued": 1}
    world.pass_time(service, 120)
    assert names(world) == [f"s{number:03}" for number in range(5)]
    assert states(world) == {"succeeded": 5}


def test_what_is_due_later_waits_behind_what_waits_but_for_backfills(world: World) -> None:
    hourly = world.add("hourly", Cron("0 * * * *"))
    filled_in = [filling(hourly, hours(-day), day, max_active=9) for day in range(1, 4)]
    world.launcher.lasts_s = 1.25 * HOUR
    world.store.add_fires(hourly, filled_in, "backfill", BY, hours(0))
    service = world.service(max_active=1)
    world.pass_time(service, 1.3 * HOUR)
    started = [fire for fire in world.store.get_fires(hourly.schedule_id) if fire.fate is FireFate.STARTED]
    at_work = [one.fire.kind for one in world.store.get_open_fires() if one.run_state is RunState.RUNNING]
    assert len(started) == 4
    assert at_work == [FireKind.SCHEDULED], "although two of the backfill have waited for longer"


def test_runs_that_another_service_started_count(world: World) -> None:
    add_many(world, 3)
    world.add("later", At((hours(1) + (hours(2) - hours(1)) / 120,)))
    first = world.service(max_active=3)
    to_one_oclock(world, first)
    world.pass_time(world.service(max_active=3), 31)
    assert states(world) == {"running": 3, "queued": 1}


def test_what_waits_stays_in_the_hands_of_its_service(world: World) -> None:
    add_many(world, 3)
    world.launcher.lasts_s = HOUR
    one = world.service(max_active=1)
    to_one_oclock(world, one)
    other = world.service(max_active=9)
    for _ in range(10):
        world.pass_time(one, 25)
        held_for = {(lease - world.clock.now()).total_seconds() >= 20 for lease in leases(world) if lease}
        assert held_for == {True}, "before anybody could take them for abandoned"
        world.tick(other)
    assert {fire.fire.claimed_by for fire in world.store.get_open_fires()} == {one.token}
    assert states(world) == {"running": 1, "queued": 2}


def test_what_waited_when_its_service_was_killed_is_started_by_another_after_the_lease(world: World) -> None:
    add_many(world, 5)
    to_one_oclock(world, world.service(max_active=2))
    successor = world.service(max_active=2)
    world.pass_time(successor, 25)
    assert states(world) == {"running": 2, "queued": 3}
    world.pass_time(successor, 240)
    assert states(world) == {"succeeded": 5}
    assert set(Counter(names(world)).values()) == {1}
    assert world.times_made() == {1}


def test_what_waits_when_its_service_stops_is_anothers_at_once(world: World) -> None:
    add_many(world, 3)
    first = world.service(max_active=1)
    to_one_oclock(world, first)
    first.close()
    world.tick(world.service(max_active=3))
    assert states(world) == {"running": 3}
    assert world.times_made() == {1}


def test_a_run_that_is_cancelled_while_it_waits_gets_no_process(world: World) -> None:
    add_many(world, 2)
    service = world.service(max_active=1)
    to_one_oclock(world, service)
    (waiting,) = [one.fire for one in world.store.get_open_fires() if one.run_state is RunState.QUEUED]
    run_id = waiting.run_id or RunId("")
    now = world.clock.now()
    world.runs.apply(RunCancelRequested(run_id=run_id, at=now, reason="no", by=BY), None)
    world.runs.apply(RunFinished(run_id=run_id, at=now, state=RunState.CANCELLED, reason="no"), None)
    world.pass_time(service, 180)
    assert len(world.launcher.started) == 1
    assert world.fire("s001", hours(1)).run_state is RunState.CANCELLED


def test_a_process_counts_although_it_has_not_taken_its_run_yet(world: World) -> None:
    add_many(world, 3)
    world.launcher.starts_nothing = True
    service = world.service(max_active=2)
    to_one_oclock(world, service)
    world.pass_time(service, 5)
    assert leases(world).count(None) == 2
    for one in world.store.get_open_fires():
        if one.fire.lease_until is None:
            world.launcher.crash(one.fire.run_id or RunId(""))
    narrow = world.service(max_active=1)
    for _ in range(3):
        world.pass_time(narrow, 1)
    assert [one.fire.resumed for one in world.store.get_open_fires()] == [1, 0, 0]


def test_crashed_runs_are_resumed_as_there_is_room(world: World) -> None:
    add_many(world, 3)
    service = world.service(max_active=3)
    to_one_oclock(world, service)
    for run in world.runs.get_active_runs():
        world.launcher.crash(run.run_id)
    world.launcher.lasts_s = 30
    narrow = world.service(max_active=1)
    world.pass_time(narrow, 5)
    assert states(world) == {"running": 1, "crashed": 2}
    world.pass_time(narrow, 120)
    assert states(world) == {"succeeded": 3}
    assert {world.fire(f"s00{number}", hours(1)).resumed for number in range(3)} == {1}


# -- what hangs, fails or dies


def test_a_run_that_is_slow_to_be_made_holds_up_no_other(world: World) -> None:
    add_many(world, 3)
    submitted: list[Callable[[], None]] = []
    service = world.service(submit=submitted.append)
    world.pass_time(service, HOUR - 1)
    world.clock.pass_until_next(1)
    service.tick()
    hanging, *others = submitted
    submitted.clear()
    world.add("later", At((hours(1) + (hours(2) - hours(1)) / 120,)))
    for work in others:
        work()
    world.clock.pass_until_next(30)
    while service.tick() == 0 or submitted:
        for work in submitted:
            work()
        submitted.clear()
    assert names(world) == ["s001", "s002", "later"]
    assert world.fire("s000", hours(1)).fate is FireFate.CLAIMED
    hanging()
    service.tick()
    (launch,) = submitted
    launch()
    assert names(world)[-1] == "s000"


@pytest.mark.parametrize("trouble", [InvalidPipeline("a waits for itself"), ZeroDivisionError("a defect")])
def test_of_one_notebook_a_run_that_cannot_be_made_takes_no_other_with_it(world: World, trouble: Exception) -> None:
    for number in range(30):
        world.add(f"s{number:03}", ONE_OCLOCK, notebook="/home/ana/etl.ipynb")
    world.launcher.refuses["s007"] = trouble
    to_one_oclock(world, world.service(max_active=50))
    assert world.fire("s007", hours(1)).fate is FireFate.FAILED_TO_START
    assert states(world) == {"running": 29}


def test_what_hangs_at_one_notebook_holds_up_only_fires_of_that(world: World) -> None:
    for number in range(30):
        world.add(f"s{number:03}", ONE_OCLOCK, notebook="/mnt/gone/etl.ipynb" if number % 2 else f"/{number}.ipynb")
    submitted: list[Callable[[], None]] = []
    service = world.service(submit=submitted.append, max_active=50)
    world.pass_time(service, HOUR - 1)
    world.clock.pass_until_next(1)
    service.tick()
    assert len(submitted) == 16
    hanging = submitted.pop(1)  # s001 and those of its notebook
    for work in submitted:
        work()
    service.tick()
    fates = Counter(one.fire.fate for one in world.store.get_open_fires())
    assert fates == {FireFate.STARTED: 15, FireFate.CLAIMED: 15}
    hanging()
    service.tick()
    assert {one.fire.fate for one in world.store.get_open_fires()} == {FireFate.STARTED}


@pytest.mark.parametrize("together", [1, 3])
def test_a_run_that_cannot_be_kept_takes_no_other_with_it(world: World, together: int) -> None:
    add_many(world, together)
    service = world.service(Refusing(world.store, "s000", StoreError("a set cannot be stored")))
    to_one_oclock(world, service)
    fire = world.fire("s000", hours(1))
    assert (fire.fate, fire.reason) == (FireFate.FAILED_TO_START, "a set cannot be stored")
    assert len(world.launcher.started) == together - 1


def test_what_the_database_refuses_is_tried_again_after_the_lease(world: World) -> None:
    add_many(world, 3)
    store = Refusing(world.store, "s000", StoreUnavailable("datatype mismatch"))
    service = world.service(store)
    to_one_oclock(world, service)
    world.pass_time(service, 20)
    assert names(world) == ["s001", "s002"]
    store.failure = None
    world.pass_time(service, 20)
    assert names(world) == ["s001", "s002", "s000"]


def test_what_could_not_be_kept_as_others_write_is_kept_as_soon_as_they_do_not(world: World) -> None:
    add_many(world, 3)
    store = Refusing(world.store, "s000", StoreUnavailable("it is locked", busy=True))
    service = world.service(store)
    world.pass_time(service, HOUR - 1)
    world.clock.pass_until_next(1)
    with pytest.raises(StoreUnavailable):
        world.tick(service)
    store.failure = None
    world.tick(service)
    assert names(world) == ["s000", "s001", "s002"]
    assert world.times_made() == {1}


def test_a_process_that_cannot_be_started_for_the_store_is_tried_again_after_the_lease(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_many(world, 2)
    service = world.service()
    asked: list[RunId] = []

    def refuse(run_id: RunId, _when_ended: Callable[[], None]) -> None:
        asked.append(run_id)
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(world.launcher, "start", refuse)
        to_one_oclock(world, service)
        world.pass_time(service, 20)
        assert len(asked) == 2, "once each"
    world.pass_time(service, 20)
    assert len(world.launcher.started) == 2


@pytest.mark.parametrize("write", ["start_fires", "note_launched", "take_over", "end_fires"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_of_many_each_is_started_once_whoever_is_killed_between_two_writes(world: World, write: str, when: str) -> None:
    add_many(world, 7)
    world.pass_time(world.service(), HOUR - 1)
    world.clock.pass_until_next(1)
    killed = 0
    for _ in range(3):
        try:
            world.pass_time(world.service(Dying(world.store, write, when), max_active=2), 70)
        except Killed:
            killed += 1
    assert killed
    world.pass_time(world.service(max_active=2), 600)
    assert states(world) == {"succeeded": 7}
    assert set(Counter(names(world)).values()) == world.times_made() == {1}


class Dying:
    """A store whose first write of a kind is the last thing that its service does."""

    def __init__(self, store: Any, write: str, when: str) -> None:
        self._store = store
        self._write = write
        self._when = when

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)

        def call(*arguments: object, **named: object) -> object:
            if self._when == "after":
                found(*arguments, **named)
            raise Killed(name)

        return call if name == self._write else found


def test_a_service_that_stops_starts_what_it_has_in_hand_and_leaves_what_waits(world: World) -> None:
    add_many(world, 3)
    go_on = threading.Event()
    make = world.launcher.make

    def slowly(*arguments: Any) -> None:
        go_on.wait()
        make(*arguments)

    world.launcher.make = slowly  # type: ignore[method-assign]
    with ThreadPoolExecutor(1) as pool:
        service = world.service(submit=pool.submit, max_active=2)
        service.tick()
        world.clock.pass_until_next(HOUR)
        service.tick()
        assert world.launcher.started == []
        service.stop()
        go_on.set()
        service.run()
        service.close()
    assert states(world) == {"running": 2, "queued": 1}
    assert world.store.get_services(world.clock.now()) == []
    assert set(leases(world)) == {None, world.clock.now()}


def test_policies_count_what_waits_as_active(world: World) -> None:
    world.add("often", Cron("*/10 * * * *"), Policy())
    world.add("long", At((hours(0.1),)))
    world.launcher.lasts_s = 1.5 * HOUR
    world.pass_time(world.service(max_active=1), 0.9 * HOUR)
    fates = [fate for _, fate in world.fates("often")]
    assert fates == ["started", "skipped", "skipped", "skipped", "skipped"]
