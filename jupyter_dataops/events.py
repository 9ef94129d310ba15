"""What happened to a run, as frozen facts in the past tense, and what each does to the stored record.

An event is the only way to change a run: `RunStore.apply` checks that the move is legal, folds the event into the
record with the functions below, and writes both in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.records import AttemptRecord, Failure, NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.states import NodeState, RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunFact:
    run_id: RunId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(_RunFact):
    """A runner took the run. It alone may write to it from now on."""

    token: Token
    control: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCancelRequested(_RunFact):
    """Somebody asked for the run to stop. Anyone may say so; no token is needed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(_RunFact):
    """The run came to a terminal state."""

    state: RunState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _NodeFact(_RunFact):
    node: NodeName


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeQueued(_NodeFact):
    """Everything it waits for is there; it waits for a slot."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStarted(_NodeFact):
    """An attempt began."""

    attempt: int
    token: Token
    """The attempt's own token, exposed to the node's code."""
    notebook: str
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSucceeded(_NodeFact):
    """The attempt ended well and its outputs are stored."""

    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRetrying(_NodeFact):
    """The attempt failed; another will start, not before the given instant."""

    failure: Failure
    not_before: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFailed(_NodeFact):
    """The last attempt failed."""

    failure: Failure
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReused(_NodeFact):
    """An earlier result still holds; nothing ran."""

    source_run_id: RunId
    outputs: Mapping[str, OutputRecord]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSkipped(_NodeFact):
    """A condition or trigger rule said no."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeUpstreamFailed(_NodeFact):
    """A node it needs failed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCancelled(_NodeFact):
    """Stopped, or never started, because the run was cancelled."""

    reason: str
    failure: Failure | None = None
    """Set where an attempt was running."""


RunEvent = RunStarted | RunCancelRequested | RunFinished
NodeEvent = (
    NodeQueued
    | NodeStarted
    | NodeSucceeded
    | NodeRetrying
    | NodeFailed
    | NodeReused
    | NodeSkipped
    | NodeUpstreamFailed
    | NodeCancelled
)
Event = RunEvent | NodeEvent


def run_after(run: RunRecord, event: RunEvent) -> RunRecord:
    """The run's record with `event` folded in. Whether the move is legal is the store's question."""
    match event:
        case RunStarted():
            return replace(run, state=RunState.RUNNING, token=event.token, control=event.control, started_at=event.at)
        case RunCancelRequested():
            return replace(run, state=RunState.CANCELLING, reason=event.reason)
        case RunFinished():
            return replace(run, state=event.state, reason=event.reason, finished_at=event.at, control=None)
        case _:
            assert_never(event)


def node_run_after(node_run: NodeRunRecord, event: NodeEvent) -> NodeRunRecord:
    """The node run's record with `event` folded in. Whether the move is legal is the store's question."""
    match event:
        case NodeQueued():
            return replace(node_run, state=NodeState.QUEUED, reason=event.reason, queued_at=event.at, not_before=None)
        case NodeStarted():
            return replace(
                node_run,
                state=NodeState.RUNNING,
                attempt=event.attempt,
                started_at=event.at,
                finished_at=None,
                failure=None,
            )
        case NodeSucceeded():
            return replace(node_run, state=NodeState.SUCCEEDED, outputs=event.outputs, finished_at=event.at)
        case NodeRetrying():
            return replace(
                node_run,
                state=NodeState.RETRYING,
                failure=event.failure,
                infra_failures=node_run.infra_failures + event.failure.cause.is_infrastructure,
                not_before=event.not_before,
                reason=event.reason,
                finished_at=event.at,
            )
        case NodeFailed():
            return replace(
                node_run,
                state=NodeState.FAILED,
                failure=event.failure,
                infra_failures=node_run.infra_failures + event.failure.cause.is_infrastructure,
                reason=event.reason,
                finished_at=event.at,
            )
        case NodeReused():
            return replace(
                node_run,
                state=NodeState.REUSED,
                source_run_id=event.source_run_id,
                outputs=event.outputs,
                reason=event.reason,
                finished_at=event.at,
            )
        case NodeSkipped():
            return replace(node_run, state=NodeState.SKIPPED, reason=event.reason, finished_at=event.at)
        case NodeUpstreamFailed():
            return replace(node_run, state=NodeState.UPSTREAM_FAILED, reason=event.reason, finished_at=event.at)
        case NodeCancelled():
            return replace(
                node_run,
                state=NodeState.CANCELLED,
                failure=event.failure,
                not_before=None,
                reason=event.reason,
                finished_at=event.at,
            )
        case _:
            assert_never(event)


def attempt_after(attempt: AttemptRecord | None, event: NodeEvent) -> AttemptRecord | None:
    """The latest attempt's record with `event` folded in; `None` where the event concerns no attempt."""
    match event:
        case NodeStarted():
            return AttemptRecord(
                run_id=event.run_id,
                node=event.node,
                attempt=event.attempt,
                token=event.token,
                notebook=event.notebook,
                log=event.log,
                started_at=event.at,
            )
        case NodeSucceeded():
            return replace(attempt, finished_at=event.at) if attempt else None
        case NodeRetrying() | NodeFailed() | NodeCancelled():
            if attempt is None or attempt.finished_at is not None:
                return None
            return replace(attempt, finished_at=event.at, failure=event.failure)
        case NodeQueued() | NodeReused() | NodeSkipped() | NodeUpstreamFailed():
            return None
        case _:
            assert_never(event)
