"""Refuses a schedule that could not run: before it is kept, not at night."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from jupyter_dataops.api.fire_parameters import possible_parameters
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import UsageError
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.schedules.fires import next_fire
from jupyter_dataops.schedules.templates import check_templates
from jupyter_dataops.scheduling.deciding import Schedule
from jupyter_dataops.scheduling.making import require_environment, settings_for

Check = Callable[[ScheduleRecord, Settings], None]

_NAME: Final = re.compile(r"[^\W\d][\w.-]{0,99}")
_OPTIONS: Final = ("jobs", "fail_fast", "select", "changed")


def checked_name(name: str) -> str:
    """`name`, if it can be the name of a schedule. Raises `UsageError`.

    Examples
    --------
    >>> checked_name("nightly-etl.de")
    'nightly-etl.de'
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot be the name of a schedule",
            hint="letters, digits, '_', '-' and '.', a letter or '_' first",
        )
    return name


def check_schedule(schedule: ScheduleRecord, settings: Settings) -> None:
    """A run of it could be made now.

    Raises
    ------
    NotebookUnreadable, InvalidPipeline, ParameterError, InvalidSchedule, UsageError
        What a run would fail to start with.
    """
    unknown = sorted(schedule.options.keys() - set(_OPTIONS))
    if unknown:
        raise UsageError(f"runs have no option '{unknown[0]}'", hint=f"there are {', '.join(_OPTIONS)}")
    check_templates(schedule.parameters)
    require_environment(schedule)
    if schedule.deployed:
        return  # which version that will be is not known yet
    notebook = Path(schedule.notebook)
    beside = settings_for(notebook, settings, schedule.environment)
    pipeline = Pipeline(notebook, settings=replace(beside, actor=settings.actor))
    for parameters in possible_parameters(schedule, pipeline.parameters):
        pipeline.plan(parameters)


def require_a_fire(schedule: Schedule) -> None:
    """Return if it may ever fire. Raises `UsageError`."""
    end, after = schedule.policy.ends_at, schedule.record.considered_until
    first = next_fire(schedule.trigger, max(after, schedule.policy.starts_at or after))
    if not schedule.sources and (first is None or (end is not None and first >= end)):
        raise UsageError(
            f"schedule '{schedule.record.name}' would never fire: its times are all past",
            hint="`run` runs a notebook now",
        )
