"""The service behind the routes: opened when it is first needed, asked in threads, closed with the server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol, TypeVar

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.service.refusals import refusal_of
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.watching import Refusal, Told, WatchRequest

Result = TypeVar("Result")
Tell = Callable[[Told], None]


class Answers(Protocol):
    """What this face needs of `jupyter_dataops.service.Service`; used from several threads at once."""

    def answer(self, name: str, request: Wire, *, actor: str | None = None) -> Wire:
        """The response of the operation `name`, asked by `actor`. Raises `DataOpsError`."""
        ...

    def refusal(self, error: DataOpsError) -> Refusal:
        """The error as the front end shows it."""
        ...

    def close(self) -> None:
        """Release what is open."""
        ...


class Watches(Protocol):
    """What this face needs of `jupyter_dataops.service.Watcher`; used from one thread at a time."""

    def ask(self, request: WatchRequest) -> None:
        """Begin, or end, a watch; what is known already is told at once."""
        ...

    def poll(self) -> None:
        """Tell what is new."""
        ...

    def close(self) -> None:
        """Tell no more."""
        ...


class Backend:
    """Asks the service without keeping the server's loop waiting.

    Opening the service reads settings and opens the run store, which may fail, and may succeed when tried again: so it
    is done with the first question, and again with each after one that failed.

    Parameters
    ----------
    open_service, open_watcher
        What makes them.
    threads
        How many questions are answered at the same time; others wait.
    """

    def __init__(
        self,
        open_service: Callable[[], Answers],
        open_watcher: Callable[[Answers, Tell], Watches],
        *,
        threads: int,
    ) -> None:
        self._open_service = open_service
        self._open_watcher = open_watcher
        self._service: Answers | None = None
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="dataops-server")

    async def answer(self, name: str, request: Wire, actor: str | None) -> Wire:
        """The operation's response. Raises `DataOpsError`."""
        return await self.in_thread(lambda: self.service.answer(name, request, actor=actor))

    async def answer_json(self, name: str, request: Wire, actor: str | None) -> str:
        """The same as JSON, which is made in the thread, too: that of a large graph takes a while."""
        return await self.in_thread(lambda: self.service.answer(name, request, actor=actor).model_dump_json())

    def refusal(self, error: DataOpsError) -> Refusal:
        """The error as the front end shows it: without paths of files that it may not see."""
        return self._service.refusal(error) if self._service is not None else refusal_of(error)

    async def in_thread(self, work: Callable[[], Result]) -> Result:
        """What `work` returns, in a thread of the pool."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def later(self, work: Callable[[], None]) -> None:
        """Have `work` done in a thread of the pool; after `close`, not at all."""
        with suppress(RuntimeError):
            self._pool.submit(work)

    @property
    def service(self) -> Answers:
        """The service, opened if need be: not for the loop's thread. Raises `DataOpsError`."""
        with self._lock:
            if self._service is None:
                self._service = self._open_service()
            return self._service

    def watcher(self, tell: Tell) -> Watches:
        """What tells `tell`: not for the loop's thread. Raises `DataOpsError`."""
        return self._open_watcher(self.service, tell)

    def close(self) -> None:
        """No question is answered any more; those under way end by themselves. A second call does nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            service, self._service = self._service, None
        if service is not None:
            service.close()
