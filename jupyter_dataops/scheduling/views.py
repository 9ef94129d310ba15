"""A schedule as people, and ``--json``, see it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.ids import RunId
from jupyter_dataops.records import FireRecord, OpenFire, PollRecord, ScheduleRecord
from jupyter_dataops.schedules.describing import describe
from jupyter_dataops.schedules.policies import Policy
from jupyter_dataops.schedules.preview import Preview
from jupyter_dataops.schedules.text import format_trigger
from jupyter_dataops.schedules.triggers import Trigger, signalled
from jupyter_dataops.schedules.wording import instant_in_words, local_time, zone_of
from jupyter_dataops.states import ENDED, FireFate, RunState


class ScheduleView(Struct, frozen=True):
    """One schedule, what it has done last, and what it will do next."""

    record: ScheduleRecord
    trigger: Trigger
    policy: Policy
    next_at: datetime | None
    """When it fires next by time alone; `None`: it is paused, over, or waits for something else."""
    last: FireRecord | None
    open_fires: tuple[OpenFire, ...] = ()
    """Those that wait, or whose runs go on."""
    fires: tuple[FireRecord, ...] = ()
    """The latest, newest first, as far as they were asked for."""
    polls: tuple[PollRecord, ...] = ()
    """What was last seen of files and conditions."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.record.name

    @property
    def zone(self) -> str:
        """In which its times are shown."""
        return zone_of(self.trigger)

    @property
    def written(self) -> str:
        """Its trigger, as one writes it."""
        return format_trigger(self.trigger)

    @property
    def told(self) -> str:
        """Its trigger, as a sentence."""
        return describe(self.trigger)

    @property
    def is_over(self) -> bool:
        """Whether it never fires again, whatever happens; one that is paused may once it goes on."""
        record, policy = self.record, self.policy
        if record.is_paused:
            return False
        if policy.max_runs is not None and record.started_count >= policy.max_runs:
            return True
        if self.next_at is not None or self.open_fires:
            return False
        is_past = policy.ends_at is not None and record.considered_until >= policy.ends_at
        return is_past or not any(True for _ in signalled(self.trigger))

    @property
    def active_runs(self) -> tuple[RunId, ...]:
        """Runs of it that have not ended."""
        at_work = (one for one in self.open_fires if one.run_state not in ENDED)
        return tuple(one.fire.run_id for one in at_work if one.fire.run_id is not None)

    @property
    def previous_success(self) -> datetime | None:
        """The latest fire time whose run has succeeded, also where no service has seen that yet."""
        unseen = [one.fire.fire_time for one in self.open_fires if one.run_state is RunState.SUCCEEDED]
        return max([*unseen, *([self.record.succeeded_at] if self.record.succeeded_at else [])], default=None)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON object."""
        record = self.record
        return {
            "name": record.name,
            "schedule_id": record.schedule_id,
            "notebook": record.notebook,
            "environment": record.environment,
            "deployed": record.deployed,
            "trigger": {**record.trigger, "text": self.written, "description": self.told},
            "policy": dict(record.policy),
            "parameters": dict(record.parameters),
            "options": dict(record.options),
            "paused": record.is_paused,
            "paused_because": record.paused_because,
            "over": self.is_over,
            "origin": record.origin,
            "deployment": record.deployment,
            "created_at": record.created_at.isoformat(),
            "created_by": record.created_by,
            "version": record.version,
            "next_at": _iso(self.next_at),
            "last_fire": fire_to_json(self.last) if self.last is not None else None,
            "previous_success": _iso(self.previous_success),
            "active_runs": list(self.active_runs),
            "waiting": sum(one.fire.fate is FireFate.BUFFERED for one in self.open_fires),
            "fires": [fire_to_json(fire) for fire in self.fires],
            "watches": [poll_to_json(poll) for poll in self.polls],
        }


def as_now(fires: Iterable[FireRecord], open_fires: Iterable[OpenFire]) -> list[FireRecord]:
    """The fires, each with the state in which its run is now: services note no more than that it has ended, and later.

    Parameters
    ----------
    open_fires
        Of the same schedules.
    """
    states = {one.fire.key: one.run_state for one in open_fires}
    return [replace(fire, run_state=fire.run_state or states.get(fire.key)) for fire in fires]


def fire_to_json(fire: FireRecord) -> dict[str, Any]:
    """One fire and its fate, as the documented JSON object."""
    return {
        "fire_time": fire.fire_time.isoformat(),
        "kind": fire.kind.value,
        "fate": fire.fate.value,
        "reason": fire.why,
        "run_id": fire.run_id,
        "run_state": fire.run_state.value if fire.run_state is not None else None,
        "decided_at": fire.decided_at.isoformat(),
        "started_at": _iso(fire.started_at),
        "ended_at": _iso(fire.ended_at),
        "count": fire.count,
        "first_time": _iso(fire.first_time),
        "at_least": fire.at_least,
        "resumed": fire.resumed,
        "batch": fire.batch,
        "asked_by": fire.asked_by,
    }


def poll_to_json(poll: PollRecord) -> dict[str, Any]:
    """What was last seen of a file or a condition."""
    return {"source": watched(poll), "next_at": poll.next_at.isoformat(), "seen": seen_by(poll)}


def watched(poll: PollRecord) -> str:
    """What is looked at, without the schedule that looks: ``file:in/*.csv``."""
    return poll.source.partition("/")[2]


def seen_by(poll: PollRecord) -> dict[str, Any]:
    """What was last seen, without what only the next look is compared with."""
    return {name: value for name, value in poll.seen.items() if name not in ("files", "digest")}


def watch_in_words(poll: PollRecord) -> str:
    """What is looked at, and what was seen last, as people read it.

    Examples
    --------
    >>> from datetime import UTC
    >>> def told(source, **seen):
    ...     return watch_in_words(PollRecord("bcd", f"bcd/{source}", datetime(2026, 1, 1, tzinfo=UTC), seen))
    >>> told("file:in/*.csv", count=1), told("file:in/*.csv", count=0)
    ('file in/*.csv: one is there', 'file in/*.csv: none is there')
    >>> told("condition:checks:ready", verdict=True, shown="3")
    'condition checks:ready: it says yes (3)'
    >>> told("condition:checks:ready", verdict=False, shown="False", error="no answer within 60 s")
    'condition checks:ready: it says no; the last look failed: no answer within 60 s'
    """
    kind, _, target = watched(poll).partition(":")
    seen, said = poll.seen, []
    if "count" in seen:
        said.append({0: "none is there", 1: "one is there"}.get(seen["count"], f"{seen['count']} are there"))
    if "verdict" in seen:
        answer = "yes" if seen["verdict"] else "no"
        value = seen.get("shown", "")
        said.append(f"it says {answer}" + (f" ({value})" if value not in ("", "True", "False") else ""))
    if "error" in seen:
        said.append(f"the last look failed: {seen['error']}")
    return f"{kind} {target}: {'; '.join(said) or 'not looked at yet'}"


def preview_to_json(preview: Preview) -> dict[str, Any]:
    """One fire to come."""
    return {"at": preview.at.isoformat(), "local": preview.local.isoformat(), "note": preview.note}


def shown_time(moment: datetime, zone: str) -> str:
    """A time as people of that zone read it."""
    return instant_in_words(local_time(moment, zone))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


class Backfill(Struct, frozen=True):
    """What a backfill does, or would do."""

    schedule: str
    wanted: Sequence[FireRecord]
    """The fires that it runs, in its order."""
    left_out: Sequence[FireRecord]
    """Those for whose time there has been a run already, or will be."""
    batch: str | None
    """`None`: it was only looked at."""

    def to_json(self) -> dict[str, Any]:
        """The documented JSON object."""
        return {
            "schedule": self.schedule,
            "batch": self.batch,
            "fires": [fire_to_json(fire) for fire in self.wanted],
            "left_out": [fire_to_json(fire) for fire in self.left_out],
        }
