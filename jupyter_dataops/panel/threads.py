"""Threads that serve panels: a pool that answers, and one that looks again and again.

All are daemons, so that a kernel that is to end does not wait for them, and all end when they are closed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

Work = Callable[[], None]

_log = logging.getLogger(__name__)


class Pool:
    """Calls what it is given, in threads that start when they are needed. `close` lets them end, without waiting."""

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._started = 0
        self._busy = 0
        self._is_closed = False

    def submit(self, work: Work) -> None:
        """`work` is called soon; after `close` it is not. What it raises is logged."""
        with self._lock:
            if self._is_closed:
                return
            self._busy += 1
            if self._busy > self._started and self._started < self._size:
                self._started += 1
                threading.Thread(target=self._serve, name=f"{self._name}-{self._started}", daemon=True).start()
            self._work.put(work)

    def close(self) -> None:
        """The threads end after what they do now, and what was submitted."""
        with self._lock:
            self._is_closed = True
            for _ in range(self._started):
                self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            _do(work)
            with self._lock:
                self._busy -= 1


class Watchman:
    """Calls `poll` every `poll_s` seconds, and what it is given, in order, as soon as it can; all in one thread.

    What one of them raises is logged. After `close`, what was submitted before is done, and the thread ends.
    """

    def __init__(self, poll: Work, poll_s: float, name: str) -> None:
        self._poll = poll
        self._poll_s = poll_s
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        threading.Thread(target=self._serve, name=name, daemon=True).start()

    def submit(self, work: Work) -> None:
        """`work` is called in the thread."""
        self._work.put(work)

    def close(self) -> None:
        """The thread ends soon."""
        self._work.put(None)

    def _serve(self) -> None:
        due = time.monotonic()
        while True:
            try:
                work = self._work.get(timeout=max(0.0, due - time.monotonic()))
            except Empty:
                _do(self._poll)
                due = time.monotonic() + self._poll_s
                continue
            if work is None:
                return
            _do(work)


def _do(work: Work) -> None:
    try:
        work()
    except Exception:  # noqa: BLE001 - a mistake of ours: what others asked for of this thread is still to be done
        _log.exception("something that serves a panel failed")
