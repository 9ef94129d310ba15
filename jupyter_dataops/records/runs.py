"""What is stored of runs: the run, its node runs and attempts, what they handed on, and what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct, field

from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.records.outcomes import Failure, OutputRecord, Usage
from jupyter_dataops.states import CheckSeverity, NodeState, RunState

NOTHING_WRITTEN: Final = "(nothing was written)"
"""Stands for notebook and log of an attempt that could not be started as configured."""


class RunnerRecord(Struct, frozen=True):
    """The process that has, or had, a run."""

    host: str
    """Of the machine, and of its latest start: a process id means nothing elsewhere."""
    pid: int
    started: float
    """When the process began, seconds by a clock of its host: with `pid`, no other process is meant."""


class RunRecord(Struct, frozen=True):
    """One execution of one snapshot of a pipeline."""

    run_id: RunId
    notebook: str
    """Absolute path of the user's notebook."""
    snapshot: Digest
    """Address of the notebook's text as it was when the run was made."""
    parameters: Mapping[str, Any]
    state: RunState
    created_at: datetime
    parent_run_id: RunId | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """How it was asked for: ``jobs``, ``fail_fast``, ``mode``, ``select``; and the pipeline's ``name``."""
    created_by: str = ""
    """Who asked: ``USER@HOST``, or what the setting ``actor`` says."""
    token: Token | None = None
    """Of the runner that has it, or had it last: whoever shows another is refused."""
    runner: RunnerRecord | None = None
    lease_until: datetime | None = None
    """Until when the runner said it would be there; renewed while it is."""
    control: str | None = None
    """Where the runner listens for wake-ups; `None` while nobody has it."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    reason: str | None = None
    """Why it ended as it did, one sentence."""


class NodeRunRecord(Struct, frozen=True):
    """One node in one run."""

    run_id: RunId
    node: NodeName
    position: int
    """0-based place in document order, among those with the same `parent`; a check stands below its node."""
    parent: NodeName | None = None
    """The node that expanded to this one."""
    key: str | None = None
    """Of a child of an ``each:`` node."""
    item: OutputRecord | None = None
    """Of a child of an ``each:`` node: its element."""
    severity: CheckSeverity | None = None
    """Of a check; `None`: it is a node."""
    parameters: Mapping[str, Any] | None = None
    """Values that its ``notebook:`` was given, once it has expanded; `None` where it has none."""
    state: NodeState = NodeState.PENDING
    attempt: int = 0
    """Number of the latest attempt, from 1; 0 before the first."""
    infra_failures: int = 0
    """How many attempts the machine cost, since it was last opened."""
    opened_after: int = 0
    """Number of the latest attempt when a user's retry last opened it: budgets of retries count from there."""
    reason: str = ""
    """Why it will run, was reused, waits, was skipped or failed: one sentence."""
    fingerprint: Mapping[str, str] = field(default_factory=dict)
    """Component to digest: ``code``, ``inputs``, ``setup``, ``parameters``."""
    not_before: datetime | None = None
    """When the next attempt may start."""
    queued_at: datetime | None = None
    started_at: datetime | None = None
    """Of the latest attempt."""
    finished_at: datetime | None = None
    failure: Failure | None = None
    source_run_id: RunId | None = None
    """The run that computed a reused result."""
    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)

    @property
    def duration_s(self) -> float | None:
        """Seconds of the latest attempt; `None` unless it has ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class NewRun(Struct, frozen=True):
    """A run that is to be kept, with everything it needs; see `RunStore.create_run`."""

    run: RunRecord
    node_runs: Sequence[NodeRunRecord]
    snapshots: Mapping[Digest, str]
    at: datetime


class RunChanges(Struct, frozen=True):
    """What of a run is not as it was after one of its events; of one instant."""

    run: RunRecord
    node_runs: Sequence[NodeRunRecord]
    """As they are now, without their outputs."""
    seq: int
    """Number of the run's latest event."""


class RunOverview(Struct, frozen=True):
    """How far a run is, in numbers."""

    counts: Mapping[NodeState, int]
    """Nodes of the pipeline itself by state, of those states that some have; checks do not count."""
    failed: Sequence[NodeName]
    """What failed itself, checks included: no group of which a part did. In order of time."""


class ResultRecord(Struct, frozen=True):
    """What a success was computed from, by which later runs find it again."""

    key: str
    """One digest for everything that decides reuse: equal keys, equal results."""
    inputs: Mapping[str, str]
    """What it got from other nodes to digest of the content: variables by name, ``file PATH``, ``after NODE``."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files that it declares to make, as written, to digest of their content when it had ended."""
    watched: tuple[str, ...] = ()
    """Inputs which it was seen not to change in place."""


class EarlierResult(Struct, frozen=True):
    """A success that a later run may use."""

    result: ResultRecord
    node_run: NodeRunRecord
    """The one that computed it, with its outputs."""


class AttemptRecord(Struct, frozen=True):
    """The n-th try of a node run: its notebook and log stay readable for good."""

    run_id: RunId
    node: NodeName
    attempt: int
    token: Token
    notebook: str
    """Path of the executed notebook."""
    log: str
    """Path of the log, JSON lines (see `jupyter_dataops.logs`)."""
    started_at: datetime
    finished_at: datetime | None = None
    failure: Failure | None = None
    usage: Usage | None = None

    @property
    def has_files(self) -> bool:
        """It got as far as having an executed notebook and a log."""
        return self.notebook != NOTHING_WRITTEN


class AuditRecord(Struct, frozen=True):
    """Somebody's action. Never changed and never removed, also where the run is."""

    seq: int
    at: datetime
    by: str
    """``USER@HOST``, or what the setting ``actor`` says."""
    action: str
    """``run``, ``retry``, ``cancel``, ``resume``, ``retry_node``; of a schedule ``add_schedule`` and so on."""
    run_id: RunId | None
    """`None`: it concerns a schedule alone."""
    node: NodeName | None
    notebook: str
    snapshot: Digest | None
    """The version of the notebook that it concerns; `None`: whichever there will be."""
    details: Mapping[str, Any]
    """What was asked for, JSON-able."""
    schedule: str | None = None
    """Name of the schedule that it concerns, as it was then."""


class SlotHolder(Struct, frozen=True):
    """Who has slots of a pool."""

    pool: str
    run_id: RunId
    node: NodeName
    slots: int
    lease_until: datetime
    """When they fall back by themselves, should the runner be dead."""


class EventRecord(Struct, frozen=True):
    """A stored event: the audit trail of a run."""

    seq: int
    """Grows over the whole store; gaps are possible, order is not lost."""
    run_id: RunId
    node: NodeName | None
    kind: str
    """Class name of the event, in the past tense."""
    at: datetime
    data: Mapping[str, Any]
    """The event's other fields, JSON-able."""


class Happening(Struct, frozen=True):
    """A stored event without its data: enough to know what to look at."""

    seq: int
    run_id: RunId
    node: NodeName | None
    kind: str
    at: datetime
