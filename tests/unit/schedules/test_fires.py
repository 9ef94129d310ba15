"""When triggers fire: the examples that people ask about."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from jupyter_dataops.schedules import Asset, At, Cron, File, Interval, OnFold, OnGap, fires_between, next_fire, upcoming

DAY = datetime(2026, 1, 31, tzinfo=UTC)


def local(cron: Cron, after: datetime, count: int = 3) -> list[str]:
    return [f"{fire.local:%d %H:%M%z}" for fire in upcoming(cron, after, count)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("*/15 * * * *", ["01:00-0400", "01:15-0400", "01:30-0400", "01:45-0400", "01:00-0500", "01:15-0500"]),
        ("30 * * * *", ["01:30-0400", "01:30-0500", "02:30-0500"]),
        ("30 1 * * *", ["01:30-0400"]),
        ("0 */2 * * *", ["02:00-0500", "04:00-0500"]),
    ],
)
def test_stars_and_steps_fire_in_both_passes_of_a_fold(expression: str, expected: list[str]) -> None:
    fold = datetime(2026, 11, 1, 4, 59, tzinfo=UTC)
    fires = local(Cron(expression, "America/New_York"), fold, len(expected))
    assert fires == [f"01 {fire}" for fire in expected]


@pytest.mark.parametrize(
    ("on_fold", "expected"), [(OnFold.FIRST, ["-0400"]), (OnFold.LAST, ["-0500"]), (OnFold.BOTH, ["-0400", "-0500"])]
)
def test_a_time_that_comes_twice_belongs_to_the_pass_that_is_asked_for(on_fold: OnFold, expected: list[str]) -> None:
    cron = Cron("30 1 1 11 *", "America/New_York", on_fold=on_fold)
    assert local(cron, datetime(2026, 10, 31, tzinfo=UTC), len(expected)) == [f"01 01:30{shift}" for shift in expected]


@pytest.mark.parametrize(
    ("on_gap", "expected"),
    [
        (OnGap.END_OF_GAP, ["08 03:00-0400", "09 02:15-0400"]),
        (OnGap.SHIFT, ["08 03:15-0400", "08 03:45-0400"]),
        (OnGap.SKIP, ["09 02:15-0400", "09 02:45-0400"]),
    ],
)
def test_times_in_a_gap_are_fired_for_as_is_asked_for(on_gap: OnGap, expected: list[str]) -> None:
    cron = Cron("15,45 2 * * *", "America/New_York", on_gap)
    assert local(cron, datetime(2026, 3, 8, 5, tzinfo=UTC), 2) == expected


def test_the_end_of_a_gap_fires_once_where_it_is_named_too() -> None:
    cron = Cron("0 2,3 * * *", "America/New_York")
    assert local(cron, datetime(2026, 3, 8, 5, tzinfo=UTC), 2) == ["08 03:00-0400", "09 02:00-0400"]


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        ("Africa/Cairo", datetime(2026, 4, 23, 12, tzinfo=UTC), ["24 01:00+0300", "25 00:00+0300"]),
        ("Asia/Beirut", datetime(2026, 3, 28, 12, tzinfo=UTC), ["29 01:00+0300", "30 00:00+0300"]),
        ("America/Santiago", datetime(2026, 9, 5, 12, tzinfo=UTC), ["06 01:00-0300", "07 00:00-0300"]),
        ("Pacific/Apia", datetime(2011, 12, 29, 8, tzinfo=UTC), ["29 00:00-1000", "31 00:00+1400"]),
    ],
)
def test_midnights_that_do_not_exist(zone: str, after: datetime, expected: list[str]) -> None:
    assert local(Cron("0 0 * * *", zone), after, 2) == expected


def test_a_day_that_does_not_exist_is_made_up_for_when_it_would_have_been_over() -> None:
    cron = Cron("0 12 30 12 *", "Pacific/Apia")
    assert [f"{fire.local:%Y-%m-%d %H:%M}" for fire in upcoming(cron, datetime(2011, 1, 1, tzinfo=UTC), 2)] == [
        "2011-12-31 00:00",
        "2012-12-30 12:00",
    ]


def test_a_preview_notes_what_a_change_of_clocks_does() -> None:
    spring, autumn = datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 10, 31, 12, tzinfo=UTC)

    def note(after: datetime, **rules) -> str:
        cron = Cron("30 2 * * *" if after is spring else "30 1 * * *", "America/New_York", **rules)
        return upcoming(cron, after, 1)[0].note

    assert note(spring) == "02:30 does not exist: clocks go from 02:00 to 03:00"
    assert note(spring, on_gap=OnGap.SHIFT) == note(spring)
    assert note(spring, on_gap=OnGap.SKIP) == (
        "02:30 on 2026-03-08 does not exist, and is left out: clocks go from 02:00 to 03:00"
    )
    twice = "01:30 comes twice, clocks go from 02:00 to 01:00: this is the"
    assert note(autumn) == f"{twice} first time, and the only fire"
    assert note(autumn, on_fold=OnFold.LAST) == f"{twice} second time, and the only fire"
    assert note(autumn, on_fold=OnFold.BOTH) == f"{twice} first time"
    assert upcoming(Cron("30 2 * * *"), spring, 1)[0].note == ""


def test_a_preview_of_a_combination_notes_what_concerns_the_member_that_fires() -> None:
    trigger = Cron("30 2 * * *", "America/New_York") | Interval(timedelta(minutes=10))
    fires = upcoming(trigger, datetime(2026, 3, 8, 6, 45, tzinfo=UTC), 4)
    assert [(f"{fire.local:%H:%M}", bool(fire.note)) for fire in fires] == [
        ("01:50", False),
        ("03:00", True),
        ("03:10", False),
        ("03:20", False),
    ]
    assert {fire.note for fire in upcoming(Interval(timedelta(minutes=10)), DAY, 4)} == {""}


def test_an_interval_counts_elapsed_time_on_both_sides_of_its_anchor() -> None:
    trigger = Interval(timedelta(hours=7), DAY)
    assert next_fire(trigger, DAY) == DAY + timedelta(hours=7)
    assert next_fire(trigger, DAY - timedelta(seconds=1)) == DAY
    assert next_fire(trigger, DAY - timedelta(hours=8)) == DAY - timedelta(hours=7)


def test_signals_fire_when_they_are_recorded() -> None:
    recorded = {"asset:sales": [DAY], "file:*.csv": [DAY + timedelta(hours=2)]}
    assert next_fire(Asset("sales"), DAY - timedelta(hours=1), recorded) == DAY
    assert next_fire(Asset("sales") | File("*.csv"), DAY, recorded) == DAY + timedelta(hours=2)
    assert next_fire(Asset("sales") & File("*.csv"), DAY - timedelta(hours=1), recorded) == DAY + timedelta(hours=2)
    assert next_fire(Asset("other"), DAY, recorded) is None


def test_nothing_comes_after_the_last_instant_or_the_end_of_the_calendar() -> None:
    assert next_fire(At((DAY,)), DAY) is None
    assert next_fire(Cron("* * * * *", "Europe/Berlin"), datetime.max.replace(tzinfo=UTC)) is None
    first = next_fire(Cron("* * * * *", "Europe/Berlin"), datetime.min.replace(tzinfo=UTC))
    assert first is not None
    assert first.year == 1800


def test_a_range_comes_in_order_or_in_reverse_up_to_a_limit() -> None:
    fires = [DAY + timedelta(hours=hour) for hour in range(24)]
    asked = Cron("0 * * * *"), DAY, DAY + timedelta(days=1)
    assert list(fires_between(*asked)) == fires
    assert list(fires_between(*asked, reverse=True, limit=3)) == fires[:-4:-1]


def test_the_next_fire_costs_little_however_far_away() -> None:
    crons = [
        Cron(f"{minute} {hour} {day} * *", zone)
        for minute, hour, day in [("*/5", "*", "*"), ("0", "6", "*"), ("0", "0", "29")]
        for zone in ("Europe/Berlin", "America/New_York", "Asia/Kolkata")
    ] + [Cron("0 0 29 2 */7", "Europe/Berlin")]
    for cron in crons:
        next_fire(cron, DAY)
    began = time.process_time()
    for _ in range(100):
        for cron in crons:
            next_fire(cron, DAY)
    assert (time.process_time() - began) / 1000 < 0.002
