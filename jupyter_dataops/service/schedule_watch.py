"""Schedules, watched: what was told last, and what is new, at the cost of what has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from jupyter_dataops.errors import ScheduleNotFound
from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.records import OpenFire, ScheduleRecord
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.scheduling.views import ScheduleView as Found
from jupyter_dataops.service.desk import Desk, Version
from jupyter_dataops.service.schedule_views import services_view
from jupyter_dataops.service.schedules import FIRES, shown
from jupyter_dataops.service.wire.schedules import ScheduleView, Services
from jupyter_dataops.service.wire.watching import SchedulesChanged, Told, WatchSchedules

PAUSE_S: Final = 0.5
"""Between two looks, while the store changes all the time: a run that goes on writes more often than schedules fire."""
LOOK_S: Final = 5.0
"""How often it is looked where nobody writes: a scheduler that was killed is gone once its lease is over."""


class SchedulesWatch:
    """Schedules, of one notebook or of all: all of them at first, then those that changed."""

    is_over = False

    def __init__(self, desk: Desk, request: WatchSchedules) -> None:
        self._id = request.id
        self._desk = desk
        self._notebook = None if request.path is None else str(desk.places.absolute(request.path))
        self._views: dict[ScheduleId, ScheduleView] = {}
        self._told: dict[ScheduleId, ScheduleView] = {}
        self._open: dict[ScheduleId, list[OpenFire]] = {}
        self._seq = 0
        self._services: Services | None = None
        self._version: Version | None = None
        self._looked_s = 0.0
        self._wake_at: datetime | None = None

    def news(self, version: Version) -> Iterator[Told]:
        """See `Watch`."""
        now_s = self._desk.monotonic_s()
        if self._version is not None:
            is_quiet = version == self._version and (self._wake_at is None or self._desk.clock.now() < self._wake_at)
            pause_s = LOOK_S if is_quiet else PAUSE_S
            if now_s - self._looked_s < pause_s:
                return
        is_anew = self._version is None or self._version.opening != version.opening
        schedules = self._desk.schedules()
        services = services_view(schedules.services())
        self._views = self._all(schedules) if is_anew else self._refreshed(schedules)
        new = [one for key, one in self._views.items() if self._told.get(key) != one]
        if new or self._told.keys() != self._views.keys() or services != self._services:
            yield SchedulesChanged(
                id=self._id,
                schedules=sorted(new, key=lambda one: one.name),
                names=sorted(one.name for one in self._views.values()),
                services=services,
            )
        self._told, self._services = self._views, services
        self._version, self._looked_s = version, now_s
        self._wake_at = min((one.next[0].at for one in self._views.values() if one.next), default=None)

    def _all(self, schedules: Schedules) -> dict[ScheduleId, ScheduleView]:
        self._open = _by_schedule(self._desk.stores.schedules.get_open_fires())
        found = schedules.list(FIRES)
        self._seq = max((one.record.seq for one in found), default=0)
        return {one.record.schedule_id: self._view(schedules, one) for one in found if self._is_meant(one.record)}

    def _refreshed(self, schedules: Schedules) -> dict[ScheduleId, ScheduleView]:
        """The views, anew where the schedule, or one of its open fires, is not as it was, or a fire has come."""
        store = self._desk.stores.schedules
        open_before, self._open = self._open, _by_schedule(store.get_open_fires())
        records = store.get_changed_schedules(self._seq)
        self._seq = max((one.seq for one in records), default=self._seq)
        gone = {one.schedule_id for one in records if one.removed_at is not None or not self._is_meant(one)}
        wanted = {one.schedule_id: one.name for one in records if one.schedule_id not in gone}
        moved = {key for key in {*open_before, *self._open} if open_before.get(key) != self._open.get(key)}
        stale = moved | set(self._fired(self._desk.clock.now()))
        wanted |= {key: one.name for key, one in self._views.items() if key in stale and key not in {*wanted, *gone}}
        views = {key: one for key, one in self._views.items() if key not in gone}
        for key, name in wanted.items():
            try:
                views[key] = self._view(schedules, schedules.show(name, FIRES))
            except ScheduleNotFound:  # removed, or renamed, since: its record has changed again, as the next look finds
                continue
        return views

    def _view(self, schedules: Schedules, found: Found) -> ScheduleView:
        return shown(self._desk, schedules, found)

    def _is_meant(self, record: ScheduleRecord) -> bool:
        return self._notebook is None or record.notebook == self._notebook

    def _fired(self, now: datetime) -> Iterator[ScheduleId]:
        """Those whose next fire is none to come any more."""
        return (key for key, one in self._views.items() if one.next and one.next[0].at <= now)


def _by_schedule(fires: Iterable[OpenFire]) -> dict[ScheduleId, list[OpenFire]]:
    found: dict[ScheduleId, list[OpenFire]] = {}
    for one in fires:
        # Leases go on while nothing happens.
        found.setdefault(one.fire.schedule_id, []).append(replace(one, fire=replace(one.fire, lease_until=None)))
    return found
