"""What happened to a run, as frozen facts in the past tense, and what each does to the stored record.

An event is the only way to change a run: `RunStore.apply` checks that the move is legal, folds the event into the
record with the functions below, and writes both in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.records import (
    AttemptRecord,
    Failure,
    NodeRunRecord,
    OutputRecord,
    ResultRecord,
    RunnerRecord,
    RunRecord,
    Usage,
)
from jupyter_dataops.states import NodeState, RunState


class _RunFact(Struct, frozen=True, kw_only=True):
    run_id: RunId
    at: datetime


class RunStarted(_RunFact, frozen=True, kw_only=True):
    """A runner took the run. It alone may write to it from now on."""

    token: Token
    control: str
    runner: RunnerRecord
    lease_until: datetime


class RunResumed(_RunFact, frozen=True, kw_only=True):
    """A runner took the crashed run, to go on where it stopped. It alone may write to it from now on."""

    token: Token
    control: str
    runner: RunnerRecord
    lease_until: datetime
    by: str


class RunCrashed(_RunFact, frozen=True, kw_only=True):
    """Somebody found that the run's runner is dead. Said with the dead runner's token."""

    reason: str
    """What was going on."""
    lease_until: datetime | None
    """The lease as it was found, `None` where the run had none: one that was renewed meanwhile is no dead runner's."""


class RunCancelRequested(_RunFact, frozen=True, kw_only=True):
    """Somebody asked for the run to stop. Anyone may say so; no token is needed."""

    reason: str
    by: str


class RunFinished(_RunFact, frozen=True, kw_only=True):
    """The run ended. Refused while a node is not done, unless it ends ``crashed``."""

    state: RunState
    reason: str


class _NodeFact(_RunFact, frozen=True, kw_only=True):
    node: NodeName


class NodeQueued(_NodeFact, frozen=True, kw_only=True):
    """Everything it waits for is there; it waits for a slot."""

    reason: str


class NodeHeld(_NodeFact, frozen=True, kw_only=True):
    """It stays queued, for a reason: slots of a pool are all taken, or another run computes the same."""

    reason: str


class NodeExpanded(_NodeFact, frozen=True, kw_only=True):
    """Its children are there, pending; it is done when they are.

    An ``each:`` node expands when it has been queued, a ``notebook:`` node when its attempt has ended well.
    """

    children: tuple[NodeRunRecord, ...]
    parameters: Mapping[str, Any] | None
    """Of a ``notebook:`` node."""
    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)
    """Of a ``notebook:`` node: what its own attempt handed on, kept until the children's join them."""
    usage: Usage | None = None


class NodeReopened(_NodeFact, frozen=True, kw_only=True):
    """Somebody wants it tried again while the run goes on. Anyone may say so; no token is needed."""

    reason: str
    by: str
    """Empty: the runner, since a node above it is tried again."""


class NodeStarted(_NodeFact, frozen=True, kw_only=True):
    """An attempt began."""

    attempt: int
    token: Token
    """The attempt's own token, exposed to the node's code."""
    notebook: str
    log: str
    reason: str
    """Why it runs at all, whatever it has waited for since."""


class NodeSucceeded(_NodeFact, frozen=True, kw_only=True):
    """The attempt ended well, or all children did, and its outputs are stored."""

    outputs: Mapping[str, OutputRecord] = field(default_factory=dict)
    usage: Usage | None = None
    result: ResultRecord | None = None
    """By which later runs find it; `None`: they do not, since not all is known that it was computed from."""
    publishes: Mapping[str, str] = field(default_factory=dict)
    """Assets to variables of the node, or of the one that it checks, which are published with this event."""


class NodeRetrying(_NodeFact, frozen=True, kw_only=True):
    """The attempt failed; another will start, not before the given instant."""

    failure: Failure
    not_before: datetime
    reason: str
    usage: Usage | None = None


class NodeFailed(_NodeFact, frozen=True, kw_only=True):
    """The last attempt failed, or too many children did."""

    failure: Failure
    reason: str
    usage: Usage | None = None


class NodeReused(_NodeFact, frozen=True, kw_only=True):
    """An earlier result still holds; nothing ran."""

    source_run_id: RunId
    outputs: Mapping[str, OutputRecord]
    reason: str
    publishes: Mapping[str, str] = field(default_factory=dict)
    """As in `NodeSucceeded`; what is the latest that its node has published is not published again."""


class NodeSkipped(_NodeFact, frozen=True, kw_only=True):
    """A condition or trigger rule said no."""

    reason: str


class NodeUpstreamFailed(_NodeFact, frozen=True, kw_only=True):
    """A node it needs failed."""

    reason: str


class NodeCancelled(_NodeFact, frozen=True, kw_only=True):
    """Stopped, or never started, because the run was cancelled."""

    reason: str
    failure: Failure | None = None
    """Set where an attempt was running."""
    usage: Usage | None = None


