"""The fork servers of one program: one for each kind of kernel, made when the first of its kind is wanted."""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from jupyter_dataops.kernels.fork_server import ForkServer, Imports, NoForkServer, Purpose
from jupyter_dataops.kernels.launching import environment_of_kernels

_MODULES: Final = frozenset({"ipykernel_launcher", "ipykernel"})
_MOST: Final = 4


class ForkServers:
    """Fork servers by purpose. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: dict[Purpose, ForkServer] = {}
        self._is_closed = False

    def get(self, purpose: Purpose) -> ForkServer:
        """The server for `purpose`, started if there is none; the longest unused ends where there are too many.

        Raises
        ------
        NoForkServer
            They are closed, or this is no system to fork on.
        """
        if sys.platform != "linux":
            raise NoForkServer(f"on {sys.platform}, a process that has loaded libraries cannot be forked safely")
        with self._lock:
            if self._is_closed:
                raise NoForkServer("the fork servers are closed")
            server = self._servers.pop(purpose, None) or ForkServer(purpose)
            self._servers[purpose] = server
            unused = [self._servers.pop(next(iter(self._servers))) for _ in range(len(self._servers) - _MOST)]
        for one in unused:
            one.close()
        return server

    def end(self) -> None:
        """All are ending, and there will be no other; `close` waits for them."""
        with self._lock:
            self._is_closed = True
            servers = list(self._servers.values())
        for server in servers:
            server.end()

    def close(self) -> None:
        """All have ended. A second call does nothing."""
        self.end()
        with self._lock:
            servers, self._servers = list(self._servers.values()), {}
        for server in servers:
            server.close()


@cache
def shared_servers() -> ForkServers:
    """Those of the whole program, for kernel managers that bring none of their own."""
    servers = ForkServers()
    atexit.register(servers.close)
    return servers


def purpose_of(
    command: Sequence[str], environment: Mapping[str, str], preload: Imports, ahead: int, most: int | None = None
) -> Purpose:
    """The purpose of the server that forks what `command` would start.

    Raises
    ------
    NoForkServer
        It would start something else than ipykernel in Python.

    Examples
    --------
    >>> command = ["python", "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "k.json", "--quiet"]
    >>> purpose = purpose_of(command, {"HOME": "/home/me", "JPY_SESSION_NAME": "a.ipynb"}, (), 2)
    >>> purpose.command, purpose.arguments, dict(purpose.environment)
    (('python', '-Xfrozen_modules=off'), ('--quiet',), {'HOME': '/home/me', 'OMP_WAIT_POLICY': 'PASSIVE'})
    >>> purpose_of(["R", "--slave"], {}, (), 0)
    Traceback (most recent call last):
    jupyter_dataops.kernels.fork_server.NoForkServer: its kernelspec starts something else than `python -m ipykernel...`
    """
    words = list(command)
    place = words.index("-m") if "-m" in words else -1
    if place < 1 or words[place + 1 : place + 2][0:1] == [] or words[place + 1] not in _MODULES:
        raise NoForkServer("its kernelspec starts something else than `python -m ipykernel...`")
    return Purpose(
        command=tuple(words[:place]),
        arguments=tuple(_without_file(words[place + 2 :])),
        environment=tuple(sorted(environment_of_kernels(environment).items())),
        preload=preload,
        ahead=ahead,
        most=most,
    )


def _without_file(arguments: Sequence[str]) -> Iterator[str]:
    words = iter(arguments)
    for word in words:
        if word == "-f":
            next(words, None)
        else:
            yield word
