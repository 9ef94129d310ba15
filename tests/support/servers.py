"""A Jupyter Server as a process of its own, which a test may stop and start again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from jupyter_dataops.service.operations import OPERATIONS
from tests.support.api import ROOT, address
from tests.support.serving import Started, serving


class ServerProcess(Started):
    """A server that listens."""

    __slots__ = ()

    def call(self, name: str, /, **fields: Any) -> Any:
        """The JSON of an operation."""
        row = OPERATIONS[name]
        path, others = address(row, fields)
        if row.method == "GET":
            path = f"{path}?{urlencode(others)}"
        return self.request(f"{ROOT}{path}", row.method, None if row.method == "GET" else others)

    def request(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """The JSON of an answer that is none of an error."""
        try:
            return super().request(path, method, body)
        except HTTPError as error:
            raise AssertionError(f"{error.code} {error.read().decode()}") from None


@contextmanager
def server_process(
    root: Path, home: Path, *options: str, extensions: tuple[str, ...] = ("jupyter_dataops",), **environment: str
) -> Iterator[ServerProcess]:
    """A server that shows `root`, and keeps what it needs in `home`, as long as the block lasts."""
    root.mkdir(exist_ok=True)
    home.mkdir(exist_ok=True)
    command = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0", f"--ServerApp.root_dir={root}",
        f"--ServerApp.jpserver_extensions={dict.fromkeys(extensions, True)}", *options,
    ]  # fmt: skip
    with serving(command, home, environment, leave_children=True) as found:
        yield ServerProcess(found.url, found.token, found.pid)
    log = (home / "server.log").read_text()
    assert "Traceback" not in log, log
