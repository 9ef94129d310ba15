"""Which notifications an event calls for. Pure, and asked in the transaction that stores the event.

A run keeps, in its option ``notifications``, whom it tells of what: as it was configured when the run was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Self

from msgspec import Struct

from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.records import FireRecord, NoticeRecord, RunRecord, ScheduleRecord
from jupyter_dataops.states import FireFate, FireKind, Notified, RunState

OPTION: Final = "notifications"
"""Of a run: name to what `Receiver.to_json` gives."""
FAILURES: Final = frozenset({RunState.FAILED, RunState.CRASHED})
"""A success after one of these recovers."""
COMPARED: Final = (RunState.SUCCEEDED, *FAILURES)
"""Ends that a success is compared with: a run that was cancelled says nothing."""


class Receiver(Struct, frozen=True):
    """Somebody who wants to be told, without the addresses."""

    name: str
    events: frozenset[Notified]
    places: int
    """How many addresses."""
    late_after_s: float | None = None
    """How long after it was due a run is late; `None`: it never is."""

    @classmethod
    def from_json(cls, name: str, kept: Mapping[str, Any]) -> Self:
        """What `to_json` was given."""
        return cls(name, frozenset(map(Notified, kept["events"])), kept["places"], kept.get("late_after_s"))

    def to_json(self) -> dict[str, Any]:
        """As a run keeps it."""
        events = [event.value for event in Notified if event in self.events]
        return {"events": events, "places": self.places, "late_after_s": self.late_after_s}


def receivers_of(run: RunRecord) -> list[Receiver]:
    """Whom the run tells."""
    return [Receiver.from_json(name, kept) for name, kept in run.options.get(OPTION, {}).items()]


def wants_recovery(run: RunRecord) -> bool:
    """Whether somebody wants to know if the run's success follows a failure."""
    return run.state is RunState.SUCCEEDED and any(Notified.RECOVERED in one.events for one in receivers_of(run))


def environment_of(run: RunRecord) -> str:
    """In which it was started; empty: in none."""
    return str(run.options.get("environment") or "")


def follows_failure(run: RunRecord, others: Iterable[RunRecord]) -> bool:
    """Whether, of the runs of its notebook in its environment, the last that ended by itself did not succeed."""
    of_notebook = (one for one in others if one.notebook == run.notebook)
    same = (one for one in of_notebook if environment_of(one) == environment_of(run))
    ended = [(one.finished_at, one.state) for one in same if one.finished_at and one.state in COMPARED]
    return bool(ended) and max(ended, key=lambda end: end[0])[1] in FAILURES


def called_for_at_end(run: RunRecord, *, recovers: bool) -> list[NoticeRecord]:
    """What the end of `run` calls for, as it is with that event in it.

    A success that recovers is told once: as ``recovered`` to who wants that, as ``succeeded`` to who wants only that.
    A run that nobody saw to be late before it ended is told to be so now.

    Parameters
    ----------
    recovers
        Whether the run before it, or this one before it was resumed, had failed or crashed; see `wants_recovery`.
    """
    at = run.finished_at
    if at is None or run.state is RunState.CANCELLED:
        return []
    found: list[NoticeRecord] = []
    for one in receivers_of(run):
        event = _of_end(run.state, one, recovers=recovers)
        if event is not None:
            found += _to(one, event, _key_of_end(event, run, at), at, run)
        if run.state is not RunState.CRASHED and _is_late(run, one, at):
            found += _late(run, one, at)
    return found


def _of_end(state: RunState, receiver: Receiver, *, recovers: bool) -> Notified | None:
    told = {
        RunState.FAILED: (Notified.FAILED,),
        RunState.CRASHED: (Notified.CRASHED,),
        RunState.SUCCEEDED: (Notified.RECOVERED, Notified.SUCCEEDED) if recovers else (Notified.SUCCEEDED,),
    }.get(state, ())
    return next((event for event in told if event in receiver.events), None)


def _key_of_end(event: Notified, run: RunRecord, at: datetime) -> str:
    # A run crashes, and is resumed, any number of times; it ends otherwise once.
    return f"{event} {run.run_id}" + (f" {at.isoformat()}" if event is Notified.CRASHED else "")


