"""When a service looks at which schedule next: in memory, without a clock and a store."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.scheduling.deciding import Schedule


class Agenda:
    """The schedules that a service knows, and when each is looked at."""

    def __init__(self) -> None:
        self._known: dict[ScheduleId, Schedule] = {}
        self._at: dict[ScheduleId, datetime] = {}
        self._heap: list[tuple[datetime, ScheduleId]] = []
        self._now: dict[ScheduleId, None] = {}
        self._waiting_for: dict[str, set[ScheduleId]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def put(self, schedule: Schedule) -> None:
        """It is known as it is now, and looked at as soon as may be."""
        self.remove(schedule.record)
        self._known[schedule.record.schedule_id] = schedule
        for source in schedule.sources:
            self._waiting_for.setdefault(source, set()).add(schedule.record.schedule_id)
        self.look_now([schedule.record.schedule_id])

    def find(self, schedule_id: ScheduleId) -> Schedule | None:
        """The schedule as it was known last."""
        return self._known.get(schedule_id)

    def renew(self, record: ScheduleRecord) -> None:
        """The known schedule is as the record says now, and is looked at when it would have been."""
        self._known[record.schedule_id] = replace(self._known[record.schedule_id], record=record)

    def remove(self, record: ScheduleRecord) -> None:
        """It is looked at no more. What is not known is left alone."""
        known = self._known.pop(record.schedule_id, None)
        self._at.pop(record.schedule_id, None)
        self._now.pop(record.schedule_id, None)
        for source in known.sources if known is not None else ():
            self._waiting_for[source].discard(record.schedule_id)

    def look_now(self, schedule_ids: Iterable[ScheduleId]) -> None:
        """They are looked at as soon as may be."""
        self._now.update(dict.fromkeys(one for one in schedule_ids if one in self._known))

    def signalled(self, source: str) -> None:
        """Something happened that schedules may wait for."""
        self.look_now(self._waiting_for.get(source, ()))

    def look_at(self, schedule_id: ScheduleId, at: datetime | None) -> None:
        """It is looked at then, unless something happens before; `None`: only if something happens."""
        if schedule_id not in self._known:
            return
        if at is None:
            self._at.pop(schedule_id, None)
            return
        self._at[schedule_id] = at
        heapq.heappush(self._heap, (at, schedule_id))

    def take_due(self, now: datetime) -> list[Schedule]:
        """Those that are to be looked at, in order of their times; they are not again before they are told to be."""
        due = dict.fromkeys(self._now)
        self._now.clear()
        while self._heap and self._heap[0][0] <= now:
            at, schedule_id = heapq.heappop(self._heap)
            if self._at.get(schedule_id) == at:
                due[schedule_id] = None
        for schedule_id in due:
            self._at.pop(schedule_id, None)
        return [self._known[schedule_id] for schedule_id in due if schedule_id in self._known]

    @property
    def next_at(self) -> datetime | None:
        """When the next look is due, should nothing happen; `None`: none is."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    @property
    def has_due(self) -> bool:
        """Whether a look is due whatever the time is."""
        return bool(self._now)

    @property
    def schedules(self) -> Iterable[Schedule]:
        """All that are known."""
        return self._known.values()
