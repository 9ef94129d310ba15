"""What the log of a service says of runs that have ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from jupyter_dataops.ids import RunId, ScheduleId
from jupyter_dataops.records import FireRecord, ScheduleRecord
from jupyter_dataops.report.quantities import duration_text
from jupyter_dataops.states import RunState

_LOG: Final = logging.getLogger(__name__)


def tell_ends(
    fires: Sequence[FireRecord],
    schedules_of: Callable[[Sequence[FireRecord]], Mapping[ScheduleId, ScheduleRecord]],
    lasted_s: Callable[[RunId], float | None],
    now: datetime,
) -> None:
    """A line for each run: how it ended, and how long it took; nothing is looked up for those that no log takes."""
    told = [fire for fire in fires if fire.run_state is not None and _LOG.isEnabledFor(_level(fire.run_state))]
    schedules = schedules_of(told) if told else {}
    for fire in told:
        if fire.run_id is None or fire.run_state is None:
            continue
        seconds = lasted_s(fire.run_id)
        if seconds is None:  # as long as it seemed from here
            seconds = (now - (fire.started_at or now)).total_seconds()
        name, state = schedules[fire.schedule_id].name, fire.run_state
        _LOG.log(_level(state), "%s: run %s %s after %s", name, fire.run_id, state.value, duration_text(seconds))


def _level(state: RunState) -> int:
    return logging.INFO if state is RunState.SUCCEEDED else logging.WARNING
