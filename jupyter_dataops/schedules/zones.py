"""Zones as stretches of time with one offset each, in whole seconds since 1970-01-01 00:00 UTC.

What a zone does is asked of `zoneinfo` once a day and then nearer: no zone changes its offset twice within two days,
which a test asserts of every zone. The machine's own database of zones goes before that of the package `tzdata`; a
process reads each zone once, so that a new database takes effect when a service starts anew.
"""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from jupyter_dataops.errors import InvalidSchedule

DAY_S: Final = 86_400
MARGIN_S: Final = 2 * DAY_S
"""More than any zone ever set its clocks by: a local time is found within so many seconds of where it should be."""


class Change(Struct, frozen=True):
    """A zone's clocks are set from one offset to another at an instant."""

    at: int
    before: int
    after: int

    @property
    def moved_by(self) -> int:
        """Seconds by which clocks are set forward; below 0, back."""
        return self.after - self.before


@lru_cache(maxsize=2048)
def checked_zone(name: str) -> str:
    """`name`, if it is a zone of the IANA database.

    Raises
    ------
    InvalidSchedule
        It is none; the hint names the closest.

    Examples
    --------
    >>> checked_zone("Europe/Berlin")
    'Europe/Berlin'
    """
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise InvalidSchedule("there is no such time zone", where=name, hint=_closest(name)) from error
    return name


def _closest(name: str) -> str:
    zones = {zone.lower(): zone for zone in available_timezones()}
    wanted = name.strip().replace(" ", "_").lower()
    if wanted in zones:
        return f"did you mean '{zones[wanted]}'?"
    cities = [zone for lower, zone in sorted(zones.items()) if wanted and lower.endswith(f"/{wanted}")]
    close = cities or [zones[found] for found in difflib.get_close_matches(wanted, list(zones), 1, cutoff=0.6)]
    return f"did you mean '{close[0]}'?" if close else "for example Europe/Berlin, America/New_York, UTC"


def offset_at(zone: ZoneInfo, second: int) -> int:
    """Seconds by which clocks in `zone` are ahead of UTC at that instant."""
    shift = datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    assert shift is not None
    return shift.days * DAY_S + shift.seconds


def offset_at_start(name: str, year: int) -> int:
    """The offset with which a year of UTC begins."""
    return offset_at(ZoneInfo(name), year_start(year))


def year_of(second: int) -> int:
    """The year in UTC of an instant."""
    return datetime.fromtimestamp(second, UTC).year


@lru_cache(maxsize=4096)
def year_start(year: int) -> int:
    """The first second of a year in UTC."""
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp())


@lru_cache(maxsize=65_536)
def changes_around(name: str, year: int) -> tuple[Change, ...]:
    """Every change of offset in that year of UTC, and within `MARGIN_S` of it, in order. Costs 200 us, once."""
    zone = ZoneInfo(name)
    found = []
    low, end = year_start(year) - MARGIN_S - 1, year_start(year + 1) + MARGIN_S
    before = offset_at(zone, low)
    while low < end:
        high = min(low + DAY_S, end)
        after = offset_at(zone, high)
        if after != before:
            found.append(Change(_nearer(zone, low, high, before), before, after))
        low, before = high, after
    return tuple(found)


def _nearer(zone: ZoneInfo, low: int, high: int, before: int) -> int:
    """The first second at which the offset is no longer `before`."""
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high
