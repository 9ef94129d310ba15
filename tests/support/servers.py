"""A Jupyter Server as a process of its own, which a test may stop and start again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from jupyter_dataops.service.operations import OPERATIONS
from tests.support.api import ROOT, address
from tests.support.waiting import until

PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A server that listens."""

    url: str
    token: str
    pid: int

    def call(self, name: str, /, **fields: Any) -> Any:
        """The JSON of an operation."""
        row = OPERATIONS[name]
        path, others = address(row, fields)
        if row.method == "GET":
            path = f"{path}?{urlencode(others)}"
        return self.request(f"{ROOT}{path}", row.method, None if row.method == "GET" else others)

    def request(self, path: str, method: str = "GET", body: Any = None) -> Any:
        request = Request(
            f"{self.url}{path}",
            method=method,
            headers={"Authorization": f"token {self.token}"},
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urlopen(request, timeout=PATIENCE_S) as response:
                text = response.read()
            return json.loads(text) if text else None
        except HTTPError as error:
            raise AssertionError(f"{error.code} {error.read().decode()}") from None


@contextmanager
def server_process(
    root: Path, home: Path, *options: str, extensions: tuple[str, ...] = ("jupyter_dataops",), **environment: str
) -> Iterator[ServerProcess]:
    """A server that shows `root`, and keeps what it needs in `home`, as long as the block lasts."""
    root.mkdir(exist_ok=True)
    home.mkdir(exist_ok=True)
    runtime, log = home / "runtime", home / "server.log"
    command = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0", f"--ServerApp.root_dir={root}",
        f"--ServerApp.jpserver_extensions={dict.fromkeys(extensions, True)}", *options,
    ]  # fmt: skip
    places = {"JUPYTER_CONFIG_DIR": home / "config", "JUPYTER_RUNTIME_DIR": runtime}
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=home,
            env={**os.environ, **{name: str(place) for name, place in places.items()}, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    with process:
        try:
            found = until(lambda: _listening(runtime, process, log), f"a server: {log}", PATIENCE_S)
            yield ServerProcess(found["url"], found["token"], process.pid)
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
    assert "Traceback" not in log.read_text(), log.read_text()


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
