"""What is stored, as frozen values.

Times are aware UTC. `None` means "not yet" or "not so"; an empty string never stands for a missing value.
"""

from __future__ import annotations

from jupyter_dataops.records.deployments import MoveRecord, VersionRecord
from jupyter_dataops.records.runs import (
    ArtifactRecord,
    AttemptRecord,
    AuditRecord,
    EarlierResult,
    EventRecord,
    Failure,
    Happening,
    ItemRecord,
    NodeRunRecord,
    OutputRecord,
    ResultRecord,
    RunChanges,
    RunnerRecord,
    RunOverview,
    RunRecord,
    SlotHolder,
    Usage,
)

__all__ = [
    "ArtifactRecord",
    "AttemptRecord",
    "AuditRecord",
    "EarlierResult",
    "EventRecord",
    "Failure",
    "Happening",
    "ItemRecord",
    "MoveRecord",
    "NodeRunRecord",
    "OutputRecord",
    "ResultRecord",
    "RunChanges",
    "RunOverview",
    "RunRecord",
    "RunnerRecord",
    "SlotHolder",
    "Usage",
    "VersionRecord",
]
