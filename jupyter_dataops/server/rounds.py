"""The one loop of the server that looks for what is new, for all who want to know."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import Final, Protocol

_PATIENCE_S: Final = 5.0
GLANCE_S: Final = 0.01
"""Between two glances: what is told of a change does not wait for the next round."""
_GLANCES_IN_ALL: Final = 50
"""A glance takes at most this part of the time: at a database that is far away, they are as seldom as rounds."""


class Looker(Protocol):
    """Somebody for whom the loop looks, such as an open websocket."""

    @property
    def is_ready(self) -> bool:
        """Whether it has taken what was found before."""
        ...

    def look(self) -> None:
        """Find out what is new; called in a thread. Raises nothing."""
        ...

    def found(self) -> None:
        """Take what was found; called in the loop after `look`."""
        ...


class Rounds:
    """Looks `often_s` apart while somebody watches, `seldom_s` apart otherwise, and at once when woken.

    Parameters
    ----------
    in_thread
        Runs what is passed to it in a thread.
    each
        What each round does besides.
    glance
        A number that differs after anything has been written; `None` while nothing goes on that writes. Asked for in
        the loop, so microseconds have to be enough for it.

    Notes
    -----
    While something goes on, a change after a quiet moment is looked at within `GLANCE_S`. Those that follow it at once
    are looked at together, `often_s` later: whoever writes all the time makes no more rounds than without glances.
    """

    def __init__(
        self,
        in_thread: Callable[[Callable[[], None]], Awaitable[None]],
        each: Callable[[], Awaitable[None]],
        glance: Callable[[], int | None],
        *,
        often_s: float,
        seldom_s: float,
    ) -> None:
        self._in_thread = in_thread
        self._each = each
        self._glance = glance
        self._often_s = often_s
        self._seldom_s = seldom_s
        self._lookers: set[Looker] = set()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._seen: int | None = None
        self._changed_at_s = -math.inf

    def start(self) -> None:
        """Go round, in the running loop, now and until `stop`."""
        self.wake()
        self._task = asyncio.get_running_loop().create_task(self._go_round(), name="dataops-rounds")

    async def stop(self) -> None:
        """No round follows; waits for the one that goes on, if not for long. A second call does nothing."""
        task, self._task = self._task, None
        if task is not None:
            self.wake()
            await asyncio.wait({task}, timeout=_PATIENCE_S)
            task.cancel()

    def wake(self) -> None:
        """The next round begins as soon as this one ends."""
        self._woken.set()

    def add(self, looker: Looker) -> None:
        """Look for `looker`, too."""
        self._lookers.add(looker)
        self.wake()

    def remove(self, looker: Looker) -> None:
        """Look for `looker` no more. A second call does nothing."""
        self._lookers.discard(looker)

    @property
    def lookers(self) -> Collection[Looker]:
        """For whom it looks now."""
        return tuple(self._lookers)

    async def _go_round(self) -> None:
        while True:
            await self._pause()
            self._woken.clear()
            if self._task is None:
                return
            self._note_version()
            await self._look()
            await self._each()

    async def _pause(self) -> None:
        now_s = asyncio.get_running_loop().time
        until_s = now_s() + (self._often_s if self._lookers else self._seldom_s)
        while not self._woken.is_set() and (left_s := until_s - now_s()) > 0:
            if self._lookers and self._seen is not None:
                begun_s = now_s()
                seen, quiet_at_s = self._glance(), self._changed_at_s + self._often_s
                if seen != self._seen and begun_s >= quiet_at_s:
                    return
                left_s = min(left_s, max(GLANCE_S, _GLANCES_IN_ALL * (now_s() - begun_s)))
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._woken.wait()

    def _note_version(self) -> None:
        """Asked before looking, so that what is written meanwhile makes another round."""
        seen = self._glance() if self._lookers else None
        if seen is not None and self._seen is not None and seen != self._seen:
            self._changed_at_s = asyncio.get_running_loop().time()
        self._seen = seen

    async def _look(self) -> None:
        ready = [looker for looker in self._lookers if looker.is_ready]
        if not ready:
            return
        await self._in_thread(lambda: _look_for(ready))
        for looker in ready:
            looker.found()


def _look_for(lookers: Collection[Looker]) -> None:
    for looker in lookers:
        looker.look()
