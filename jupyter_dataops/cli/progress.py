"""What a run looks like while it runs: the run's and the nodes' records, with every event folded in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from jupyter_dataops.events import (
    Event,
    NodeExpanded,
    NodeReopened,
    NodeStarted,
    NodeSucceeded,
    RunCancelRequested,
    RunEvent,
    RunResumed,
    RunStarted,
    node_run_after,
    run_after,
)
from jupyter_dataops.ids import NodeName
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.records import Failure, NodeRunRecord, RunRecord
from jupyter_dataops.report.tree import Row
from jupyter_dataops.states import LOOKS, NodeState


class Progress(Struct):
    """A run as its events have left it. For one thread at a time."""

    run: RunRecord
    nodes: dict[NodeName, NodeRunRecord]
    """In no certain order; see `jupyter_dataops.report.tree.rows_of`."""
    cells: dict[NodeName, tuple[int, int]] = field(default_factory=dict)
    """Cells done, and cells altogether, of the latest attempt."""

    def apply(self, event: Event | CellFinished) -> None:
        """Fold `event` in. Costs the same however many nodes there are."""
        if isinstance(event, CellFinished):
            self.cells[event.job.node] = (event.done, event.total)
        elif isinstance(event, RunEvent):
            self.run = run_after(self.run, event)
        else:
            self.nodes[event.node] = node_run_after(self.nodes[event.node], event)
            if isinstance(event, NodeStarted):
                self.cells.pop(event.node, None)
            elif isinstance(event, NodeExpanded):
                self.nodes.update({child.node: child for child in event.children})


def event_detail(event: Event) -> str:
    """What `event` has to say beyond the state it leads to."""
    match event:
        case RunStarted():
            return f"run {event.run_id}"
        case RunResumed():
            return f"run {event.run_id}, resumed by {event.by}"
        case NodeExpanded():
            return f"expands to {sum(child.severity is None for child in event.children)}"
        case NodeReopened() | RunCancelRequested():
            return f"{event.reason} (asked by {event.by})" if event.by else event.reason
        case NodeStarted():
            return f"attempt {event.attempt}"
        case NodeSucceeded():
            return f"hands on {', '.join(event.outputs)}" if event.outputs else ""
        case _:
            failure: Failure | None = getattr(event, "failure", None)
            return error_and_reason(failure.headline if failure else "", event.reason)


def error_and_reason(error: str, reason: str) -> str:
    """Both, or one alone where it says the other already."""
    if error in reason or reason in error:
        return max(error, reason, key=len)
    return f"{error}; {reason}"


def node_detail(node_run: NodeRunRecord) -> str:
    """What the table says about a node: its error, else the reason for its state."""
    if node_run.failure is not None and node_run.state is not NodeState.SUCCEEDED:
        return node_run.failure.headline
    return node_run.reason


def row_detail(row: Row) -> str:
    """The same for a row; of a group that is not done, how many of its children are in which state."""
    if not row.children or row.node_run.state.is_done:
        return node_detail(row.node_run)
    return counts_text({state: count for state, count in row.children.items() if state is not NodeState.SUCCEEDED})


def counts_text(counts: Mapping[NodeState, int]) -> str:
    """How many are in each state, with its symbol.

    Examples
    --------
    >>> counts_text({NodeState.RUNNING: 4, NodeState.FAILED: 1})
    '▶ 4 running  ✘ 1 failed'
    """
    return "  ".join(f"{LOOKS[state].symbol} {count} {state.value}" for state, count in counts.items())


def elapsed_s(started_at: datetime | None, finished_at: datetime | None, now: datetime) -> float | None:
    """Seconds since the start, or up to the end; `None` before the start."""
    if started_at is None:
        return None
    return max(0.0, ((finished_at or now) - started_at).total_seconds())


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


def most_telling(rows: Sequence[Row], limit: int) -> Sequence[Row]:
    """At most `limit` of `rows`, those that tell most, in their given order."""
    if len(rows) <= limit:
        return rows
    ranked = sorted(range(len(rows)), key=lambda index: (_ORDER[rows[index].node_run.state], index))
    return [rows[index] for index in sorted(ranked[: max(limit, 0)])]
