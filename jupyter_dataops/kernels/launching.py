"""Starting the process of a fork server, also before anybody knows what for.

Its first half second goes by with imports that every kernel needs, and a command that runs nodes has as much to import
itself. So `start_early` is called before that, and whoever asks for such a server later finds it on its way. Standard
library alone, and little of it: all of this comes before everything else.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

from jupyter_dataops.kernels.variables import BESIDE_OTHERS, RUN_VARIABLE, TOKEN_VARIABLE

_OF_ONE_KERNEL: Final = (
    *("JPY_", "KERNEL_", RUN_VARIABLE, "DATAOPS_NODE", "DATAOPS_ATTEMPT", TOKEN_VARIABLE),
    *("DATAOPS_SECRETS", "DATAOPS_STORE"),
)
"""How variables begin that tell a kernel which one it is; no module looks at them as it is imported."""
_MARKS: Final = {RUN_VARIABLE: "-" * 10, TOKEN_VARIABLE: "-" * 32}
"""As long as the values that attempts have."""


class Launched:
    """A fork server's process on its way, and what leads to it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it. Raises `OSError` where that cannot be done."""
        self.command, self.environment = tuple(command), dict(environment)
        self.control, theirs = socket.socketpair()
        self.words = _nameless_file()
        """What the process prints."""
        try:
            self.process = subprocess.Popen(  # noqa: S603 - the interpreter of an installed kernelspec
                [*command, "-m", "jupyter_dataops.zygote", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=self.words,
                stderr=self.words,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**environment, **_MARKS},
            )
        except OSError:
            self.control.close()
            self.words.close()
            raise
        finally:
            theirs.close()

    def close(self, patience_s: float = 0.0) -> None:
        """The process has ended: by itself, if it does so that soon once nobody is there to ask."""
        self.control.close()
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.words.close()


def _nameless_file() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("dataops-words"), "w+b")
    import tempfile  # noqa: PLC0415 - 5 ms of the time before all

    return tempfile.TemporaryFile("w+b")


def environment_of_kernels(environment: Mapping[str, str]) -> dict[str, str]:
    """Of these variables, those that a fork server and all of its kernels have."""
    found = {name: value for name, value in environment.items() if not name.startswith(_OF_ONE_KERNEL)}
    return {**BESIDE_OTHERS, **found}


_early: list[Launched] = []


def start_early() -> None:
    """A fork server for kernels of this Python is on its way; nothing where none can be had."""
    if sys.platform == "linux" and sys.executable:
        with suppress(OSError):
            _early.append(Launched([sys.executable], environment_of_kernels(os.environ)))


def launch(command: Sequence[str], environment: Mapping[str, str]) -> Launched:
    """A fork server's process: the one that was started early, if it is such a one. Raises `OSError`."""
    if _early and (_early[0].command, _early[0].environment) == (tuple(command), dict(environment)):
        return _early.pop()
    return Launched(command, environment)


def end_early() -> None:
    """What was started early, and nobody has asked for, has ended."""
    while _early:
        _early.pop().close()
