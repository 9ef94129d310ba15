"""What a service knows of its store: schedules, signals, and fires on their way. Read again where it has changed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Final

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.interfaces import ScheduleStore
from jupyter_dataops.records import OpenFire, ScheduleRecord, Turn
from jupyter_dataops.scheduling.agenda import Agenda
from jupyter_dataops.scheduling.deciding import is_as_decided, understood

_LOG: Final = logging.getLogger(__name__)


class Known:
    """What was last read; whatever has changed is on the agenda."""

    def __init__(self, store: ScheduleStore, agenda: Agenda) -> None:
        self._store = store
        self._agenda = agenda
        self._version: int | None = None
        self._schedules = 0
        self._signals: int | None = None
        self._fires: dict[ScheduleId, list[OpenFire]] = {}
        self._turns: dict[ScheduleId, Turn] = {}

    @property
    def fires(self) -> list[OpenFire]:
        """All that are on their way."""
        return [one for fires in self._fires.values() for one in fires]

    def fires_of(self, schedule_id: ScheduleId) -> Sequence[OpenFire]:
        """Those of one schedule."""
        return self._fires.get(schedule_id, ())

    def changed(self, turns: Iterable[Turn] = ()) -> None:
        """Something was written: `read` reads again, whatever the store says of it.

        Parameters
        ----------
        turns
            Decisions that were stored. A schedule that nobody else has changed is not looked at again for its own.
        """
        self._version = None
        self._turns.update((turn.schedule_id, turn) for turn in turns)

    def read(self) -> bool:
        """What others, or this service, have written since is known; whether there was anything."""
        version = self._store.get_data_version()
        if version == self._version:
            return False
        if self._signals is None:
            self._signals = self._store.get_last_signal()
        for record in self._store.get_changed_schedules(self._schedules):
            self._schedules = record.seq
            self._take(record)
        for signal in self._store.get_new_signals(self._signals):
            self._signals = signal.seq
            self._agenda.signalled(signal.source)
        self._read_fires()
        self._version = version
        return True

    def _take(self, record: ScheduleRecord) -> None:
        turn = self._turns.pop(record.schedule_id, None)
        if record.removed_at is not None:
            self._agenda.remove(record)
            return
        before = self._agenda.find(record.schedule_id)
        if turn is not None and before is not None and is_as_decided(before.record, turn, record):
            self._agenda.renew(record)
            return
        try:
            self._agenda.put(understood(record))
        except InvalidSchedule as error:
            self._agenda.remove(record)
            _LOG.warning("schedule %s is left alone: %s", record.name, error)

    def _read_fires(self) -> None:
        before, self._fires = self._fires, {}
        for one in self._store.get_open_fires():
            self._fires.setdefault(one.fire.schedule_id, []).append(one)
        # Where something waits for another's end, that may have come.
        waiting = [
            schedule_id
            for schedule_id, fires in self._fires.items()
            if fires != before.get(schedule_id) and any(one.fire.run_id is None for one in fires)
        ]
        self._agenda.look_now(waiting)
