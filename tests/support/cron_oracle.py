"""When a cron expression fires around a change of clocks, by looking at a clock in every minute.

Written from the rules in `docs/schedules.md`, without a line of the implementation: fields are spelled out as sets,
and every instant of the window at which a clock shows a whole minute is looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, _zoneinfo, available_timezones

EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
FIRST_YEAR, LAST_YEAR = 1970, 2037


@dataclass(frozen=True)
class ClockChange:
    """The clocks of a zone are set at an instant, in seconds since 1970."""

    zone: str
    at: int
    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.zone} at {datetime.fromtimestamp(self.at, UTC):%Y-%m-%d %H:%M:%S}, {self.before} -> {self.after}"


@lru_cache(maxsize=1)
def every_change(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> list[ClockChange]:
    """Every change of offset of every zone; zones that are the same by another name count once."""
    found, known = [], set()
    low = int(datetime(first_year, 1, 1, tzinfo=UTC).timestamp())
    high = int(datetime(last_year + 1, 1, 1, tzinfo=UTC).timestamp())
    for name in sorted(available_timezones()):
        changes = tuple(change for change in changes_in_file(name) if low <= change[0] < high)
        if changes not in known:
            known.add(changes)
            found += [ClockChange(name, *change) for change in changes]
    return found


def changes_in_file(name: str) -> Iterator[tuple[int, int, int]]:
    """What the file of a zone says: instant, offset before and after; beyond the file by its rule, to 2100."""
    zone = _zoneinfo.ZoneInfo.no_cache(name)
    offset = int((zone._tti_before or zone._tz_after).utcoff.total_seconds()) if zone._trans_utc else None
    for at, kind in zip(zone._trans_utc, zone._ttinfos, strict=True):
        after = int(kind.utcoff.total_seconds())
        if after != offset:
            yield at, offset, after
        offset = after
    if isinstance(zone._tz_after, _zoneinfo._TZStr) and offset is not None:
        last = zone._trans_utc[-1]
        for year in range(datetime.fromtimestamp(last, UTC).year, LAST_YEAR + 63):
            start, end = zone._tz_after.transitions(year)
            std, dst = (int(kind.utcoff.total_seconds()) for kind in (zone._tz_after.std, zone._tz_after.dst))
            for at, before, after in sorted([(start - std, std, dst), (end - dst, dst, std)]):
                if at > last:
                    yield int(at), before, after


@lru_cache(maxsize=256)
def _field(text: str, low: int, high: int) -> frozenset[int]:
    named: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            first, last = str(low), str(high)
        elif not dash:
            last = str(high) if step else first
        named |= set(range(int(first), int(last) + 1, int(step or 1)))
    return frozenset(named)


def named(expression: str, clock: Iterable[datetime]) -> list[datetime]:
    """The minutes that the expression names. Days are either ``*`` or numbers, weekdays are always ``*``."""
    fields = zip(expression.split(), [(0, 59), (0, 23), (1, 31), (1, 12)], strict=False)
    minutes, hours, days, months = (_field(text, *span) for text, span in fields)
    return [
        local
        for local in clock
        if local.minute in minutes and local.hour in hours and local.day in days and local.month in months
    ]


class Watch:
    """What clocks show around a change: each instant at which they come to a whole minute."""

    def __init__(self, change: ClockChange) -> None:
        self.change = change
        self.moved = change.after - change.before
        reach = 2 * abs(self.moved) + 4 * 3600
        self.start, self.end = change.at - reach, change.at + reach
        zone = ZoneInfo(change.zone)
        self.shown: dict[datetime, list[int]] = defaultdict(list)
        for rest in {-change.before % 60, -change.after % 60}:
            for second in range(self.start - self.start % 60 + rest, self.end, 60):
                local = datetime.fromtimestamp(second, zone).replace(tzinfo=None, fold=0)
                if local.second == 0:
                    self.shown[local].append(second)
        self.gone = dict(self._missing())
        self._named: dict[str, tuple[list[datetime], list[datetime]]] = {}
        # Local times of the window's ends have passes outside of it.
        self.sure = (self.start + abs(self.moved) + 120, self.end - abs(self.moved) - 120)

    def _missing(self) -> Iterator[tuple[datetime, int]]:
        """Minutes that no clock shows, and when it would have, had nobody touched it."""
        first, last = self.change.at + self.change.before, self.change.at + self.change.after
        for minute in range(-(-first // 60) * 60, last, 60):
            local = EPOCH + timedelta(seconds=minute)
            if local not in self.shown:
                yield local, minute - self.change.before

    def fires(self, expression: str, on_gap: str, on_fold: str) -> list[int]:
        """Every fire of which the window can be sure, ascending."""
        by_elapsed_time = any(sign in " ".join(expression.split()[:2]) for sign in "*/")
        if expression not in self._named:
            self._named[expression] = named(expression, self.shown), named(expression, self.gone)
        shown, gone = self._named[expression]
        fires: set[int] = set()
        for passes in map(self.shown.__getitem__, shown):
            if by_elapsed_time or on_fold == "both":
                fires.update(passes)
            else:
                fires.add(min(passes) if on_fold == "first" else max(passes))
        missed = [self.gone[local] for local in gone]
        if on_gap == "shift":
            fires.update(missed)
        elif on_gap == "end_of_gap" and any(not by_elapsed_time or untouched not in fires for untouched in missed):
            fires.add(self.change.at)
        return sorted(fire for fire in fires if self.sure[0] <= fire < self.sure[1])


def expressions_around(change: ClockChange) -> list[str]:
    """Expressions that the change touches, and some that name no particular hour."""
    last = EPOCH + timedelta(seconds=max(change.at + change.before, change.at + change.after) - 1)
    first = EPOCH + timedelta(seconds=min(change.at + change.before, change.at + change.after))
    hours = sorted({first.hour, last.hour})
    return [
        "*/15 * * * *",
        f"{first.minute} {first.hour} * * *",
        f"30 {last.hour} * * *",
        f"{last.minute},{(last.minute + 31) % 60} {','.join(map(str, hours))} {last.day} {last.month} *",
        "30 * * * *",
        f"*/20 {last.hour} * * *",
        "0 */2 * * *",
        f"0 0 {first.day} {first.month} *",
        "0-59/7 * * * *",
        f"5,35 {hours[0]},{(hours[-1] + 1) % 24},{(hours[-1] + 2) % 24} * * *",
        "* * * * *",
        "0 */6 * * *",
        "0 0,1,2,3,4,5,6 * * *",
    ]
