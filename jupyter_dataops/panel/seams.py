"""What a panel needs of others, so that it can be tested without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.panel.scope import Watched
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.watching import (
    LogGrown,
    Refusal,
    RunChanged,
    RunsChanged,
    RunShown,
    SchedulesChanged,
    WatchFailed,
)

ToldOne = RunShown | RunChanged | RunsChanged | SchedulesChanged | LogGrown | WatchFailed
Tell = Callable[[ToldOne], None]


class Watching(Protocol):
    """Tells of what was asked for, while it is asked and polled; see `service.watcher.Watcher`."""

    def ask(self, request: Watched) -> None:
        """Begin to tell, also of what has that id already; or end."""
        ...

    def poll(self) -> None:
        """Tell what is new."""
        ...

    def close(self) -> None:
        """Nothing more is told, and nothing is left running."""
        ...


class Source(Protocol):
    """All about the notebooks in one folder. Called from several threads."""

    def answer(self, op: str, request: Wire) -> Wire:
        """The response of an operation. Raises `DataOpsError`."""
        ...

    def watcher(self, tell: Tell) -> Watching:
        """Something that tells."""
        ...

    def find_run(self, name: str, path: str) -> str:
        """The full id of a run of the notebook `path`. Raises `RunNotFound`."""
        ...

    def check_owned(self, kind: str, name: str, path: str) -> None:
        """Nothing happens where the schedule or deployment (`kind`) of that name is of the notebook `path`.

        Raises `ScheduleNotFound` or `DeploymentNotFound`.
        """
        ...

    def version(self, path: str) -> object:
        """Something that changes when the notebook is saved. Never raises."""
        ...

    def refusal(self, error: DataOpsError) -> Refusal:
        """The error as the front end shows it."""
        ...

    def close(self) -> None:
        """Nothing is left open."""
        ...
