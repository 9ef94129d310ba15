"""Threads that serve panels: a pool that answers, and one that delivers what watchers are told.

All are daemons, so that a kernel that is to end does not wait for them, and all end when they are closed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, Generic, TypeVar

_GATHER_S: Final = 0.1
"""What is told within this time of each other travels in one message."""
_TICK_S: Final = 1.0

Key = TypeVar("Key")


class Pool:
    """Calls what it is given, in threads that start when they are needed. `close` lets them end, without waiting."""

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._started = 0
        self._busy = 0
        self._is_closed = False

    def submit(self, work: Callable[[], None]) -> None:
        """`work`, which must not raise, is called soon; after `close` it is not."""
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
            try:
                work()
            finally:
                with self._lock:
                    self._busy -= 1


class Courier(Generic[Key]):
    """Delivers texts: those for one key that come within 0.1 s of each other together, in order, in a thread.

    Parameters
    ----------
    deliver
        Called with a key and its texts; must not raise.
    on_tick
        Called at least once a second in the same thread; must not raise.
    """

    def __init__(
        self,
        deliver: Callable[[Key, list[str]], None],
        on_tick: Callable[[], None],
        name: str = "dataops-panel-courier",
    ) -> None:
        self._deliver = deliver
        self._on_tick = on_tick
        self._boxes: dict[Key, list[str]] = {}
        self._has_mail = threading.Event()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def post(self, key: Key, text: str) -> None:
        """`text` is on its way."""
        with self._lock:
            self._boxes.setdefault(key, []).append(text)
        self._has_mail.set()

    def close(self) -> None:
        """The thread ends soon; what it has not delivered is dropped."""
        self._closed.set()
        self._has_mail.set()

    def _work(self) -> None:
        while not self._closed.is_set():
            if self._has_mail.wait(_TICK_S) and self._closed.wait(_GATHER_S):
                return
            self._has_mail.clear()
            with self._lock:
                boxes, self._boxes = self._boxes, {}
            for key, texts in boxes.items():
                self._deliver(key, texts)
            self._on_tick()
