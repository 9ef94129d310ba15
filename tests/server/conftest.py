"""A Jupyter Server in this process with the extension in it, and users as strict as they can be.

The fixtures of pytest-jupyter are taken in here, not as a plugin of every test: some come by themselves, and replace loops.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth import AllowAllAuthorizer, Authorizer
from pytest_jupyter.jupyter_server import *  # noqa: F403
from traitlets.config import Config

from jupyter_dataops.api import launch
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.server.app import DataOpsServerApp
from tests.support.api import Api, Stream, eventually
from tests.support.in_process import InProcessExecutor
from tests.support.notebooks import notebook
from tests.support.played_run import PlayedRun

Connect = Callable[..., Awaitable[Stream]]


@pytest.fixture
def authorizer() -> type[Authorizer]:
    """Who decides what users may do; by default all is allowed."""
    return AllowAllAuthorizer


@pytest.fixture
def traits() -> dict[str, Any]:
    """What the configuration says of the extension."""
    return {}


@pytest.fixture
def jp_server_config(authorizer: type[Authorizer], traits: dict[str, Any]) -> Config:
    """Nobody comes in without a token, also to a handler that forgets to ask."""
    server = {
        "jpserver_extensions": {"jupyter_dataops": True},
        "allow_unauthenticated_access": False,
        "authorizer_class": authorizer,
    }
    return Config({"ServerApp": server, "DataOpsServerApp": traits})


@pytest.fixture(autouse=True)
def store(tmp_path: Path, jp_environ: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a run store that is this test's own; it is not there yet."""
    monkeypatch.delenv("PYTHONPATH")  # pytest-jupyter puts all packages in it, which makes them the notebook's own
    monkeypatch.setenv("DATAOPS_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DATAOPS_JOBS", "2")
    return tmp_path / "store"


@pytest.fixture
def settings(store: Path) -> Settings:
    """The same store for the Python API."""
    return Settings(store=str(store), jobs=2)


@pytest.fixture
def app(jp_serverapp: Any) -> DataOpsServerApp:
    """The extension."""
    (found,) = jp_serverapp.extension_manager.extension_apps["jupyter_dataops"]
    assert isinstance(found, DataOpsServerApp)
    return found


@pytest.fixture
def api(app: DataOpsServerApp, http_server_client: Any, jp_base_url: str, jp_auth_header: dict[str, str]) -> Api:
    """The API, for a user with the token."""
    return Api(http_server_client, jp_base_url, jp_auth_header)


@pytest.fixture
def connect(app: DataOpsServerApp, jp_ws_fetch: Any, jp_asyncio_loop: Any) -> Iterator[Connect]:
    """Opens the stream, for a user with the token; closed in the end."""
    opened: list[Stream] = []

    async def open_stream(**options: Any) -> Stream:
        opened.append(Stream(await jp_ws_fetch("dataops", "v1", "stream", **options)))
        return opened[-1]

    async def close_all() -> None:
        for stream in opened:
            stream.socket.close()
            await stream.closed()

    yield open_stream
    jp_asyncio_loop.run_until_complete(close_all())


@pytest.fixture
def following(app: DataOpsServerApp, settings: Settings) -> Callable[[], Awaitable[None]]:
    """Returns once the server follows what happens in the store."""

    async def is_following() -> bool:
        return app.reporter.follows

    async def follow() -> None:
        await eventually(is_following, "the store followed")

    return follow


@pytest.fixture
def save(jp_root_dir: Path) -> Callable[..., Path]:
    """Writes a notebook of cells below the server's root."""

    def write(*cells: dict[str, Any], name: str = "etl.ipynb", **metadata: Any) -> Path:
        path = jp_root_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook(*cells, **metadata)))
        return path

    return write


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a notebook to its end in this process, without kernels; the id of the run."""
    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)

    def execute(path: Path, **parameters: Any) -> str:
        return Pipeline(path, settings=settings).run(parameters, progress=False).run_id

    return execute


@pytest.fixture
def runner(settings: Settings, jp_root_dir: Path) -> Iterator[PlayedRun]:
    """A run below the server's root that does what the test says, when it says so."""
    played = PlayedRun(settings, jp_root_dir)
    yield played
    played.close()
