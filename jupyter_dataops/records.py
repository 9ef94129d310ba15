"""What is stored, as frozen values.

Times are aware UTC. `None` means "not yet" or "not so"; an empty string never stands for a missing value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.states import FailureCause, NodeState, RunState


@dataclass(frozen=True, slots=True)
class ArtifactRecord:
    """A stored value, described so that it can be shown without loading it."""

    digest: Digest
    serializer: str
    """Name of the serializer that wrote it, and that reads it back."""
    type: str
    """Qualified type name, e.g. ``pandas.DataFrame``."""
    size_bytes: int
    shape: tuple[int, ...] | None = None
    columns: Mapping[str, str] | None = None
    """Column name to dtype, for tables."""
    preview: str = ""
    """A few lines of text, at most 2,000 characters."""
    members: tuple[str, ...] = ()
    """Names stored together in this artifact, because they share an object; empty for a single value."""


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """A name that a node run handed on."""

    name: str
    artifact: ArtifactRecord
    truthy: bool | None = None
    """``bool(value)``, for ``when:`` and ``unless:``; `None` where that is undefined (a table)."""
    needs: tuple[str, ...] = ()
    """Global names that functions inside the value read when they are called."""
    shares: tuple[str, ...] = ()
    """Inputs of the node with which the value shares a mutable object."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt did not succeed."""

    cause: FailureCause
    ename: str
    """Name of the exception class."""
    evalue: str
    """Its message."""
    traceback: str = ""
    """The user's own traceback, with ANSI colours."""
    cell_id: str | None = None
    """The cell of the user's notebook that failed."""
    line: int | None = None
    """1-based line in that cell."""
    mro: tuple[str, ...] = ()
    """Names of the exception's classes, most derived first, for ``retry_on:``."""


@dataclass(frozen=True, slots=True)
class RunRecord:
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
    """How it was asked for: ``jobs``, ``fail_fast``, ``mode``, ``select``."""
    token: Token | None = None
    """Of the runner that has it."""
    control: str | None = None
    """Where the runner listens for wake-ups; `None` while nobody has it."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    reason: str | None = None
    """Why it ended as it did, one sentence."""


@dataclass(frozen=True, slots=True)
class NodeRunRecord:
    """One node in one run."""

    run_id: RunId
    node: NodeName
    position: int
    """0-based place in document order."""
    state: NodeState = NodeState.PENDING
    attempt: int = 0
    """Number of the latest attempt, from 1; 0 before the first."""
    infra_failures: int = 0
    """How many attempts the machine cost."""
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


@dataclass(frozen=True, slots=True)
class AttemptRecord:
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


@dataclass(frozen=True, slots=True)
class EventRecord:
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
