"""From what is stored to what `jupyter_dataops.schedules.due` is asked, and from its answer to what is stored. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.ids import RunId, Token
from jupyter_dataops.records import FireRecord, OpenFire, ScheduleRecord, SignalRecord, Turn
from jupyter_dataops.schedules.as_json import policy_from_json, trigger_from_json
from jupyter_dataops.schedules.facts import ActiveRun, Decision, Facts, Occurrences, Verdict
from jupyter_dataops.schedules.policies import Policy
from jupyter_dataops.schedules.triggers import Asset, Signalled, Trigger, signal_key, signalled
from jupyter_dataops.schedules.wording import moment_in_words
from jupyter_dataops.states import FireFate, FireKind


class Schedule(Struct, frozen=True):
    """A stored schedule with what its JSON means."""

    record: ScheduleRecord
    trigger: Trigger
    policy: Policy
    sources: Mapping[str, Signalled]
    """What the trigger waits for besides time, by the source of its signals."""


def understood(record: ScheduleRecord) -> Schedule:
    """What the record means. Raises `InvalidSchedule` where a newer version, or another zone database, wrote it."""
    trigger = trigger_from_json(record.trigger)
    sources = {source_of(record, leaf): leaf for leaf in signalled(trigger)}
    return Schedule(record, trigger, policy_from_json(record.policy), sources)


def source_of(record: ScheduleRecord, leaf: Signalled) -> str:
    """Under which name signals for `leaf` are kept: files and conditions are the schedule's own, assets everybody's.

    Examples
    --------
    >>> from datetime import UTC
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> record = ScheduleRecord("bcd", "nightly", "/a.ipynb", {}, start, start)
    >>> from jupyter_dataops.schedules.triggers import File
    >>> source_of(record, Asset("sales")), source_of(record, File("in/*.csv"))
    ('asset:sales', 'bcd/file:in/*.csv')
    """
    key = signal_key(leaf)
    return key if isinstance(leaf, Asset) else f"{record.schedule_id}/{key}"


Signals = Mapping[str, Sequence[SignalRecord]]
"""What has happened of what a trigger waits for besides time, by `signal_key`, in order."""


def signals_of(
    schedule: Schedule, read: Callable[[str, datetime], Sequence[SignalRecord]], after: datetime | None = None
) -> Signals:
    """What has happened of what the trigger waits for.

    Parameters
    ----------
    read
        The signals of a source after an instant, in order.
    after
        `None`: the latest fire, which has used up what was before.
    """
    since = after or schedule.record.fired_at or schedule.record.considered_until
    return {signal_key(leaf): read(source, since) for source, leaf in schedule.sources.items()}


def times_of(signals: Signals) -> Occurrences:
    """When that was."""
    return {key: [signal.at for signal in found] for key, found in signals.items()}


def occurrences(
    schedule: Schedule, read: Callable[[str, datetime], Sequence[SignalRecord]], after: datetime | None = None
) -> Occurrences:
    """When what the trigger waits for has happened; as `signals_of`."""
    return times_of(signals_of(schedule, read, after))


def facts_of(
    schedule: Schedule, fires: Sequence[OpenFire], signals: Occurrences, watched_since: datetime | None
) -> Facts:
    """What `decide` has to know.

    Parameters
    ----------
    fires
        The schedule's open fires.
    signals
        By `signal_key`.
    watched_since
        Since when there has been a service without a pause. What came due while the schedule itself was paused counts
        as not seen.
    """
    record = schedule.record
    seen = [moment for moment in (watched_since, record.resumed_at) if moment is not None]
    return Facts(
        schedule_id=record.schedule_id,
        trigger=schedule.trigger,
        considered_until=record.considered_until,
        policy=schedule.policy,
        paused=record.is_paused,
        last_fire=record.fired_at,
        runs_made=record.started_count,
        active=_active(fires),
        buffered=[one.fire.fire_time for one in fires if _waits(one.fire)],
        signals=signals,
        watched_since=max(seen) if watched_since is not None else None,
    )


def _active(fires: Sequence[OpenFire]) -> list[ActiveRun]:
    # A backfill keeps to itself: it is bounded by its own number, and holds up, and is held up by, nothing.
    at_work = [one.fire for one in fires if one.fire.kind is not FireKind.BACKFILL and not _is_buffered(one.fire)]
    at_work.sort(key=lambda fire: fire.decided_at)
    return [
        ActiveRun(fire.run_id, fire.fire_time if fire.kind is FireKind.SCHEDULED else None)
        for fire in at_work
        if fire.run_id is not None
    ]


def _is_buffered(fire: FireRecord) -> bool:
    return fire.fate is FireFate.BUFFERED


def _waits(fire: FireRecord) -> bool:
    return _is_buffered(fire) and fire.kind is FireKind.SCHEDULED


class Claimant(Struct, frozen=True):
    """Who starts what is due, and until when it may be counted on."""

    token: Token
    lease_until: datetime
    new_run_id: Callable[[], RunId]

    def claim(self, fire: FireRecord, now: datetime) -> FireRecord:
        """The fire, with the id of its run to be, in the hands of this service."""
        return replace(
            fire,
            fate=FireFate.CLAIMED,
            decided_at=now,
            run_id=self.new_run_id(),
            claimed_by=self.token,
            lease_until=self.lease_until,
        )


def turn_of(  # noqa: PLR0917 - what is decided, by whom and when
    record: ScheduleRecord,
    decision: Decision,
    fires: Sequence[OpenFire],
    claimant: Claimant,
    now: datetime,
    cause_at: Callable[[datetime], str] = lambda _: "",
) -> Turn:
    """What is stored of `decision`, and of backfills that go on: the fires to be started are the claimant's.

    Where one time has several verdicts, such as a fire that waits, and then gives way to a later one, the last counts.

    Parameters
    ----------
    cause_at
        What made the schedule fire at that time.
    """
    waiting = {one.fire.fire_time: one.fire for one in fires if _waits(one.fire)}
    last = {verdict.nominal: verdict for verdict in decision.verdicts}
    before = {at: waiting.get(at) or _new_fire(record, verdict, cause_at(at), now) for at, verdict in last.items()}
    decided = {at: _decided(before[at], verdict, claimant, now) for at, verdict in last.items()}
    filled_in = [claimant.claim(fire, now) for fire in next_of_batches(fires)]
    return Turn(
        schedule_id=record.schedule_id,
        seq=record.seq,
        considered_until=decision.considered_until,
        new=tuple(fire for at, fire in sorted(decided.items()) if at not in waiting),
        changed=(*(fire for at, fire in sorted(decided.items()) if at in waiting), *filled_in),
    )


def is_as_decided(before: ScheduleRecord, turn: Turn, after: ScheduleRecord) -> bool:
    """Whether nothing but `turn` has been made of a schedule: when it is looked at next was decided with that.

    Parameters
    ----------
    before
        As it was looked at.
    after
        As it is stored now.
    """
    of_trigger = [fire for fire in (*turn.new, *turn.changed) if fire.kind is FireKind.SCHEDULED]
    started = sum(fire.fate is FireFate.CLAIMED for fire in of_trigger)
    return (
        before.seq == turn.seq
        and after.version == before.version
        and after.considered_until == max(before.considered_until, turn.considered_until)
        and after.started_count == before.started_count + started
    )


def _new_fire(record: ScheduleRecord, verdict: Verdict, cause: str, now: datetime) -> FireRecord:
    return FireRecord(
        schedule_id=record.schedule_id,
        fire_time=verdict.nominal,
        kind=FireKind.SCHEDULED,
        fate=verdict.fate,
        decided_at=now,
        count=verdict.count,
        first_time=verdict.first,
        at_least=verdict.at_least,
        cause=cause,
    )


def _decided(fire: FireRecord, verdict: Verdict, claimant: Claimant, now: datetime) -> FireRecord:
    due_at = verdict.due or fire.due_at
    fire = replace(fire, fate=verdict.fate, reason=verdict.reason, decided_at=now, due_at=due_at)
    return claimant.claim(fire, now) if verdict.fate is FireFate.STARTED else fire


def next_of_batches(fires: Sequence[OpenFire]) -> list[FireRecord]:
    """The fires of backfills that start now: in their order, as many at a time as each backfill may have."""
    found: list[FireRecord] = []
    of_batch = sorted((one.fire for one in fires if one.fire.batch is not None), key=_batch_and_position)
    for _, batch in groupby(of_batch, key=lambda fire: fire.batch):
        listed = list(batch)
        waiting = [fire for fire in listed if _is_buffered(fire)]
        at_work = len(listed) - len(waiting)
        room = max(0, (waiting[0].max_active or 1) - at_work) if waiting else 0
        found += waiting[:room]
    return found


def _batch_and_position(fire: FireRecord) -> tuple[str, int]:
    return fire.batch or "", fire.position


def ended_for(decision: Decision, trigger: Trigger) -> tuple[Mapping[RunId, str], Mapping[RunId, str]]:
    """Runs to be cancelled, and runs to be ended at once, before anything starts; each with the reason."""
    cancelled: dict[RunId, str] = {}
    terminated: dict[RunId, str] = {}
    for verdict in decision.verdicts:
        why = f"the fire of {moment_in_words(verdict.nominal, trigger)} takes its place"
        cancelled |= dict.fromkeys(verdict.cancel, why)
        terminated |= dict.fromkeys(verdict.terminate, why)
    return cancelled, terminated
