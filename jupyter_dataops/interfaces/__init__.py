"""Every seam of the package: who calls it, in what order, what it raises, what happens on a second call.

The engine sees these and never an adapter; `jupyter_dataops.wiring` alone chooses adapters.
"""

from __future__ import annotations

from jupyter_dataops.interfaces.assets import AssetStore
from jupyter_dataops.interfaces.deployments import DeploymentStore, Move, NewVersion
from jupyter_dataops.interfaces.notices import NoticeStore, Notifier
from jupyter_dataops.interfaces.runs import (
    ArtifactStore,
    AttemptFailed,
    AttemptReport,
    AttemptSucceeded,
    CellFinished,
    Clock,
    Executor,
    NodeJob,
    Report,
    RunStore,
)
from jupyter_dataops.interfaces.schedules import (
    ScheduleStore,
)

__all__ = [
    "ArtifactStore",
    "AssetStore",
    "AttemptFailed",
    "AttemptReport",
    "AttemptSucceeded",
    "CellFinished",
    "Clock",
    "DeploymentStore",
    "Executor",
    "Move",
    "NewVersion",
    "NodeJob",
    "NoticeStore",
    "Notifier",
    "Report",
    "RunStore",
    "ScheduleStore",
]
