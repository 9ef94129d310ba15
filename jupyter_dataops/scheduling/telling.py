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
    lasted_s: Mapping[RunId | None, float | None],
    now: datetime,
) -> None:
    """A line for each run: how it ended, and how long it took; nothing is looked up for those that no log takes."""
    told = [fire for fire in fires if _LOG.isEnabledFor(_level(fire.run_state))]
    schedules = schedules_of(told) if told else {}
    for fire in told:
        seconds = lasted_s.get(fire.run_id)
        if seconds is None:  # as long as it seemed from here
            seconds = (now - (fire.started_at or now)).total_seconds()
        name = schedules[fire.schedule_id].name
        _LOG.log(
            _level(fire.run_state), "%s: run %s %s after %s", name, fire.run_id, fire.run_state, duration_text(seconds)
        )


def _level(state: RunState | None) -> int:
    return logging.INFO if state is RunState.SUCCEEDED else logging.WARNING
