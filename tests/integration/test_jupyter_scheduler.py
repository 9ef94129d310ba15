"""Jobs of jupyter-scheduler, through its REST API on a real server that is configured as the page says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_dataops.api.stored_runs import list_runs
from jupyter_dataops.config import Settings
from tests.support.notebooks import cell, notebook
from tests.support.pages import blocks
from tests.support.servers import ServerProcess, server_process
from tests.support.source_tree import REPOSITORY
from tests.support.waiting import until

pytestmark = [pytest.mark.kernel, pytest.mark.slow]
ENDED = ("COMPLETED", "FAILED", "STOPPED")
PATIENCE_S = 90


class Scheduler:
    """The server's API of jobs."""

    def __init__(self, server: ServerProcess, root: Path, store: Path) -> None:
        self.server = server
        self.root = root
        self.settings = Settings(store=str(store), jobs=2)

    def create(self, name: str, *cells: dict[str, Any], **fields: Any) -> str:
        """A job of a notebook in a folder of its own, with a module beside it."""
        folder = self.root / name
        folder.mkdir()
        (folder / f"{name}.ipynb").write_text(json.dumps(notebook(*cells)))
        (folder / "helper.py").write_text("def length(text):\n    return len(text)\n")
        job = {
            "name": name, "input_uri": f"{name}/{name}.ipynb", "runtime_environment_name": "python",
            "output_formats": ["ipynb", "html"], "package_input_folder": True, **fields,
        }  # fmt: skip
        return str(self.server.request("scheduler/jobs", "POST", job)["job_id"])

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.server.request(f"scheduler/jobs/{job_id}")
        return found

    def ended(self, job_id: str) -> dict[str, Any]:
        return until(lambda: self._if_ended(job_id), f"the end of job {job_id}", PATIENCE_S)

    def _if_ended(self, job_id: str) -> dict[str, Any] | None:
        job = self.job(job_id)
        # A job that has not begun is called stopped, too.
        return job if job["status"] in ENDED and job["start_time"] else None

    def downloaded(self, job_id: str) -> dict[str, str]:
        """What Lab shows of a job's files: format to content."""
        self.server.request(f"scheduler/jobs/{job_id}/download_files")
        files = until(lambda: self._files(job_id), "the job's files", PATIENCE_S)
        return {form: (self.root / path).read_text() for form, path in files.items() if form != "files"}

    def _files(self, job_id: str) -> dict[str, str] | None:
        files = {file["file_format"]: file["file_path"] for file in self.job(job_id)["job_files"]}
        return files if all(files.values()) else None


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[Scheduler]:
    home, store = tmp_path / "home", tmp_path / "store"
    (home / "config").mkdir(parents=True)
    shown = next(
        text for _, text in blocks(REPOSITORY / "docs" / "headless.md", "python") if "execution_manager" in text
    )
    (home / "config" / "jupyter_server_config.py").write_text(shown)
    places = {"JUPYTER_DATA_DIR": str(home / "data"), "DATAOPS_STORE": str(store), "DATAOPS_JOBS": "2"}
    # jupyter-scheduler puts what it downloads below the server's working directory, not below its root.
    with server_process(home, home, extensions=("jupyter_dataops", "jupyter_scheduler"), **places) as server:
        yield Scheduler(server, home, store)


TAGGED = (
    cell('shop = "Bern"', "parameters"),
    cell("import helper\nx = helper.length(shop)", "node:load"),
    cell("assert x < 6, shop", "check:load/short"),
    cell("print(shop, x)", "node:tell"),
)


def test_a_job_is_a_run_or_a_plain_notebook_and_says_what_became_of_it(scheduler: Scheduler) -> None:
    good = scheduler.create("good", *TAGGED, parameters={"shop": '"Genf"'})
    bad = scheduler.create("bad", *TAGGED, parameters={"shop": "Lausanne"})
    plain = scheduler.create("plain", cell("n = 1", "parameters"), cell("print('plain', n)"), parameters={"n": "2"})

    job, failed, untagged = (scheduler.ended(one) for one in (good, bad, plain))
    assert (job["status"], job["status_message"].splitlines()[1:]) == (
        "COMPLETED", ["load: succeeded", "check:load/short: passed", "tell: succeeded"],
    )  # fmt: skip
    assert failed["status"] == "FAILED"
    assert "✘ check:load/short  cell 3, line 1: AssertionError: Lausanne" in failed["status_message"].splitlines()
    assert untagged["status"] == "COMPLETED"
    files = scheduler.downloaded(good)
    assert "Genf 4" in files["ipynb"]
    assert "plain 2" in scheduler.downloaded(plain)["ipynb"]
    runs = {run.notebook.stem: run for run in list_runs(scheduler.settings)}
    assert {name: run.state for name, run in runs.items()} == {"good": "succeeded", "bad": "failed"}
    assert runs["good"].run_id in files["html"]


def test_a_stopped_job_leaves_no_kernel_and_a_run_that_can_be_resumed(scheduler: Scheduler, tmp_path: Path) -> None:
    wait = "import pathlib, time\nwhile not pathlib.Path(gate).exists():\n    time.sleep(0.05)"
    gate = tmp_path / "gate"
    job = scheduler.create(
        "etl", cell(f"gate = {str(gate)!r}", "parameters"), cell("x = 1", "node:a"), cell(wait, "node:b")
    )

    until(lambda: "b: running" in (scheduler.job(job)["status_message"] or ""), "its node running", PATIENCE_S)
    (run,) = list_runs(scheduler.settings)
    below = psutil.Process(scheduler.server.pid).children(recursive=True)
    scheduler.server.request(f"scheduler/jobs/{job}", "PATCH", {"status": "STOPPED"})

    assert scheduler.ended(job)["status"] == "STOPPED"
    until(lambda: not [one for one in below if _is_at_work(one)], "the end of its processes", PATIENCE_S)
    gate.touch()
    assert run.refresh().state == "crashed"
    assert run.resume(progress=False).state == "succeeded"


def _is_at_work(process: psutil.Process) -> bool:
    """It is ours and has not ended; jupyter-scheduler may leave it to the next job to ask how it ended."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE and "resource_tracker" not in " ".join(process.cmdline())
    except psutil.Error:
        return False
