"""Keeps the news coming: opens the store, asks, emits what is new, and goes on after trouble."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.server.announcements import Announcement
from jupyter_dataops.server.news import News

RETRY_S: Final = 10.0
"""After trouble with the store, before it is opened again."""


class EventLogger(Protocol):
    """Jupyter's bus for events."""

    def emit(self, *, schema_id: str, data: dict[str, Any]) -> Any:
        """Validate, and send to all who listen."""
        ...


class Reporter:
    """Emits announcements; `report` is called in the loop, again and again.

    Parameters
    ----------
    open_news
        Opens the store, and follows it from an event on, or from its latest; called in a thread. `None`: there is none
        yet.
    """

    def __init__(
        self,
        open_news: Callable[[int | None], News | None],
        in_thread: Callable[[Callable[[], Any]], Awaitable[Any]],
        events: EventLogger,
        log: logging.Logger,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_news = open_news
        self._in_thread = in_thread
        self._events = events
        self._log = log
        self._monotonic = monotonic
        self._news: News | None = None
        self._after: int | None = None
        self._not_before = -RETRY_S
        self._said = ""

    @property
    def follows(self) -> bool:
        """Whether the store is open, so that what happens from now on is emitted."""
        return self._news is not None

    def glance(self) -> int | None:
        """See `News.glance`. Raises nothing: of trouble, `report` tells."""
        try:
            return self._news.glance() if self._news is not None else None
        except DataOpsError:
            return None

    async def report(self) -> None:
        """What has happened since is emitted. Raises nothing but `CancelledError`."""
        try:
            if self._news is None and self._monotonic() >= self._not_before:
                await self._open()
            if self._news is None:
                return
            if self._news.is_due:
                for announcement in await self._in_thread(self._news.look):
                    self._emit(announcement)
                self._after = self._news.after
            self._said = ""
        except DataOpsError as error:
            self._give_up_for_now(str(error), None)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the loop is everybody's, and must go on
            self._give_up_for_now(f"{type(error).__name__}: {error}", error)
            # What we cannot tell of would keep us from all that comes after it: of that, nothing is said.
            self._after = None

    async def _open(self) -> None:
        after = self._after
        self._news = await self._in_thread(lambda: self._open_news(after))
        # Where there is no store, all that will be in it is new.
        self._after = 0 if self._news is None else self._news.after

    def _emit(self, announcement: Announcement) -> None:
        try:
            self._events.emit(schema_id=announcement.schema_id, data=dict(announcement.data))
        except Exception:  # noqa: BLE001 - the others are no worse for it
            self._log.exception("An event about a run could not be emitted: %s", announcement.schema_id)

    def _give_up_for_now(self, what: str, error: Exception | None) -> None:
        if what != self._said:
            self._log.warning("No events about runs for now: %s", what, exc_info=error)
        self._said = what
        self._not_before = self._monotonic() + RETRY_S
        self.close()

    def close(self) -> None:
        """Release the store."""
        news, self._news = self._news, None
        if news is not None:
            news.close()
