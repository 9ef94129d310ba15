"""Which event may change which record: the one rule that every store follows. Pure.

A store in SQL turns the same sets into a ``WHERE`` clause, so that check and change are one statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, assert_never

from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.events import (
    Event,
    NodeCancelled,
    NodeEvent,
    NodeExpanded,
    NodeFailed,
    NodeHeld,
    NodeQueued,
    NodeReopened,
    NodeRetrying,
    NodeReused,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    NodeUpstreamFailed,
    RunCancelRequested,
    RunCrashed,
    RunEvent,
    RunFinished,
    RunResumed,
    RunStarted,
)
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.records import NodeRunRecord, RunRecord
from jupyter_dataops.states import (
    CheckSeverity,
    FailureCause,
    NodeState,
    RunState,
    node_states_before,
    run_states_before,
)

NODE_TARGETS: Final[Mapping[type[NodeEvent], NodeState]] = MappingProxyType(
    {
        NodeQueued: NodeState.QUEUED,
        NodeHeld: NodeState.QUEUED,
        NodeExpanded: NodeState.RUNNING,
        NodeReopened: NodeState.PENDING,
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

AT_WORK: Final = frozenset({RunState.RUNNING, RunState.CANCELLING})
"""While its run is in these states, a node run may change, and a runner has a lease."""

_NAMES_SHOWN = 5
_AGAIN = "it changed meanwhile: read it again"


def needs_token(event: Event) -> bool:
    """Whether only the run's runner may say `event`."""
    return not isinstance(event, RunStarted | RunResumed | RunCancelRequested | NodeReopened)


def needs_nodes_done(event: Event) -> bool:
    """Whether `event` may happen only after every node is done: a run ends before that by a crash alone."""
    return isinstance(event, RunFinished) and event.state is not RunState.CRASHED


def frees_slots(event: Event) -> bool:
    """Whether what the event is about, a node or the whole run, has no more use for slots."""
    return isinstance(
        event,
        NodeSucceeded
        | NodeReused
        | NodeRetrying
        | NodeFailed
        | NodeCancelled
        | NodeExpanded
        | RunFinished
        | RunCrashed,
    )


def refutes(node_run: NodeRunRecord, event: Event) -> bool:
    """Whether a blocking check says that the result of its node is wrong: no later run may use that."""
    is_blocking = node_run.severity is CheckSeverity.ERROR
    return is_blocking and isinstance(event, NodeFailed) and event.failure.cause is FailureCause.CHECK_FAILED


def run_state_after(event: RunEvent) -> RunState:
    """The state `event` brings its run to."""
    match event:
        case RunStarted() | RunResumed():
            return RunState.RUNNING
        case RunCrashed():
            return RunState.CRASHED
        case RunCancelRequested():
            return RunState.CANCELLING
        case RunFinished():
            return event.state
        case _:
            assert_never(event)


def run_states_allowing(event: Event) -> frozenset[RunState]:
    """States in which a run must be for `event` to happen to it, or to one of its nodes."""
    match event:
        case RunStarted():
            return frozenset({RunState.QUEUED})
        case RunResumed():
            return frozenset({RunState.CRASHED})
        case RunCrashed():  # also one whose runner died before it took the run
            return frozenset({RunState.QUEUED, RunState.RUNNING})
        case NodeReopened():
            return frozenset({RunState.RUNNING})
        case RunCancelRequested():
            return run_states_before(RunState.CANCELLING)
        case RunFinished():
            return run_states_before(event.state) if event.state.is_terminal else frozenset()
        case _:
            return AT_WORK


def node_states_allowing(event: NodeEvent) -> frozenset[NodeState]:
    """States in which a node run must be for `event` to happen to it."""
    match event:
        case NodeHeld():
            return frozenset({NodeState.QUEUED})
        case NodeExpanded():
            return frozenset({NodeState.QUEUED, NodeState.RUNNING})
        case _:
            return node_states_before(NODE_TARGETS[type(event)])


