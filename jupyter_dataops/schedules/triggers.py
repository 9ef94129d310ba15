"""What makes a schedule fire: frozen values, which say nothing of when they were last asked.

`jupyter_dataops.schedules.fires` knows when they fire, `text` how they are written, `describing` how they are told.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import force_setattr

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.schedules.cron import checked_expression
from jupyter_dataops.schedules.policies import LONGEST, OnFold, OnGap
from jupyter_dataops.schedules.zones import checked_zone

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""From where an interval counts if nothing else is said."""

SHORTEST_INTERVAL: Final = timedelta(seconds=1)
SHORTEST_POLL: Final = timedelta(seconds=1)


class Combinable:
    """A trigger can be combined: ``a | b`` fires when either does, ``a & b`` when both have."""

    __slots__ = ()

    def __or__(self, other: Trigger) -> AnyOf:
        return AnyOf((self, other))  # type: ignore[arg-type]

    def __and__(self, other: Trigger) -> AllOf:
        return AllOf((self, other))  # type: ignore[arg-type]


class Cron(Combinable, Struct, frozen=True):
    """Fires when the clock on a wall in `zone` shows a time that the cron expression names.

    Parameters
    ----------
    expression
        Five fields (minute, hour, day of month, month, day of week), or ``@hourly``, ``@daily``, ``@midnight``,
        ``@weekly``, ``@monthly``, ``@yearly``, ``@annually``. Outer and repeated blanks are taken out.
    zone
        A name of the IANA database.
    on_gap, on_fold
        What becomes of a local time that does not exist, or that exists twice.

    Raises
    ------
    InvalidSchedule
        The expression cannot be read or never fires, or there is no such zone.

    Examples
    --------
    >>> Cron("0 6 * * MON-FRI", "Europe/Berlin").on_gap
    <OnGap.END_OF_GAP: 'end_of_gap'>
    >>> Cron("0 0 30 2 *")
    Traceback (most recent call last):
        ...
    jupyter_dataops.errors.InvalidSchedule: the cron expression never fires: no such month has such a day (0 0 30 2 *)
    """

    expression: str
    zone: str = "UTC"
    on_gap: OnGap = OnGap.END_OF_GAP
    on_fold: OnFold = OnFold.FIRST

    def __post_init__(self) -> None:
        force_setattr(self, "expression", checked_expression(self.expression))
        force_setattr(self, "zone", checked_zone(self.zone))


class Interval(Combinable, Struct, frozen=True):
    """Fires at ``anchor + n * every`` for each whole n, also below 0: elapsed time, whatever clocks on walls show.

    Raises
    ------
    InvalidSchedule
        `every` is shorter than a second or longer than a century, or `anchor` has no zone.
    """

    every: timedelta
    anchor: datetime = EPOCH

    def __post_init__(self) -> None:
        if not SHORTEST_INTERVAL <= self.every <= LONGEST:
            raise InvalidSchedule("an interval is between a second and a century", where=str(self.every))
        force_setattr(self, "anchor", _utc(self.anchor, "the anchor of an interval"))


class At(Combinable, Struct, frozen=True):
    """Fires at each of the given instants, kept in order, in UTC, once each.

    Parameters
    ----------
    zone
        By whose clock people read them: a name of the IANA database. Another one moves no instant.

    Raises
    ------
    InvalidSchedule
        There is none, or one of them has no zone; or there is no such zone as `zone`.
    """

    times: tuple[datetime, ...]
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.times:
            raise InvalidSchedule("`at` needs an instant", hint="for example: at 2026-01-31T06:00+01:00")
        utc = {_utc(moment, "an instant") for moment in self.times}
        force_setattr(self, "times", tuple(sorted(utc)))
        force_setattr(self, "zone", checked_zone(self.zone))


