"""Runs are processes of their own: what starts them may stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.records import RunnerRecord
from jupyter_dataops.runners import this_runner
from tests.support.api import Api, eventually
from tests.support.notebooks import cell
from tests.support.played_run import PlayedRun
from tests.support.servers import server_process
from tests.support.waiting import WAIT_FOR, until

pytestmark = pytest.mark.kernel

WAITS = (
    cell(WAIT_FOR, "setup"),
    cell("note('begun')\nwait_for('go')\nx = 1", "node:waits"),
    cell("y = x + 1", "node:after"),
)


def state(server: Any, run_id: str) -> str:
    found: str = server.call("get_run", run_id=run_id)["run"]["state"]
    return found


def test_a_run_outlives_the_server_that_started_it(save: Callable[..., Path], tmp_path: Path) -> None:
    root = save(*WAITS).parent
    with server_process(root, tmp_path / "home") as server:
        run_id = server.call("create_run", path="etl.ipynb")["run"]["run_id"]
        until((root / "begun").exists, "the node begun")
        assert state(server, run_id) == "running"
    (root / "go").touch()

    with server_process(root, tmp_path / "home") as server:
        until(lambda: state(server, run_id) == "succeeded", "the end of the run")
        (listed,) = server.call("list_runs")["runs"]

    assert (listed["run_id"], listed["counts"]) == (run_id, {"succeeded": 2})


async def test_a_run_is_started_cancelled_and_retried(api: Api, save: Callable[..., Path], jp_root_dir: Path) -> None:
    save(*WAITS)
    started = (await api.call("create_run", path="etl.ipynb", jobs=1))["run"]

    async def has_begun() -> bool:
        return (jp_root_dir / "begun").exists()

    await eventually(has_begun, "the node begun")
    await api.call("cancel", run_id=started["run_id"])
    await eventually(lambda: is_in(api, started["run_id"], "cancelled"), "the run cancelled")

    (jp_root_dir / "go").touch()
    again = (await api.call("retry", run_id=started["run_id"]))["run"]
    await eventually(lambda: is_in(api, again["run_id"], "succeeded"), "the retry done")

    assert (again["parent_run_id"], again["path"]) == (started["run_id"], "etl.ipynb")
    assert started["created_by"] == again["created_by"] != ""


async def test_a_crashed_run_is_resumed(api: Api, runner: PlayedRun) -> None:
    here = this_runner()
    runner.create("a")
    runner.take(RunnerRecord(here.host, 4_000_000, here.started))
    await eventually(lambda: is_in(api, runner.run_id, "crashed"), "the run crashed")

    await api.call("resume", run_id=runner.run_id)

    await eventually(lambda: is_in(api, runner.run_id, "succeeded"), "the run resumed")


async def is_in(api: Api, run_id: str, state: str) -> bool:
    return bool((await api.call("get_run", run_id=run_id))["run"]["state"] == state)