RunEvent = RunStarted | RunResumed | RunCrashed | RunCancelRequested | RunFinished
NodeEvent = (
    NodeQueued
    | NodeHeld
    | NodeExpanded
    | NodeReopened
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
            return replace(_taken(run, event), started_at=event.at)
        case RunResumed():
            return replace(_taken(run, event), started_at=run.started_at or event.at, finished_at=None, reason=None)
        case RunCrashed():
            return replace(run, state=RunState.CRASHED, reason=event.reason, finished_at=event.at, control=None)
        case RunCancelRequested():
            return replace(run, state=RunState.CANCELLING, reason=event.reason)
        case RunFinished():
            return replace(run, state=event.state, reason=event.reason, finished_at=event.at, control=None)
        case _:
            assert_never(event)


def _taken(run: RunRecord, event: RunStarted | RunResumed) -> RunRecord:
    return replace(
        run,
        state=RunState.RUNNING,
        token=event.token,
        control=event.control,
        runner=event.runner,
        lease_until=event.lease_until,
    )


def node_run_after(node_run: NodeRunRecord, event: NodeEvent) -> NodeRunRecord:
    """The node run's record with `event` folded in. Whether the move is legal is the store's question."""
    if isinstance(event, _Onward):
        return _gone_on(node_run, event)
    return _stopped(node_run, event)


_Onward = NodeQueued | NodeHeld | NodeExpanded | NodeReopened | NodeStarted
_Stop = NodeSucceeded | NodeRetrying | NodeFailed | NodeReused | NodeSkipped | NodeUpstreamFailed | NodeCancelled


def _gone_on(node_run: NodeRunRecord, event: _Onward) -> NodeRunRecord:
    match event:
        case NodeQueued():
            return replace(node_run, state=NodeState.QUEUED, reason=event.reason, queued_at=event.at, not_before=None)
        case NodeHeld():
            return replace(node_run, reason=event.reason)
        case NodeExpanded():
            begun = node_run.started_at if node_run.state is NodeState.RUNNING else event.at
            running = _running(node_run, begun)
            return replace(running, parameters=event.parameters, outputs=event.outputs)
        case NodeReopened():
            return replace(
                node_run,
                state=NodeState.PENDING,
                reason=event.reason,
                opened_after=node_run.attempt,
                infra_failures=0,
                finished_at=None,
            )
        case NodeStarted():
            return replace(_running(node_run, event.at), attempt=event.attempt, reason=event.reason)
        case _:
            assert_never(event)


def _running(node_run: NodeRunRecord, started_at: datetime | None) -> NodeRunRecord:
    return replace(node_run, state=NodeState.RUNNING, started_at=started_at, finished_at=None, failure=None)


def _stopped(node_run: NodeRunRecord, event: _Stop) -> NodeRunRecord:
    ended = replace(node_run, finished_at=event.at)
    if isinstance(event, NodeSucceeded):
        return replace(ended, state=NodeState.SUCCEEDED, outputs=event.outputs)
    ended = replace(ended, reason=event.reason)
    match event:
        case NodeRetrying():
            return replace(_failed(ended, event), state=NodeState.RETRYING, not_before=event.not_before)
        case NodeFailed():
            return replace(_failed(ended, event), state=NodeState.FAILED)
        case NodeReused():
            done = replace(ended, state=NodeState.REUSED, failure=None, not_before=None)
            return replace(done, source_run_id=event.source_run_id, outputs=event.outputs)
        case NodeSkipped():
            return replace(ended, state=NodeState.SKIPPED)
        case NodeUpstreamFailed():
            return replace(ended, state=NodeState.UPSTREAM_FAILED)
        case NodeCancelled():
            return replace(ended, state=NodeState.CANCELLED, failure=event.failure, not_before=None)
        case _:
            assert_never(event)


def _failed(node_run: NodeRunRecord, event: NodeRetrying | NodeFailed) -> NodeRunRecord:
    infra_failures = node_run.infra_failures + event.failure.cause.is_infrastructure
    return replace(node_run, failure=event.failure, infra_failures=infra_failures)


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
        case NodeSucceeded() | NodeExpanded():
            if attempt is None or attempt.finished_at is not None:
                return None
            return replace(attempt, finished_at=event.at, usage=event.usage)
        case NodeRetrying() | NodeFailed() | NodeCancelled():
            if attempt is None or attempt.finished_at is not None:
                return None
            return replace(attempt, finished_at=event.at, failure=event.failure, usage=event.usage)
        case NodeQueued() | NodeHeld() | NodeReopened() | NodeReused() | NodeSkipped() | NodeUpstreamFailed():
            return None
        case _:
            assert_never(event)
