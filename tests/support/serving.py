"""A program of Jupyter's that listens, as a process of its own: from its start to its end, and what it answers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psutil

from tests.support.waiting import until

PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Listening:
    """Where it listens, and for whom."""

    url: str
    token: str

    def request(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """The JSON that it answers with. Raises `HTTPError`."""
        request = Request(
            f"{self.url}{path}",
            method=method,
            headers={"Authorization": f"token {self.token}"},
            data=None if body is None else json.dumps(body).encode(),
        )
        with urlopen(request, timeout=PATIENCE_S) as response:
            text = response.read()
        return json.loads(text) if text else None


@dataclass(frozen=True, slots=True)
class Started(Listening):
    """The same, and its process."""

    pid: int


@contextmanager
def serving(
    command: Sequence[str], folder: Path, environment: Mapping[str, str | Path], *, leave_children: bool
) -> Iterator[Started]:
    """The program, which works in `folder` and logs there, as long as the block lasts.

    With `leave_children`, the processes that it has started go on.
    """
    runtime, log = folder / "runtime", folder / "server.log"
    places = {"JUPYTER_CONFIG_DIR": folder / "config", "JUPYTER_RUNTIME_DIR": runtime, **environment}
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | {name: str(value) for name, value in places.items()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    with process:
        try:
            found = until(lambda: _listening(runtime, process, log), f"a server: {log}", PATIENCE_S)
            yield Started(found["url"], found["token"], process.pid)
        finally:
            _end(process, leave_children=leave_children)


def _listening(runtime: Path, process: subprocess.Popen[bytes], log: Path) -> dict[str, Any] | None:
    assert process.poll() is None, f"the server ended with {process.returncode}\n{log.read_text()[-4000:]}"
    path = runtime / f"jpserver-{process.pid}.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError):  # not there yet, or being written
        return None
    try:
        with urlopen(f"{found['url']}api", timeout=PATIENCE_S):
            return found
    except OSError:
        return None


def _end(process: subprocess.Popen[bytes], *, leave_children: bool) -> None:
    is_alone = leave_children or process.poll() is not None
    family = [] if is_alone else psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
    for left in psutil.wait_procs(family, timeout=5)[1]:
        left.kill()
