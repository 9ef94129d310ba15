"""Schedules: when a pipeline runs, when it fires next, and what became of each fire."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from jupyter_dataops.schedules.policies import Catchup, Overlap
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.notices import NoticeView
from jupyter_dataops.service.wire.runs import RunSummary
from jupyter_dataops.states import FireFate, FireKind, RunState

LONGEST_TEXT: Final = 2_000
"""Of a trigger."""
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*")


def _as_written(value: object) -> object:
    """JSON has no instants: they are texts there. Neither a number nor a text of digits is one."""
    if isinstance(value, str) and _ISO.fullmatch(value):
        return datetime.fromisoformat(value.upper())
    if isinstance(value, datetime):
        return value
    raise ValueError("an instant is written as 2026-01-31T06:00:00+01:00")


Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
    BeforeValidator(_as_written),
]
"""An instant that somebody gives, with an offset."""


def _word_of(kind: type[StrEnum]) -> Callable[[object], object]:
    """JSON has no closed words: they are texts there."""
    return lambda value: kind(value) if isinstance(value, str) else value


TriggerText = Annotated[str, Field(max_length=LONGEST_TEXT)]
"""As one writes it: ``0 6 * * * tz=Europe/Berlin``, ``every 15m``, ``asset sales & file "in/*.csv"``."""


class TriggerRequest(Wire):
    """What does this trigger mean? Nothing is kept."""

    trigger: TriggerText
    zone: str = Field(default="UTC", max_length=100)
    """Of cron expressions that do not say ``tz=``."""
    count: int = Field(default=5, ge=1, le=50)
    """How many of the next fires."""
    after: Moment | None = None
    """From when on; `None`: now."""
    path: str | None = None
    """For whom only this notebook counts: nothing is said of what others publish."""


class NextFire(Wire):
    """One fire to come, by time."""

    at: datetime
    """In UTC."""
    local: datetime
    """The same instant with the offset of the schedule's zone."""
    told: str
    """As a clock there shows it: ``2026-03-29 03:00 CEST``."""
    note: str
    """What a change of clocks does to this fire, or did to one before it; mostly empty."""


class TriggerProblem(Wire):
    """Why a text is no trigger, and which part of it."""

    code: str
    message: str
    where: str
    hint: str
    start: int
    """Offset of the part's first character in the text."""
    end: int
    """Offset after its last character; the same as `start` where something is missing there."""


class TriggerReading(Wire):
    """What a text means as a trigger."""

    trigger: str | None
    """The same trigger, written in the usual way; `None`: it cannot be read, see `problem`."""
    told: str
    """As a sentence without full stop; empty where it cannot be read."""
    zone: str
    """In which its times are shown."""
    structure: dict[str, Any] | None
    """Taken apart: ``kind`` (``cron``, ``interval``, ``at``, ``file``, ``asset``, ``condition``, ``any``, ``all``) and
    its fields; ``any`` and ``all`` have ``members``."""
    next: list[NextFire]
    """By time alone; may be fewer than were asked for."""
    waits: list[str]
    """What it waits for besides time, which cannot be foreseen, as sentences."""
    notes: list[str]
    """Assets among it that nobody has published yet, as `ScheduleKept` says it of a schedule."""
    problem: TriggerProblem | None


class PolicyWanted(Wire):
    """What a schedule does when time goes wrong. What is left out is the default, or stays as it is."""

    overlap: Annotated[Overlap, BeforeValidator(_word_of(Overlap))] = Overlap.SKIP
    catchup: Annotated[Catchup, BeforeValidator(_word_of(Catchup))] = Catchup.LATEST
    catchup_max: int = Field(default=100, ge=1, le=10_000)
    misfire_grace_s: float = Field(default=3_600.0, ge=0, le=3_155_760_000)
    jitter_s: float = Field(default=0.0, ge=0, le=3_155_760_000)
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    max_runs: int | None = Field(default=None, ge=1, le=1_000_000_000)


class PolicyView(Wire):
    """What a schedule does when time goes wrong."""

    overlap: Overlap
    """What happens to a fire while an earlier run is active."""
    catchup: Catchup
    """Which of the fires that came due while nobody looked are still run."""
    catchup_max: int
    misfire_grace_s: float
    jitter_s: float
    starts_at: datetime | None
    ends_at: datetime | None
    max_runs: int | None
    told: list[str]
    """Sentences about what is not the default; empty where all is."""


class SchedulesRequest(Wire):
    """Which schedules to list."""

    path: str | None = None
    """Of this notebook only."""
    fires: int = Field(default=5, ge=0, le=20)
    """How many of the latest fires of each."""
    next: int = Field(default=3, ge=0, le=20)
    """How many of the next fires of each."""


class ScheduleRef(Wire):
    """A schedule, by its name."""

    schedule: str


class ScheduleRequest(ScheduleRef):
    """One schedule, with more of its fires."""

    fires: int = Field(default=50, ge=0, le=500)
    before: Moment | None = None
    """Only fires of earlier times: where to read on."""
    next: int = Field(default=10, ge=0, le=100)


