"""The next fires of a trigger, with a note wherever a change of clocks touches one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from jupyter_dataops.schedules.cron import calendar_of
from jupyter_dataops.schedules.facts import Occurrences
from jupyter_dataops.schedules.fires import NO_SIGNALS, next_fire
from jupyter_dataops.schedules.firing import gaps_with_missing_times, is_shown, next_second
from jupyter_dataops.schedules.policies import OnFold, OnGap
from jupyter_dataops.schedules.triggers import EPOCH, AllOf, AnyOf, Cron, Trigger
from jupyter_dataops.schedules.wording import local_time, zone_of
from jupyter_dataops.schedules.zones import Change, changes_around, year_of

_SECOND: Final = timedelta(seconds=1)


class Preview(Struct, frozen=True):
    """One fire to come."""

    at: datetime
    """In UTC."""
    local: datetime
    """As a clock shows it in the zone of the trigger's first cron expression or instants, or in UTC."""
    note: str = ""
    """What a change of clocks does to this fire, or did to one between it and the fire before; mostly empty."""


def upcoming(
    trigger: Trigger, after: datetime, count: int, occurrences: Occurrences = NO_SIGNALS, zone: str | None = None
) -> list[Preview]:
    """The next `count` fires after `after`, or fewer if there are fewer.

    Parameters
    ----------
    zone
        Of `Preview.local`, instead of the trigger's own.

    Examples
    --------
    >>> from datetime import UTC
    >>> for fire in upcoming(Cron("30 2 * * *", "Europe/Berlin"), datetime(2026, 3, 28, tzinfo=UTC), 3):
    ...     print(f"{fire.local:%d %H:%M}  {fire.note}".rstrip())
    28 02:30
    29 03:00  02:30 does not exist: clocks go from 02:00 to 03:00
    30 02:30
    """
    shown_in = zone or zone_of(trigger)
    previews: list[Preview] = []
    before = after
    while len(previews) < count:
        fire = next_fire(trigger, before, occurrences)
        if fire is None:
            break
        note = "; ".join(dict.fromkeys(_notes(trigger, before, fire)))
        previews.append(Preview(fire, local_time(fire, shown_in), note))
        before = fire
    return previews


def _notes(trigger: Trigger, before: datetime, fire: datetime) -> Iterator[str]:
    match trigger:
        case Cron() if fire.microsecond:
            return  # a signal, or an interval from such an anchor
        case Cron():
            yield from _notes_of_cron(trigger, (before - EPOCH) // _SECOND, (fire - EPOCH) // _SECOND)
        case AnyOf() | AllOf():
            for member in trigger.members:
                yield from _notes(member, before, fire)


def _notes_of_cron(cron: Cron, before: int, fire: int) -> Iterator[str]:
    year = year_of(fire)
    if cron.on_gap is OnGap.SKIP:
        for change, missing in gaps_with_missing_times(cron, year):
            if before < change.at <= fire:
                yield f"{_clock(missing)} on {_day(missing)} does not exist, and is left out: {_told(change)}"
    if next_second(cron, fire - 1) != fire:
        # Another member of the combination fires.
        return
    if not is_shown(cron, fire):
        for change, missing in gaps_with_missing_times(cron, year):
            if change.at <= fire < change.at + change.moved_by:
                yield f"{_missing_time(change, missing, fire, cron)} does not exist: {_told(change)}"
        return
    for change in changes_around(cron.zone, year):
        back = -change.moved_by
        if back > 0 and change.at - back <= fire < change.at + back:
            is_first = fire < change.at
            local = fire + (change.before if is_first else change.after)
            alone = not calendar_of(cron.expression).is_elapsed and cron.on_fold is not OnFold.BOTH
            told = f"this is the {'first' if is_first else 'second'} time{', and the only fire' if alone else ''}"
            yield f"{_clock(local)} comes twice, {_told(change)}: {told}"


def _missing_time(change: Change, missing: int, fire: int, cron: Cron) -> str:
    return _clock(fire + change.before) if cron.on_gap is OnGap.SHIFT else _clock(missing)


def _told(change: Change) -> str:
    old, new = change.at + change.before, change.at + change.after
    if _day(old) == _day(new):
        return f"clocks go from {_clock(old)} to {_clock(new)}"
    return f"clocks go from {_day(old)} {_clock(old)} to {_day(new)} {_clock(new)}"


def _clock(local: int) -> str:
    moment = EPOCH + local * _SECOND
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _day(local: int) -> str:
    return f"{EPOCH + local * _SECOND:%Y-%m-%d}"
