"""Tells one listener what happens to runs: asked what to watch, and polled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.service.schedule_watch import SchedulesWatch
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.watches import LogWatch, RunsWatch, RunWatch, Watch
from jupyter_dataops.service.wire.watching import (
    Told,
    Unwatch,
    WatchFailed,
    WatchLog,
    WatchRequest,
    WatchRun,
    WatchRuns,
    WatchSchedules,
)

_LISTS: Final = (RunsWatch, SchedulesWatch)
"""What is told last: lists take longer to read than the node that somebody looks at."""


class Watcher:
    """What one listener watches. Safe to use from several threads; `tell` is called by one at a time.

    Parameters
    ----------
    tell
        Called with each message, within `ask` and `poll`. What it raises passes through; what was not told by then is
        told later.

    Notes
    -----
    A poll takes some microseconds while nothing happens. What is told is absolute, so that a listener who was cut off
    goes on from the ``seq``, or the byte, that it knows: it has neither gaps nor doubles.
    """

    def __init__(self, service: Service, tell: Callable[[Told], None]) -> None:
        self._service = service
        self._tell = tell
        self._lock = threading.RLock()
        self._watches: dict[str, Watch] = {}
        self._is_closed = False

    def ask(self, request: WatchRequest) -> None:
        """Begin to watch, and tell what is there already; or watch no more. An id that is in use begins anew.

        What cannot be watched is told as `WatchFailed`.
        """
        with self._lock:
            self._watches.pop(request.id, None)
            if isinstance(request, Unwatch) or self._is_closed:
                return
            try:
                self._watches[request.id] = self._begin(request)
            except DataOpsError as error:
                self._fail(request.id, error)
                return
            self._tell_news(request.id)

    def _begin(self, request: WatchRun | WatchRuns | WatchSchedules | WatchLog) -> Watch:
        desk = self._service.desk
        match request:
            case WatchRun():
                return RunWatch(desk, request)
            case WatchRuns():
                return RunsWatch(desk, request)
            case WatchSchedules():
                return SchedulesWatch(desk, request)
            case WatchLog():
                return LogWatch(desk, request)

    def poll(self) -> None:
        """Tell what has happened since. To be called again and again, and not from a thread that must not wait."""
        with self._lock:
            if not self._watches:
                return
            try:
                self._service.desk.look_for_dead()
            except DataOpsError as error:
                self._fail_all(error)
                return
            for watch_id in sorted(self._watches, key=lambda one: isinstance(self._watches[one], _LISTS)):
                self._tell_news(watch_id)

    def _tell_news(self, watch_id: str) -> None:
        watch = self._watches[watch_id]
        try:
            for told in watch.news(self._service.desk.version()):
                self._tell(told)
        except DataOpsError as error:
            self._fail(watch_id, error)
            return
        if watch.is_over:
            del self._watches[watch_id]

    def _fail_all(self, error: DataOpsError) -> None:
        for watch_id in list(self._watches):
            self._fail(watch_id, error)

    def _fail(self, watch_id: str, error: DataOpsError) -> None:
        self._watches.pop(watch_id, None)
        self._service.desk.forget(error)
        self._tell(WatchFailed(id=watch_id, error=self._service.refusal(error)))

    def close(self) -> None:
        """Watch nothing any more. A second call does nothing."""
        with self._lock:
            self._is_closed = True
            self._watches.clear()
