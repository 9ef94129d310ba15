"""Claimed fires on their way to a running process: each step is durable before the next."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from jupyter_dataops.crash_points import reach
from jupyter_dataops.errors import DataOpsError, IllegalMove, StoreUnavailable
from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.interfaces import Clock, ScheduleStore
from jupyter_dataops.records import FireRecord
from jupyter_dataops.scheduling.launching import Launcher
from jupyter_dataops.states import FireFate

_LOG: Final = logging.getLogger(__name__)


class Starter:
    """Starts claimed fires, each in a thread of its own.

    Parameters
    ----------
    submit
        Does a piece of work, in a thread.
    wake
        Called when something has come of a fire.
    """

    def __init__(
        self,
        store: ScheduleStore,
        launcher: Launcher,
        clock: Clock,
        submit: Callable[[Callable[[], None]], object],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._launcher = launcher
        self._clock = clock
        self._submit = submit
        self._wake = wake
        self._lock = threading.Lock()
        self._in_hand: set[tuple[ScheduleId, datetime]] = set()

    @property
    def in_hand(self) -> int:
        """How many fires are on their way."""
        return len(self._in_hand)

    def has(self, fire: FireRecord) -> bool:
        """Whether it is on its way here, however late: nobody else has it, unless its lease is over."""
        return (fire.schedule_id, fire.fire_time) in self._in_hand

    def start(self, claim: FireRecord) -> None:
        """Its run is made, unless it is there, and a process drives it, or the store says why not; returns at once."""
        self._take(claim, partial(self.start_here, claim))

    def resume(self, fire: FireRecord) -> None:
        """A process goes on with its crashed run; returns at once."""
        self._take(fire, partial(self._launch, fire))

    def _take(self, fire: FireRecord, work: Callable[[], None]) -> None:
        key = (fire.schedule_id, fire.fire_time)
        with self._lock:
            self._in_hand.add(key)

        def done() -> None:
            try:
                work()
            except StoreUnavailable as error:  # the lease runs out, and whoever finds that tries again
                _LOG.warning("%s", error)
            except Exception:  # noqa: BLE001 - one fire is not to take the others with it
                _LOG.exception("fire %s of schedule %s", fire.fire_time, fire.schedule_id)
            finally:
                with self._lock:
                    self._in_hand.discard(key)
                self._wake()

        self._submit(done)

    def start_here(self, claim: FireRecord) -> None:
        """As `start`, in this thread. Raises `StoreUnavailable`."""
        reach("fire claimed")
        if claim.fate is FireFate.CLAIMED and not self._make(claim):
            return
        reach("run of a fire made")
        self._launch(claim)
        reach("run of a fire launched")
        self._store.note_launched(claim)
        name = self._store.get_schedule(claim.schedule_id).name
        _LOG.info("%s: run %s is started for %s", name, claim.run_id, claim.fire_time.isoformat(sep=" "))

    def _make(self, claim: FireRecord) -> bool:
        try:
            schedule = self._store.get_schedule(claim.schedule_id)
            previous = self._store.find_success(claim.schedule_id, claim.fire_time)
            self._launcher.make(claim, schedule, previous, partial(self._store.start_fire, claim))
        except StoreUnavailable:
            raise
        except IllegalMove:
            return False  # it took so long that another service has it
        except DataOpsError as error:
            self._fail(claim, str(error))
            return False
        except Exception as error:
            self._fail(claim, f"{type(error).__name__}: {error}")
            raise
        return True

    def _fail(self, claim: FireRecord, reason: str) -> None:
        _LOG.warning("fire %s of schedule %s failed to start: %s", claim.fire_time, claim.schedule_id, reason)
        self._store.fail_fire(claim, reason.replace("\n  -> ", ": "), self._clock.now())

    def _launch(self, fire: FireRecord) -> None:
        if fire.run_id is None:
            return
        try:
            self._launcher.start(fire.run_id, self._wake)
        except StoreUnavailable:
            raise
        except DataOpsError as error:  # its run has crashed with that as its reason
            _LOG.warning("run %s could not be launched: %s", fire.run_id, error)
