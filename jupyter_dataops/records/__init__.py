"""What is stored, as frozen values.

Times are aware UTC. `None` means "not yet" or "not so"; an empty string never stands for a missing value.
"""

from __future__ import annotations

from jupyter_dataops.records.assets import AssetRecord, AssetUse
from jupyter_dataops.records.deployments import MoveRecord, VersionRecord
from jupyter_dataops.records.notices import NoticeRecord
from jupyter_dataops.records.runs import (
    NOTHING_WRITTEN,
    ArtifactRecord,
    AttemptRecord,
    AuditRecord,
    EarlierResult,
    EventRecord,
    Failure,
    Happening,
    ItemRecord,
    LoadedAsset,
    NewRun,
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
from jupyter_dataops.records.schedules import (
    FireRecord,
    FireStart,
    OpenFire,
    PollRecord,
    ScheduleChange,
    ScheduleRecord,
    ServiceRecord,
    SignalRecord,
    Turn,
)

__all__ = [
    "NOTHING_WRITTEN",
    "ArtifactRecord",
    "AssetRecord",
    "AssetUse",
    "AttemptRecord",
    "AuditRecord",
    "EarlierResult",
    "EventRecord",
    "Failure",
    "FireRecord",
    "FireStart",
    "Happening",
    "ItemRecord",
    "LoadedAsset",
    "MoveRecord",
    "NewRun",
    "NodeRunRecord",
    "NoticeRecord",
    "OpenFire",
    "OutputRecord",
    "PollRecord",
    "ResultRecord",
    "RunChanges",
    "RunOverview",
    "RunRecord",
    "RunnerRecord",
    "ScheduleChange",
    "ScheduleRecord",
    "ServiceRecord",
    "SignalRecord",
    "SlotHolder",
    "Turn",
    "Usage",
    "VersionRecord",
]
