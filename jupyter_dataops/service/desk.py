"""What all operations share: the store, kept open; pictures of runs; settings; how files are called."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from jupyter_dataops.api.paths import stored_path
from jupyter_dataops.api.recovery import find_dead_runs
from jupyter_dataops.api.run import Run
from jupyter_dataops.artifacts.unsigned import UnsignedReader
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError, StoreError, StoreUnavailable
from jupyter_dataops.ids import RunId
from jupyter_dataops.interfaces import DeploymentStore, RunStore
from jupyter_dataops.records import RunRecord
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.service.pictures import Picture
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.recent import Recent
from jupyter_dataops.service.views import run_summary
from jupyter_dataops.service.wire.pipelines import Preview
from jupyter_dataops.service.wire.runs import RunSummary
from jupyter_dataops.service.wire.watching import Refusal
from jupyter_dataops.spec.notebook import name_of, parse_notebook
from jupyter_dataops.wiring import Layout, Stores, SystemClock, open_stores, open_unsigned_reader

SettingsIn = Callable[[Path], Settings]
"""The settings for runs of notebooks in a folder; their store is the service's."""

LOOK_FOR_DEAD_S: Final = 2.0
"""How often runs are looked through for those whose runner has died, at most."""
_PICTURES: Final = 16
_PREVIEWS: Final = 4
_REFUSED: Final = 100


class Version(NamedTuple):
    """How the store was when somebody looked; where it is another one, there may be something new."""

    opening: int
    """How often it had been opened: data versions of different openings cannot be compared."""
    data: int
    """See `RunStore.get_data_version`."""


