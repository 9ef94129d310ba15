"""What is stored, as frozen values.

Times are aware UTC. `None` means "not yet" or "not so"; an empty string never stands for a missing value.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from jupyter_dataops.records.assets import AssetRecord, AssetUse
    from jupyter_dataops.records.deployments import MoveRecord, VersionRecord
    from jupyter_dataops.records.notices import NoticeRecord
    from jupyter_dataops.records.outcomes import ArtifactRecord, Failure, ItemRecord, LoadedAsset, OutputRecord, Usage
    from jupyter_dataops.records.runs import (
        NOTHING_WRITTEN,
        AttemptRecord,
        AuditRecord,
        EarlierResult,
        EventRecord,
        Happening,
        NewRun,
        NodeRunRecord,
        ResultRecord,
        RunChanges,
        RunnerRecord,
        RunOverview,
        RunRecord,
        SlotHolder,
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

# Loaded when first used: a kernel needs a few of them, and the classes take half a millisecond each to be made.
_NAMES: Final = {
    "assets": "AssetRecord AssetUse",
    "deployments": "MoveRecord VersionRecord",
    "notices": "NoticeRecord",
    "outcomes": "ArtifactRecord Failure ItemRecord LoadedAsset OutputRecord Usage",
    "runs": "NOTHING_WRITTEN AttemptRecord AuditRecord EarlierResult EventRecord Happening NewRun "
    "NodeRunRecord ResultRecord RunChanges RunOverview RunRecord RunnerRecord SlotHolder",
    "schedules": "FireRecord FireStart OpenFire PollRecord "
    "ScheduleChange ScheduleRecord ServiceRecord SignalRecord Turn",
}
_HOMES: Final = {name: module for module, names in _NAMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'jupyter_dataops.records' has no attribute '{name}'")
    found = globals()[name] = getattr(import_module(f"jupyter_dataops.records.{_HOMES[name]}"), name)
    return found
