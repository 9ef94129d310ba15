"""Looking at what triggers other than time wait for: files, and conditions."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from msgspec import Struct

from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.interfaces import Clock, ScheduleStore
from jupyter_dataops.records import PollRecord, ScheduleRecord
from jupyter_dataops.schedules.triggers import Asset, Condition, File
from jupyter_dataops.scheduling.deciding import Schedule

_LOG: Final = logging.getLogger(__name__)
Key = tuple[ScheduleId, str]


class Look(Struct, frozen=True):
    """What one look has seen."""

    seen: Mapping[str, Any]
    """What the next look is compared with, JSON-able."""
    signal: Mapping[str, Any] | None = None
    """What has happened since the last look; `None`: nothing."""


class Looker(Protocol):
    """Looks at files and conditions; called from several threads at once."""

    def look(self, wanted: File | Condition, schedule: ScheduleRecord, before: Mapping[str, Any]) -> Look:
        """What is to be seen now, given what was seen before: nothing, at the first look.

        Raises nothing: what goes wrong is part of what is seen.
        """
        ...


class Polls:
    """Who looks when at what: of several services, one at a time.

    Parameters
    ----------
    submit
        Does a piece of work, in a thread.
    """

    def __init__(
        self, store: ScheduleStore, looker: Looker, clock: Clock, submit: Callable[[Callable[[], None]], object]
    ) -> None:
        self._store = store
        self._looker = looker
        self._clock = clock
        self._submit = submit
        self._known: dict[Key, PollRecord] = {}
        self._wanted: list[tuple[ScheduleRecord, str, File | Condition]] = []
        self._lock = threading.Lock()
        self._looking: set[Key] = set()
        self.next_at: datetime | None = None
        """When the next look is due; `None`: none is."""

    def read(self, schedules: Iterable[Schedule]) -> None:
        """What is wanted, and what others have looked at, is known. Asks the store only where something is wanted."""
        self._wanted = [
            (schedule.record, source, leaf)
            for schedule in schedules
            for source, leaf in schedule.sources.items()
            if not isinstance(leaf, Asset) and not schedule.record.is_paused
        ]
        if self._wanted:
            self._known = {(poll.schedule_id, poll.source): poll for poll in self._store.get_polls()}

    def look(self, now: datetime) -> None:
        """Every look that is due was begun."""
        self.next_at = min((self._attend(*wanted, now) for wanted in self._wanted), default=None)

    def _attend(self, schedule: ScheduleRecord, source: str, leaf: File | Condition, now: datetime) -> datetime:
        key = (schedule.schedule_id, source)
        poll = self._known.get(key) or PollRecord(*key, next_at=now)
        # A look planned later than an interval from now was planned before the clock was set back.
        if now < poll.next_at <= now + leaf.poll or key in self._looking:
            return poll.next_at if poll.next_at > now else now + leaf.poll
        taken = self._store.take_poll(poll, now + leaf.poll)
        if taken is not None:
            self._known[key] = taken
            with self._lock:
                self._looking.add(key)
            self._submit(lambda: self._look(taken, schedule, leaf))
        return now + leaf.poll

    def _look(self, poll: PollRecord, schedule: ScheduleRecord, leaf: File | Condition) -> None:
        try:
            look = self._looker.look(leaf, schedule, poll.seen)
            self._store.keep_poll(poll, look.seen, look.signal, self._clock.now())
        except Exception:  # noqa: BLE001 - one look is not to take the others with it
            _LOG.exception("looking at %s of schedule %s", poll.source, schedule.name)
        finally:
            with self._lock:
                self._looking.discard((poll.schedule_id, poll.source))