class Desk:
    """The store, opened when it is first needed and anew after trouble, and what was made of it last.

    Safe to use from several threads.
    """

    def __init__(
        self,
        places: Places,
        settings: Settings,
        settings_in: SettingsIn | None = None,
        *,
        open_stores: Callable[[Settings], Stores] = open_stores,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.places = places
        self.settings = settings
        self.layout = Layout.of(settings)
        self.clock = SystemClock()
        self._settings_in = settings_in
        self._open_stores = open_stores
        self.monotonic_s = monotonic_s
        self._lock = threading.RLock()
        self._stores: Stores | None = None
        self._opening = 0
        self._pictures: Recent[tuple[int, RunId], Picture] = Recent(_PICTURES)
        self.previews: Recent[Any, Preview] = Recent(_PREVIEWS)
        self.refused: Recent[str, Refusal] = Recent(_REFUSED)
        """Why versions did not become live although their tests, runs of these ids, succeeded."""
        self._looked_at_s = -LOOK_FOR_DEAD_S
        self._name_of = lru_cache(maxsize=1024)(self._read_name)

    # -- settings

    def settings_in(self, folder: Path, actor: str | None = None) -> Settings:
        """Settings for runs of a notebook in `folder` that `actor` asks for; they are kept in this store."""
        found = self._settings_in(folder) if self._settings_in else self.settings
        return replace(found, store=self.settings.store, actor=actor or found.actor)

    # -- the store

    @property
    def store(self) -> RunStore:
        """Runs, opened when first asked for."""
        return self.stores.runs

    @property
    def stores(self) -> Stores:
        """All that is kept, opened when first asked for."""
        return self._open()[0]

    def _open(self) -> tuple[Stores, int]:
        with self._lock:
            if self._stores is None:
                self._stores = self._open_stores(self.settings)
                self._opening += 1
            return self._stores, self._opening

    @property
    def deployments(self) -> DeploymentStore:
        """Versions and live pointers, opened when first asked for."""
        return self.stores.deployments

    def schedules(self, actor: str | None = None) -> Schedules:
        """What `actor` may do with the schedules of the store; not to be closed by who asks."""
        settings = replace(self.settings, actor=actor or self.settings.actor)
        return Schedules(settings, stores=self.stores, clock=self.clock)

    def reader(self, run: RunRecord) -> UnsignedReader:
        """Reads stored values of `run` without running code that came with them."""
        return open_unsigned_reader(self.artifacts_of(run))

    def artifacts_of(self, run: RunRecord) -> str:
        """Address of the artifact store that has the values of `run`."""
        return Layout.of(self.settings, run).artifacts

    def version(self) -> Version:
        """How the store is now. Costs microseconds."""
        stores, opening = self._open()
        return Version(opening, stores.runs.get_data_version())

    def forget(self, error: DataOpsError) -> None:
        """Where the store cannot be used as it is open, it is opened anew when next asked for."""
        if type(error) is not StoreError and not isinstance(error, StoreUnavailable):
            return
        self.close()

    def close(self) -> None:
        """Release the store. A second call does nothing; a later question opens it again."""
        with self._lock:
            stores, self._stores = self._stores, None
            self._pictures.clear()
        if stores is not None:
            stores.close()

    # -- runs

    def look_for_dead(self, *, at_once: bool = False) -> None:
        """Runs whose runner has died say so, if nobody has looked for a while."""
        with self._lock:
            now_s = self.monotonic_s()
            if not at_once and now_s - self._looked_at_s < LOOK_FOR_DEAD_S:
                return
            self._looked_at_s = now_s
        find_dead_runs(self.store, self.layout, self.clock)

    def runner_ended(self) -> None:
        """Call when a runner's process has ended: should it have died, its run says so. Never raises."""
        try:
            with closing(self._open_stores(self.settings)) as stores:
                find_dead_runs(stores.runs, self.layout, self.clock)
        except DataOpsError:
            return  # whoever looks next finds out, too

    def find_run(self, name: str, notebook: Path | None = None) -> RunRecord:
        """The run meant by an id, a unique prefix of one, or ``last`` (of `notebook`). Raises `RunNotFound`."""
        self.look_for_dead()
        return self.store.find_run(name, stored_path(notebook))

    def open_run(self, name: str, actor: str | None = None) -> Run:
        """The same as the Python API has it."""
        record = self.find_run(name)
        return Run(record, self.settings_in(Path(record.notebook).parent, actor))

    def picture(self, run_id: RunId) -> Picture:
        """The run as it is now."""
        stores, opening = self._open()
        version, key = stores.runs.get_data_version(), (opening, run_id)
        found = self._pictures.get(key)
        if found is None:
            found = self._pictures.put(key, Picture(run_id, stores.runs, version, self.places, opening=opening))
        found.refresh(version)
        found.look_at_notebook()
        return found

    def summary(self, run: RunRecord) -> RunSummary:
        """One run in a line."""
        overview = self.store.get_overviews([run.run_id]).get(run.run_id)
        return run_summary(run, overview, self._name(run), self.places.shown(Path(run.notebook)))

    def summaries(self, notebook: Path | None, limit: int, *, deployed: bool = True) -> list[RunSummary]:
        """The latest runs, newest first; of a notebook also those of its deployed versions, unless not wanted."""
        store, path = self.store, str(notebook) if notebook else None
        deployments = self.deployments.find_deployments(path) if deployed and path else ()
        found = store.get_runs(path, limit, deployments=deployments)
        overviews = store.get_overviews([run.run_id for run in found])
        # Asked once for each notebook, not for each run: every answer reads where links on its way lead.
        shown = {path: self.places.shown(Path(path)) for path in {run.notebook for run in found}}
        return [run_summary(run, overviews.get(run.run_id), self._name(run), shown[run.notebook]) for run in found]

    def _name(self, run: RunRecord) -> str:
        said: Mapping[str, object] = run.options
        return str(said["name"]) if said.get("name") else self._name_of(run.snapshot, run.notebook)

    def _read_name(self, snapshot: str, notebook: str) -> str:
        """Of a run that an earlier version has made."""
        stem = Path(notebook).stem
        try:
            return name_of(parse_notebook(self.store.get_snapshot(snapshot), notebook), stem)  # type: ignore[arg-type]
        except DataOpsError:
            return stem
