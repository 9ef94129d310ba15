"""From claimed fires to queued runs, a portion of them at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.api.asset_digests import newest_assets
from jupyter_dataops.api.environments import configured_parameters, settings_of_live
from jupyter_dataops.api.fingerprints import SteadyFingerprints
from jupyter_dataops.api.fire_parameters import parameters_of
from jupyter_dataops.api.interpreters import Interpreter, interpreter_of
from jupyter_dataops.api.launch import Keep, Request, create_run
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.deploying.launch import Launchable, Wishes, launch, resolve
from jupyter_dataops.errors import UsageError
from jupyter_dataops.records import FireRecord, ScheduleRecord

Found = TypeVar("Found")


class Maker(Protocol):
    """Makes the runs of fires that were decided together. A service calls it, from several threads at once."""

    def make(self, fire: FireRecord, schedule: ScheduleRecord, previous_success: datetime | None, keep: Keep) -> None:
        """The fire's run, under the id that the fire has, was handed to `keep`.

        Parameters
        ----------
        previous_success
            The latest fire time before this one whose run succeeded.

        Raises
        ------
        DataOpsError
            No run can be made of it: the fire has failed to start. Whatever `keep` raises goes through.
        """
        ...


class Once:
    """What was looked up, by key: each thing once, whoever asks first; what could not be is looked up again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[Hashable, threading.Lock] = {}
        self._found: dict[Hashable, object] = {}

    def get(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What `find` has answered under that key, now or before."""
        if key not in self._found:
            with self._lock:
                own = self._locks.setdefault(key, threading.Lock())
            with own:
                if key not in self._found:
                    self._found[key] = find()
        return cast(Found, self._found[key])


class _Prepared(Struct, frozen=True):
    """A notebook with what is configured beside it, and what surrounds it."""

    pipeline: Pipeline
    fingerprints: SteadyFingerprints


class Portion:
    """A `Maker` that reads configuration, notebooks and what surrounds them once for all fires that share them.

    All see the world as it was after they were claimed, and before the first of their runs was begun.

    Parameters
    ----------
    settings
        Of the service: where the store is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._once = Once()

    def make(self, fire: FireRecord, schedule: ScheduleRecord, previous_success: datetime | None, keep: Keep) -> None:
        """The fire's run was made; see `Maker.make`."""
        by = fire.asked_by or f"schedule {schedule.name}"
        if schedule.deployed:
            self._make_deployed(fire, schedule, previous_success, by, keep)
            return
        key = ("notebook", schedule.notebook, schedule.environment)
        found = self._once.get(key, partial(self._prepare, Path(schedule.notebook), schedule.environment))
        pipeline, options = found.pipeline, schedule.options
        select, changed = options.get("select"), bool(options.get("changed"))
        given = parameters_of(schedule, fire, previous_success, pipeline.parameters)
        parameters = {**configured_parameters(pipeline.settings, pipeline.parameters), **given}
        request = Request(
            notebook=pipeline.path,
            working_dir=pipeline.path.parent,
            parameters=parameters,
            jobs=options.get("jobs") or pipeline.settings.jobs,
            fail_fast=bool(options.get("fail_fast")),
            select=select,
            run_id=fire.run_id,
            schedule=origin_of(schedule, fire),
        )
        plan = pipeline.plan(parameters, select=select, changed=changed, fingerprints=found.fingerprints)
        create_run(pipeline.analysed, plan, request, replace(pipeline.settings, actor=by), keep)

    def _make_deployed(
        self, fire: FireRecord, schedule: ScheduleRecord, previous_success: datetime | None, by: str, keep: Keep
    ) -> None:
        """The same, of the version that is live in the schedule's environment."""
        require_environment(schedule)
        # Its notebook may be deployed under other names, too.
        wanted, environment = schedule.deployment or schedule.notebook, schedule.environment or ""
        found, fingerprints = self._once.get(
            ("version", wanted, environment), partial(self._find_live, wanted, environment)
        )
        options = schedule.options
        wishes = Wishes(
            parameters=parameters_of(schedule, fire, previous_success, found.pipeline.parameters),
            jobs=options.get("jobs"),
            fail_fast=bool(options.get("fail_fast")),
            select=options.get("select"),
            changed=bool(options.get("changed")),
            run_id=fire.run_id,
            schedule=origin_of(schedule, fire),
            by=by,
        )
        launch(found, wishes, keep=keep, fingerprints=fingerprints)

    def _prepare(self, notebook: Path, environment: str | None) -> _Prepared:
        folder = notebook.parent
        settings = self._once.get(
            ("settings", folder, environment), lambda: settings_for(notebook, self._settings, environment)
        )
        pipeline = Pipeline(notebook, settings=settings)
        return _Prepared(pipeline, self._fingerprints(pipeline))

    def _find_live(self, wanted: str, environment: str) -> tuple[Launchable, SteadyFingerprints]:
        found = resolve(wanted, environment, settings_of_live(environment, store=self._settings.store))
        return found, self._fingerprints(found.pipeline)

    def _fingerprints(self, pipeline: Pipeline) -> SteadyFingerprints:
        assets = newest_assets(pipeline.settings)
        return SteadyFingerprints(pipeline.analysed, pipeline.path.parent, assets, self._interpreter)

    def _interpreter(self, kernel: str) -> Interpreter:
        return self._once.get(("kernel", kernel), partial(interpreter_of, kernel))


def require_environment(schedule: ScheduleRecord) -> None:
    """Return if a schedule of a live version says where that is live. Raises `UsageError`."""
    if schedule.deployed and not schedule.environment:
        raise UsageError(
            f"schedule '{schedule.name}' runs the version that is live in an environment, and names none",
            hint="add it with its environment, --env ENV, or without --deployed, to run the notebook as it is",
        )


def settings_for(notebook: Path, settings: Settings, environment: str | None) -> Settings:
    """What is configured beside a notebook, in an environment (`None`: in none), but for the store."""
    return load_settings(notebook.parent, store=settings.store, environment=environment or "")


def origin_of(schedule: ScheduleRecord, fire: FireRecord) -> Mapping[str, Any]:
    """What a run keeps of where it comes from, JSON-able."""
    return {
        "name": schedule.name,
        "schedule_id": schedule.schedule_id,
        "fire_time": fire.fire_time.isoformat(),
        "kind": fire.kind.value,
        "reason": fire.why,
    }
