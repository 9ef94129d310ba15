"""The stream: what a browser asks to be told of, and what it is told.

A browser sends `Watch` messages with an id of its choosing; what it is told carries that id. What is told is absolute
(whole records, byte offsets, growing ``seq``), so that a browser which comes back after a lost connection, asking
from where it was, has neither gaps nor doubles.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.runs import LogChunk, NodeRunView, RunSummary, RunView
from jupyter_dataops.service.wire.schedules import ScheduleView, Services


class WatchRun(Wire):
    """Tell me of one run: first `RunShown` (with `after` 0) or `RunChanged`, then a `RunChanged` for each change."""

    op: Literal["watch_run"] = "watch_run"
    id: str
    run_id: str
    after: int = Field(default=0, ge=0)
    """The ``seq`` that I know; 0: nothing."""


class WatchRuns(Wire):
    """Tell me of runs: first and after each change a `RunsChanged` with those that are new or differ."""

    op: Literal["watch_runs"] = "watch_runs"
    id: str
    path: str | None = None
    """Of this notebook, and of its deployed versions, only."""


class WatchSchedules(Wire):
    """Tell me of schedules: first and after each change a `SchedulesChanged` with those that are new or differ."""

    op: Literal["watch_schedules"] = "watch_schedules"
    id: str
    path: str | None = None
    """Of this notebook only."""


class WatchLog(Wire):
    """Tell me what a node prints, from a byte on; ends with a chunk that is complete."""

    op: Literal["watch_log"] = "watch_log"
    id: str
    run_id: str
    node: str
    attempt: int
    start: int = Field(default=0, ge=0)


class Unwatch(Wire):
    """Tell me no more."""

    op: Literal["unwatch"] = "unwatch"
    id: str


WatchRequest = Annotated[WatchRun | WatchRuns | WatchSchedules | WatchLog | Unwatch, Field(discriminator="op")]


class RunShown(Wire):
    """A run, whole."""

    kind: Literal["run"] = "run"
    id: str
    view: RunView


class RunChanged(Wire):
    """What is not as it was: whole records of those nodes, after the event `seq`."""

    kind: Literal["run_changed"] = "run_changed"
    id: str
    run: RunSummary
    nodes: list[NodeRunView]
    edited: list[str]
    seq: int


class RunsChanged(Wire):
    """Runs that are new, or not as they were, newest first."""

    kind: Literal["runs"] = "runs"
    id: str
    runs: list[RunSummary]


class SchedulesChanged(Wire):
    """Schedules that are new, or not as they were, and who starts what is due."""

    kind: Literal["schedules"] = "schedules"
    id: str
    schedules: list[ScheduleView]
    names: list[str]
    """Of all schedules that there are now, in order: others have gone."""
    services: Services


class LogGrown(Wire):
    """What was printed since."""

    kind: Literal["log"] = "log"
    id: str
    chunk: LogChunk


class WatchFailed(Wire):
    """What was asked for cannot be told; the watch has ended."""

    kind: Literal["error"] = "error"
    id: str
    error: Refusal


class Refusal(Wire):
    """An error as every face shows it: what, where, what to do."""

    code: str
    message: str
    where: str
    hint: str


Told = Annotated[
    RunShown | RunChanged | RunsChanged | SchedulesChanged | LogGrown | WatchFailed, Field(discriminator="kind")
]

WatchFailed.model_rebuild()
