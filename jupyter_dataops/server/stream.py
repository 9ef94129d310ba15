"""The websocket: what a browser watches, told as it happens. See `jupyter_dataops.service.wire.watching`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final, Protocol, cast

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WS_PING_INTERVAL, WebSocketMixin
from jupyter_server.extension.handler import ExtensionHandlerMixin
from tornado import web
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from jupyter_dataops.server.backend import Backend
from jupyter_dataops.server.handlers import RESOURCE, ROOT
from jupyter_dataops.server.listening import Listener, TooMuchAsked
from jupyter_dataops.server.metrics import Metrics
from jupyter_dataops.server.refusals import MalformedRequest, refusal_of_http
from jupyter_dataops.server.rounds import Rounds

ROUTE: Final = f"{ROOT}stream"
MOST_BYTES: Final = 65_536
"""A message longer than this is none of the protocol's."""

# RFC 6455, section 7.4.1
GOING_AWAY: Final = 1001
NOT_UNDERSTOOD: Final = 1007
UNREASONABLE: Final = 1008
BROKEN: Final = 1011


class ServesStream(Protocol):
    """The extension, as this handler sees it."""

    backend: Backend
    rounds: Rounds
    metrics: Metrics


class StreamHandler(ExtensionHandlerMixin, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """One browser's connection. Watching is reading: who may read runs may watch them."""

    auth_resource = RESOURCE
    _listener: Listener | None = None
    _sending: asyncio.Task[None] | None = None
    _failure: Exception | None = None

    @property
    def app(self) -> ServesStream:
        """The extension."""
        return cast("ServesStream", self.extensionapp)

    @property
    def ping_interval(self) -> float:
        """Seconds between pings, which keep proxies from cutting the connection; as the server is configured.

        Jupyter's own pings are not used: it gives tornado, which pings as well, milliseconds for seconds.
        """
        return float(self.settings.get("ws_ping_interval", WS_PING_INTERVAL)) / 1_000

    @property
    def ping_timeout(self) -> None:
        """As tornado has it."""
        return

    @property
    def max_message_size(self) -> int:
        """Longer messages end the connection."""
        return MOST_BYTES

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the connection, for those who may read."""
        user = self.current_user
        if not user or not await ensure_async(self.authorizer.is_authorized(self, user, "read", RESOURCE)):
            raise web.HTTPError(403, f"User is not authorized to read on resource: {RESOURCE}.")
        await super().get(*args, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Refuse the connection, in JSON as all of this API."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        self.set_header("Content-Type", "application/json")
        self.finish(refusal_of_http(error, status_code).model_dump_json())

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Be looked for from now on."""
        WebSocketHandler.open(self, *args, **kwargs)  # the mixin's would begin to ping
        self._listener = Listener(self.app.backend.watcher)
        self.app.rounds.add(self)
        self.app.metrics.watchers.inc()

    def on_message(self, message: str | bytes) -> None:
        """Hand on what the browser asks for."""
        if self._listener is None:
            return
        try:
            self._listener.ask(message)
        except MalformedRequest:
            self.close(NOT_UNDERSTOOD, "not a message of this protocol")
        except TooMuchAsked:
            self.close(UNREASONABLE, "more messages than can be answered")
        else:
            self.app.rounds.wake()

    @property
    def is_ready(self) -> bool:
        """Whether the browser has received all that it was told."""
        return self._sending is None or self._sending.done()

    def look(self) -> None:
        """Find out what is new, in a thread."""
        if self._listener is None:
            return
        try:
            self._listener.look()
        except Exception as error:  # noqa: BLE001 - one connection's trouble must not end the loop of all
            self._failure = error

    def found(self) -> None:
        """Send what was found."""
        if self._failure is not None:
            self.log.error("A watch failed", exc_info=self._failure)
            self._failure = None
            self.close(BROKEN, "the server's log says more")
        elif self._listener is not None and (told := self._listener.take()):
            self._sending = asyncio.get_running_loop().create_task(self._send(told))

    async def _send(self, told: list[str]) -> None:
        with suppress(WebSocketClosedError, StreamClosedError):
            for message in told:
                await self.write_message(message)

    def on_close(self) -> None:
        """Be looked for no more."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        self.app.rounds.remove(self)
        self.app.metrics.watchers.dec()
        self.app.backend.later(listener.close)