def is_legal(run: RunRecord, node_run: NodeRunRecord | None, event: Event, token: Token | None) -> bool:
    """Whether `event`, said by the holder of `token`, may change these two records.

    An attempt must be the next one by number: a late or repeated start never overwrites the record of another. A crash
    is told by the lease that ran out: one that was renewed meanwhile is not a dead runner's. Other node runs have a say
    too, which the store asks for after this: see `needs_nodes_done`, and children must not be there already.
    """
    if run.state not in run_states_allowing(event) or (needs_token(event) and token != run.token):
        return False
    if isinstance(event, RunCrashed) and event.lease_until != run.lease_until:
        return False
    if node_run is None or not isinstance(event, NodeEvent):
        return True
    if isinstance(event, NodeStarted) and event.attempt != node_run.attempt + 1:
        return False
    return node_run.state in node_states_allowing(event)


def refused(
    run: RunRecord,
    node_run: NodeRunRecord | None,
    event: Event,
    token: Token | None,
    *,
    undone: Sequence[NodeName] = (),
    expanded: bool = False,
) -> IllegalMove:
    """The error that says why `event` did not happen; its facts are ``run``, ``node``, ``from``, ``to``, ``undone``.

    Parameters
    ----------
    undone
        Nodes that are not done, where that is the reason.
    expanded
        Whether the reason is that children are there already.
    """
    if undone:
        names = ", ".join(undone[:_NAMES_SHOWN]) + (", ..." if len(undone) > _NAMES_SHOWN else "")
        message, hint = f"The run cannot end: {len(undone)} of its nodes are not done ({names})", _AGAIN
    elif expanded:
        message, hint = "The node has expanded already: a child of that name is there", _AGAIN
    else:
        message, hint = _why(run, node_run, event, token)
    node = node_run.node if node_run else None
    facts: dict[str, Any] = {
        "run": run.run_id,
        "node": node,
        "from": node_run.state if node_run else run.state,
        "to": NODE_TARGETS[type(event)] if isinstance(event, NodeEvent) else run_state_after(event),
        "undone": tuple(undone),
    }
    where = f"node {node}, run {run.run_id}" if node else f"run {run.run_id}"
    return IllegalMove(message, where=where, hint=hint, **facts)


def not_the_runner(run: RunRecord, token: Token | None) -> IllegalMove | None:
    """Why the holder of `token` is not, or no longer, at work on `run`; `None` where it is."""
    if token != run.token:
        message, hint = _another_has_it(run)
    elif run.state not in AT_WORK:
        message, hint = f"This runner has no work: the run is {run.state}", _stop(run)
    else:
        return None
    facts: dict[str, Any] = {"run": run.run_id, "node": None, "from": run.state, "to": run.state, "undone": ()}
    return IllegalMove(message, where=f"run {run.run_id}", hint=hint, **facts)


def _why(run: RunRecord, node_run: NodeRunRecord | None, event: Event, token: Token | None) -> tuple[str, str]:
    after = NODE_TARGETS[type(event)] if isinstance(event, NodeEvent) else run_state_after(event)
    if isinstance(event, RunCrashed) and (token != run.token or event.lease_until != run.lease_until):
        return "The run has not crashed: its runner renewed the lease meanwhile, or another took the run", _AGAIN
    if needs_token(event) and token != run.token:
        return _another_has_it(run)
    if node_run is None:
        return f"A run that is {run.state} cannot become {after}", _AGAIN
    if run.state not in run_states_allowing(event):
        hint = (
            f"start a new run with `jupyter dataops retry {run.run_id}`"
            if run.state.is_terminal
            else "take the run first"
        )
        return f"A node cannot become {after} while its run is {run.state}", hint
    if isinstance(event, NodeStarted) and event.attempt != node_run.attempt + 1:
        return (
            f"Attempt {event.attempt} cannot start: the next one is {node_run.attempt + 1}",
            "read the node run again",
        )
    return f"A node that is {node_run.state} cannot become {after}", _AGAIN


def _another_has_it(run: RunRecord) -> tuple[str, str]:
    return "This runner may not write to the run: it is not, or no longer, the one that has it", _stop(run)


def _stop(run: RunRecord) -> str:
    return f"stop this runner; `jupyter dataops show {run.run_id}` tells how the run went on"
