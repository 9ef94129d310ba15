"""Which notebook a condition is asked beside: its code is that of the version that is live, should one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.versions import bundles_of, find_live, find_name, opened
from jupyter_dataops.interfaces import DeploymentStore
from jupyter_dataops.records import ScheduleRecord

NotebookOf = Callable[[ScheduleRecord], Path]


def working_copy(schedule: ScheduleRecord) -> Path:
    """The notebook itself, as it is now."""
    return Path(schedule.notebook)


def notebooks_in(settings: Settings) -> NotebookOf:
    """What finds the notebook whose code counts now: of a deployed schedule, that in the bundle of the live version.

    It raises as `jupyter_dataops.deploying.versions.find_live` does, and where the bundle is gone or damaged.
    """

    def find(schedule: ScheduleRecord) -> Path:
        if not schedule.deployed:
            return working_copy(schedule)
        with opened(settings) as store:
            return live_notebook(schedule, store, settings)

    return find


def live_notebook(schedule: ScheduleRecord, store: DeploymentStore, settings: Settings) -> Path:
    """The notebook of the version that a deployed schedule runs now. Raises as `notebooks_in` says."""
    environment = schedule.environment or ""
    name = schedule.deployment or find_name(schedule.notebook, environment, store)
    version, _ = find_live(name, environment, store)
    bundles = bundles_of(settings)
    return bundles.notebook(version.digest, bundles.read(version.digest))
