"""Claimed fires on their way to a running process: each step is durable before the next.

What is slow, and may hang, is done in threads: making runs, a few of one notebook at a time, and starting processes.
What comes of it waits until `Starter.settle` stores it, with all that has come of others, in one transaction.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

from msgspec import Struct, field

from jupyter_dataops.crash_points import reach
from jupyter_dataops.errors import DataOpsError, StoreUnavailable
from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.interfaces import ScheduleStore
from jupyter_dataops.records import FireRecord, FireStart, NewRun, ScheduleRecord
from jupyter_dataops.schedules.wording import instant_in_words
from jupyter_dataops.scheduling.launching import Launcher
from jupyter_dataops.scheduling.making import Maker
from jupyter_dataops.scheduling.pace import BATCH
from jupyter_dataops.states import FireFate

_LOG: Final = logging.getLogger(__name__)
AT_A_TIME: Final = 20
"""So many runs of one notebook are made by a thread before it says so."""
Key = tuple[ScheduleId, datetime]
Item = TypeVar("Item")


class _News(Struct):
    """What threads have come to, and nobody has stored yet."""

    made: list[FireStart] = field(default_factory=list)
    failed: list[tuple[FireRecord, str]] = field(default_factory=list)
    launched: list[FireRecord] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.made or self.failed or self.launched)


class Starter:
    """Makes and starts the runs of claimed fires, in threads.

    Parameters
    ----------
    submit
        Does a piece of work, in a thread.
    wake
        Called when something has come of a fire, which `settle` is to store.
    tell
        Told of each fire or run that could not be started, as a logger is.
    """

    def __init__(
        self,
        store: ScheduleStore,
        launcher: Launcher,
        submit: Callable[[Callable[[], None]], object],
        wake: Callable[[], None] = lambda: None,
        tell: Callable[..., None] = _LOG.warning,
    ) -> None:
        self._store = store
        self._launcher = launcher
        self._submit = submit
        self._wake = wake
        self._tell = tell
        self._lock = threading.Lock()
        self._in_hand: dict[Key, FireRecord] = {}
        self._launching: set[Key] = set()
        self._left: set[Key] = set()
        self._news = _News()

    @property
    def has_news(self) -> bool:
        """Whether there is something to be stored."""
        return bool(self._news)

    @property
    def in_hand(self) -> Sequence[FireRecord]:
        """The fires that are on their way here, however late: nobody else has them, unless their lease is over."""
        with self._lock:
            return list(self._in_hand.values())

    @property
    def launching(self) -> frozenset[Key]:
        """Those of them for whose run a process is being started."""
        with self._lock:
            return frozenset(self._launching)

    def has(self, fire: FireRecord) -> bool:
        """Whether it is on its way here."""
        return fire.key in self._in_hand

    def is_left(self, fire: FireRecord) -> bool:
        """Whether there was trouble with it: it waits until its lease is over, and whoever finds that tries again."""
        return fire.key in self._left

    def start(self, claims: Sequence[FireRecord]) -> None:
        """Their runs are made, unless they are there, or the store says why not; returns at once."""
        with self._lock:
            self._left.difference_update(claim.key for claim in claims)
        to_make = [claim for claim in claims if claim.fate is FireFate.CLAIMED]
        schedules = self._store.get_schedules_of(to_make) if to_make else {}
        maker = self._launcher.for_portion()
        for some in _of_one_notebook(to_make, schedules):
            self._take(some, lambda claim: self._make(claim, schedules[claim.schedule_id], maker))

    def launch(self, fires: Sequence[FireRecord]) -> None:
        """Processes drive their queued runs; returns at once."""
        for fire in fires:
            self._take([fire], self._launch, launches=True)

    def resume(self, fires: Sequence[FireRecord]) -> None:
        """Processes go on with their crashed runs; returns at once."""
        for fire in fires:
            self._take([fire], self._resume, launches=True)

    def _take(self, fires: Sequence[FireRecord], work: Callable[[FireRecord], None], *, launches: bool = False) -> None:
        with self._lock:
            self._in_hand.update((fire.key, fire) for fire in fires)
            if launches:
                self._launching.update(fire.key for fire in fires)

        def done() -> None:
            try:
                for fire in fires:
                    self._do(fire, work)
            finally:
                self._wake()

        self._submit(done)

    def _do(self, fire: FireRecord, work: Callable[[FireRecord], None]) -> None:
        try:
            work(fire)
        except StoreUnavailable as error:
            _LOG.warning("%s", error)
            self._leave(fire)
        except Exception:  # noqa: BLE001 - one fire is not to take the others with it
            _LOG.exception("fire of %s of schedule %s", instant_in_words(fire.fire_time), fire.schedule_id)
            self._leave(fire)

    def start_here(self, claim: FireRecord) -> None:
        """Its run is made and a process drives it, or the store says why not, in this thread.

        Raises
        ------
        StoreUnavailable
            What was not done is done by a service, once the lease is over.
        """
        self._make(claim, self._store.get_schedule(claim.schedule_id), self._launcher.for_portion())
        for start in self._news.made.copy():
            if self._store_made([start]):
                self._launch(claim)
        self._news.made.clear()
        self.settle()

    def settle(self) -> None:
        """What has come of fires by now is stored. Called from one thread at a time.

        Raises
        ------
        StoreUnavailable
            Others write, and do not end: nothing is lost, the next call tries again.
        """
        while self._news:
            with self._lock:
                made, failed = self._news.made[:BATCH], self._news.failed[:BATCH]
                launched = self._news.launched[:BATCH]
            self._settle_some(made, self._store_made, lambda start: start.claim)
            self._settle_some(failed, self._store_failed, lambda one: one[0])
            self._settle_some(launched, self._store_launched, lambda fire: fire)
            with self._lock:
                del self._news.made[: len(made)], self._news.failed[: len(failed)]
                del self._news.launched[: len(launched)]

    def _settle_some(
        self, items: Sequence[Item], store: Callable[[Sequence[Item]], object], fire_of: Callable[[Item], FireRecord]
    ) -> None:
        """All are stored together; where that cannot be, each by itself: one is not to take the others with it."""
        if not items:
            return
        try:
            store(items)
        except Exception as error:
            if isinstance(error, StoreUnavailable) and error.facts.get("busy"):
                raise
            if len(items) > 1:
                for item in items:
                    self._settle_some([item], store, fire_of)
                return
            self._could_not_store(fire_of(items[0]), error)
        self._let_go(map(fire_of, items))

    def _could_not_store(self, fire: FireRecord, error: Exception) -> None:
        if isinstance(error, StoreUnavailable):
            _LOG.warning("%s", error)
            self._leave(fire)
        elif isinstance(error, DataOpsError):
            self._store_failed([(fire, _reason(error))])
        else:
            _LOG.error("fire of %s of schedule %s", instant_in_words(fire.fire_time), fire.schedule_id, exc_info=error)
            self._leave(fire)

    def _store_made(self, starts: Sequence[FireStart]) -> Sequence[FireRecord]:
        return self._store.start_fires(starts)  # what is left out took so long that another service has it

    def _store_failed(self, failed: Sequence[tuple[FireRecord, str]]) -> None:
        for claim, reason in failed:
            at = instant_in_words(claim.fire_time)
            self._tell("fire of %s of schedule %s failed to start: %s", at, claim.schedule_id, reason)
        self._store.fail_fires(failed)

    def _store_launched(self, fires: Sequence[FireRecord]) -> None:
        self._store.note_launched(fires)
        schedules = self._store.get_schedules_of(fires)
        for fire in fires:
            name = schedules[fire.schedule_id].name
            _LOG.info("%s: run %s is started for %s", name, fire.run_id, instant_in_words(fire.fire_time))

    # -- in threads

    def _make(self, claim: FireRecord, schedule: ScheduleRecord, maker: Maker) -> None:
        reach("fire claimed")
        made: list[NewRun] = []
        try:
            previous = self._previous_success(schedule, claim)
            maker.make(claim, schedule, previous, lambda *new: made.append(NewRun(*new)))
        except StoreUnavailable:
            raise
        except DataOpsError as error:
            self._told(failed=(claim, _reason(error)))
        except Exception as error:  # noqa: BLE001 - a defect is the reason, then
            _LOG.exception("fire of %s of schedule %s", instant_in_words(claim.fire_time), claim.schedule_id)
            self._told(failed=(claim, f"{type(error).__name__}: {error}"))
        else:
            self._told(made=FireStart(claim, made[0]))

    def _previous_success(self, schedule: ScheduleRecord, claim: FireRecord) -> datetime | None:
        if schedule.succeeded_at is None or schedule.succeeded_at < claim.fire_time:
            return schedule.succeeded_at
        return self._store.find_success(claim.schedule_id, claim.fire_time)

    def _launch(self, fire: FireRecord) -> None:
        reach("run of a fire made")
        self._start_process(fire)
        reach("run of a fire launched")
        self._told(launched=fire)

    def _resume(self, fire: FireRecord) -> None:
        self._start_process(fire)
        self._let_go([fire])  # its lease goes on: until that is over, nobody else resumes it

    def _start_process(self, fire: FireRecord) -> None:
        if fire.run_id is None:
            return
        try:
            self._launcher.start(fire.run_id, self._wake)
        except StoreUnavailable:
            raise
        except DataOpsError as error:  # its run has crashed with that as its reason
            self._tell("run %s could not be launched: %s", fire.run_id, error)

    def _told(
        self,
        made: FireStart | None = None,
        failed: tuple[FireRecord, str] | None = None,
        launched: FireRecord | None = None,
    ) -> None:
        with self._lock:
            if made is not None:
                self._news.made.append(made)
            if failed is not None:
                self._news.failed.append(failed)
            if launched is not None:
                self._news.launched.append(launched)

    def _leave(self, fire: FireRecord) -> None:
        with self._lock:
            self._left.add(fire.key)
        self._let_go([fire])

    def _let_go(self, fires: Iterable[FireRecord]) -> None:
        with self._lock:
            for fire in fires:
                self._in_hand.pop(fire.key, None)
                self._launching.discard(fire.key)


def _of_one_notebook(
    claims: Iterable[FireRecord], schedules: Mapping[ScheduleId, ScheduleRecord]
) -> Iterator[list[FireRecord]]:
    """A few claims at a time: what one of them hangs at, the others would, too."""
    by_notebook: dict[str, list[FireRecord]] = {}
    for claim in claims:
        by_notebook.setdefault(schedules[claim.schedule_id].notebook, []).append(claim)
    for alike in by_notebook.values():
        for first in range(0, len(alike), AT_A_TIME):
            yield alike[first : first + AT_A_TIME]


def _reason(error: DataOpsError) -> str:
    return str(error).replace("\n  -> ", ": ")
