"""The service as a process of its own: it starts real runs, dies where a test wants it to, and stops when told to."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_dataops.crash_points import SCHEDULING
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.scheduling.views import ScheduleView
from jupyter_dataops.wiring import open_stores
from tests.support.notebooks import cell
from tests.support.shell import Shell, open_shell
from tests.support.waiting import until

pytestmark = pytest.mark.kernel

DAY = cell("day = ''\nyear = 2000", "parameters")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as shell:
        shell.environment["DATAOPS_LEASE_S"] = "3"
        yield shell


def go(shell: Shell) -> str:
    """What waits for the asset `go` is due from now on."""
    with Schedules(shell.settings) as schedules:
        return schedules.publish("go").at.isoformat()


def fires(shell: Shell, name: str = "etl") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shell.run("schedule", "show", name)["fires"]
    return found


def seen(shell: Shell, name: str = "etl") -> ScheduleView:
    """The same without a process for each look: who waits for the service does not keep the machine from it."""
    with Schedules(shell.settings) as schedules:
        return schedules.show(name)


def has_ended(shell: Shell, name: str = "etl") -> bool:
    return any(fire.ended_at for fire in seen(shell, name).fires)


def ended(process: subprocess.Popen[str], exit_code: int) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == exit_code, out + err
    return err


@pytest.mark.slow
def test_a_schedule_runs_its_notebook_with_what_the_fire_gives_it(shell: Shell) -> None:
    shell.save(DAY, cell("from pathlib import Path\nPath('said').write_text(f'{day} {year + 1}')", "node:say"))
    shell.call(
        "schedule",
        "add",
        "etl.ipynb",
        "--asset",
        "go",
        "-p",
        "day",
        "{{ fire_time }}",
        "-p",
        "year",
        "{{ fire_time: %Y }}",
    )
    service = shell.start("scheduler")
    at = go(shell)
    until(lambda: has_ended(shell), "the run ended, and the service saw it")
    (fire,) = fires(shell)
    assert (fire["fate"], fire["run_state"], fire["fire_time"]) == ("started", "succeeded", at)
    assert (shell.folder / "said").read_text() == f"{at} {datetime.fromisoformat(at).year + 1}"
    run = shell.run("show", fire["run_id"])
    because = f"asset go was announced by {shell.settings.actor}"
    assert run["schedule"] == {"name": "etl", "fire_time": at, "kind": "scheduled", "reason": because}
    assert shell.run("schedule", "list")["services"][0]["pid"] == service.pid
    service.send_signal(signal.SIGTERM)
    assert "stopped" in ended(service, 0)
    assert shell.run("schedule", "list")["services"] == []


@pytest.mark.slow
@pytest.mark.parametrize("point", SCHEDULING)
def test_a_service_killed_on_the_way_is_succeeded_by_another_and_the_run_is_one(shell: Shell, point: str) -> None:
    shell.save(cell("open('ran', 'a').write('x')", "node:once"))
    shell.call("schedule", "add", "etl.ipynb", "--asset", "go")
    go(shell)
    shell.environment["DATAOPS_CRASH_AT"] = point
    ended(shell.start("scheduler"), -signal.SIGKILL)
    del shell.environment["DATAOPS_CRASH_AT"]
    service = shell.start("scheduler")
    until(lambda: has_ended(shell), "the run ended, and the service saw it")
    service.send_signal(signal.SIGINT)
    ended(service, 0)
    (fire,) = fires(shell)
    assert (fire["fate"], fire["run_state"]) == ("started", "succeeded")
    assert [run["run_id"] for run in shell.run("runs")["runs"]] == [fire["run_id"]]
    assert (shell.folder / "ran").read_text() == "x"


@pytest.mark.slow
def test_three_services_start_a_fire_once_and_a_run_whose_runner_is_killed_is_resumed(shell: Shell) -> None:
    wait = "import time\nfrom pathlib import Path\nwhile not Path('go').exists():\n    time.sleep(0.05)"
    shell.save(cell("open('begun', 'a').write('x')", "node:first"), cell(wait, "node:wait", "after:first"))
    shell.call("schedule", "add", "etl.ipynb", "--asset", "go")
    services = [shell.start("scheduler", "--quiet") for _ in range(3)]
    go(shell)
    until((shell.folder / "begun").exists, "the run begun")
    until(lambda: bool(seen(shell).fires), "the fire is on record")
    (fire,) = fires(shell)
    with closing(open_stores(shell.settings)) as stores:
        until(lambda: stores.runs.get_run(fire["run_id"]).runner is not None, "a runner has it")
        runner = stores.runs.get_run(fire["run_id"]).runner
    assert runner is not None
    psutil.Process(runner.pid).kill()
    until(lambda: seen(shell).fires[0].resumed == 1, "the run is resumed")
    (shell.folder / "go").touch()
    until(lambda: has_ended(shell), "the run ended")
    for service in services:
        service.send_signal(signal.SIGTERM)
    for service in services:
        ended(service, 0)
    assert fires(shell)[0]["run_state"] == "succeeded"
    assert len(shell.run("runs")["runs"]) == 1
    assert (shell.folder / "begun").read_text() == "x", "what had succeeded was not run again"


@pytest.mark.slow
def test_a_condition_and_a_file_start_runs(shell: Shell) -> None:
    shell.save(
        cell("from pathlib import Path", "setup"),
        cell("Path('open').exists()", "skip", "is_open"),
        cell("x = 1", "node:x"),
    )
    shell.call("schedule", "add", "etl.ipynb", "--name", "asked", "--condition", "cell:is_open", "--poll", "1s")
    shell.call("schedule", "add", "etl.ipynb", "--name", "fed", "--file", "in/*.csv", "--poll", "1s")
    service = shell.start("scheduler")
    both = ("asked", "fed")
    until(lambda: all(any(poll.seen for poll in seen(shell, name).polls) for name in both), "both were looked at")
    assert fires(shell, "asked") == fires(shell, "fed") == []
    (shell.folder / "open").touch()
    (shell.folder / "in").mkdir()
    (shell.folder / "in" / "a.csv").write_text("1")
    until(lambda: all(has_ended(shell, name) for name in both), "both fired, and their runs ended")
    service.send_signal(signal.SIGTERM)
    ended(service, 0)
    assert [len(fires(shell, name)) for name in both] == [1, 1]
