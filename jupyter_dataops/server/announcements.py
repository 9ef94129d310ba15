"""Jupyter events about runs: their schemas, and their data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.records import Happening, NodeRunRecord, RunOverview, RunRecord
from jupyter_dataops.states import RunState

_NAMESPACE: Final = "https://schema.jupyter.org/jupyter_dataops"
RUN_STATE: Final = f"{_NAMESPACE}/run_state/v1"
NODE_FAILED: Final = f"{_NAMESPACE}/node_failed/v1"
RUN_ENDED: Final = f"{_NAMESPACE}/run_ended/v1"

SCHEMAS: Final = tuple(sorted((Path(__file__).parent / "events").glob("*.yaml")))
"""Files of the schemas, one for each event."""
_MOST_TEXT: Final = 500
_MOST_FAILED: Final = 20


class Announcement(Struct, frozen=True):
    """An event, ready to be emitted."""

    schema_id: str
    data: Mapping[str, Any]


def run_state(run: RunRecord, path: str | None, state: RunState, one: Happening) -> Announcement:
    """The run has come to `state`."""
    reason = run.reason if run.state is state else None
    data = {"state": state.value, "at": one.at.isoformat(), "reason": reason, "created_by": run.created_by}
    return Announcement(RUN_STATE, {**_run(run, path), **data})


def node_failed(run: RunRecord, path: str | None, node_run: NodeRunRecord, at: datetime) -> Announcement:
    """The node's last attempt failed: it will not be tried again by itself."""
    failure = node_run.failure
    data = {
        "node": node_run.node,
        "attempt": node_run.attempt,
        "severity": node_run.severity.value if node_run.severity else None,
        "cause": failure.cause.value if failure else None,
        "ename": failure.ename if failure else "",
        "evalue": failure.evalue[:_MOST_TEXT] if failure else "",
        "cell_id": failure.cell_id if failure else None,
        "line": failure.line if failure else None,
        "reason": node_run.reason,
        "at": at.isoformat(),
    }
    return Announcement(NODE_FAILED, {**_run(run, path), **data})


def run_ended(run: RunRecord, path: str | None, state: RunState, overview: RunOverview | None) -> Announcement:
    """The run has ended."""
    is_timed = run.started_at is not None and run.finished_at is not None
    data = {
        "state": state.value,
        "reason": run.reason,
        "started_at": run.started_at.isoformat() if run.started_at else None,
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "duration_s": (run.finished_at - run.started_at).total_seconds() if is_timed else None,  # type: ignore[operator]
        "counts": {node_state.value: count for node_state, count in overview.counts.items()} if overview else {},
        "failed": list(overview.failed[:_MOST_FAILED]) if overview else [],
    }
    return Announcement(RUN_ENDED, {**_run(run, path), **data})


def _run(run: RunRecord, path: str | None) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "name": str(run.options.get("name") or Path(run.notebook).stem),
        "path": path,
        "parent_run_id": run.parent_run_id,
    }
