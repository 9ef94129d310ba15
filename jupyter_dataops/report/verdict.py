"""What became of a run, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from jupyter_dataops.records import NodeRunRecord, RunRecord
from jupyter_dataops.report.looks import counts_sentence, is_at_fault, tolerated_among, troubles_of
from jupyter_dataops.report.quantities import duration_text
from jupyter_dataops.states import RunState


def first_failure(node_runs: Sequence[NodeRunRecord]) -> NodeRunRecord | None:
    """The node, or blocking check, that failed first; an ``each:`` node may have tolerated what failed before."""
    tolerated = tolerated_among(node_runs)
    failed = [one for one in troubles_of(node_runs) if is_at_fault(one) and one.node not in tolerated]
    ended = [(one.finished_at, index) for index, one in enumerate(failed) if one.finished_at is not None]
    if not ended:
        return failed[0] if failed else None
    return failed[min(ended)[1]]


def place_of(node_run: NodeRunRecord, number: int | None) -> str:
    """Where the node's failure is: cell and line of its notebook, as far as they are known.

    Parameters
    ----------
    number
        Of the cell, from 1.
    """
    line = node_run.failure.line if node_run.failure else None
    if number is None:
        return ""
    return f"cell {number}" if line is None else f"cell {number}, line {line}"


def verdict(
    run: RunRecord, node_runs: Sequence[NodeRunRecord], now: datetime, number_of: Callable[[NodeRunRecord], int | None]
) -> str:
    """The run's state, how long it took, what failed first and where; else how many nodes came to which state.

    Parameters
    ----------
    number_of
        The number of the cell in which a node failed.
    """
    took = duration_text(((run.finished_at or now) - run.started_at).total_seconds()) if run.started_at else ""
    said = {
        RunState.QUEUED: "Waits for a runner",
        RunState.RUNNING: f"Running for {took}",
        RunState.CANCELLING: f"Being cancelled, after {took}",
        RunState.SUCCEEDED: f"Succeeded in {took}",
        RunState.FAILED: f"Failed after {took}",
        RunState.CRASHED: f"Crashed after {took}" if took else "Crashed",
        RunState.CANCELLED: f"Cancelled after {took}" if took else "Cancelled",
    }[run.state]
    first = first_failure(node_runs)
    if first is not None and first.failure is not None:
        what = "check" if first.severity else "node"
        place = place_of(first, number_of(first))
        return f"{said}: {what} {first.node} failed first{f' in {place}' if place else ''}: {first.failure.headline}."
    if run.state in (RunState.CRASHED, RunState.CANCELLED, RunState.CANCELLING) and run.reason:
        return f"{said}: {run.reason}."
    return f"{said}: {counts_sentence(node_runs)}."
