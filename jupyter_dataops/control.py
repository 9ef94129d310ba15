"""Waking a runner from another process, so that it need not look at its store again and again.

A runner listens on the loopback interface; who knows the address, which holds a secret and is kept in the run store
alone, may wake it. Nothing else travels: the runner then reads from the store what is wanted.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from typing import Self


class ControlListener:
    """Calls `on_wake`, in a thread of its own, whenever somebody wakes `address`. A context manager."""

    def __init__(self, on_wake: Callable[[], None]) -> None:
        self._secret = secrets.token_hex(16)
        self._on_wake = on_wake
        self._listener = Listener(("127.0.0.1", 0), authkey=self._secret.encode())
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="dataops-control", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What `wake` needs: ``HOST:PORT#SECRET``."""
        host, port = self._listener.address
        return f"{host}:{port}#{self._secret}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._closed.set()
        wake(self.address)  # accept() does not notice that its socket is closed
        self._thread.join()
        self._listener.close()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._listener.accept().close()
            except (OSError, EOFError, AuthenticationError):
                continue  # a stranger, or a caller that died
            if not self._closed.is_set():
                self._on_wake()


def wake(address: str) -> bool:
    """Whether the runner at `address` is there; it has been woken then."""
    place, _, secret = address.partition("#")
    host, _, port = place.rpartition(":")
    try:
        Client((host, int(port)), authkey=secret.encode()).close()
    except (OSError, EOFError, AuthenticationError):
        return False
    return True
