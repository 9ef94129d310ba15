"""Random triggers and policies, for every test that takes any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.schedules import (
    AllOf,
    AnyOf,
    Asset,
    At,
    Catchup,
    Condition,
    Cron,
    File,
    Interval,
    OnFold,
    OnGap,
    Overlap,
    Policy,
    Trigger,
)
from jupyter_dataops.schedules.cron import ALIASES

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe",
    "America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "Atlantic/Azores",
)  # fmt: skip
START = datetime(2026, 1, 1, tzinfo=UTC)
ASSETS = ("sales", "prices", "weather")

instants = st.datetimes(datetime(2001, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
near = st.integers(0, 366 * 86_400 * 1000).map(lambda ms: START + timedelta(milliseconds=ms))


@st.composite
def _field(draw, low: int, high: int, star: int = 3) -> str:
    def part() -> str:
        first, last = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
        return draw(
            st.sampled_from([str(first), f"{first}-{last}", f"*/{last or 1}", f"{first}-{last}/{1 + last % 7}"])
        )

    return draw(st.sampled_from(["*"] * star + [""] * 3)) or ",".join(part() for _ in range(draw(st.integers(1, 2))))


@st.composite
def _expression(draw) -> str:
    if draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from(sorted(ALIASES)))
    day = draw(_field(1, 31) | st.sampled_from(["L", "LW", "15,L"]))
    weekday = draw(_field(0, 7, 5) | st.sampled_from(["MON-FRI", "SUN", "1#2", "5L", "MON,WED"]))
    return f"{draw(_field(0, 59, 1))} {draw(_field(0, 23))} {day} {draw(_field(1, 12))} {weekday}"


@st.composite
def _cron(draw) -> Cron:
    zone, on_gap, on_fold = (draw(st.sampled_from(values)) for values in (ZONES, list(OnGap), list(OnFold)))
    try:
        return Cron(draw(_expression()), zone, on_gap, on_fold)
    except InvalidSchedule:  # a day that no month has
        return Cron(draw(st.sampled_from(["30 2 * * *", "*/10 * 29 2 *"])), zone, on_gap, on_fold)


crons = _cron()
spans = st.integers(60, 40 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
timed = st.one_of(
    crons,
    crons,
    st.builds(Interval, spans, instants),
    st.builds(At, st.lists(near, min_size=1, max_size=4).map(tuple)),
)
words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(lambda text: bool(text.strip()))
assets = st.sampled_from(ASSETS).map(Asset)
signal_triggers = st.one_of(
    st.builds(Asset, words),
    st.builds(File, words, spans),
    st.builds(Condition, words.filter(lambda text: ":" not in text).map(lambda text: f"{text}:{text}"), spans),
)


def _combined(members: st.SearchStrategy[Trigger]) -> st.SearchStrategy[Trigger]:
    several = st.lists(members, min_size=2, max_size=3, unique=True).map(tuple)
    return st.one_of(several.map(_any_of), several.map(_all_of))


def _any_of(members: tuple[Trigger, ...]) -> Trigger:
    try:
        return AnyOf(members)
    except InvalidSchedule:  # all the same, once they are taken apart
        return members[0]


def _all_of(members: tuple[Trigger, ...]) -> Trigger:
    try:
        return AllOf(members)
    except InvalidSchedule:
        return members[0]


@st.composite
def _short(draw, leaves: st.SearchStrategy[Trigger], most: int) -> Trigger:
    # Only so that a failure does not print the whole of what it was drawn from.
    return draw(st.recursive(leaves, _combined, max_leaves=most))


@st.composite
def _memoryless(draw) -> Trigger:
    return _any_of(tuple(draw(st.lists(timed | assets, min_size=1, max_size=3, unique=True))))


triggers = _short(timed | signal_triggers, 5)
"""Any trigger at all."""
memoryless = _memoryless()
"""Triggers without an `AllOf`, whose signals are those of `ASSETS`."""
foreseeable = _short(timed | assets, 4)
"""Triggers of any shape, whose signals are those of `ASSETS`."""
signals = st.dictionaries(
    st.sampled_from([f"asset:{name}" for name in ASSETS]), st.lists(near, max_size=6, unique=True).map(sorted)
)
policies = st.builds(
    Policy,
    overlap=st.sampled_from(Overlap),
    catchup=st.sampled_from(Catchup),
    catchup_max=st.integers(1, 30),
    misfire_grace=st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(hours=1), timedelta(days=2)]),
    jitter=st.sampled_from([timedelta(0), timedelta(0), timedelta(minutes=1), timedelta(hours=2)]),
    starts_at=st.none() | near,
    max_runs=st.none() | st.integers(1, 50),
)
