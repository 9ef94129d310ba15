"""Which changes are somebody's action, and what of it is kept for good. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from jupyter_dataops.events import Event, NodeReopened, RunCancelRequested, RunResumed
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import AuditRecord, RunRecord
from jupyter_dataops.store.codec import created_data, to_json


class Action(Struct, frozen=True):
    """What somebody did; see `AuditRecord`."""

    action: str
    by: str
    details: Mapping[str, Any]
    node: NodeName | None = None


def creation(run: RunRecord) -> Action:
    """The making of `run`."""
    return Action("retry" if run.parent_run_id else "run", run.created_by, created_data(run))


def action_of(event: Event) -> Action | None:
    """The action that `event` tells of; `None` where the engine did it."""
    match event:
        case RunCancelRequested():
            return Action("cancel", event.by, {"reason": event.reason})
        case RunResumed():
            return Action("resume", event.by, {"runner": to_json(event.runner)})
        case NodeReopened() if event.by:
            return Action("retry_node", event.by, {"reason": event.reason}, event.node)
        case _:
            return None


def audit_record(seq: int, at: datetime, action: Action, run: RunRecord) -> AuditRecord:
    """What is kept of `action` on `run`."""
    return AuditRecord(
        seq, at, action.by, action.action, run.run_id, action.node, run.notebook, run.snapshot, action.details
    )
