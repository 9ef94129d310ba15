"""When a cron expression fires in a zone: a pure function of expression, zone and the database of zones.

Time in a zone is cut into *pieces*: stretches of UTC in which a fixed offset leads from the instant to the local time,
and every local time that the expression names is a fire. The pieces of a year do not depend on the expression:

- Where minute or hour of the expression have a star or a step, it fires by *elapsed time*: whenever a clock on a wall
  comes to show a named time, in both passes of a fold.
- Otherwise a time that comes twice belongs to the pass that `on_fold` says.
- A local time in a gap is *missing*. `on_gap` says when to fire for it. By elapsed time it is missing only if a clock
  that nobody had touched would have shown it at an instant that is no fire: every quarter of an hour loses nothing
  when an hour is left out, every second hour does.

All fires are whole seconds; a set of them never holds one twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct

from jupyter_dataops.schedules.cron import Calendar, calendar_of
from jupyter_dataops.schedules.policies import OnFold, OnGap
from jupyter_dataops.schedules.triggers import Cron
from jupyter_dataops.schedules.zones import MARGIN_S, Change, changes_around, offset_at_start, year_of, year_start

_MINUTE_S: Final = 60
_FIRST_YEAR: Final = 1800
_LAST_YEAR: Final = 9997

Spans = tuple[tuple[int, int], ...]
"""Stretches, each from its first second to before its second; in order, none empty."""


class Piece(Struct, frozen=True):
    """Seconds of UTC from `start` to before `end`, with what a clock shows in them.

    `missing` are local seconds that no clock shows: where there are any, the piece is the one instant after the gap,
    and it is a fire if they hold a missing time. `is_extra`: its fires may be those of another piece too.
    """

    start: int
    end: int
    offset: int
    missing: Spans = ()
    moved_by: int = 0
    is_extra: bool = False

    def first(self, calendar: Calendar, at_least: int) -> int | None:
        """The first fire at or after `at_least`."""
        low = max(self.start, at_least)
        if low >= self.end:
            return None
        if self.missing:
            return low if _is_missed(calendar.expression, self.missing, self.moved_by) else None
        minute = calendar.next(-(-(low + self.offset) // _MINUTE_S))
        fire = None if minute is None else minute * _MINUTE_S - self.offset
        return fire if fire is not None and fire < self.end else None

    def last(self, calendar: Calendar, before: int) -> int | None:
        """The last fire before `before`."""
        high = min(self.end, before)
        if high <= self.start:
            return None
        if self.missing:
            return self.start if _is_missed(calendar.expression, self.missing, self.moved_by) else None
        minute = calendar.previous(-(-(high + self.offset) // _MINUTE_S))
        fire = None if minute is None else minute * _MINUTE_S - self.offset
        return fire if fire is not None and fire >= self.start else None

    def count(self, calendar: Calendar, low: int, high: int) -> int:
        """How many fires there are from `low` to before `high`, where nothing is missing."""
        start, end = max(low, self.start), min(high, self.end)
        return calendar.count(-(-(start + self.offset) // _MINUTE_S), -(-(end + self.offset) // _MINUTE_S))


@lru_cache(maxsize=16_384)
def _is_missed(expression: str, missing: Spans, moved_by: int) -> bool:
    calendar = calendar_of(expression)
    for low, high in missing:
        minute = calendar.next(-(-low // _MINUTE_S))
        while minute is not None and minute * _MINUTE_S < high:
            if not (calendar.is_elapsed and calendar.names_second(minute * _MINUTE_S + moved_by)):
                return True
            minute = calendar.next(minute + 1)
    return False


def next_second(cron: Cron, after: int) -> int | None:
    """The first fire after the second `after`; `None` after the year 9997."""
    calendar = calendar_of(cron.expression)
    best: int | None = None
    year = max(_FIRST_YEAR, year_of(after - MARGIN_S))
    while year <= _LAST_YEAR:
        for piece in _pieces(cron, calendar, year):
            if best is not None and piece.start >= best:
                return best
            if piece.end > after and (fire := piece.first(calendar, after + 1)) is not None:
                best = fire if best is None else min(best, fire)
        year += 1
        start = year_start(year)
        if best is not None and best < start:
            return best
        if best is None:
            # Only near a named time can there be a fire: years without one are passed over.
            named = calendar.next((max(after, start) - MARGIN_S) // _MINUTE_S)
            if named is None:
                return None
            year = max(year, year_of(named * _MINUTE_S - MARGIN_S))
    return best


def previous_second(cron: Cron, before: int) -> int | None:
    """The last fire before the second `before`; `None` before the year 1800."""
    calendar = calendar_of(cron.expression)
    best: int | None = None
    year = min(_LAST_YEAR, year_of(before))
    while year >= _FIRST_YEAR:
        for piece in reversed(_pieces(cron, calendar, year)):
            if best is None or piece.end > best:
                fire = piece.last(calendar, before)
                if fire is not None and (best is None or fire > best):
                    best = fire
        if best is not None and best >= year_start(year) + MARGIN_S:
            return best
        if best is None:
            named = calendar.previous((min(before, year_start(year)) + MARGIN_S) // _MINUTE_S)
            if named is None:
                return None
            year = min(year - 1, year_of(named * _MINUTE_S + MARGIN_S))
        elif year_of(best + MARGIN_S) < year:
            return best
        else:
            year -= 1
    return best


def count_seconds(cron: Cron, low: int, high: int) -> int:
    """How many fires there are from the second `low` to before `high`: a sum over pieces, not over fires."""
    calendar = calendar_of(cron.expression)
    counted = 0
    for year in range(max(_FIRST_YEAR, year_of(low - MARGIN_S)), min(_LAST_YEAR, year_of(high)) + 1):
        pieces = _pieces(cron, calendar, year)
        for piece in pieces:
            if piece.start >= high or piece.end <= low:
                continue
            if piece.is_extra:
                counted += sum(not is_shown(cron, fire) for fire in _fires(piece, calendar, low, high))
            else:
                counted += piece.count(calendar, low, high)
    return counted


def is_shown(cron: Cron, second: int) -> bool:
    """A clock in the zone shows a named time at that instant, and it is a fire for that reason."""
    calendar = calendar_of(cron.expression)
    return any(
        not piece.is_extra and piece.first(calendar, second) == second
        for piece in _pieces(cron, calendar, year_of(second))
        if piece.start <= second < piece.end
    )


def gaps_with_missing_times(cron: Cron, year: int) -> Iterator[tuple[Change, int]]:
    """Every gap around that year in which the expression misses a time, and the first local second it misses."""
    calendar = calendar_of(cron.expression)
    for change, missing in _gaps(cron.zone, year):
        for low, high in missing:
            minute = calendar.next(-(-low // _MINUTE_S))
            if (
                minute is not None
                and minute * _MINUTE_S < high
                and _is_missed(cron.expression, missing, change.moved_by)
            ):
                yield change, minute * _MINUTE_S
                break


def _fires(piece: Piece, calendar: Calendar, low: int, high: int) -> Iterator[int]:
    fire = piece.first(calendar, low)
    while fire is not None and fire < high:
        yield fire
        fire = piece.first(calendar, fire + 1)


def _pieces(cron: Cron, calendar: Calendar, year: int) -> tuple[Piece, ...]:
    # By elapsed time both passes count, as if that had been asked for.
    on_fold = OnFold.BOTH if calendar.is_elapsed else cron.on_fold
    return pieces_of(cron.zone, year, cron.on_gap, on_fold)


@lru_cache(maxsize=16_384)
def pieces_of(zone: str, year: int, on_gap: OnGap, on_fold: OnFold) -> tuple[Piece, ...]:
    """The pieces that begin in that year of UTC, by their beginning; they end with it, unless they are extra."""
    start, end = year_start(year), year_start(year + 1)
    stretches = _stretches(zone, year)
    shown = [(low + offset, high + offset) for low, high, offset in stretches]
    pieces = []
    for index, (_, _, offset) in enumerate(stretches):
        elsewhere = {OnFold.FIRST: shown[:index], OnFold.LAST: shown[index + 1 :], OnFold.BOTH: []}[on_fold]
        for low, high in _without(shown[index], elsewhere):
            first, last = max(low - offset, start), min(high - offset, end)
            if first < last:
                pieces.append(Piece(first, last, offset))
    for change, missing in _gaps(zone, year):
        if start <= change.at < end and missing:
            if on_gap is OnGap.END_OF_GAP:
                pieces.append(Piece(change.at, change.at + 1, change.after, missing, change.moved_by, is_extra=True))
            elif on_gap is OnGap.SHIFT:
                pieces += [
                    Piece(low - change.before, high - change.before, change.before, is_extra=True)
                    for low, high in missing
                ]
    return tuple(sorted(pieces, key=lambda piece: piece.start))


def _gaps(zone: str, year: int) -> Iterator[tuple[Change, Spans]]:
    shown = [(low + offset, high + offset) for low, high, offset in _stretches(zone, year)]
    for change in changes_around(zone, year):
        if change.moved_by > 0:
            yield change, _without((change.at + change.before, change.at + change.after), shown)


@lru_cache(maxsize=16_384)
def _stretches(zone: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """Seconds of one offset each, around that year: from, to before, offset."""
    low, end = year_start(year) - MARGIN_S, year_start(year + 1) + MARGIN_S
    changes = changes_around(zone, year)
    offset = changes[0].before if changes else offset_at_start(zone, year)
    stretches = []
    for change in changes:
        stretches.append((low, change.at, offset))
        low, offset = change.at, change.after
    stretches.append((low, end, offset))
    return tuple(stretches)


def _without(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> Spans:
    """What is left of `span`."""
    left = [span]
    for low, high in others:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, low)), (max(start, high), end))
            if part[0] < part[1]
        ]
    return tuple(left)