class File(Combinable, Struct, frozen=True):
    """Fires when a file of that name or glob appears or changes; somebody looks each `poll`.

    Parameters
    ----------
    path
        A path or glob, relative to the notebook's folder; or a URL that fsspec reads.
    """

    path: str
    poll: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        _not_empty(self.path, "file", "file data/*.csv")
        _check_poll(self.poll)


class Asset(Combinable, Struct, frozen=True):
    """Fires when a new version of an asset is published."""

    name: str

    def __post_init__(self) -> None:
        _not_empty(self.name, "asset", "asset sales")


class Condition(Combinable, Struct, frozen=True):
    """Fires when something that is asked each `poll` says yes, after it had said no.

    Parameters
    ----------
    target
        ``module:callable``, or ``cell:NAME`` for a tagged cell of the notebook.
    """

    target: str
    poll: timedelta = timedelta(minutes=1)

    def __post_init__(self) -> None:
        place, colon, name = self.target.partition(":")
        if not (colon and place.strip() and name.strip()):
            raise InvalidSchedule(
                "a condition is MODULE:CALLABLE or cell:NAME",
                where=self.target,
                hint="for example: condition checks:ready",
            )
        _check_poll(self.poll)


class AnyOf(Combinable, Struct, frozen=True):
    """Fires whenever one of its members does; at one instant once, however many members do.

    Members that are `AnyOf` themselves are taken apart.
    """

    members: tuple[Trigger, ...]

    def __post_init__(self) -> None:
        force_setattr(self, "members", _flat(self.members, AnyOf))


class AllOf(Combinable, Struct, frozen=True):
    """Fires at the instant at which every member has occurred since the schedule's last fire.

    That fire uses up what has occurred: what a member did before, once or ten times, counts for nothing after it.
    Members that are `AllOf` themselves are taken apart.
    """

    members: tuple[Trigger, ...]

    def __post_init__(self) -> None:
        force_setattr(self, "members", _flat(self.members, AllOf))


Trigger = Cron | Interval | At | File | Asset | Condition | AnyOf | AllOf
"""Whatever makes a schedule fire."""

Signalled = File | Asset | Condition
"""Triggers whose occurrences nobody can foresee: somebody records them as signals."""


def signal_key(trigger: Signalled) -> str:
    """The name under which occurrences of `trigger` are recorded.

    Examples
    --------
    >>> signal_key(Asset("sales")), signal_key(File("data/*.csv"))
    ('asset:sales', 'file:data/*.csv')
    """
    match trigger:
        case File():
            return f"file:{trigger.path}"
        case Asset():
            return f"asset:{trigger.name}"
        case Condition():
            return f"condition:{trigger.target}"


def signalled(trigger: Trigger) -> tuple[Signalled, ...]:
    """Every part of `trigger` that waits for signals, in reading order."""
    match trigger:
        case AnyOf() | AllOf():
            return tuple(leaf for member in trigger.members for leaf in signalled(member))
        case File() | Asset() | Condition():
            return (trigger,)
        case _:
            return ()


def _utc(moment: datetime, what: str) -> datetime:
    if moment.utcoffset() is None:
        raise InvalidSchedule(f"{what} has no zone", where=str(moment), hint=f"for example {moment.isoformat()}+00:00")
    return moment.astimezone(UTC)


def _not_empty(text: str, kind: str, example: str) -> None:
    if not text.strip():
        raise InvalidSchedule(f"`{kind}` needs a name", hint=f"for example: {example}")


def _check_poll(poll: timedelta) -> None:
    if not SHORTEST_POLL <= poll <= LONGEST:
        raise InvalidSchedule("poll is between a second and a century", where=str(poll))


def _flat(members: tuple[Trigger, ...], kind: type[AnyOf | AllOf]) -> tuple[Trigger, ...]:
    parts: dict[Trigger, None] = {}
    for member in members:
        parts.update(dict.fromkeys(member.members if isinstance(member, kind) else (member,)))
    if len(parts) < 2:
        raise InvalidSchedule("a combination of triggers needs two different members")
    return tuple(parts)
