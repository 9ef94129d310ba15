"""Waking a runner from another process, so that it need not look at its store again and again.

A runner listens on the loopback interface; who knows the address, which holds a secret and is kept in the run store
alone, may wake it. Nothing else travels: the runner then reads from the store what is wanted.
"""

from __future__ import annotations

import hmac
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Self

_PATIENCE_S: Final = 2.0
"""How long either side waits for the other: on one machine, an answer takes milliseconds."""
_SECRET_LENGTH: Final = 32
_WOKEN: Final = b"woken"


class ControlListener:
    """Calls `on_wake`, in a thread of its own, whenever somebody wakes `address`. A context manager."""

    def __init__(self, on_wake: Callable[[], None]) -> None:
        self._secret = secrets.token_hex(_SECRET_LENGTH // 2)
        self._on_wake = on_wake
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="dataops-control", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What `wake` needs: ``HOST:PORT#SECRET``."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}#{self._secret}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._closed.set()
        with suppress(OSError):  # accept() does not notice that its socket is closed, but it notices a caller
            socket.create_connection(self._socket.getsockname(), _PATIENCE_S).close()
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._closed.is_set():
            caller, _ = self._socket.accept()
            with caller, suppress(OSError):  # a caller that died, or says nothing
                caller.settimeout(_PATIENCE_S)
                said = caller.recv(_SECRET_LENGTH, socket.MSG_WAITALL)
                if hmac.compare_digest(said, self._secret.encode()):
                    self._on_wake()
                    caller.sendall(_WOKEN)


def wake(address: str) -> bool:
    """Whether the runner at `address` is there and answers; it has been woken then."""
    place, _, secret = address.partition("#")
    host, _, port = place.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), _PATIENCE_S) as runner:
            runner.sendall(secret.encode())
            return runner.recv(len(_WOKEN), socket.MSG_WAITALL) == _WOKEN
    except OSError:
        return False
