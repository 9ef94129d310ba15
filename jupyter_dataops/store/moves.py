"""Which event may change which record: the one rule that every store follows. Pure.

A store in SQL turns the same sets into a ``WHERE`` clause, so that check and change are one statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.events import (
    Event,
    NodeCancelled,
    NodeEvent,
    NodeFailed,
    NodeQueued,
    NodeRetrying,
    NodeReused,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    NodeUpstreamFailed,
    RunCancelRequested,
    RunEvent,
    RunFinished,
    RunStarted,
)
from jupyter_dataops.ids import Token
from jupyter_dataops.records import NodeRunRecord, RunRecord
from jupyter_dataops.states import NodeState, RunState, node_states_before, run_states_before

NODE_TARGETS: Final[Mapping[type[NodeEvent], NodeState]] = MappingProxyType(
    {
        NodeQueued: NodeState.QUEUED,
        NodeStarted: NodeState.RUNNING,
        NodeSucceeded: NodeState.SUCCEEDED,
        NodeRetrying: NodeState.RETRYING,
        NodeFailed: NodeState.FAILED,
        NodeReused: NodeState.REUSED,
        NodeSkipped: NodeState.SKIPPED,
        NodeUpstreamFailed: NodeState.UPSTREAM_FAILED,
        NodeCancelled: NodeState.CANCELLED,
    }
)
"""To which state each event brings its node run."""

_AT_WORK = frozenset({RunState.RUNNING, RunState.CANCELLING})
"""While its run is in these states, a node run may change."""


def needs_token(event: Event) -> bool:
    """Whether only the run's runner may say `event`."""
    return not isinstance(event, RunStarted | RunCancelRequested)


def run_state_after(event: RunEvent) -> RunState:
    """The state `event` brings its run to."""
    match event:
        case RunStarted():
            return RunState.RUNNING
        case RunCancelRequested():
            return RunState.CANCELLING
        case RunFinished():
            return event.state


def run_states_allowing(event: Event) -> frozenset[RunState]:
    """States in which a run must be for `event` to happen to it, or to one of its nodes."""
    if isinstance(event, NodeEvent):
        return _AT_WORK
    if isinstance(event, RunFinished) and not event.state.is_terminal:
        return frozenset()
    return run_states_before(run_state_after(event))


def node_states_allowing(event: NodeEvent) -> frozenset[NodeState]:
    """States in which a node run must be for `event` to happen to it."""
    return node_states_before(NODE_TARGETS[type(event)])


def is_legal(run: RunRecord, node_run: NodeRunRecord | None, event: Event, token: Token | None) -> bool:
    """Whether `event`, said by the holder of `token`, may change these records.

    An attempt must be the next one by number: a late or repeated start never overwrites the record of another.
    """
    if run.state not in run_states_allowing(event) or (needs_token(event) and token != run.token):
        return False
    if node_run is None or not isinstance(event, NodeEvent):
        return True
    if isinstance(event, NodeStarted) and event.attempt != node_run.attempt + 1:
        return False
    return node_run.state in node_states_allowing(event)


def refused(run: RunRecord, node_run: NodeRunRecord | None, event: Event, token: Token | None) -> IllegalMove:
    """The error that says why `event` did not happen; its facts are ``run``, ``node``, ``from`` and ``to``."""
    node = node_run.node if node_run else None
    before = node_run.state if node_run else run.state
    after = NODE_TARGETS[type(event)] if isinstance(event, NodeEvent) else run_state_after(event)
    if needs_token(event) and token != run.token:
        message = "This runner may not write to the run: it is not, or no longer, the one that has it"
        hint = f"stop this runner; `jupyter dataops show {run.run_id}` tells how the run went on"
    elif run.state not in run_states_allowing(event) and node_run:
        message = f"A node cannot become {after} while its run is {run.state}"
        hint = "start a new run with `jupyter dataops retry`" if run.state.is_terminal else "take the run first"
    elif isinstance(event, NodeStarted) and node_run and event.attempt != node_run.attempt + 1:
        message = f"Attempt {event.attempt} cannot start: the next one is {node_run.attempt + 1}"
        hint = "read the node run again"
    else:
        message = f"A {'node' if node_run else 'run'} that is {before} cannot become {after}"
        hint = "it changed meanwhile: read it again"
    where = f"node {node}, run {run.run_id}" if node else f"run {run.run_id}"
    facts = {"run": run.run_id, "node": node, "from": before, "to": after}
    return IllegalMove(message, where=where, hint=hint, **facts)
