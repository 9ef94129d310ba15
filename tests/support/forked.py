"""Processes that are forked off one which has imported everything: there in a hundredth of a second, each with a life of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Self

from tests.support.stores import processes

_numbers = count(1)


class Forked:
    """A process that is ``main(*arguments)``, whose result is its exit code; of `subprocess.Popen`, what tests use.

    It shares nothing with the tests' process, which is not its parent: it has a folder, environment, memory and threads of
    its own, and what kills it kills nobody else.
    """

    def __init__(self, main: Callable[..., int], *arguments: str, cwd: Path, env: Mapping[str, str]) -> None:
        self._said = cwd / f"said-{next(_numbers)}.txt"
        self._process = processes().Process(target=_be, args=(main, arguments, cwd, dict(env), self._said))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """As of `subprocess.Popen`: the negative number of the signal that killed it."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Nothing, and what it has written to standard error."""
        self.wait(timeout)
        return "", self._said.read_text("utf-8") if self._said.exists() else ""

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()
        self._process.close()


def _be(main: Callable[..., int], arguments: tuple[str, ...], cwd: Path, env: dict[str, str], said: Path) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path.insert(0, str(cwd))  # as `python -m` does
    for number, path in ((1, os.devnull), (2, said)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    sys.exit(main(*arguments))
