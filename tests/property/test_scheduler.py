"""Months of the real loop on a fake clock, with services killed between any two writes, and clocks set: nothing is lost.

Every time at which a schedule's trigger fires has one fate in the end, with a reason where that is not a run; and
nothing runs twice, whoever died when. A whole year with a thousand schedules, which takes a quarter of an hour:
``DATAOPS_SCHEDULES=1000 pytest tests/property/test_scheduler.py -k 0-365 -s -o timeout=7200``.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from jupyter_dataops.ids import RunId
from jupyter_dataops.records import FireRecord
from jupyter_dataops.schedules.fires import fires_between
from jupyter_dataops.schedules.policies import Catchup, OnFold, OnGap, Overlap, Policy
from jupyter_dataops.schedules.triggers import Cron, Interval, Trigger
from jupyter_dataops.scheduling.deciding import understood
from jupyter_dataops.scheduling.scheduler import Scheduler
from jupyter_dataops.states import FireFate, RunState
from tests.support.scheduling import FragileStore, Killed, World

SCHEDULES = int(os.environ.get("DATAOPS_SCHEDULES", "8"))
PERIODS = {
    "a winter": (2, 0, 60),
    "clocks are put forward": (0, 55, 90),
    "clocks are put back": (1, 265, 60),
}
"""Seed, day of the year on which it begins, days."""
if "DATAOPS_SCHEDULES" in os.environ:
    PERIODS |= {"0-365": (0, 0, 365)}
RISK = 0.002
"""Of each write to be the last."""
DAY_S = 86_400.0
LEASE_S = 3600.0
"""Long, because each sign of life costs the test a tick; the clock is set by more than twice as much."""
MAX_ACTIVE = max(16, SCHEDULES // 8)
"""So many that runs wait for each other on many days, and yet all have their turn within a day."""
TRIGGERS: dict[str, Trigger] = {
    "daily": Cron("0 6 * * *", "Europe/Berlin"),
    "in_the_gap": Cron("30 2 * * *", "America/New_York", OnGap.END_OF_GAP, OnFold.BOTH),
    "six_hourly": Cron("0 */6 * * *"),
    "hourly": Cron("15 * * * *", "Asia/Kolkata"),
    "weekdays": Cron("45 8 * * MON-FRI", "Australia/Lord_Howe"),
    "monthly": Cron("0 0 1 * *", "Africa/Cairo"),
    "elapsed": Interval(timedelta(hours=7)),
    "either": Cron("0 0 * * *") | Interval(timedelta(hours=11)),
}
RARE = ("daily", "in_the_gap", "weekdays", "monthly")
"""What further schedules have, many of them at the same second."""
POLICIES = {
    "default": Policy(),
    "all": Policy(overlap=Overlap.ALLOW_ALL, catchup=Catchup.ALL, catchup_max=50),
    "one": Policy(overlap=Overlap.BUFFER_ONE, catchup=Catchup.NONE),
    "cancel": Policy(overlap=Overlap.CANCEL_OTHER, jitter=timedelta(minutes=10)),
}


class Year:
    """Two services at the most; whoever is killed comes back after a while, sometimes after days."""

    def __init__(self, seed: int, first_day: int, days: int) -> None:
        self.world = World()
        self.world.clock.pass_until_next(first_day * DAY_S)
        self.chance = random.Random(seed)
        self.killed: Counter[str] = Counter()
        self.services: list[Scheduler] = []
        self.pauses: dict[Scheduler, tuple[datetime, tuple[int, timedelta]]] = {}
        """Until when each has nothing to do, and how it left store and clock."""
        # The first eight together give a few hundred fires a week.
        names = [*TRIGGERS, *(RARE[number % len(RARE)] for number in range(SCHEDULES - len(TRIGGERS)))]
        for number, name in enumerate(names):
            policy = list(POLICIES)[(number + number // len(TRIGGERS) + seed) % len(POLICIES)]
            self.world.add(f"{name}-{policy}-{number}", TRIGGERS[name], POLICIES[policy])
        self._later(0)
        self._later(self.chance.uniform(0, 10 * DAY_S))
        for _ in range(max(5, days // 36)):
            self.world.clock.at(self.chance.uniform(0, days * DAY_S), self._set_clock)
        for _ in range(max(20, days // 7)):
            self.world.clock.at(self.chance.uniform(0, days * DAY_S), self._crash_a_run)

    def _later(self, delay_s: float) -> None:
        self.world.clock.at(delay_s, self._begin)

    def _begin(self) -> None:
        self.services.append(self._service(FragileStore(self.world.store, self.chance, RISK)))

    def _service(self, store: Any = None) -> Scheduler:
        return self.world.service(store, LEASE_S, max_active=MAX_ACTIVE)

    def _set_clock(self) -> None:
        self.world.clock.set_by = timedelta(hours=self.chance.choice([-2.5, 0, 2.5]))

    def _crash_a_run(self) -> None:
        self.world.launcher.lasts_s = self.chance.uniform(30, 3 * 3600)
        for run in self.world.runs.get_active_runs()[:1]:
            if run.state is RunState.RUNNING:
                self.world.launcher.crash(run.run_id)

    def live(self, until: datetime) -> None:
        while self.world.clock.real < until:
            for service in list(self.services):
                self._look(service)
            moments = [moment for moment, _ in self.pauses.values()]
            left = min([until, *moments]) - self.world.clock.real
            self.world.clock.pass_all_until_next(max(0.0, left.total_seconds()))

    def _look(self, service: Scheduler) -> None:
        """The service works, if its pause is over, or the store, or the clock, is not as it left it."""
        there = self.world.store.get_data_version(), self.world.clock.set_by
        until, seen = self.pauses.get(service, (self.world.clock.real, None))
        if seen == there and self.world.clock.real < until:
            return
        try:
            pause_s = self.world.tick(service)
        except Killed as killed:
            self.killed[str(killed)] += 1
            self.services.remove(service)
            self.pauses.pop(service, None)
            self._later(self.chance.choice([1, 60, 2 * LEASE_S, DAY_S * self.chance.random() * 3]))
        else:
            seen = self.world.store.get_data_version(), self.world.clock.set_by
            self.pauses[service] = self.world.clock.real + timedelta(seconds=pause_s), seen

    def settle(self) -> None:
        """Nobody is killed any more, and everything comes to its end."""
        self.services, self.pauses = [self._service()], {}
        self.world.clock.set_by = timedelta(0)
        self.world.launcher.lasts_s = 60
        self.live(self.world.clock.real + timedelta(hours=3))


def times_of(fire: FireRecord, trigger: Trigger) -> list[datetime]:
    if fire.first_time is None:
        return [fire.fire_time]
    end = fire.fire_time + timedelta(seconds=1)
    found = list(fires_between(trigger, fire.first_time, end))
    assert len(found) == fire.count or fire.at_least
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "first_day", "days"), PERIODS.values(), ids=PERIODS.keys())
def test_whatever_happens_every_fire_is_started_once_or_says_why_not(seed: int, first_day: int, days: int) -> None:
    year = Year(seed, first_day, days)
    first = year.world.clock.real
    for day in range(10, days + 10, 10):
        year.live(first + timedelta(days=min(day, days)))
        print(f"day {min(day, days)} of {days}", flush=True)
    last = year.world.clock.real
    year.settle()
    world, total = year.world, 0
    run_ids: Counter[RunId] = Counter()
    assert sum(year.killed.values()) > 8, "services were killed at many places"
    for record in world.store.get_schedules():
        trigger = understood(record).trigger
        fires = [one for one in world.store.get_fires(record.schedule_id, limit=100_000) if one.fire_time < last]
        told = sorted(at for one in fires for at in times_of(one, trigger))
        expected = list(fires_between(trigger, first + timedelta(seconds=1), last))
        assert told == expected, record.name
        total += len(fires)
        for one in fires:
            if one.fate is FireFate.STARTED:
                assert one.run_id is not None
                run_ids[one.run_id] += 1
                assert one.run_state is not None, "it was seen to end"
            else:
                assert one.fate in (FireFate.SKIPPED, FireFate.MISSED), one.fate
                assert one.reason
    assert total > 15 * days
    print(f"{SCHEDULES} schedules, {days} days: {total} fires, {sum(year.killed.values())} services killed")
    assert set(run_ids.values()) == {1}
    assert world.times_made() == {1}, "no run was made twice"
    runs = [world.runs.get_run(run_id) for run_id in run_ids]
    never = [run.run_id for run in runs if run.started_at is None and run.state is not RunState.CANCELLED]
    assert never == [], "what counts as started has run, unless another fire took its place first"
