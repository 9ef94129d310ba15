"""Schedules, watched: what was told last, and what is new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jupyter_dataops.service.desk import Desk, Version
from jupyter_dataops.service.schedules import list_schedules
from jupyter_dataops.service.wire.schedules import ScheduleList, SchedulesRequest
from jupyter_dataops.service.wire.watching import SchedulesChanged, Told, WatchSchedules

PAUSE_S: Final = 0.5
"""Between two looks, while the store changes all the time: a run that goes on writes more often than schedules fire."""
LOOK_S: Final = 5.0
"""How often it is looked where nobody writes: a service that was killed is gone once its lease is over."""


class SchedulesWatch:
    """Schedules, of one notebook or of all: all of them at first, then those that changed."""

    is_over = False

    def __init__(self, desk: Desk, request: WatchSchedules) -> None:
        self._id = request.id
        self._desk = desk
        self._request = SchedulesRequest(path=request.path)
        self._told: ScheduleList | None = None
        self._version: Version | None = None
        self._looked_s = 0.0

    def news(self, version: Version) -> Iterator[Told]:
        """See `Watch`."""
        now_s = self._desk.monotonic_s()
        pause_s = LOOK_S if version == self._version else PAUSE_S
        if self._told is not None and now_s - self._looked_s < pause_s:
            return
        found = list_schedules(self._desk, self._request, None)
        if self._told is None or found != self._told:
            known = {} if self._told is None else {one.name: one for one in self._told.schedules}
            yield SchedulesChanged(
                id=self._id,
                schedules=[one for one in found.schedules if known.get(one.name) != one],
                names=[one.name for one in found.schedules],
                services=found.services,
            )
        self._told, self._version, self._looked_s = found, version, now_s
