"""What all panels of a kernel share, and the panels do not see: threads, and the way to the store.

It is there as long as some panel has a view, and gone with the last one: a kernel whose panels nobody looks at has no
thread of ours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Final, Protocol

from msgspec import Struct, field

from jupyter_dataops.panel.seams import Source
from jupyter_dataops.panel.threads import Pool, Watchman

ANSWERERS: Final = 4
POLL_S: Final = 0.15
"""What is told meanwhile travels in one message."""


class Polled(Protocol):
    """Who has views; must not raise."""

    def poll(self) -> None:
        """Look whether there is something to tell. Called every `POLL_S`, in the thread of the watches."""
        ...


class Crew(Struct):
    """The threads of one time in which there are views, and what they have opened."""

    answerers: Pool
    watchman: Watchman
    sources: dict[Hashable, Source] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_over: bool = False

    def source(self, key: Hashable, make: Callable[[], Source]) -> Source:
        """The source by that key: one for all panels that have it. Made outside the comm's thread: it may take time."""
        with self.lock:
            if self.is_over:
                raise CrewGone("no panel has a view any more")
            if key not in self.sources:
                self.sources[key] = make()
            return self.sources[key]

    def end(self) -> None:
        """The threads end; the last thing that one of them does is to close what was opened."""
        self.answerers.close()
        self.watchman.submit(self._close_sources)
        self.watchman.close()

    def _close_sources(self) -> None:
        with self.lock:
            self.is_over = True
            for source in self.sources.values():
                with suppress(Exception):
                    source.close()


class CrewGone(Exception):
    """Nobody looks any more."""


class Backstage:
    """Lends its crew to panels with views."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._members: dict[int, Polled] = {}
        self._crew: Crew | None = None

    def enter(self, member: Polled) -> Crew:
        """The crew works for `member`, until it leaves."""
        with self._lock:
            self._members[id(member)] = member
            if self._crew is None:
                self._crew = Crew(
                    answerers=Pool(ANSWERERS, "dataops-panel-answers"),
                    watchman=Watchman(self._poll, POLL_S, "dataops-panel-watches"),
                )
            return self._crew

    def leave(self, member: Polled) -> None:
        """`member` has no views any more. After the last one the crew ends."""
        with self._lock:
            self._members.pop(id(member), None)
            if not self._members and self._crew is not None:
                self._crew.end()
                self._crew = None

    def _poll(self) -> None:
        with self._lock:
            members = list(self._members.values())
        for member in members:
            member.poll()
