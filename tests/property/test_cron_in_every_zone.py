"""Every change of clocks of every zone, against a clock that is looked at in every minute.

Some of them each time, the same ones. All of them, which takes long:
``DATAOPS_EXAMPLES=1000000 pytest tests/property/test_cron_in_every_zone.py -s``.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from bisect import bisect_right
from collections import Counter
from zoneinfo import available_timezones

import pytest

from jupyter_dataops.schedules.firing import count_seconds, next_second, previous_second
from jupyter_dataops.schedules.policies import OnFold, OnGap
from jupyter_dataops.schedules.triggers import Cron
from jupyter_dataops.schedules.zones import MARGIN_S, changes_around
from tests.support.cron_oracle import ClockChange, Watch, changes_in_file, every_change, expressions_around

EXAMPLES = int(os.environ.get("DATAOPS_EXAMPLES", "60"))
IS_WHOLE = EXAMPLES > 10_000
AS_IT_WAS = [  # what others got wrong, and the strangest
    ("America/New_York", 2026), ("America/Havana", 2026), ("Africa/Cairo", 2025), ("Asia/Beirut", 2026),
    ("America/Santiago", 2026), ("Pacific/Apia", 2011), ("Pacific/Kwajalein", 1993), ("Pacific/Kwajalein", 1969),
    ("Australia/Lord_Howe", 2026), ("Africa/Monrovia", 1972), ("Europe/Dublin", 1971), ("Atlantic/Azores", 2026),
    ("America/Caracas", 2007), ("Asia/Pyongyang", 2015), ("Antarctica/Troll", 2026), ("Africa/Casablanca", 2026),
    ("Europe/Amsterdam", 1937), ("Asia/Kathmandu", 1986), ("America/Juneau", 1867), ("Asia/Manila", 1844),
]  # fmt: skip


def of_year(zone: str, year: int) -> list[ClockChange]:
    return [ClockChange(zone, change.at, change.before, change.after) for change in changes_around(zone, year)]


def compared(change: ClockChange, turn: int, counter: Counter[str]) -> None:
    """Each expression, with each rule that the change touches; two in turn are begun again at every minute."""
    watch = Watch(change)
    expressions = expressions_around(change)
    rules = [(gap, OnFold.FIRST) for gap in OnGap] if watch.moved > 0 else [(OnGap.END_OF_GAP, fold) for fold in OnFold]
    thoroughly = {(turn * 2) % len(expressions), (turn * 2 + 1) % len(expressions)}
    low, high = watch.sure
    for index, expression in enumerate(expressions):
        for on_gap, on_fold in rules:
            cron = Cron(expression, change.zone, on_gap, on_fold)
            expected = watch.fires(expression, on_gap, on_fold)
            told = f"{expression} {on_gap} {on_fold} in {change}"
            assert found(cron, low, high) == expected, told
            assert count_seconds(cron, low, high) == len(expected), told
            before = previous_second(cron, high)
            assert not expected or before == expected[-1], told
            counter["fires"] += len(expected)
            if index not in thoroughly or not expected:
                continue
            for second in range(low - low % 60, expected[-1], 60):
                assert next_second(cron, second) == expected[bisect_right(expected, second)] or second < low, (
                    told,
                    second,
                )
                counter["restarts"] += 1
            assert backwards(cron, low, high) == expected, told
    counter["changes"] += 1


def found(cron: Cron, low: int, high: int) -> list[int]:
    fires, fire = [], next_second(cron, low - 1)
    while fire is not None and fire < high:
        fires.append(fire)
        fire = next_second(cron, fire)
    return fires


def backwards(cron: Cron, low: int, high: int) -> list[int]:
    fires, fire = [], previous_second(cron, high)
    while fire is not None and fire >= low:
        fires.append(fire)
        fire = previous_second(cron, fire)
    return fires[::-1]


@pytest.mark.parametrize(("zone", "year"), AS_IT_WAS)
def test_strange_changes_of_clocks_are_as_a_clock_on_the_wall_shows_them(zone: str, year: int) -> None:
    counter: Counter[str] = Counter()
    for change in of_year(zone, year):
        compared(change, 0, counter)
    assert counter["changes"] or year < 1900


@pytest.mark.timeout(120 + EXAMPLES)
def test_cron_expressions_fire_when_a_clock_on_the_wall_says_so_in_every_zone() -> None:
    changes = every_change()
    if not IS_WHOLE:
        changes = random.Random(6).sample(changes, EXAMPLES)
    counter: Counter[str] = Counter()
    began = time.perf_counter()
    for turn, change in enumerate(changes):
        compared(change, turn, counter)
    zones = len({change.zone for change in changes})
    print(f"{zones} zones, {dict(counter)}, {time.perf_counter() - began:.0f} s")


def test_no_zone_changes_its_clocks_twice_within_the_margin_or_by_more() -> None:
    for zone in sorted(available_timezones()):
        changes = list(changes_in_file(zone))
        assert all(abs(after - before) < MARGIN_S for _, before, after in changes), zone
        pairs = itertools.pairwise(changes)
        assert all(later[0] - sooner[0] > MARGIN_S for sooner, later in pairs), zone


def test_changes_of_clocks_are_found_as_the_file_of_the_zone_says() -> None:
    for zone in sorted(available_timezones())[:: 1 if IS_WHOLE else 20]:
        expected = [change for change in changes_in_file(zone) if 0 <= change[0] < 2**31]
        seen = {
            (change.at, change.before, change.after)
            for year in range(1970, 2039)
            for change in changes_around(zone, year)
            if 0 <= change.at < 2**31
        }
        assert sorted(seen) == expected, zone
