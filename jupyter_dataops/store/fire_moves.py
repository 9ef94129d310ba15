"""What becomes of schedules and fires with each change, and which changes are refused. Pure; every store does this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.errors import IllegalMove, ScheduleExists, ScheduleNotFound
from jupyter_dataops.ids import ScheduleId, Token
from jupyter_dataops.notices.wanted import key_of_missed
from jupyter_dataops.records import FireRecord, NoticeRecord, ScheduleRecord, Turn
from jupyter_dataops.states import FireFate, FireKind, RunState
from jupyter_dataops.store.codec import to_json

REMOVED: Final = "the schedule was removed"
_CHANGEABLE: Final = (
    "name",
    "notebook",
    "environment",
    "deployed",
    "origin",
    "trigger",
    "policy",
    "parameters",
    "options",
    "paused_at",
    "paused_because",
    "resumed_at",
    "removed_at",
)
"""What somebody may change; the rest is kept by services."""


class Answer(Struct, frozen=True):
    """What a turn comes to."""

    schedule: ScheduleRecord
    """As it is then."""
    new: Sequence[FireRecord]
    changed: Sequence[FireRecord]

    @property
    def claimed(self) -> list[FireRecord]:
        """The fires to be started now."""
        return [fire for fire in (*self.changed, *self.new) if fire.fate is FireFate.CLAIMED]

    def told(self, turn: Turn) -> list[NoticeRecord]:
        """What somebody is to be told: the turn's notices about fires that are stored as missed with it."""
        missed = {key_of_missed(fire) for fire in (*self.changed, *self.new) if fire.fate is FireFate.MISSED}
        return [notice for notice in turn.notices if notice.event_key in missed]


def name_taken(name: str) -> ScheduleExists:
    """The refusal of a name that another schedule has."""
    return ScheduleExists(
        f"there is a schedule '{name}' already", hint="give this one another name, or `schedule edit` that one"
    )


def removed(schedule: ScheduleRecord) -> ScheduleNotFound:
    """The refusal of a change to a schedule that is no more."""
    return ScheduleNotFound(
        f"schedule '{schedule.name}' was removed", hint="`schedule list` shows those that are there"
    )


def changed_meanwhile(schedule: ScheduleRecord) -> IllegalMove:
    """The refusal of a change to a schedule that is not as it was seen."""
    return IllegalMove(f"schedule '{schedule.name}' was changed by somebody else meanwhile", hint="look, and try again")


def schedule_after(present: ScheduleRecord, before: ScheduleRecord, after: ScheduleRecord, seq: int) -> ScheduleRecord:
    """What is stored when somebody has made `after` of `before`. Raises `ScheduleNotFound`, `IllegalMove`.

    One that was removed, and is known to have been, comes back as if its trigger were another: nothing that happened
    meanwhile counts.
    """
    if present.removed_at is not None and not comes_back(before, after):
        raise removed(present)
    if present.version != before.version:
        raise changed_meanwhile(present)
    changes: dict[str, Any] = {name: getattr(after, name) for name in _CHANGEABLE}
    changes |= {name: to_json(changes[name]) for name in ("trigger", "policy", "parameters", "options")}
    until = max(present.considered_until, after.considered_until)
    is_same = changes["trigger"] == present.trigger and not comes_back(before, after)
    fired_at = present.fired_at if is_same else None
    version = present.version + 1
    return replace(present, **changes, considered_until=until, fired_at=fired_at, version=version, seq=seq)


def comes_back(before: ScheduleRecord, after: ScheduleRecord) -> bool:
    """Whether a schedule that was removed is there again."""
    return before.removed_at is not None and after.removed_at is None


def action_of(before: ScheduleRecord | None, after: ScheduleRecord) -> str:
    """What the audit calls a change of a schedule that came with something else."""
    if before is None or comes_back(before, after):
        return "add_schedule"
    return "edit_schedule" if after.removed_at is None else "remove_schedule"


def schedule_details(schedule: ScheduleRecord) -> dict[str, Any]:
    """What the audit keeps of a new schedule."""
    kept = {name: to_json(getattr(schedule, name)) for name in _CHANGEABLE}
    return {name: value for name, value in kept.items() if value not in (None, {}, False)}


