"""The loop with everything around it: stores, threads, the search for the dead. In the foreground, or in a server."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

from jupyter_dataops.api.deliveries import Deliveries
from jupyter_dataops.api.recovery import find_dead_runs
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.runners import this_runner
from jupyter_dataops.scheduling.asked_code import notebooks_in
from jupyter_dataops.scheduling.launching import DetachedLauncher, receivers_for
from jupyter_dataops.scheduling.looking import WorldLooker
from jupyter_dataops.scheduling.pace import Pace
from jupyter_dataops.scheduling.polling import Polls
from jupyter_dataops.scheduling.scheduler import Scheduler
from jupyter_dataops.wiring import Layout, SystemClock, open_stores

_LOG: Final = logging.getLogger(__name__)

THREADS: Final = 4
"""How many runs are made, and how many conditions asked, at the same time; others wait."""


class SchedulerService:
    """A `Scheduler` on the store that `settings` name.

    Its runs are processes of their own, which it does not end: they outlive it.

    Raises
    ------
    StoreUnavailable, StoreTooNew
        From the constructor.
    """

    def __init__(self, settings: Settings, pace: Pace | None = None) -> None:
        self._stores = open_stores(settings)
        clock, layout = SystemClock(), Layout(Path(settings.store))
        self._starting = ThreadPoolExecutor(THREADS, thread_name_prefix="dataops-start")
        self._looking = ThreadPoolExecutor(THREADS, thread_name_prefix="dataops-look")
        self._looker = WorldLooker(notebook_of=notebooks_in(settings))
        self._deliveries = Deliveries(settings)
        self.scheduler = Scheduler(
            self._stores.schedules,
            DetachedLauncher(settings, self._stores.runs, clock),
            clock,
            this_runner(),
            submit=self._starting.submit,
            find_dead=lambda: find_dead_runs(self._stores.runs, layout, clock),
            receivers_of=receivers_for(settings),
            each=self._deliveries.look,
            polls=Polls(self._stores.schedules, self._looker, clock, self._look),
            pace=pace or Pace(lease_s=settings.lease_s),
            max_active=settings.max_active_runs,
        )
        self._thread: threading.Thread | None = None

    def _look(self, work: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # it stops
            self._looking.submit(work)

    def run(self) -> None:
        """Start what is due until `stop`; then finish what was claimed, and release everything."""
        try:
            self.scheduler.run()
        finally:
            self._close()

    def start(self) -> None:
        """The same in a thread; `stop`, then `join`."""
        self._thread = threading.Thread(target=self._run_and_tell, name="dataops-scheduler", daemon=True)
        self._thread.start()

    def _run_and_tell(self) -> None:
        try:
            self.run()
        except DataOpsError as error:
            _LOG.error("schedules are not served any more: %s", error)

    def stop(self) -> None:
        """End soon; from any thread, or a signal handler. A second call does nothing."""
        self.scheduler.stop()

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until what `start` began has ended."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _close(self) -> None:
        self._looker.close()
        self._looking.shutdown(wait=True, cancel_futures=True)
        self._starting.shutdown(wait=True)
        self.scheduler.close()
        self._deliveries.close()
        self._stores.close()


@contextmanager
def stopped_by_signals(service: SchedulerService) -> Iterator[None]:
    """The first SIGINT or SIGTERM stops the service cleanly; with a second one, the earlier handlers are back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(_number: int, _frame: FrameType | None) -> None:
        restore()
        service.stop()

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