def due_at(run: RunRecord) -> datetime:
    """When it should have begun: at the time for which its schedule fires; other runs when they were asked for."""
    origin = run.options.get("schedule")
    if origin and origin.get("kind") == FireKind.SCHEDULED:
        return datetime.fromisoformat(origin["fire_time"])
    return run.created_at


def late_moments(run: RunRecord) -> list[datetime]:
    """When the run, should it not have ended by then, is late for somebody, in order."""
    after = {seconds for seconds in map(_lateness, receivers_of(run)) if seconds is not None}
    return [due_at(run) + timedelta(seconds=seconds) for seconds in sorted(after)]


def called_for_by_lateness(run: RunRecord, now: datetime) -> list[NoticeRecord]:
    """What a run that has not ended calls for at `now`."""
    if run.state.is_terminal:
        return []
    return [notice for one in receivers_of(run) if _is_late(run, one, now) for notice in _late(run, one, now)]


def _lateness(receiver: Receiver) -> float | None:
    return receiver.late_after_s if Notified.LATE in receiver.events else None


def _is_late(run: RunRecord, receiver: Receiver, now: datetime) -> bool:
    after = _lateness(receiver)
    return after is not None and now >= due_at(run) + timedelta(seconds=after)


def _late(run: RunRecord, receiver: Receiver, at: datetime) -> Iterator[NoticeRecord]:
    facts = {"due_at": due_at(run).isoformat(), "late_after_s": receiver.late_after_s}
    yield from _to(receiver, Notified.LATE, f"{Notified.LATE} {run.run_id}", at, run, facts)


def _to(  # noqa: PLR0917 - what a notice is made of
    receiver: Receiver, event: Notified, key: str, at: datetime, run: RunRecord, facts: Mapping[str, Any] | None = None
) -> Iterator[NoticeRecord]:
    for place in range(receiver.places):
        yield NoticeRecord(
            event_key=key,
            receiver=receiver.name,
            place=place,
            event=event,
            at=at,
            next_at=at,
            notebook=run.notebook,
            environment=environment_of(run),
            run_id=run.run_id,
            facts=facts or {},
        )


def key_of_missed(fire: FireRecord) -> str:
    """The key of the event that the fire was missed."""
    return f"{Notified.MISSED} {fire.schedule_id} {fire.fire_time.isoformat()}"


def keys_of_missed(schedule_id: ScheduleId, since: datetime | None) -> tuple[str, str]:
    """Keys of events that fires for `since` and later were missed: from the first on, below the second.

    Examples
    --------
    >>> from datetime import UTC
    >>> keys_of_missed(ScheduleId("nightly"), datetime(2026, 1, 31, tzinfo=UTC))
    ('missed nightly 2026-01-31T00:00:00+00:00', 'missed nightly!')
    """
    start = f"{Notified.MISSED} {schedule_id}"
    return f"{start} {since.isoformat() if since else ''}", f"{start}!"  # "!" is next to the space


def called_for_by_missed(
    schedule: ScheduleRecord, fires: Sequence[FireRecord], receivers: Sequence[Receiver]
) -> list[NoticeRecord]:
    """What fires of a schedule call for, of which some are missed; those kept as one record are told of once."""
    return [
        NoticeRecord(
            event_key=key_of_missed(fire),
            receiver=one.name,
            place=place,
            event=Notified.MISSED,
            at=fire.decided_at,
            next_at=fire.decided_at,
            notebook=schedule.notebook,
            environment=schedule.environment or "",
            facts=_of_fire(schedule, fire),
        )
        for fire in fires
        if fire.fate is FireFate.MISSED
        for one in receivers
        if Notified.MISSED in one.events
        for place in range(one.places)
    ]


def _of_fire(schedule: ScheduleRecord, fire: FireRecord) -> dict[str, Any]:
    return {
        "schedule": schedule.name,
        "schedule_id": ScheduleId(fire.schedule_id),
        "fire_time": fire.fire_time.isoformat(),
        "first_time": fire.first_time.isoformat() if fire.first_time else None,
        "count": fire.count,
        "at_least": fire.at_least,
        "reason": fire.why,
    }
