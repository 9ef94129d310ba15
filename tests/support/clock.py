"""Time that passes only when a test lets it."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from jupyter_dataops.engine.mailbox import Mailbox, Message

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """A clock with an agenda: what is due happens as time is moved over it, in order."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._agenda: list[tuple[datetime, int, Callable[[], object]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        return self._now

    def elapsed_s(self) -> float:
        return (self._now - START).total_seconds()

    def at(self, delay_s: float, act: Callable[[], object]) -> None:
        """`act` happens after `delay_s`."""
        due = self._now + timedelta(seconds=delay_s)
        heapq.heappush(self._agenda, (due, next(self._order), act))

    def pass_until_next(self, limit_s: float | None) -> bool:
        """Time runs to the next thing on the agenda, which happens; or by `limit_s`, if that is sooner (False)."""
        limit = None if limit_s is None else self._now + timedelta(seconds=limit_s)
        if not self._agenda or (limit is not None and self._agenda[0][0] > limit):
            if limit is None:
                raise AssertionError("waits for ever: nothing is on the agenda")
            self._now = limit
            return False
        due, _, act = heapq.heappop(self._agenda)
        self._now = max(self._now, due)
        act()
        return True

    def pass_all_until_next(self, limit_s: float) -> None:
        """The same, with all that the agenda has for that instant, which may put more on it."""
        if self.pass_until_next(limit_s):
            while self._agenda and self._agenda[0][0] <= self._now:
                self.pass_until_next(0)


class FakeMailbox(Mailbox):
    """A mailbox that lets a fake clock run instead of waiting, and fails where a real one would wait for ever."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock
        self.waits: list[float | None] = []

    def wait(self, timeout_s: float | None) -> Message | None:
        deadline = None if timeout_s is None else self._clock.now() + timedelta(seconds=timeout_s)
        if timeout_s != 0:
            self.waits.append(timeout_s)
        while (message := super().wait(0)) is None:
            left = None if deadline is None else (deadline - self._clock.now()).total_seconds()
            if timeout_s == 0 or not self._clock.pass_until_next(left):
                return None
        return message
