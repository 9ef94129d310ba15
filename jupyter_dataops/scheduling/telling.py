"""What the log of a service says of runs that have ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.records import FireRecord, OpenFire, ScheduleRecord
from jupyter_dataops.report.quantities import duration_text
from jupyter_dataops.schedules.wording import instant_in_words
from jupyter_dataops.states import RunState

_LOG: Final = logging.getLogger(__name__)


def tell_ends(
    ended: Sequence[FireRecord],
    open_fires: Iterable[OpenFire],
    schedules_of: Callable[[Sequence[FireRecord]], Mapping[ScheduleId, ScheduleRecord]],
    watched_since: datetime,
    now: datetime,
) -> None:
    """A line for each run: how it ended, and how long it took; nothing is looked up for those that no log takes.

    Parameters
    ----------
    open_fires
        As they were before that was noted.
    watched_since
        Since when there has been a service without a pause: what ended before is no news, and says when that was.
    """
    told = [fire for fire in ended if _LOG.isEnabledFor(_level(fire.run_state))]
    if not told:
        return
    schedules, before = schedules_of(told), {one.fire.run_id: one for one in open_fires}
    for fire in told:
        run = before.get(fire.run_id)
        seconds = run.lasted_s if run is not None else None
        if seconds is None:  # as long as it seemed from here
            seconds = (now - (fire.started_at or now)).total_seconds()
        earlier = _earlier(run.run_finished_at if run is not None else None, watched_since)
        name, took = schedules[fire.schedule_id].name, duration_text(seconds)
        _LOG.log(_level(fire.run_state), "%s: run %s %s after %s%s", name, fire.run_id, fire.run_state, took, earlier)


def _earlier(finished_at: datetime | None, watched_since: datetime) -> str:
    if finished_at is None or finished_at >= watched_since:
        return ""
    return f", at {instant_in_words(finished_at)}, while no service ran"


def _level(state: RunState | None) -> int:
    return logging.INFO if state is RunState.SUCCEEDED else logging.WARNING
