"""The one place where the coordinator waits."""

from __future__ import annotations

import queue
import time
from contextlib import suppress
from typing import Final

from msgspec import Struct

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.interfaces import AttemptReport


class CancelRequested(Struct, frozen=True):
    """Somebody wants the run to end."""

    reason: str
    hurry: bool


class Woken(Struct, frozen=True):
    """The store may have news about the run."""


class LeaseLost(Struct, frozen=True):
    """The run is somebody else's, or has been ended by somebody else."""

    refusal: DataOpsError


Message = AttemptReport | CancelRequested | Woken | LeaseLost

_LONGEST_WAIT_S: Final = 3600.0
_SLICE_S: Final = 0.5
"""Python calls a handler of signals in the main thread, but a signal wakes that thread only if it comes while it waits:
not just before, and not where the system hands it to another thread. Then Ctrl-C is heard when the wait ends."""


class Mailbox:
    """Messages in the order in which they came; put from any thread, and from a signal handler.

    A test replaces it by one whose `wait` lets a fake clock run on instead of waiting.
    """

    def __init__(self) -> None:
        # SimpleQueue.put is reentrant, which Queue.put is not: a signal may come while the same thread is in it.
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def put(self, message: Message) -> None:
        """`message` is there for the next `wait`."""
        self._messages.put(message)

    def wait(self, timeout_s: float | None) -> Message | None:
        """The next message; `None` if none came for `timeout_s`, or for an hour, or at once where that is 0.

        Waiting at most an hour bounds what a step of the system clock can do to a timer.
        """
        left_s = _LONGEST_WAIT_S if timeout_s is None else min(timeout_s, _LONGEST_WAIT_S)
        until_s = time.monotonic() + left_s
        while True:
            with suppress(queue.Empty):
                return self._messages.get(timeout=min(left_s, _SLICE_S)) if left_s > 0 else self._messages.get_nowait()
            left_s = until_s - time.monotonic()
            if left_s <= 0:
                return None
