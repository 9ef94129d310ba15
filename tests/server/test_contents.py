"""Nothing outside the root of the front end is read, run or named, however it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.services.contents.manager import AsyncContentsManager
from traitlets.config import Config

from tests.support.api import Api
from tests.support.notebooks import cell, notebook

SECRET = "the-content-of-a-notebook-outside"


@pytest.fixture
def outside(jp_root_dir: Path) -> Path:
    """A notebook beside the root, to which a link below the root leads."""
    path = jp_root_dir.parent / "outside.ipynb"
    path.write_text(json.dumps(notebook(cell(f"x = '{SECRET}'", "node:outside"))))
    (jp_root_dir / "link.ipynb").symlink_to(path)
    (jp_root_dir / "up").symlink_to(path.parent, target_is_directory=True)
    return path


def escapes(outside: Path) -> list[str]:
    return [
        "../outside.ipynb",
        "sub/../../outside.ipynb",
        "./../outside.ipynb",
        "..%2Foutside.ipynb",
        str(outside),
        f"/{outside}",
        f"file://{outside}",
        "link.ipynb",
        "up/outside.ipynb",
        "..\\outside.ipynb",
        "a\0/../../outside.ipynb",
        "",
        ".",
        "..",
        "/",
    ]


@pytest.mark.parametrize("name", ["plan", "create_run"])
async def test_a_notebook_outside_is_not_found(api: Api, outside: Path, name: str) -> None:
    for path in escapes(outside):
        status, refusal = await api.refused(name, path=path)

        assert status in (400, 404, 422), path
        assert SECRET not in json.dumps(refusal), path
    assert (await api.call("list_runs"))["runs"] == []


async def test_a_preview_for_a_path_outside_looks_at_nothing_there(api: Api, outside: Path) -> None:
    """What is sent is shown, wherever it says that it is from; what lies beside it there is not."""
    source = notebook(cell("", "node:sub", "notebook:outside.ipynb"))
    for path in escapes(outside):
        response = await api.ask("preview", {"path": path, "notebook": source})

        assert response.code in (200, 400, 404, 422), path
        assert SECRET not in response.body.decode(), path


async def test_a_node_that_runs_a_notebook_outside_tells_nothing_of_it(api: Api, outside: Path) -> None:
    for path in ("../outside.ipynb", "link.ipynb", str(outside)):
        source = notebook(cell("", "node:sub", f"notebook:{path}"))

        response = await api.ask("preview", {"path": "x.ipynb", "notebook": source})

        assert response.code == 200, path
        assert SECRET not in response.body.decode(), path


async def test_hidden_notebooks_are_not_run(api: Api, save: Callable[..., Path]) -> None:
    save(cell("x = 1", "node:a"), name=".hidden/etl.ipynb")

    status, _ = await api.refused("plan", path=".hidden/etl.ipynb")

    assert status == 404


async def test_runs_of_a_notebook_outside_are_listed_without_its_path(
    api: Api, outside: Path, run: Callable[..., str]
) -> None:
    run_id = run(outside)

    (listed,) = (await api.call("list_runs"))["runs"]
    of_path = await api.ask("list_runs", {"path": "../outside.ipynb"})

    assert (listed["run_id"], listed["path"]) == (run_id, None)
    assert of_path.code == 404


class InMemory(AsyncContentsManager):
    """Contents that are no files."""


@pytest.fixture
def jp_server_config(jp_server_config: Config, request: pytest.FixtureRequest) -> Config:
    if "without_files" in request.node.name:
        jp_server_config.ServerApp.contents_manager_class = InMemory
    return jp_server_config


async def test_without_files_a_server_says_so(api: Api, save: Any) -> None:
    status, refusal = await api.refused("plan", path="etl.ipynb")

    assert (status, refusal["code"]) == (404, "outside_contents")
    assert "InMemory" in refusal["message"]
    assert (await api.call("list_runs"))["runs"] == []
