"""When a trigger fires: one rule for every kind of it.

Every trigger but one with an `AllOf` in it has a set of fires F, which depends on the trigger and the recorded signals
alone, and ``next_fire(t) = min{f in F : f > t}``: who stops asking and begins again at any instant misses nothing and
sees nothing twice. An `AllOf` counts from the schedule's last fire, the argument `since`: its fires are the chain
``f1 = next_fire(since), f2 = next_fire(f1), ...``, as are those of every combination that has one in it.

All instants are aware; results are in UTC.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from jupyter_dataops.schedules.facts import Occurrences
from jupyter_dataops.schedules.firing import count_seconds, next_second, previous_second
from jupyter_dataops.schedules.triggers import (
    EPOCH,
    AllOf,
    AnyOf,
    Asset,
    At,
    Condition,
    Cron,
    File,
    Interval,
    Trigger,
    signal_key,
)

NO_SIGNALS: Final[Mapping[str, Sequence[datetime]]] = MappingProxyType({})
_TICK: Final = timedelta(microseconds=1)
_SECOND: Final = timedelta(seconds=1)
_MOST_WALKED: Final = 10_000
_EARLIEST: Final = datetime(1800, 1, 3, tzinfo=UTC)
_LATEST: Final = datetime(9997, 12, 1, tzinfo=UTC)


def next_fire(
    trigger: Trigger, after: datetime, occurrences: Occurrences = NO_SIGNALS, since: datetime | None = None
) -> datetime | None:
    """The first fire strictly after `after`, in UTC, from the year 1800; `None` if there is none to the year 9997.

    Parameters
    ----------
    occurrences
        Instants at which files, assets and conditions have signalled, by `signal_key`, ascending.
    since
        The last fire of the schedule, or when it began: for an `AllOf`. `None` is `after`.

    Notes
    -----
    A few microseconds to a few hundred, however far away; the first question about a zone and a year costs 200 more.

    Examples
    --------
    >>> spring = datetime(2026, 3, 29, tzinfo=UTC)
    >>> next_fire(Cron("30 2 * * *", "Europe/Berlin"), spring)  # clocks go from 02:00 to 03:00
    datetime.datetime(2026, 3, 29, 1, 0, tzinfo=datetime.timezone.utc)
    >>> both = Cron("0 6 * * *") & Asset("sales")
    >>> next_fire(both, spring, {"asset:sales": [spring + timedelta(hours=9)]})
    datetime.datetime(2026, 3, 29, 9, 0, tzinfo=datetime.timezone.utc)
    """
    if after >= _LATEST:
        return None
    after = max(after, _EARLIEST).astimezone(UTC)
    if since is None or since >= after or not is_chained(trigger):
        return _next(trigger, after, occurrences)
    fire: datetime | None = since.astimezone(UTC)
    walked = 0
    while fire is not None and fire <= after:
        # Who has asked so seldom that the chain is that long begins a new one.
        fire = _next(trigger, fire if walked < _MOST_WALKED else after, occurrences)
        walked += 1
    return fire


def is_chained(trigger: Trigger) -> bool:
    """It has an `AllOf` in it: each fire depends on the one before."""
    return isinstance(trigger, AllOf) or (
        isinstance(trigger, AnyOf) and any(is_chained(member) for member in trigger.members)
    )


def fires_between(
    trigger: Trigger,
    start: datetime,
    end: datetime,
    occurrences: Occurrences = NO_SIGNALS,
    *,
    reverse: bool = False,
    limit: int | None = None,
) -> Iterator[datetime]:
    """Every fire from `start` to before `end`, in order or the latest first, at most `limit`.

    An `AllOf` counts from just before `start`. Costs one step for each fire taken; in reverse too, but for an `AllOf`.

    Examples
    --------
    >>> day = datetime(2026, 3, 28, tzinfo=UTC)
    >>> range_ = Cron("0 2 * * *", "Europe/Berlin"), day, day + timedelta(days=3)
    >>> [f"{fire:%d %H:%M}" for fire in fires_between(*range_)]
    ['28 01:00', '29 01:00', '30 00:00']
    >>> [f"{fire:%d %H:%M}" for fire in fires_between(*range_, reverse=True, limit=2)]
    ['30 00:00', '29 01:00']
    """
    fires = _backwards(trigger, start, end, occurrences) if reverse else _forwards(trigger, start, end, occurrences)
    return islice(fires, limit)


class Survey(Struct, frozen=True):
    """The fires of a stretch of time: how many, and the newest of them."""

    count: int
    first: datetime | None
    newest: tuple[datetime, ...]
    """Ascending; all of them if they are no more than was asked for."""
    at_least: bool = False
    """There are `count` or more."""


def survey(
    trigger: Trigger,
    after: datetime,
    until: datetime,
    keep: int,
    *,
    occurrences: Occurrences = NO_SIGNALS,
    since: datetime | None = None,
) -> Survey:
    """The fires after `after` up to and including `until`, of which the newest `keep` are named; as `next_fire`.

    The cost is bounded, whatever lies between: fires are counted, not walked over, or, in a combination, counted up to
    ten thousand. Of an `AllOf` with more, the newest are those of a chain begun anew.

    Examples
    --------
    >>> ten_years = datetime(2016, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    >>> survey(Cron("* * * * *", "Europe/Berlin"), *ten_years, keep=1).count
    5260320
    """
    first = next_fire(trigger, after, occurrences, since)
    if first is None or first > until:
        return Survey(0, None, ())
    end = until + _TICK
    if is_chained(trigger):
        return _survey_of_chain(trigger, first, end, keep, occurrences)
    newest = tuple(islice(_backwards(trigger, first, end, occurrences), keep))[::-1]
    if len(newest) < keep:
        return Survey(len(newest), first, newest)
    count, at_least = _count(trigger, first, end, occurrences)
    return Survey(count, first, newest, at_least)


def _survey_of_chain(trigger: Trigger, first: datetime, end: datetime, keep: int, occurrences: Occurrences) -> Survey:
    newest: deque[datetime] = deque(maxlen=max(keep, 1))
    count = 0
    for fire in islice(_onwards(trigger, first, end, occurrences), _MOST_WALKED):
        newest.append(fire)
        count += 1
    if count < _MOST_WALKED:
        return Survey(count, first, tuple(newest)[len(newest) - min(keep, count) :])
    # As much before the end as held twice what is wanted so far.
    begun_anew = max(newest[-1], end - (newest[-1] - first) * 2 * keep / count)
    anew = _next(trigger, begun_anew, occurrences)
    if anew is not None:
        newest.extend(islice(_onwards(trigger, anew, end, occurrences), _MOST_WALKED))
    return Survey(count, first, tuple(newest), at_least=True)


def _onwards(trigger: Trigger, first: datetime, end: datetime, occurrences: Occurrences) -> Iterator[datetime]:
    """The fire `first` and those that follow it, before `end`."""
    fire: datetime | None = first
    while fire is not None and fire < end:
        yield fire
        fire = _next(trigger, fire, occurrences)


def _forwards(trigger: Trigger, start: datetime, end: datetime, occurrences: Occurrences) -> Iterator[datetime]:
    first = _next(trigger, max(start.astimezone(UTC), _EARLIEST) - _TICK, occurrences)
    return iter(()) if first is None else _onwards(trigger, first, end, occurrences)


def _backwards(trigger: Trigger, start: datetime, end: datetime, occurrences: Occurrences) -> Iterator[datetime]:
    if is_chained(trigger):
        yield from reversed(list(_forwards(trigger, start, end, occurrences)))
        return
    fire = _previous(trigger, min(end.astimezone(UTC), _LATEST), occurrences)
    while fire is not None and fire >= start:
        yield fire
        fire = _previous(trigger, fire, occurrences)


def _next(trigger: Trigger, after: datetime, occurrences: Occurrences) -> datetime | None:
    """The first fire after `after`, which is the last fire for an `AllOf`."""
    match trigger:
        case Cron():
            second = next_second(trigger, (after - EPOCH) // _SECOND)
            return None if second is None else EPOCH + second * _SECOND
        case Interval():
            return _later(trigger.anchor, (after - trigger.anchor) // trigger.every + 1, trigger.every)
        case AnyOf():
            fires = [_next(member, after, occurrences) for member in trigger.members]
            return min((fire for fire in fires if fire is not None), default=None)
        case AllOf():
            met = [_next(member, after, occurrences) for member in trigger.members]
            return None if None in met else max(fire for fire in met if fire is not None)
        case _:
            times = _times(trigger, occurrences)
            at = bisect_right(times, after)
            return times[at].astimezone(UTC) if at < len(times) else None


def _previous(trigger: Trigger, before: datetime, occurrences: Occurrences) -> datetime | None:
    """The last fire before `before`, of what has no `AllOf` in it."""
    match trigger:
        case Cron():
            second = previous_second(trigger, -((EPOCH - before) // _SECOND))
            return None if second is None else EPOCH + second * _SECOND
        case Interval():
            return _later(trigger.anchor, -((trigger.anchor - before) // trigger.every) - 1, trigger.every)
        case AnyOf():
            fires = [_previous(member, before, occurrences) for member in trigger.members]
            return max((fire for fire in fires if fire is not None), default=None)
        case _:
            times = _times(trigger, occurrences)
            at = bisect_left(times, before)
            return times[at - 1].astimezone(UTC) if at else None


def _count(trigger: Trigger, start: datetime, end: datetime, occurrences: Occurrences) -> tuple[int, bool]:
    """How many fires there are from `start` to before `end`, and whether there may be more."""
    match trigger:
        case Cron():
            return count_seconds(trigger, *(-((EPOCH - moment) // _SECOND) for moment in (start, end))), False
        case Interval():
            first, last = (-((trigger.anchor - moment) // trigger.every) for moment in (start, end))
            return last - first, False
        case AnyOf():
            counts = [_count(member, start, end, occurrences) for member in trigger.members]
            if sum(count for count, _ in counts) > _MOST_WALKED:
                return max(count for count, _ in counts), True
            return sum(1 for _ in _forwards(trigger, start, end, occurrences)), False
        case _:
            times = _times(trigger, occurrences)
            return len(set(times[bisect_left(times, start) : bisect_left(times, end)])), False


def _times(trigger: Trigger, occurrences: Occurrences) -> Sequence[datetime]:
    match trigger:
        case At():
            return trigger.times
        case File() | Asset() | Condition():
            return occurrences.get(signal_key(trigger), ())
    raise AssertionError(f"{trigger} is no list of instants")


def _later(anchor: datetime, steps: int, every: timedelta) -> datetime | None:
    try:
        return anchor + steps * every
    except OverflowError:
        return None
