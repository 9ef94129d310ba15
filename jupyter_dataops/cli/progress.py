"""What a run looks like while it runs: the run's and the nodes' records, with every event folded in. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from jupyter_dataops.events import (
    Event,
    NodeStarted,
    NodeSucceeded,
    RunCancelRequested,
    RunFinished,
    RunStarted,
    node_run_after,
    run_after,
)
from jupyter_dataops.ids import NodeName
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.records import Failure, NodeRunRecord, RunRecord
from jupyter_dataops.states import NodeState


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at one instant."""

    run: RunRecord
    nodes: Mapping[NodeName, NodeRunRecord]
    """In document order."""
    cells: Mapping[NodeName, tuple[int, int]] = field(default_factory=dict)
    """Cells done, and cells altogether, of the latest attempt."""


def progress_after(progress: Progress, event: Event | CellFinished) -> Progress:
    """`progress` with `event` folded in."""
    match event:
        case CellFinished():
            return replace(progress, cells={**progress.cells, event.job.node: (event.done, event.total)})
        case RunStarted() | RunCancelRequested() | RunFinished():
            return replace(progress, run=run_after(progress.run, event))
        case _:
            node_run = node_run_after(progress.nodes[event.node], event)
            cells = {**progress.cells}
            if isinstance(event, NodeStarted):
                cells.pop(event.node, None)
            return replace(progress, nodes={**progress.nodes, event.node: node_run}, cells=cells)


def event_detail(event: Event) -> str:
    """What `event` has to say beyond the state it leads to."""
    match event:
        case RunStarted():
            return f"run {event.run_id}"
        case NodeStarted():
            return f"attempt {event.attempt}"
        case NodeSucceeded():
            return f"hands on {', '.join(event.outputs)}" if event.outputs else ""
        case _:
            failure: Failure | None = getattr(event, "failure", None)
            return error_and_reason(failure_line(failure) if failure else "", event.reason)


def error_and_reason(error: str, reason: str) -> str:
    """Both, or one alone where it says the other already."""
    if error in reason or reason in error:
        return max(error, reason, key=len)
    return f"{error}; {reason}"


def failure_line(failure: Failure) -> str:
    """Exception and message, the latter's first line."""
    message = failure.evalue.strip().splitlines()
    return f"{failure.ename}: {message[0]}" if message else failure.ename


def node_detail(node_run: NodeRunRecord) -> str:
    """What the table says about a node: its error, else the reason for its state."""
    if node_run.failure is not None and node_run.state is not NodeState.SUCCEEDED:
        return failure_line(node_run.failure)
    return node_run.reason


def elapsed_s(started_at: datetime | None, finished_at: datetime | None, now: datetime) -> float | None:
    """Seconds since the start, or up to the end; `None` before the start."""
    if started_at is None:
        return None
    return max(0.0, ((finished_at or now) - started_at).total_seconds())


def count_states(nodes: Iterable[NodeRunRecord]) -> Mapping[NodeState, int]:
    """How many nodes are in each state, in the states' order; states without a node are left out."""
    counts = Counter(node_run.state for node_run in nodes)
    return {state: counts[state] for state in NodeState if counts[state]}


# What somebody who watches wants to see when not all fits: trouble and movement first.
_ORDER: Final = {
    state: rank
    for rank, state in enumerate(
        (
            NodeState.FAILED,
            NodeState.RUNNING,
            NodeState.RETRYING,
            NodeState.QUEUED,
            NodeState.CANCELLED,
            NodeState.UPSTREAM_FAILED,
            NodeState.PENDING,
            NodeState.SUCCEEDED,
            NodeState.SKIPPED,
            NodeState.REUSED,
        )
    )
}


def most_telling(nodes: Sequence[NodeRunRecord], limit: int) -> Sequence[NodeRunRecord]:
    """At most `limit` of `nodes`, those that tell most, in their given order."""
    if len(nodes) <= limit:
        return nodes
    ranked = sorted(range(len(nodes)), key=lambda index: (_ORDER[nodes[index].state], index))
    return [nodes[index] for index in sorted(ranked[: max(limit, 0)])]
