from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.deploy import deploy
from jupyter_dataops.deploying.launch import launch_version
from jupyter_dataops.errors import DeploymentNotFound, RunNotFound, ScheduleNotFound, UsageError
from jupyter_dataops.panel.folder import FolderSource
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.service.wire.deployments import DeploymentsRequest
from jupyter_dataops.service.wire.schedules import SchedulesRequest
from jupyter_dataops.wiring import Stores, open_stores
from tests.support.notebooks import cell, notebook


class Opened:
    """Counts how often the store is opened."""

    count = 0

    def __call__(self, settings: Settings) -> Stores:
        self.count += 1
        return open_stores(settings)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store"), jobs=2)


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def source(tmp_path: Path, settings: Settings, opened: Opened) -> Iterator[FolderSource]:
    made = FolderSource(tmp_path, settings, open_stores=opened)
    yield made
    made.close()


def make_run(path: Path, settings: Settings) -> str:
    path.write_text(json.dumps(notebook(cell("x = 1", "node:a"))), "utf-8")
    return Pipeline(path, settings=settings).create_run().run_id


def test_runs_of_the_notebook_are_found_and_those_of_others_are_not(
    source: FolderSource, settings: Settings, tmp_path: Path
) -> None:
    own = make_run(tmp_path / "etl.ipynb", settings)
    other = make_run(tmp_path / "other.ipynb", settings)
    assert source.find_run("last", "etl.ipynb") == source.find_run(own[:8], "etl.ipynb") == own
    for name in (other, "nobody"):
        with pytest.raises(RunNotFound, match="has no run"):
            source.find_run(name, "etl.ipynb")


def test_runs_of_versions_of_the_notebook_are_found(source: FolderSource, settings: Settings, tmp_path: Path) -> None:
    found = {}
    for name in ("etl", "other"):
        make_run(tmp_path / f"{name}.ipynb", settings)
        deploy(Pipeline(tmp_path / f"{name}.ipynb", settings=settings), "dev")
        found[name] = launch_version(name, "dev", settings).run_id
    assert source.find_run(found["etl"], "etl.ipynb") == found["etl"]
    with pytest.raises(RunNotFound, match="has no run"):
        source.find_run(found["other"], "etl.ipynb")


def test_the_store_is_opened_once_for_all_that_is_asked(
    source: FolderSource, settings: Settings, tmp_path: Path, opened: Opened
) -> None:
    run_id = make_run(tmp_path / "etl.ipynb", settings)
    for name in ("last", run_id, run_id[:8]):
        assert source.find_run(name, "etl.ipynb") == run_id
    source.answer("list_schedules", SchedulesRequest())
    source.answer("list_deployments", DeploymentsRequest())
    assert opened.count == 1


def test_what_a_panel_is_asked_about_is_of_its_notebook(
    source: FolderSource, settings: Settings, tmp_path: Path
) -> None:
    for name in ("etl.ipynb", "other.ipynb"):
        make_run(tmp_path / name, settings)
        deploy(Pipeline(tmp_path / name, settings=settings), "dev")
        with Schedules(settings) as schedules:
            schedules.add(f"of-{Path(name).stem}", tmp_path / name, parse_trigger("every 1h"))

    source.check_owned("schedule", "of-etl", "etl.ipynb")
    source.check_owned("deployment", "etl", "etl.ipynb")

    for kind, name, refused in (
        ("schedule", "of-other", ScheduleNotFound),
        ("schedule", "of-none", ScheduleNotFound),
        ("deployment", "other", DeploymentNotFound),
        ("deployment", "none", DeploymentNotFound),
        ("run", "last", UsageError),
    ):
        with pytest.raises(refused):
            source.check_owned(kind, name, "etl.ipynb")
