"""A panel without a front end and without a store: what it is asked, and what it sends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from jupyter_dataops.errors import DataOpsError, RunNotFound
from jupyter_dataops.panel.attendant import Attendant
from jupyter_dataops.panel.scope import Watched
from jupyter_dataops.panel.seams import Tell, ToldOne
from jupyter_dataops.service.refusals import refusal_of
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.pipelines import Grammar
from jupyter_dataops.service.wire.watching import Refusal, Unwatch
from tests.support.waiting import until

PATH = "etl.ipynb"
RUN = "aaaaaaaaaa"


def panel_threads() -> list[str]:
    """Names of the threads that serve panels in this process."""
    return sorted(thread.name for thread in threading.enumerate() if thread.name.startswith("dataops-panel"))


@dataclass(eq=False)
class FakeWatching:
    """Notes what it is asked to watch, and tells, when it is polled, what a test says."""

    _tell: Tell
    asked: list[Watched] = field(default_factory=list)
    news: SimpleQueue[ToldOne | Exception] = field(default_factory=SimpleQueue)
    is_closed: bool = False

    def ask(self, request: Watched) -> None:
        self.asked.append(request)

    def poll(self) -> None:
        with suppress(Empty):
            while True:
                one = self.news.get_nowait()
                if isinstance(one, Exception):
                    raise one
                self._tell(one)

    def tell(self, *news: ToldOne | Exception) -> None:
        for one in news:
            self.news.put(one)

    def close(self) -> None:
        self.is_closed = True

    @property
    def open(self) -> set[str]:
        """Ids of what is watched now."""
        ids: set[str] = set()
        for request in list(self.asked):
            (ids.discard if isinstance(request, Unwatch) else ids.add)(request.id)
        return ids


@dataclass(eq=False)
class FakeSource:
    """Answers everything with an empty grammar, or with what `answers` has for the operation."""

    answers: dict[str, Callable[[Wire], Wire]] = field(default_factory=dict)
    asked: list[tuple[str, Wire]] = field(default_factory=list)
    watchings: list[FakeWatching] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    looked_at: list[str] = field(default_factory=list)
    is_closed: bool = False
    threads: set[str] = field(default_factory=set)

    def answer(self, op: str, request: Wire) -> Wire:
        self.asked.append((op, request))
        self.threads.add(threading.current_thread().name)
        return self.answers.get(op, lambda _request: Grammar(rows=[]))(request)

    def watcher(self, tell: Tell) -> FakeWatching:
        self.watchings.append(FakeWatching(tell))
        return self.watchings[-1]

    def check_owned(self, kind: str, name: str, path: str) -> None:
        """Everything is of every notebook."""

    def find_run(self, name: str, path: str) -> str:
        if path != PATH or not (name == "last" or RUN.startswith(name)):
            raise RunNotFound(f"no run '{name}'")
        return RUN

    def version(self, path: str) -> object:
        self.looked_at.append(path)
        return self.versions.get(path, 0)

    def refusal(self, error: DataOpsError) -> Refusal:
        return refusal_of(error)

    def close(self) -> None:
        self.is_closed = True


class Page:
    """The views of a browser: says what they would say, and hears what the panel sends."""

    panel: Attendant

    def __init__(self) -> None:
        self._n: dict[str, int] = {}
        self.heard: list[dict[str, Any]] = []

    def take(self, message: dict[str, Any]) -> None:
        """What the panel sends."""
        self.heard.append(message)

    def say(self, kind: str, view: str = "a", **fields: Any) -> int:
        """The number of what is said."""
        self._n[view] = self._n.get(view, 0) + 1
        self.panel.hear({"kind": kind, "view": view, "n": self._n[view], **fields})
        return self._n[view]

    def call(self, op: str, view: str = "a", **request: Any) -> dict[str, Any]:
        """The answer, or the refusal, to an operation."""
        n = self.say("call", view, op=op, request=request)
        return until(lambda: self.reply(n, view), f"a reply to {op}")

    def reply(self, n: int, view: str = "a") -> dict[str, Any] | None:
        """What came of a call."""
        replies = (message for message in list(self.heard) if message["kind"] in ("answer", "refusal"))
        return next((reply for reply in replies if reply["view"] == view and reply["n"] == n), None)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """What was heard of that kind."""
        return [message for message in list(self.heard) if message["kind"] == kind]
