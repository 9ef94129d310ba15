"""A store whose folder says that its database is on a PostgreSQL server, from a run to its kernels and its schedules."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.schedules.triggers import Cron
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.scheduling.service import SchedulerService
from jupyter_dataops.states import RunState
from jupyter_dataops.store.database import URL_NAME, Database
from jupyter_dataops.wiring import open_run_store
from tests.support.notebooks import cell, notebook
from tests.support.stores import new_database
from tests.support.waiting import until


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / URL_NAME).write_text(new_database())
    return Settings(store=str(folder), jobs=1)


def save(folder: Path, name: str, *cells: dict[str, object]) -> Path:
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(notebook(*cells)))
    return path


@pytest.mark.kernel
def test_a_run_its_kernels_and_the_next_pipeline_find_it(tmp_path: Path, settings: Settings) -> None:
    made = save(tmp_path, "made", cell("prices = [1, 2]", "node:load", "asset:prices=prices"))
    assert Pipeline(made, settings=settings).run(progress=False).state is RunState.SUCCEEDED
    code = "import jupyter_dataops\ntotal = sum(jupyter_dataops.load_asset('prices'))\nassert total == 3"
    used = save(tmp_path, "used", cell(code, "node:use"))
    assert Pipeline(used, settings=settings).run(progress=False).state is RunState.SUCCEEDED
    assert "runs.sqlite" not in {path.name for path in Path(settings.store).iterdir()}


@pytest.mark.kernel
def test_a_service_learns_of_a_schedule_that_is_added_and_runs_it(tmp_path: Path, settings: Settings) -> None:
    path = save(tmp_path, "etl", cell("x = 1", "node:a"))
    service = SchedulerService(settings)
    service.start()
    try:
        with Schedules(settings) as schedules, closing(open_run_store(settings)) as runs:
            schedules.add("soon", path, Cron("* * * * *"))
            fire = schedules.run_now("soon")
            assert fire.run_id is not None
            until(lambda: has_ended(runs, str(fire.run_id)), "the run has ended")
            until(lambda: schedules.show("soon").record.succeeded_at == fire.fire_time, "the service has seen it")
    finally:
        service.stop()
        service.join()


def has_ended(runs: RunStore, run_id: str) -> bool:
    return runs.find_run(run_id).state is RunState.SUCCEEDED


def test_a_server_that_is_not_there_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="The run store cannot be used") as caught:
        Database(f"postgresql://etl:lovelace@/nothing?host={tmp_path}")
    assert "lovelace" not in str(caught.value)
    assert "check that the server runs" in str(caught.value)
