"""The service for the notebooks of one folder, as panels use it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError, DeploymentNotFound, RunNotFound, ScheduleNotFound, UsageError
from jupyter_dataops.panel.seams import Tell, Watching
from jupyter_dataops.service.places import FolderPlaces
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.watcher import Watcher
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.watching import Refusal
from jupyter_dataops.wiring import Stores, open_stores


class FolderSource:
    """See `seams.Source`."""

    def __init__(
        self, folder: Path, settings: Settings, *, open_stores: Callable[[Settings], Stores] = open_stores
    ) -> None:
        self._places = FolderPlaces(folder)
        self._service = Service(self._places, settings, open_stores=open_stores)

    def answer(self, op: str, request: Wire) -> Wire:
        """The response of an operation."""
        return self._service.answer(op, request)

    def watcher(self, tell: Tell) -> Watching:
        """Something that tells."""
        return Watcher(self._service, tell)

    def find_run(self, name: str, path: str) -> str:
        """The full id of a run of the notebook `path`, or of a version of it; what other runs there are is not said."""
        notebook = self._places.absolute(path)
        with suppress(RunNotFound):
            found = self._service.find_run(name, notebook)
            version = deployment_of(found)
            if found.notebook == str(notebook) or (version is not None and version.name in self._deployments(notebook)):
                return found.run_id
        raise RunNotFound(f"{path} has no run {name!r}", hint="choose one of its history")

    def check_owned(self, kind: str, name: str, path: str) -> None:
        """Nothing happens where it is of the notebook `path`; what others there are is not said."""
        notebook = self._places.absolute(path)
        if kind not in ("schedule", "deployment"):
            raise UsageError(f"a panel knows no {kind}")
        if kind == "schedule":
            with suppress(ScheduleNotFound):
                if self._service.desk.stores.schedules.find_schedule(name).notebook == str(notebook):
                    return
            raise ScheduleNotFound(f"{path} has no schedule {name!r}")
        if name not in self._deployments(notebook):
            raise DeploymentNotFound(f"{path} has no deployment {name!r}")

    def _deployments(self, notebook: Path) -> Collection[str]:
        return self._service.desk.deployments.find_deployments(str(notebook))

    def version(self, path: str) -> object:
        """When the notebook was written, and how large it is; `None`: it is not there."""
        try:
            status = self._places.absolute(path).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def refusal(self, error: DataOpsError) -> Refusal:
        """The error as the front end shows it."""
        return self._service.refusal(error)

    def close(self) -> None:
        """Nothing is left open."""
        self._service.close()
