"""A fork server as who uses it knows it: started, asked for kernels, closed. See `zygote` for the process itself."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from jupyter_dataops.kernels.fork_protocol import STATUS, receive, send
from jupyter_dataops.kernels.launching import Launched, launch

Imports = tuple[tuple[str, tuple[str, ...]], ...]
"""Module, and the names that a ``from`` takes from it."""

_SOCKET_PATH_BYTES: Final = 107 - len("/4194304-5")
"""Linux has so much room for the path of a socket's folder: a process id and a number come behind it."""
_TRIES: Final = 8
_READY_S: Final = 60.0
_END_S: Final = 5.0
_CLOSED: Final = "the fork server is closed"


class NoForkServer(Exception):
    """Kernels cannot be forked here; its text says why."""


class Purpose(Struct, frozen=True):
    """What a fork server is for: kernels of this kind and no other."""

    command: tuple[str, ...]
    """Interpreter, and its own options."""
    arguments: tuple[str, ...]
    """ipykernel's, without the connection file."""
    environment: tuple[tuple[str, str], ...]
    """Sorted; of the server, and of every kernel but for what tells it which one it is."""
    preload: Imports = ()
    ahead: int = 0
    """How many kernels are kept ready. They listen where they like; with none ahead, where they are told to."""
    most: int | None = None
    """After how many none is kept ready any more; `None`: whoever asks does not know how many it needs."""


class ForkedProcess:
    """A kernel's process, as `subprocess.Popen` shows one; it is a child of the fork server.

    `fileno` becomes readable at its end: nobody has to look by the clock.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, status: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        """Negative: the signal that ended it, as of `subprocess`."""
        self._status = status
        self._lock = threading.Lock()

    def fileno(self) -> int:
        """Readable once the process has ended."""
        return self._status

    def poll(self) -> int | None:
        """The exit status, if there is one."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status. Raises `subprocess.TimeoutExpired`."""
        status = self._look(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(["kernel"], timeout or 0.0)
        return status

    def send_signal(self, number: int) -> None:
        """Nothing happens where it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None:
                ended = select.poll()
                ended.register(self._status, select.POLLIN)
                if ended.poll(None if timeout is None else timeout * 1000):
                    told = os.read(self._status, STATUS.size)
                    # Without a word the server was killed, which kills its kernels.
                    self.returncode = STATUS.unpack(told)[0] if told else -signal.SIGKILL
            return self.returncode

    def __del__(self) -> None:
        os.close(self._status)


class ForkServer:
    """One fork server; its process is started at once, and waited for when a kernel is wanted. Safe for threads."""

    def __init__(self, purpose: Purpose) -> None:
        self._purpose = purpose
        self._lock = threading.Lock()
        self._never: dict[str, str] = {}
        self._folder: str | None = None
        self._launched: Launched | None = None
        self._why_not: str | None = None
        self._is_closing = False
        self.is_ready = False
        """A kernel can be had within milliseconds."""
        self.refused: Mapping[str, str] = {}
        """Top-level modules that were not imported ahead, and why; known once it is ready."""
        self._start()

    def take(self) -> tuple[ForkedProcess, socket.socket]:
        """A kernel's process, and the way to it: see `fork_protocol`.

        Raises
        ------
        NoForkServer
            There is none to be had, now and later.
        """
        with self._lock:
            for _ in range(_TRIES):
                if self._is_closing or self._why_not is not None:
                    raise NoForkServer(self._why_not or _CLOSED)
                try:
                    self._await_ready()
                    if self._launched is not None:
                        return self._ask(self._launched.control)
                except (EOFError, OSError) as error:
                    self._why_not = self._last_words(error) if not self.is_ready else None
                    self._stop()
                    if self._why_not is None and not self._is_closing:  # killed by somebody: the next one may live
                        self._start()
            self._why_not = self._why_not or f"the fork server ended {_TRIES} times"
            raise NoForkServer(self._why_not)

    def end(self) -> None:
        """Its process is ending, and with it kernels that nobody has taken, and nobody gets another. `close` waits."""
        self._is_closing = True
        launched = self._launched
        if launched is not None:
            launched.process.kill()  # it may import for long still, and somebody wait for it with the lock held

    def close(self) -> None:
        """Its process has ended. A second call does nothing."""
        self.end()
        with self._lock:
            self._stop()
            self._why_not = _CLOSED

    def _start(self) -> None:
        purpose = self._purpose
        try:
            launched = launch(purpose.command, dict(purpose.environment))
        except OSError as error:
            self._why_not = str(error)
            return
        launched.control.settimeout(_READY_S)
        self._folder = _folder_of_sockets() if purpose.ahead else None
        self._launched = launched
        told = {
            "arguments": purpose.arguments,
            "ahead": purpose.ahead,
            "most": purpose.most,
            "folder": self._folder,
            "preload": purpose.preload,
            "never": self._never,
        }
        with suppress(OSError):  # it has died already: whoever asks for a kernel learns of it
            send(launched.control, told)

    def _await_ready(self) -> None:
        while not self.is_ready and self._launched is not None:
            told, _ = receive(self._launched.control)
            if told["misfits"] and self._is_closing:
                raise EOFError(_CLOSED)
            if told["misfits"]:
                self._never |= told["misfits"]
                self._stop()
                self._start()
            else:
                self.refused = {**told["refused"], **self._never}
                self.is_ready = True

    @staticmethod
    def _ask(control: socket.socket) -> tuple[ForkedProcess, socket.socket]:
        send(control, None)
        pid, (channel, status) = receive(control, 2)
        return ForkedProcess(pid, status), socket.socket(fileno=channel)

    def _last_words(self, error: Exception) -> str:
        """Why it did not come up."""
        if self._launched is not None:
            with suppress(subprocess.TimeoutExpired):
                self._launched.process.wait(_END_S)
            self._launched.words.seek(0)
            lines = self._launched.words.read().decode("utf-8", "replace").strip().splitlines()
            if lines:
                return lines[-1]
        return "it was not ready in time" if isinstance(error, TimeoutError) else "the fork server ended"

    def _stop(self) -> None:
        self.is_ready = False
        if self._launched is not None:
            self._launched.close(_END_S)
            self._launched = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _folder_of_sockets() -> str:
    """A new folder that only its owner can enter, with a path short enough for sockets in it."""
    folder = tempfile.mkdtemp(prefix="dataops-")
    if len(os.fsencode(folder)) <= _SOCKET_PATH_BYTES:
        return folder
    Path(folder).rmdir()
    return tempfile.mkdtemp(prefix="dataops-", dir="/tmp")
