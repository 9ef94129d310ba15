"""From a claimed fire to a run in a process of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from jupyter_dataops.api.cancelling import cancel_run, terminate_run
from jupyter_dataops.api.detached import start_detached
from jupyter_dataops.api.environments import configured_parameters, settings_of, settings_of_live
from jupyter_dataops.api.fire_parameters import parameters_of
from jupyter_dataops.api.launch import Keep, Request, create_run
from jupyter_dataops.api.notifying import receivers_in
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.deploying.launch import Wishes, launch, resolve
from jupyter_dataops.errors import DataOpsError, UsageError
from jupyter_dataops.ids import RunId
from jupyter_dataops.interfaces import Clock, RunStore
from jupyter_dataops.notices.wanted import Receiver
from jupyter_dataops.records import FireRecord, ScheduleRecord
from jupyter_dataops.states import RunState

_LOG: Final = logging.getLogger(__name__)


class Launcher(Protocol):
    """Makes and starts runs. A service calls it, from several threads at once."""

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

    def start(self, run_id: RunId, when_ended: Callable[[], None]) -> None:
        """A process of its own drives the queued or crashed run; `when_ended` is called, in a thread, when it ends.

        Raises
        ------
        EnvironmentRefused
            No process can be started; the run has crashed.
        """
        ...

    def cancel(self, run_id: RunId, reason: str) -> None:
        """The run was asked to stop. One that has ended is left alone."""
        ...

    def terminate(self, run_id: RunId, reason: str) -> None:
        """The run's kernels are killed. One that has ended is left alone."""
        ...


def settings_for(notebook: Path, settings: Settings, environment: str | None) -> Settings:
    """What is configured beside a notebook, in an environment (`None`: in none), but for the store."""
    return load_settings(notebook.parent, store=settings.store, environment=environment or "")


def receivers_for(settings: Settings) -> Callable[[ScheduleRecord], Sequence[Receiver]]:
    """What finds out whom a schedule tells of what it missed: nobody, where its configuration cannot be read."""

    def find(schedule: ScheduleRecord) -> Sequence[Receiver]:
        try:
            folder = Path(schedule.notebook).parent
            return receivers_in(settings_of_live(schedule.environment or "", folder, settings.store))
        except DataOpsError as error:
            _LOG.warning("nobody is told what schedule %s missed: %s", schedule.name, error)
            return ()

    return find


class DetachedLauncher:
    """A `Launcher` whose runs are processes that outlive the service.

    Parameters
    ----------
    settings
        Of the service: where the store is.
    """

    def __init__(self, settings: Settings, runs: RunStore, clock: Clock) -> None:
        self._settings = settings
        self._runs = runs
        self._clock = clock

    def make(self, fire: FireRecord, schedule: ScheduleRecord, previous_success: datetime | None, keep: Keep) -> None:
        """The fire's run was made; see `Launcher.make`."""
        by = fire.asked_by or f"schedule {schedule.name}"
        if schedule.deployed:
            self._make_deployed(fire, schedule, previous_success, by, keep)
            return
        notebook = Path(schedule.notebook)
        settings = settings_for(notebook, self._settings, schedule.environment)
        pipeline = Pipeline(notebook, settings=replace(settings, actor=by))
        options = schedule.options
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
        plan = pipeline.plan(parameters, select=select, changed=changed)
        create_run(pipeline.analysed, plan, request, pipeline.settings, keep)

    def _make_deployed(
        self, fire: FireRecord, schedule: ScheduleRecord, previous_success: datetime | None, by: str, keep: Keep
    ) -> None:
        """The same, of the version that is live in the schedule's environment."""
        environment = schedule.environment or ""
        place = replace(settings_of_live(environment, store=self._settings.store), actor=by)
        # Its notebook may be deployed under other names, too.
        found = resolve(schedule.deployment or schedule.notebook, environment, place)
        options = schedule.options
        wishes = Wishes(
            parameters=parameters_of(schedule, fire, previous_success, found.pipeline.parameters),
            jobs=options.get("jobs"),
            fail_fast=bool(options.get("fail_fast")),
            select=options.get("select"),
            changed=bool(options.get("changed")),
            run_id=fire.run_id,
            schedule=origin_of(schedule, fire),
        )
        launch(found, wishes, keep=keep)

    def start(self, run_id: RunId, when_ended: Callable[[], None]) -> None:
        """A process drives the run; see `Launcher.start`."""
        run = self._runs.get_run(run_id)
        if run.state not in (RunState.QUEUED, RunState.CRASHED):  # it was cancelled while it waited, say
            return
        if "deployment" in run.options:  # nothing is configured beside its notebook, which lies in the store
            settings = settings_of(run, replace(self._settings, environment=""))
        else:
            settings = settings_for(Path(run.notebook), self._settings, run.options.get("environment"))
        start_detached(run, settings).when_ended(when_ended)

    def cancel(self, run_id: RunId, reason: str) -> None:
        """The run was asked to stop; see `Launcher.cancel`."""
        with suppress(UsageError):
            cancel_run(self._runs, run_id, self._clock, reason=reason, by=self._settings.actor)

    def terminate(self, run_id: RunId, reason: str) -> None:
        """The run's kernels are killed; see `Launcher.terminate`."""
        with suppress(UsageError):
            terminate_run(self._runs, run_id, self._clock, reason=reason, by=self._settings.actor)


def origin_of(schedule: ScheduleRecord, fire: FireRecord) -> Mapping[str, Any]:
    """What a run keeps of where it comes from, JSON-able."""
    return {
        "name": schedule.name,
        "schedule_id": schedule.schedule_id,
        "fire_time": fire.fire_time.isoformat(),
        "kind": fire.kind.value,
    }
