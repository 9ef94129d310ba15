"""What is stored of schedules: the schedule, its fires and their fates, what polled triggers saw, who serves them.

A trigger and a policy are kept as JSON: what they mean is the business of `jupyter_dataops.schedules`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, field

from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.records.notices import NoticeRecord
from jupyter_dataops.records.runs import NewRun, RunnerRecord
from jupyter_dataops.states import FireFate, FireKind, RunState

_BROUGHT: Final = re.compile(r"deployment (\S+) in (\S+)")

PAUSED_BY_VERSION: Final = "its version says so"
PAUSED_BY_FILE: Final = "its file says so"


def brought_by(deployment: str, environment: str) -> str:
    """The `ScheduleRecord.origin` of what the live version of a deployment describes.

    Examples
    --------
    >>> brought_by("sales", "prod"), bringer_of("deployment sales in prod"), bringer_of("/project/dataops.toml")
    ('deployment sales in prod', ('sales', 'prod'), None)
    """
    return f"deployment {deployment} in {environment}"


def bringer_of(origin: str | None) -> tuple[str, str] | None:
    """Deployment and environment that an origin names; `None`: it is a file, or there is none."""
    found = _BROUGHT.fullmatch(origin or "")
    return (found[1], found[2]) if found else None


class ScheduleRecord(Struct, frozen=True):
    """When a pipeline is to run, and what happens when time goes wrong."""

    schedule_id: ScheduleId
    name: str
    """One at a time has it; free again once the schedule is removed."""
    notebook: str
    """Absolute path of the notebook: its working copy, or the one whose deployed version runs."""
    trigger: Mapping[str, Any]
    created_at: datetime
    considered_until: datetime
    """Every fire up to and including this instant has been decided; it never goes back."""
    policy: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Values may be templates, such as ``{{ fire_time }}``."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """How its runs are asked for: ``jobs``, ``fail_fast``, ``select``, ``changed``."""
    environment: str | None = None
    """Of the configuration; `None`: the defaults."""
    deployed: bool = False
    """Whether the live deployed version runs, instead of the working copy."""
    origin: str | None = None
    """What describes it, where it is not kept by hand: a file, or the live version of a deployment (`brought_by`)."""
    paused_at: datetime | None = None
    paused_because: str | None = None
    resumed_at: datetime | None = None
    """When its latest pause ended."""
    removed_at: datetime | None = None
    created_by: str = ""
    version: int = 1
    """Grows with every change that somebody makes."""
    seq: int = 0
    """Of its latest change, made by somebody or by a service: grows over the whole store."""
    fired_at: datetime | None = None
    """Fire time of the latest scheduled fire that was decided since the trigger was edited, whatever its fate."""
    succeeded_at: datetime | None = None
    """Fire time of the latest fire whose run succeeded."""
    started_count: int = 0
    """Scheduled fires that were started, or are about to be."""

    @property
    def is_paused(self) -> bool:
        """Whether it waits for somebody to resume it."""
        return self.paused_at is not None

    @property
    def deployment(self) -> str | None:
        """The deployment whose live version describes it."""
        bringer = bringer_of(self.origin)
        return None if bringer is None else bringer[0]


class ScheduleChange(Struct, frozen=True):
    """What becomes of a schedule, together with something else."""

    before: ScheduleRecord | None
    """As it was read; one that was removed comes back, with its history. `None`: it is new."""
    after: ScheduleRecord


class FireRecord(Struct, frozen=True):
    """One time at which a schedule fires, and what came of it. A schedule has at most one for each `fire_time`."""

    schedule_id: ScheduleId
    fire_time: datetime
    """Nominal, whenever it was started."""
    kind: FireKind
    fate: FireFate
    decided_at: datetime
    reason: str = ""
    """Why that fate, one sentence; empty where it simply was due."""
    run_id: RunId | None = None
    """Made when the fire is claimed, before there is such a run: so nobody can start it twice."""
    claimed_by: Token | None = None
    """Of the service that is to start it."""
    lease_until: datetime | None = None
    """Until when that service may be counted on; `None`: nothing is left to be done for the start."""
    due_at: datetime | None = None
    """When it was to start: the fire time and its jitter."""
    started_at: datetime | None = None
    """When its run was made."""
    ended_at: datetime | None = None
    """When its run was seen to have ended."""
    run_state: RunState | None = None
    """How its run ended; `None` before."""
    resumed: int = 0
    """How many times its run was resumed after a crash."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Given for this fire alone; they win over those of the schedule."""
    batch: str | None = None
    """Of a backfill: the id that its fires share."""
    position: int = 0
    """Order among the fires of a batch."""
    max_active: int | None = None
    """How many fires of its batch run at a time; `None`: all that the policy allows."""
    asked_by: str = ""
    """Who asked for it, where it was not the schedule."""
    count: int = 1
    """How many fires it stands for, of which this is the latest: those that nobody saw are kept together."""
    first_time: datetime | None = None
    """The earliest of them; `None` for a single one."""
    at_least: bool = False
    """Whether there may have been more of them."""
    cause: str = ""
    """Which versions of assets made it fire, one sentence; empty: none did."""

    @property
    def key(self) -> tuple[ScheduleId, datetime]:
        """What it is known by."""
        return self.schedule_id, self.fire_time

    @property
    def why(self) -> str:
        """What made it fire, and why it has its fate; empty where it simply was due."""
        return "; ".join(filter(None, (self.cause, self.reason)))

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen: it waits, is about to start, or its run goes on."""
        return self.fate in (FireFate.CLAIMED, FireFate.BUFFERED) or (
            self.fate is FireFate.STARTED and self.ended_at is None
        )


class FireStart(Struct, frozen=True):
    """A claimed fire, and the run that was made for it: kept together, or not at all."""

    claim: FireRecord
    run: NewRun


class OpenFire(Struct, frozen=True):
    """A fire with which something is still to happen, and how its run is."""

    fire: FireRecord
    run_state: RunState | None = None
    """As it is now; `None`: there is no such run (yet, or any more)."""
    run_started_at: datetime | None = None
    """When that began; `None`: it has not."""
    run_finished_at: datetime | None = None
    """When that ended; `None`: it has not."""

    @property
    def lasted_s(self) -> float | None:
        """How long its run took; `None`: it has not begun, or not ended."""
        if self.run_started_at is None or self.run_finished_at is None:
            return None
        return (self.run_finished_at - self.run_started_at).total_seconds()


class Turn(Struct, frozen=True):
    """What one look at one schedule decided; stored whole, or, if the schedule has changed since, not at all."""

    schedule_id: ScheduleId
    seq: int
    """Of the schedule as it was looked at."""
    considered_until: datetime
    new: tuple[FireRecord, ...] = ()
    """Fires that were not there: claimed, buffered, skipped or missed."""
    changed: tuple[FireRecord, ...] = ()
    """Buffered fires that are claimed now, or given up."""
    notices: tuple[NoticeRecord, ...] = ()
    """Of fires that are missed; kept with these."""


class SignalRecord(Struct, frozen=True):
    """Something that a trigger other than time waits for has happened."""

    seq: int
    source: str
    """``asset:NAME``; what one schedule alone waits for has its id before it: ``ID/file:PATH``."""
    at: datetime
    """When it was seen; after everything that had been decided by then."""
    verdict: Mapping[str, Any]
    """What was seen, JSON-able."""


class PollRecord(Struct, frozen=True):
    """When a schedule looks next at what its trigger waits for, and what it saw last."""

    schedule_id: ScheduleId
    source: str
    next_at: datetime
    seen: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0
    """Grows with each look, so that of two services that want to look one does."""


class ServiceRecord(Struct, frozen=True):
    """A process that starts what is due."""

    token: Token
    runner: RunnerRecord
    started_at: datetime
    watched_since: datetime
    """Since when there has been a service without a pause, this one or one before it."""
    lease_until: datetime
    """Until when it said it would be there; renewed while it is."""
