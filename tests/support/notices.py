"""Who is to be told, readable in one line; a notifier that remembers; and a service that answers as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jupyter_dataops.errors import NotDelivered
from jupyter_dataops.notices.text import Message
from jupyter_dataops.notices.wanted import OPTION, Receiver
from jupyter_dataops.records import NoticeRecord, RunRecord
from jupyter_dataops.states import Notified
from tests.support.stores import RUN, a_run, at

ALL = tuple(Notified)


def a_receiver(*events: Notified, name: str = "team", places: int = 1, late_after_s: float | None = None) -> Receiver:
    return Receiver(name, frozenset(events or ALL), places, late_after_s)


def a_run_for(*receivers: Receiver, run_id: str = RUN, environment: str = "", **fields: Any) -> RunRecord:
    """A run that tells them."""
    options = {OPTION: {one.name: one.to_json() for one in receivers or (a_receiver(),)}, "environment": environment}
    return a_run(run_id, options={**options, **fields.pop("options", {})}, **fields)


def a_notice(event: Notified = Notified.FAILED, **fields: Any) -> NoticeRecord:
    return NoticeRecord(
        **{
            "event_key": f"{event} {RUN}",
            "receiver": "team",
            "place": 0,
            "event": event,
            "at": at(),
            "next_at": at(),
            "notebook": "/home/ana/etl.ipynb",
            "run_id": RUN,
            **fields,
        }
    )


def told(notices: Sequence[NoticeRecord]) -> list[str]:
    """What is told whom, in one word each."""
    return sorted(f"{one.event} {one.receiver}/{one.place}" for one in notices)


class LaterClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = at()

    def now(self) -> Any:
        return self.at

    def pass_time(self, **how_long: float) -> None:
        self.at += timedelta(**how_long)


@dataclass
class FakeNotifier:
    """Remembers what it was given to send; what it is to raise, and wait for, is by URL."""

    raises: dict[str, Exception] = field(default_factory=dict)
    waits: dict[str, threading.Event] = field(default_factory=dict)
    sent: list[tuple[str, Message]] = field(default_factory=list)
    missing: Exception | None = None

    def require(self) -> None:
        if self.missing is not None:
            raise self.missing

    def send(self, url: str, message: Message) -> None:
        if url in self.waits:
            self.waits[url].wait(10)
        if url in self.raises:
            raise self.raises[url]
        self.sent.append((url, message))

    def refuse(self, url: str, why: str = "no") -> None:
        self.raises[url] = NotDelivered(why)


# -- a service on this machine


@dataclass
class Post:
    """What the service was sent."""

    key: str | None
    title: str
    body: str
    kind: str
    raw: str = ""


class Sink:
    """Takes messages as apprise's ``json://`` sends them."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.status = 200
        self.go = threading.Event()
        """Answers wait for it."""
        self.go.set()
        self.arrived = threading.Condition()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                said = json.loads(text)
                with sink.arrived:
                    sink.posts.append(
                        Post(self.headers.get("Idempotency-Key"), said["title"], said["message"], said["type"], text)
                    )
                    sink.arrived.notify_all()
                sink.go.wait(30)
                try:
                    self.send_response(sink.status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:  # it did not wait for the answer
                    pass

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self._server.server_port}/"

    def wait_for(self, count: int, timeout_s: float = 20) -> list[Post]:
        """The messages, once there are so many."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.posts) >= count, timeout_s), self.posts
            return list(self.posts)

    def close(self) -> None:
        self.go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def open_sink() -> Iterator[Sink]:
    sink = Sink()
    try:
        yield sink
    finally:
        sink.close()