class AddSchedule(Wire):
    """A new schedule, which fires from now on."""

    name: str
    path: str
    trigger: TriggerText
    zone: str = Field(default="UTC", max_length=100)
    """Of cron expressions that do not say ``tz=``."""
    policy: PolicyWanted | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    """Texts may hold ``{{ fire_time }}``, ``{{ previous_success }}`` and ``{{ run_id }}``."""
    jobs: int | None = Field(default=None, ge=1)
    fail_fast: bool = False
    select: str | None = None
    changed: bool = False
    environment: str | None = None
    deployed: bool = False
    """The version that is live in the environment runs, not the notebook as it is."""
    paused: bool = False


class EditSchedule(ScheduleRef):
    """Changes to a schedule, from now on. What is left out stays as it is; `null` takes it away."""

    version: int | None = None
    """That it has as I know it: refused where it has another one by now."""
    name: str | None = None
    path: str | None = None
    trigger: TriggerText | None = None
    zone: str = Field(default="UTC", max_length=100)
    """Of cron expressions in `trigger` that do not say ``tz=``."""
    policy: PolicyWanted | None = None
    parameters: dict[str, Any] | None = None
    """All of them, where some change."""
    jobs: int | None = Field(default=None, ge=1)
    fail_fast: bool | None = None
    select: str | None = None
    changed: bool | None = None
    environment: str | None = None
    deployed: bool | None = None


class PauseSchedule(ScheduleRef):
    """It starts nothing until it is resumed."""

    because: str | None = Field(default=None, max_length=1_000)


class RunSchedule(ScheduleRef):
    """A run of it now, whatever else runs."""

    parameters: dict[str, Any] = Field(default_factory=dict)
    """For this run alone; they win over those of the schedule."""


class FireView(Wire):
    """One time at which a schedule fired, and what came of it."""

    fire_time: datetime
    """Nominal, whenever it was started."""
    told: str
    """The same, as a clock in the schedule's zone shows it."""
    kind: FireKind
    fate: FireFate
    meaning: str
    """What the fate means, one sentence without full stop."""
    reason: str
    """Why that fate; empty where it simply was due."""
    run_id: str | None
    """Of its run; `None`: it has none."""
    run_state: RunState | None
    """How its run ended, or is; `None`: there is none, or it is not known."""
    decided_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    late_s: float | None
    """How many seconds after it was due its run was made."""
    count: int
    """How many fires it stands for, of which this is the latest."""
    first_time: datetime | None
    """The earliest of them; `None`: there is one only."""
    at_least: bool
    """There may have been more of them."""
    resumed: int
    """How often its run was resumed after a crash."""
    batch: str | None
    """Of a backfill: the id that its fires share."""
    asked_by: str
    """Who asked for it; empty: the schedule."""


class PollView(Wire):
    """What a schedule looks at now and then, and saw last."""

    source: str
    """``file:PATH`` or ``condition:TARGET``."""
    next_at: datetime
    seen: dict[str, Any]
    error: str | None
    """Why it could not be seen."""


class ScheduleView(Wire):
    """One schedule, what it has done last, and what it will do next."""

    name: str
    path: str | None
    """Of the notebook; `None`: it lies outside what the front end may see."""
    notebook: str
    """The notebook's file name."""
    state: Literal["active", "paused", "over"]
    """``over``: it will never fire again."""
    trigger: str
    """As one writes it."""
    told: str
    """As a sentence without full stop."""
    zone: str
    """In which its times are shown."""
    policy: PolicyView
    parameters: dict[str, Any]
    jobs: int | None
    fail_fast: bool
    select: str | None
    changed: bool
    environment: str | None
    deployed: bool
    paused_at: datetime | None
    paused_because: str | None
    origin: str | None
    """The file that describes it, where it is not kept by hand: what is edited here is undone by the next sync."""
    deployment: str | None
    """The deployment whose live version describes it: what is edited here is undone by the next one."""
    created_at: datetime
    created_by: str
    version: int
    """Grows with every change that somebody makes."""
    next_at: datetime | None
    """When it fires next by time alone; `None`: it is paused, over, or waits for something else."""
    next: list[NextFire]
    """As if it were not paused."""
    fires: list[FireView]
    """The latest, newest first."""
    active_runs: list[str]
    """Runs of it that have not ended."""
    waiting: int
    """Fires that wait until a run has ended."""
    previous_success: datetime | None
    """Fire time of the latest run that succeeded."""


class ScheduleKept(ScheduleView):
    """A schedule as somebody has just added or changed it."""

    notes: list[str]
    """What may keep it from starting, or start it without end: a sentence each, without full stop."""


class ServiceView(Wire):
    """A process that starts what is due."""

    host: str
    pid: int
    started_at: datetime


class Services(Wire):
    """Who starts what is due."""

    is_served: bool
    """Somebody is there."""
    told: str
    """One or two sentences: who, or that nothing starts and what to do about it."""
    services: list[ServiceView]


class ScheduleList(Wire):
    """Schedules by name, and who starts what is due."""

    schedules: list[ScheduleView]
    services: Services


class ScheduleDetail(Wire):
    """One schedule, whole."""

    schedule: ScheduleView
    polls: list[PollView]
    has_more: bool
    """There are earlier fires than the last one shown."""
    notices: list[NoticeView]
    """Whom the runs of these fires have told of what, and who was told that they were missed; newest first."""
    services: Services


class ScheduleRemoved(Wire):
    """It is no more; its runs are left alone."""

    name: str


class Fired(Wire):
    """A fire that was asked for now."""

    fire: FireView
    run: RunSummary | None
    """`None`: it failed to start, and the fire's reason says why."""
