"""One browser that watches: what it asks for, and what it is told."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.server.backend import Tell, Watches
from jupyter_dataops.server.refusals import malformed
from jupyter_dataops.service.refusals import refusal_of
from jupyter_dataops.service.wire.watching import Told, WatchFailed, WatchRequest

MOST_ASKED: Final = 1_000
"""How many messages a browser may send before the first of them is looked at."""
_REQUEST: Final[TypeAdapter[WatchRequest]] = TypeAdapter(WatchRequest)


class TooMuchAsked(Exception):
    """A browser sends faster than anybody could answer."""


class Listener:
    """The watches of one websocket.

    Messages are taken in the loop's thread and looked at in another; what is told waits here until it is sent. Since
    nobody looks again before it has been, a browser that reads slowly is told less often, and of all that has changed
    meanwhile at once: what waits for it is never more than one look has found.
    """

    def __init__(self, open_watcher: Callable[[Tell], Watches]) -> None:
        self._open_watcher = open_watcher
        self._watcher: Watches | None = None
        self._asked: deque[WatchRequest | WatchFailed] = deque()
        self._told: list[str] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def ask(self, message: str | bytes) -> None:
        """Keep what a browser asks for until somebody looks.

        Raises
        ------
        MalformedRequest
            It is none of the protocol's messages, and has no id by which to say so in an answer.
        TooMuchAsked
        """
        if len(self._asked) >= MOST_ASKED:
            raise TooMuchAsked
        self._asked.append(read_watch_request(message))

    def look(self) -> None:
        """Begin what was asked for, and find out what is new: not for the loop's thread."""
        with self._lock:
            if self._is_closed:
                return
            while self._asked:
                self._hear(self._asked.popleft())
            if self._watcher is not None:
                self._watcher.poll()

    def _hear(self, asked: WatchRequest | WatchFailed) -> None:
        if isinstance(asked, WatchFailed):
            self._tell(asked)
            return
        try:
            # Opened here, since it may fail where the store cannot be read just now, and succeed with the next.
            self._watcher = self._watcher or self._open_watcher(self._tell)
            self._watcher.ask(asked)
        except DataOpsError as error:
            self._tell(WatchFailed(id=asked.id, error=refusal_of(error)))

    def _tell(self, told: Told) -> None:
        self._told.append(told.model_dump_json())

    def take(self) -> list[str]:
        """The messages for the browser; they are its own from here."""
        told, self._told = self._told, []
        return told

    def close(self) -> None:
        """Nothing is watched any more: waits for a look that goes on, so not for the loop's thread."""
        with self._lock:
            self._is_closed = True
            watcher, self._watcher = self._watcher, None
        self._asked.clear()
        if watcher is not None:
            watcher.close()


def read_watch_request(message: str | bytes) -> WatchRequest | WatchFailed:
    """What a browser asks for; where it is malformed but has an id, the answer to it.

    Raises
    ------
    MalformedRequest
        There is no id to answer to.

    Examples
    --------
    >>> read_watch_request('{"op": "unwatch", "id": "1"}')
    Unwatch(op='unwatch', id='1')
    >>> read_watch_request('{"op": "watch_run", "id": "2"}').error.where
    'watch_run.run_id: Field required'
    """
    try:
        return _REQUEST.validate_json(message, strict=True)
    except ValidationError as error:
        refusal = malformed(error, "stream")
        found = _id_of(message)
        if found is None:
            raise refusal from None
        return WatchFailed(id=found, error=refusal_of(refusal))


def _id_of(message: str | bytes) -> str | None:
    try:
        found = from_json(message)
    except ValueError:
        return None
    name = found.get("id") if isinstance(found, dict) else None
    return name if isinstance(name, str) else None
