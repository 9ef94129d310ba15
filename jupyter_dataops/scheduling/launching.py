"""From a claimed fire to a run in a process of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from msgspec.structs import replace

from jupyter_dataops.api.cancelling import cancel_run, terminate_run
from jupyter_dataops.api.detached import start_detached
from jupyter_dataops.api.environments import settings_of, settings_of_live
from jupyter_dataops.api.notifying import receivers_in
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError, UsageError
from jupyter_dataops.ids import RunId
from jupyter_dataops.interfaces import Clock, RunStore
from jupyter_dataops.notices.wanted import Receiver
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.scheduling.making import Maker, Portion, settings_for
from jupyter_dataops.states import RunState

_LOG: Final = logging.getLogger(__name__)


class Launcher(Protocol):
    """Makes and starts runs. A service calls it, from several threads at once."""

    def for_portion(self) -> Maker:
        """What makes the runs of fires that were decided together.

        It may look up once what they share: so a new one is asked for each portion, after its fires were claimed.
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

    def for_portion(self) -> Portion:
        """What makes their runs; see `Launcher.for_portion`."""
        return Portion(self._settings)

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