def edit_details(before: ScheduleRecord, after: ScheduleRecord) -> dict[str, Any]:
    """What the audit keeps of a change: each field that differs, as it was and as it is."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in _CHANGEABLE)
    return {name: {"from": to_json(was), "to": to_json(now)} for name, was, now in pairs if was != now}


def asked_fires(asked: Iterable[FireRecord], there: Mapping[datetime, FireRecord]) -> list[FireRecord]:
    """Those of `asked` that are kept, given what there is for their times."""
    kept = []
    for fire in asked:
        earlier = there.get(fire.fire_time)
        if earlier is None:
            kept.append(fire)
        elif earlier.fate.may_be_filled_in:
            was = f"{earlier.fate.value.replace('_', ' ')} before"
            kept.append(replace(fire, reason=f"{was}: {earlier.reason}" if earlier.reason else was))
    return kept


def asked_details(kept: Sequence[FireRecord]) -> dict[str, Any]:
    """What the audit keeps of fires that somebody asked for."""
    if not kept:
        return {"fires": 0}
    first = kept[0]
    times = sorted(fire.fire_time for fire in kept)
    found = {
        "fires": len(kept),
        "from": times[0],
        "to": times[-1],
        "batch": first.batch,
        "parameters": first.parameters,
    }
    if len(kept) == 1:
        found["run_id"] = first.run_id
    return {name: to_json(value) for name, value in found.items() if value not in (None, {})}


def is_current(present: ScheduleRecord | None, turn: Turn) -> bool:
    """Whether a turn was decided on the schedule as it is."""
    return present is not None and present.seq == turn.seq and present.removed_at is None


def turn_taken(
    present: ScheduleRecord, turn: Turn, there: Mapping[tuple[ScheduleId, datetime], FireRecord], seq: int
) -> Answer:
    """What a turn comes to, given the fires that there are.

    A new fire for a time that has one is left out: somebody asked for it before. So is a change of one that is no
    longer waiting.
    """
    new = [fire for fire in turn.new if (fire.schedule_id, fire.fire_time) not in there]
    changed = []
    for fire in turn.changed:
        stored = there.get((fire.schedule_id, fire.fire_time))
        if stored is not None and stored.fate is FireFate.BUFFERED:
            changed.append(fire)
    decided = [fire for fire in (*new, *changed) if fire.kind is FireKind.SCHEDULED]
    started = sum(fire.fate is FireFate.CLAIMED for fire in decided)
    times = [fire.fire_time for fire in new if fire.kind is FireKind.SCHEDULED]
    after = replace(
        present,
        considered_until=max(present.considered_until, turn.considered_until),
        fired_at=max([*times, *([present.fired_at] if present.fired_at else [])], default=None),
        started_count=present.started_count + started,
        seq=seq,
    )
    return Answer(after, new, changed)


def signal_time(at: datetime, considered: datetime | None) -> datetime:
    """When a signal seen at `at` counts as seen: after everything that was decided before it is kept.

    A signal before that would be lost: what has been decided is not looked at again.
    """
    return at if considered is None else max(at, considered + timedelta(microseconds=1))


def started(present: FireRecord | None, claim: FireRecord, at: datetime) -> FireRecord | None:
    """The claimed fire, started; `None` where the claim is another's, or the fire is not claimed."""
    if present is None or present.fate is not FireFate.CLAIMED or present.claimed_by != claim.claimed_by:
        return None
    return replace(present, fate=FireFate.STARTED, started_at=at)


def launched(present: FireRecord | None, fire: FireRecord) -> FireRecord | None:
    """The started fire, for whose run there is a process; `None` where the claim is another's."""
    if present is None or present.claimed_by != fire.claimed_by:
        return None
    return replace(present, lease_until=None)


def renewed(present: FireRecord | None, by: Token, until: datetime) -> FireRecord | None:
    """The fire, in the hands of `by` until then; `None` where it is not, or has a process already."""
    if present is None or present.claimed_by != by or not present.is_open or present.lease_until is None:
        return None
    return replace(present, lease_until=until)


def ended(present: FireRecord | None, fire: FireRecord, state: RunState, at: datetime) -> FireRecord | None:
    """The fire, whose run has ended so; `None` where that is noted, or the run is not the one that was seen."""
    if present is None or present.ended_at is not None or present.run_id != fire.run_id:
        return None
    return replace(present, ended_at=at, run_state=state, lease_until=None)


def failed(present: FireRecord | None, claim: FireRecord, reason: str) -> FireRecord | None:
    """The claimed fire, failed; `None` where the claim is another's, or it was started."""
    if present is None or present.fate is not FireFate.CLAIMED or present.claimed_by != claim.claimed_by:
        return None
    return replace(present, fate=FireFate.FAILED_TO_START, reason=reason, lease_until=None)


def taken_over(
    present: FireRecord | None, seen: FireRecord, by: Token, until: datetime, *, resumes: bool
) -> FireRecord | None:
    """The fire as it is once `by` has it; `None` where it is not as it was seen."""
    if present is None or (present.claimed_by, present.lease_until) != (seen.claimed_by, seen.lease_until):
        return None
    if not present.is_open or (present.fate, present.resumed) != (seen.fate, seen.resumed):
        return None
    return replace(present, claimed_by=by, lease_until=until, resumed=present.resumed + resumes)
