"""Cron expressions: which times of which days they name. Zones are none of their business.

`cronsim` reads the fields, by the rules of Debian's cron; when an expression fires in a zone is said in `firing`.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from cronsim import CronSim, CronSimError
from msgspec import Struct, field

from jupyter_dataops.errors import InvalidSchedule

ALIASES: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_TAKES: Final = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day of month": "1 to 31, or L for the last one",
    "month": "1 to 12, or JAN to DEC",
    "day of week": "0 to 7, or SUN to SAT, as MON#1 for the first Monday of a month",
}
"""The fields in their order, and what stands in them."""
_FIELDS: Final = len(_TAKES)
_DAY_MINUTES: Final = 1440
_EPOCH: Final = date(1970, 1, 1).toordinal()
# Leap or not, beginning on each weekday: these years have every calendar that there is.
_EVERY_CALENDAR: Final = range(2000, 2028)
_FIRST_YEAR: Final = 1790
_LAST_YEAR: Final = 9998
_FIRST_DAY: Final = date(_FIRST_YEAR, 1, 1).toordinal() - _EPOCH
_LAST_DAY: Final = date(_LAST_YEAR, 12, 31).toordinal() - _EPOCH
_MONTHS: Final = 12
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def checked_expression(text: str) -> str:
    """`text` with single blanks, and an alias in lower case.

    Raises
    ------
    InvalidSchedule
        It is no cron expression, or one that never fires.

    Examples
    --------
    >>> checked_expression(" 0  6 * * mon-fri "), checked_expression("@Daily")
    ('0 6 * * mon-fri', '@daily')
    """
    words = text.split()
    if not words:
        raise InvalidSchedule("the cron expression is empty", hint="for example: 0 6 * * *")
    if words[0].startswith("@"):
        alias = " ".join(words).lower()
        if alias == "@reboot":
            raise InvalidSchedule("`@reboot` names no time", hint="start the run from whatever starts the machine")
        if alias not in ALIASES:
            raise InvalidSchedule(
                "no such alias of a cron expression", where=alias, hint="there are " + ", ".join(ALIASES)
            )
        return alias
    tidy = " ".join(words)
    if len(words) != _FIELDS:
        hint = "minute, hour, day of month, month, day of week"
        if len(words) == _FIELDS + 1:
            hint = f"{hint}; seconds and years are not supported: `every 10s` counts seconds"
        raise InvalidSchedule(f"a cron expression has five fields, not {len(words)}", where=tidy, hint=hint)
    calendar_of(tidy)
    return tidy


class Calendar(Struct, frozen=True, eq=False):
    """The local times that a cron expression names, as minutes since 1970-01-01 00:00 on a clock without a zone."""

    expression: str
    minutes: tuple[int, ...]
    """Minutes of the day, ascending."""
    is_elapsed: bool
    """Minute or hour are written with ``*`` or a step."""
    _cron: CronSim
    _months: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def next(self, minute: int) -> int | None:
        """The first named minute at or after `minute`; `None` after the year 9998."""
        day, of_day = divmod(minute, _DAY_MINUTES)
        at = bisect_left(self.minutes, of_day)
        if at == len(self.minutes):
            day, at = day + 1, 0
        named = self._next_day(day)
        if named is None:
            return None
        return named * _DAY_MINUTES + self.minutes[at if named == day else 0]

    def previous(self, minute: int) -> int | None:
        """The last named minute before `minute`; `None` before the year 1800."""
        day, of_day = divmod(minute, _DAY_MINUTES)
        at = bisect_left(self.minutes, of_day) - 1
        if at < 0:
            day, at = day - 1, len(self.minutes) - 1
        named = self._previous_day(day)
        if named is None:
            return None
        return named * _DAY_MINUTES + self.minutes[at if named == day else -1]

    def count(self, low: int, high: int) -> int:
        """How many named minutes there are from `low` to before `high`; costs a step for each month between."""
        if high <= low:
            return 0
        (first_day, first), (last_day, last) = divmod(low, _DAY_MINUTES), divmod(high, _DAY_MINUTES)
        whole = self._named_days(first_day, last_day) * len(self.minutes)
        before = self._named_days(first_day, first_day + 1) * bisect_left(self.minutes, first)
        after = self._named_days(last_day, last_day + 1) * bisect_left(self.minutes, last)
        return whole - before + after

    def names_second(self, second: int) -> bool:
        """That local second begins a named minute."""
        minute, rest = divmod(second, 60)
        return not rest and self.next(minute) == minute

    def days(self, year: int, month: int) -> tuple[int, ...]:
        """Days of that month that it names, ascending."""
        key = year * _MONTHS + month
        # Filled in as asked for; two threads would write the same.
        if (known := self._months.get(key)) is None:
            known = self._months[key] = self._days(year, month)
        return known

    def _days(self, year: int, month: int) -> tuple[int, ...]:
        if month not in self._cron.months:
            return ()
        first_weekday, length = monthrange(year, month)
        # Each month of one length and first weekday is like the other: nothing is asked twice of the parser.
        kind = -(month * 1000 + length * 10 + first_weekday)
        if (known := self._months.get(kind)) is None:
            named = tuple(day for day in range(1, length + 1) if self._cron.match_day(date(year, month, day)))
            known = self._months[kind] = named
        return known

    def _next_day(self, day: int) -> int | None:
        if day > _LAST_DAY:
            return None
        at = date.fromordinal(day + _EPOCH)
        year, month, start = at.year, at.month, at.day
        while year <= _LAST_YEAR:
            days = self.days(year, month)
            if days and days[-1] >= start:
                return date(year, month, days[bisect_left(days, start)]).toordinal() - _EPOCH
            start, month = 1, month + 1
            if month > _MONTHS:
                year, month = year + 1, 1
        return None

    def _previous_day(self, day: int) -> int | None:
        if day < _FIRST_DAY:
            return None
        at = date.fromordinal(day + _EPOCH)
        year, month, end = at.year, at.month, at.day
        while year >= _FIRST_YEAR:
            days = self.days(year, month)
            if days and days[0] <= end:
                return date(year, month, days[bisect_left(days, end + 1) - 1]).toordinal() - _EPOCH
            end, month = 31, month - 1
            if month == 0:
                year, month = year - 1, _MONTHS
        return None

    def _named_days(self, low: int, high: int) -> int:
        """How many named days there are from `low` to before `high`."""
        named = 0
        at, last = date.fromordinal(low + _EPOCH), date.fromordinal(high + _EPOCH)
        year, month, start = at.year, at.month, at.day
        while (year, month) <= (last.year, last.month):
            days = self.days(year, month)
            end = last.day if (year, month) == (last.year, last.month) else 32
            named += bisect_left(days, end) - bisect_left(days, start)
            start, month = 1, month + 1
            if month > _MONTHS:
                year, month = year + 1, 1
        return named


@lru_cache(maxsize=4096)
def calendar_of(expression: str) -> Calendar:
    """What a cron expression, or an alias, names. Raises `InvalidSchedule` as `checked_expression` does."""
    fields = ALIASES.get(expression, expression)
    minute, hour, day, month, weekday = fields.split()
    try:
        cron = CronSim(fields, _ANY_TIME)
    except CronSimError as error:
        if _reads(f"{minute} {hour} {day} * {weekday}") and _reads(f"* * * {month} *"):
            raise _never(expression) from error
        faulty = _faulty(error)
        part = _faulty_part(fields.split()[[*_TAKES].index(faulty)], faulty)
        hint = f"the {faulty} is {_TAKES[faulty]}; also `*`, ranges as 1-5, steps as */2, lists as 1,3"
        raise InvalidSchedule(
            f"the {faulty} of the cron expression cannot be read: {part}", where=expression, hint=hint, field=faulty
        ) from error
    minutes = tuple(of_hour * 60 + of_day for of_hour in sorted(cron.hours) for of_day in sorted(cron.minutes))
    is_elapsed = any(sign in minute + hour for sign in "*/")
    calendar = Calendar(expression, minutes, is_elapsed, cron)
    if not any(calendar.days(year, month) for year in _EVERY_CALENDAR for month in range(1, _MONTHS + 1)):
        raise _never(expression)
    return calendar


def _reads(fields: str) -> bool:
    try:
        CronSim(fields, _ANY_TIME)
    except CronSimError:
        return False
    return True


def _faulty(error: CronSimError) -> str:
    return str(error).removeprefix("Bad ").replace("-", " ")


def _faulty_part(written: str, field: str) -> str:
    """The first part of a list that cannot be read, as it is written."""
    at = [*_TAKES].index(field)
    alone = (["*"] * at + [part] + ["*"] * (_FIELDS - 1 - at) for part in written.split(","))
    return next((words[at] for words in alone if not _reads(" ".join(words))), written) or "an empty part"


def _never(expression: str) -> InvalidSchedule:
    return InvalidSchedule("the cron expression never fires: no such month has such a day", where=expression)
