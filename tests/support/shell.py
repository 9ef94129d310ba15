"""The command line as its users call it: processes in a folder that has a run store of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import open_run
from jupyter_dataops.config import Settings
from tests.support.forked import Forked
from tests.support.notebooks import notebook

PROGRAM = (sys.executable, "-m", "jupyter_dataops")
PATIENCE_S = 100


@dataclass(frozen=True, slots=True)
class Called:
    """What a call printed, and its exit code."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def __str__(self) -> str:
        return f"exit {self.exit_code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Shell:
    """Calls the program in `folder`; what it starts is killed at the end of `open_shell`."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.environment = {**os.environ, "DATAOPS_STORE": str(self.store), "COLUMNS": "200", **environment}
        self.processes: list[subprocess.Popen[str] | Forked] = []

    def save(self, *cells: dict[str, Any], name: str = "etl.ipynb", **metadata: Any) -> Path:
        """A notebook of these cells."""
        return self.write(json.dumps(notebook(*cells, **metadata), indent=1) + "\n", name)

    def write(self, content: str | bytes, name: str = "etl.ipynb") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def start(self, *arguments: str, under: Sequence[str] = ()) -> subprocess.Popen[str]:
        """The program, running; `under` is a command that starts it."""
        process = subprocess.Popen(
            [*under, *PROGRAM, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Whoever runs the tests may have turned it off, as nohup does, and that is inherited.
            preexec_fn=partial(signal.signal, signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509 - one system call
        )
        self.processes.append(process)
        return process

    def call(self, *arguments: str, exit_code: int = 0, under: Sequence[str] = ()) -> Called:
        """The program's end, which is as expected and without a traceback of ours."""
        return finished(self.start(*arguments, under=under), exit_code)

    def run(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        """The JSON of a call."""
        found: dict[str, Any] = self.call(*arguments, "--json", exit_code=exit_code).json
        return found

    @property
    def settings(self) -> Settings:
        """The same store, for the Python API."""
        return Settings(store=str(self.store), jobs=2)

    def last(self) -> Run:
        """The latest run, through the Python API."""
        return open_run("last", self.settings)

    def put(self, name: str) -> None:
        """Make the empty file that a waiting node looks for."""
        (self.folder / name).touch()


def finished(process: subprocess.Popen[str], exit_code: int) -> Called:
    """How `process` ended. Whatever happened, nobody sees our own frames."""
    out, err = process.communicate(timeout=PATIENCE_S)
    called = Called(process.returncode, out, err)
    assert called.exit_code == exit_code, called
    assert "Traceback" not in err, called
    return called


@contextmanager
def open_shell(folder: Path, **environment: str) -> Iterator[Shell]:
    shell = Shell(folder, **environment)
    try:
        yield shell
    finally:
        for process in shell.processes:
            with process:  # closes its pipes, waits for its end
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)


def states(run: Mapping[str, Any]) -> dict[str, str]:
    """Node to state, of a run's JSON."""
    return {node["node"]: node["state"] for node in run["nodes"]}


def node_of(run: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One node of a run's JSON."""
    return next(node for node in run["nodes"] if node["node"] == name)
