"""What the page about running without a browser shows is done as cron, systemd and GitHub's runner would do it."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import list_runs
from jupyter_dataops.config import load_settings
from tests.support.notebooks import cell, notebook
from tests.support.pages import blocks, commands
from tests.support.source_tree import REPOSITORY
from tests.support.waiting import until

pytestmark = pytest.mark.kernel
PAGE = REPOSITORY / "docs" / "headless.md"
PATIENCE_S = 90
CELLS = (
    cell('country = "fr"', "parameters"),
    cell("import pathlib, time", "setup"),
    cell("while pathlib.Path('wait').exists():\n    time.sleep(0.05)", "node:wait"),
    cell("print('from', country)\nassert country != 'it'", "node:load"),
)


def shown(language: str, head: str) -> str:
    """The block of the page whose first line names this file."""
    found: str = next(text for _, text in blocks(PAGE, language) if text.startswith(f"# {head}\n"))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the page says is in ``/srv/etl``."""
    (tmp_path / "etl.ipynb").write_text(json.dumps(notebook(*CELLS)))
    (tmp_path / "dataops.toml").write_text(shown("toml", "dataops.toml"))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


def bare(folder: Path, **more: str) -> dict[str, str]:
    """The environment that a daemon gives."""
    return {"HOME": str(folder), "LOGNAME": "etl", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", **more}


def only_run(folder: Path) -> Run:
    (run,) = list_runs(load_settings(folder, environ=bare(folder)))
    return run


def test_the_line_of_the_crontab_runs_under_cron(folder: Path) -> None:
    (line,) = (line for _, text in blocks(PAGE, "text") for line in text.splitlines() if line.startswith("0 6"))
    command = line.split(maxsplit=5)[5].replace("/srv/etl", str(folder))
    assert "%" not in command.replace(r"\%", "")

    done = subprocess.run(
        ["/bin/sh", "-c", command.replace(r"\%", "%")], cwd=folder, env=bare(folder), timeout=PATIENCE_S, check=False
    )

    log = (folder / "log" / "etl.log").read_text()
    assert done.returncode == 0, log
    assert "succeeded" in log
    assert only_run(folder).parameters == {"country": "de"}
    (executed,) = (folder / "log").glob("2*.ipynb")
    assert "from de" in executed.read_text()


def unit(name: str) -> configparser.ConfigParser:
    """A unit of systemd's, of which each key is said once."""
    parser = configparser.ConfigParser(interpolation=None, delimiters="=", comment_prefixes="#")
    parser.optionxform = str  # type: ignore[method-assign, assignment]
    parser.read_string(shown("ini", f"/etc/systemd/system/{name}"))
    return parser


def start(service: configparser.SectionProxy, folder: Path) -> subprocess.Popen[str]:
    """The service's main process."""
    words = shlex.split(service["ExecStart"].replace("/srv/etl", str(folder)))
    assert Path(words[0]).is_absolute()
    return subprocess.Popen(
        words,
        cwd=service["WorkingDirectory"].replace("/srv/etl", str(folder)),
        env=bare(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_service_of_systemd_runs_and_its_stop_cancels_the_run(folder: Path) -> None:
    service = unit("etl.service")["Service"]
    with start(service, folder) as process:
        printed, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, printed
    assert "succeeded" in printed
    assert only_run(folder).parameters == {"country": "de"}

    (folder / "wait").touch()
    with start(service, folder) as process:
        until(lambda: any(run["wait"].state == "running" for run in _runs(folder)), "its node running", PATIENCE_S)
        process.send_signal(signal.SIGTERM)  # what KillMode=mixed sends, to this process alone
        process.communicate(timeout=float(service["TimeoutStopSec"]))
    assert process.returncode == int(service["SuccessExitStatus"])
    assert _runs(folder)[0].state == "cancelled"


def _runs(folder: Path) -> list[Run]:
    return list_runs(load_settings(folder, environ=bare(folder)))


def test_the_timer_of_systemd_starts_the_service() -> None:
    timer, service = unit("etl.timer"), unit("etl.service")

    assert set(timer.sections()) == {"Unit", "Timer", "Install"}
    assert timer["Timer"]["OnCalendar"] == "*-*-* 06:00:00 Europe/Berlin"
    assert (service["Service"]["Type"], service["Service"]["KillMode"]) == ("oneshot", "mixed")


def workflow() -> dict[str, Any]:
    read: dict[Any, Any] = yaml.safe_load(shown("yaml", ".github/workflows/pipeline.yml"))
    return {("on" if name is True else name): value for name, value in read.items()}  # YAML 1.1 reads `on` as a truth


def step(job: dict[str, Any], run: str, folder: Path, country: str) -> subprocess.CompletedProcess[str]:
    """What GitHub's runner does for a step."""
    known = {"github.workspace": str(folder), "inputs.country || 'de'": country}
    environment = {
        name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], value) for name, value in job["env"].items()
    }
    assert "${{" not in run, "an expression in a command is code to the shell"
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", run],
        cwd=folder,
        env=bare(folder, GITHUB_STEP_SUMMARY=str(folder / "summary.md"), **environment) | {"PATH": programs},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_the_workflow_of_github_is_one() -> None:
    read = workflow()
    (job,) = read["jobs"].values()

    assert set(read["on"]) == {"pull_request", "schedule", "workflow_dispatch"}
    assert all(("run" in one) != ("uses" in one) for one in job["steps"])
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", one["uses"]) for one in job["steps"] if "uses" in one)
    assert job["steps"][2]["run"].startswith("pip install jupyter-dataops ")
    assert read["permissions"] == {"contents": "read"}


@pytest.mark.slow
@pytest.mark.parametrize(("country", "exit_code"), [("de", 0), ("it", 1)])
def test_the_steps_of_the_workflow_check_run_and_report(folder: Path, country: str, exit_code: int) -> None:
    (job,) = workflow()["jobs"].values()
    steps = {one["name"]: one["run"] for one in job["steps"] if "run" in one}

    checked, ran, reported = (step(job, steps[name], folder, country) for name in ("Check", "Run", "Report"))

    assert (checked.returncode, checked.stdout) == (0, ""), checked
    assert ran.returncode == exit_code, ran
    assert reported.returncode == 0, reported
    uploaded = job["steps"][-1]["with"]["path"].split()
    assert [name for name in uploaded if not (folder / name).exists()] == []
    summary = (folder / "summary.md").read_text()
    assert ("AssertionError" if exit_code else "succeeded") in summary
    assert (folder / ".dataops").is_dir()


def test_the_command_of_papermill_makes_a_run(folder: Path) -> None:
    ((_, console),) = blocks(PAGE, "console")
    (command,) = commands(console)

    done = subprocess.run(
        [sys.executable, "-m", *command.words], cwd=folder, env=bare(folder), capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert only_run(folder).parameters == {"country": "fr"}
    assert "from fr" in (folder / "out.ipynb").read_text()
