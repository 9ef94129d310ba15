"""What one panel answers to its views. Reads messages in the comm's thread, and does everything else in others."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Final

from pydantic import ValidationError

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.panel import messages
from jupyter_dataops.panel.backstage import Backstage, Crew, CrewGone
from jupyter_dataops.panel.messages import Bye, Call, Hello, WatchAsked
from jupyter_dataops.panel.scope import Scope, Watched
from jupyter_dataops.panel.seams import Source, ToldOne, Watching
from jupyter_dataops.panel.threads import Work
from jupyter_dataops.service.refusals import refusal_of
from jupyter_dataops.service.wire.watching import Refusal, Unwatch, WatchFailed

MOST_VIEWS: Final = 32
MOST_WATCHES: Final = 64
MOST_CALLS: Final = 64
"""Of one view, or panel, at a time: what a page of ours needs is a tenth; a page that is not ours gets no more."""
LOOK_S: Final = 1.0
_log = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], None]


class Attendant:
    """Serves the views of one panel.

    Parameters
    ----------
    path
        The notebook that the panel is about, as its source calls it.
    key, open_source
        What the panel is served from; panels with equal keys share it.
    send
        Sends a message to all views. Called from several threads, one at a time; must not raise.
    """

    def __init__(
        self,
        path: str,
        key: Hashable,
        open_source: Callable[[], Source],
        send: Send,
        backstage: Backstage,
        *,
        is_read_only: bool = False,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._key = key
        self._open_source = open_source
        self._send = send
        self._backstage = backstage
        self._is_read_only = is_read_only
        self._monotonic_s = monotonic_s
        self._lock = threading.RLock()  # everything below, and the order in which messages are sent
        self._views: dict[str, _View] = {}
        self._crew: Crew | None = None
        self._scope: Scope | None = None
        self._version: object = None
        self._look_at_s = 0.0
        self._calls = 0
        self._is_closed = False

    def hear(self, content: object) -> None:
        """A message of a view, or of whoever pretends to be one. Returns within milliseconds, and never raises."""
        try:
            message = messages.READER.validate_python(content)
        except ValidationError as error:
            _log.debug("a message that is none of ours: %s", error)
            return
        with self._lock:
            if self._is_closed:
                return
            if isinstance(message, Bye):
                self._forget(message.view)
                return
            crew = self._working_crew()
            if isinstance(message, Hello):
                self._meet(message.view)
            view = self._view(message.view, crew)
            self._send(messages.taken(message.view, message.n))
            if isinstance(message, Call):
                self._take(message, crew)
            elif isinstance(message, WatchAsked):
                view.take(message.request)

    def close(self) -> None:
        """No view is served any more, and nothing is sent afterwards."""
        with self._lock:
            self._is_closed = True
            for name in list(self._views):
                self._forget(name)

    def send(self, message: dict[str, Any]) -> None:
        """A message to all views, unless the panel is closed."""
        with self._lock:
            if not self._is_closed:
                self._send(message)

    def deliver(self, view: _View, texts: list[str]) -> None:
        """A view is told, unless it has been forgotten."""
        with self._lock:
            if self._views.get(view.name) is view:
                view.told += 1
                self._send(messages.told(view.name, view.told, texts))

    def poll(self) -> None:
        """The views are told what is new; about once a second also whether the notebook was saved."""
        with self._lock:
            views, crew = list(self._views.values()), self._crew
        for view in views:
            view.poll()
        now_s = self._monotonic_s()
        if crew is not None and now_s >= self._look_at_s:
            self._look_at_s = now_s + LOOK_S
            self._look(crew)

    def _look(self, crew: Crew) -> None:
        try:
            version = self.source(crew).version(self._path)
        except (CrewGone, DataOpsError):  # the next call says what is wrong
            return
        with self._lock:
            is_new = self._version is not None and version != self._version
            self._version = version
            if is_new:
                self.send(messages.saved())

    def scope(self, source: Source) -> Scope:
        """What may be asked for."""
        with self._lock:
            if self._scope is None:
                self._scope = Scope(
                    self._path,
                    lambda name: source.find_run(name, self._path),
                    lambda kind, name: source.check_owned(kind, name, self._path),
                    is_read_only=self._is_read_only,
                )
            return self._scope

    def _working_crew(self) -> Crew:
        if self._crew is None:
            self._crew = self._backstage.enter(self)
        return self._crew

    def source(self, crew: Crew) -> Source:
        """What the panel is served from; opened by the first that asks, which takes a second. Raises `CrewGone`."""
        return crew.source(self._key, self._open_source)

    def _meet(self, name: str) -> None:
        """A view is new. The others have to ask again, since those whose page is gone never say so."""
        others = [other for other in self._views if other != name]
        for other in others:
            self._views.pop(other).end()
        if others:
            self._send(messages.renew(name))

    def _view(self, name: str, crew: Crew) -> _View:
        if name not in self._views:
            if len(self._views) >= MOST_VIEWS:
                self._views.pop(next(iter(self._views))).end()
            self._views[name] = _View(name, self, crew)
        return self._views[name]

    def _forget(self, name: str) -> None:
        view = self._views.pop(name, None)
        if view is not None:
            view.end()
        if not self._views and self._crew is not None:
            self._crew, self._scope, self._version = None, None, None
            self._backstage.leave(self)

    def _take(self, call: Call, crew: Crew) -> None:
        if self._calls >= MOST_CALLS:
            self._send(messages.refusal(call.view, call.n, _too_many("requests are made", MOST_CALLS)))
            return
        self._calls += 1
        crew.answerers.submit(lambda: self._answer(call, crew))

    def _answer(self, call: Call, crew: Crew) -> None:
        """In a thread of the crew: the response, or the refusal, is sent."""
        reply: dict[str, Any]
        try:
            source = self.source(crew)
            try:
                response = source.answer(call.op, self.scope(source).request(call.op, call.request))
                reply = messages.answer(call.view, call.n, response)
            except DataOpsError as error:
                reply = messages.refusal(call.view, call.n, source.refusal(error))
        except CrewGone:
            return
        except DataOpsError as error:  # the source could not even be opened
            reply = messages.refusal(call.view, call.n, refusal_of(error))
        except Exception:  # noqa: BLE001 - a bug of ours: the view must not wait for ever
            _log.exception("%s failed", call.op)
            reply = messages.refusal(call.view, call.n, UNEXPECTED)
        finally:
            with self._lock:
                self._calls -= 1
        self.send(reply)


class _View:
    """One view, as long as it is known. What has to do with its watches happens in one thread, in order."""

    def __init__(self, name: str, attendant: Attendant, crew: Crew) -> None:
        self.name = name
        self.told = 0
        self._attendant = attendant
        self._crew = crew
        self._watching: Watching | None = None
        self._watches: set[str] = set()
        self._texts: list[str] = []

    def take(self, request: Watched) -> None:
        """A watch is asked for, or ended."""
        self._crew.watchman.submit(lambda: self._guarded(request.id, lambda: self._ask(request)))

    def end(self) -> None:
        """Nothing more is told."""
        self._crew.watchman.submit(self._close)

    def poll(self) -> None:
        """What is new is told, together with what was told since the last poll."""
        if self._watching is not None:
            self._guarded("", self._watching.poll)
        texts, self._texts = self._texts, []
        if texts:
            self._attendant.deliver(self, texts)

    def _tell(self, told: ToldOne) -> None:
        if told.kind == "error" or (told.kind == "log" and told.chunk.is_complete):
            self._watches.discard(told.id)
        self._texts.append(told.model_dump_json())

    def _guarded(self, watch_id: str, work: Work) -> None:
        """What goes wrong ends the watch, and no thread."""
        try:
            work()
        except CrewGone:
            return
        except DataOpsError as error:
            self._tell(WatchFailed(id=watch_id, error=refusal_of(error)))
        except Exception:  # noqa: BLE001 - a bug of ours: the other panels go on
            _log.exception("watching failed")
            self._tell(WatchFailed(id=watch_id, error=UNEXPECTED))

    def _ask(self, request: Watched) -> None:
        source = self._attendant.source(self._crew)
        if self._watching is None:
            self._watching = source.watcher(self._tell)
        if isinstance(request, Unwatch):
            self._watches.discard(request.id)
            self._watching.ask(request)
            return
        if request.id not in self._watches and len(self._watches) >= MOST_WATCHES:
            self._tell(WatchFailed(id=request.id, error=_too_many("things are watched", MOST_WATCHES)))
            return
        try:
            asked = self._attendant.scope(source).watch(request)
        except DataOpsError as error:
            self._tell(WatchFailed(id=request.id, error=source.refusal(error)))
            return
        self._watches.add(request.id)
        self._watching.ask(asked)

    def _close(self) -> None:
        if self._watching is not None:
            self._watching.close()


def _too_many(what: str, limit: int) -> Refusal:
    message = f"too many {what} at once: the limit is {limit}"
    return Refusal(code="too_many", message=message, where="", hint="wait for the others")


UNEXPECTED: Final = Refusal(
    code="unexpected",
    message="something went wrong in the kernel",
    where="",
    hint="the kernel's log has the traceback; please report it",
)
