"""Jobs of jupyter-scheduler, in this process and without kernels: what is written, and what a job says."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import nbformat
import pytest
from jupyter_scheduler import executors
from jupyter_scheduler.orm import Job, create_session, create_tables

from jupyter_dataops.api import launch
from jupyter_dataops.api.stored_runs import list_runs
from jupyter_dataops.config import load_settings
from jupyter_dataops.jupyter_scheduler import MOST_CHARACTERS, PipelineExecutionManager
from tests.support.in_process import InProcessExecutor
from tests.support.notebooks import cell, notebook

Work = Callable[..., Job]
CELLS = (
    cell('shop = "Bern"', "parameters"),
    cell("x = len(shop)", "node:load"),
    cell("assert x < 6, shop", "check:load/short"),
    cell("import pathlib", "setup"),
    cell("print(shop, x)\npathlib.Path('made.txt').write_text(shop)", "node:tell"),
)


@pytest.fixture
def staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)
    monkeypatch.delenv("DATAOPS_STORE")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "dataops.toml").write_text('store = "runs"\njobs = 1\n')
    (tmp_path / "staging").mkdir()
    monkeypatch.chdir(tmp_path / "staging")  # a node of `InProcessExecutor` works where this process does
    return tmp_path / "staging"


@pytest.fixture
def work(staging: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Does a job as the server's process for it would; the job as it is then."""

    def process(*cells: dict[str, Any], formats: tuple[str, ...] = (), **fields: Any) -> Job:
        (staging / "etl.ipynb").write_text(json.dumps(notebook(*cells)))
        url = f"sqlite:///{staging.parent}/jobs.sqlite"
        create_tables(url)
        with create_session(url)() as session:
            session.add(
                Job(
                    job_id="j", name="etl", input_filename="etl.ipynb", runtime_environment_name="python",
                    output_formats=list(formats), **fields,
                )
            )  # fmt: skip
            session.commit()
        paths = {form: str(staging / f"out.{form}") for form in formats} | {"input": str(staging / "etl.ipynb")}
        manager = PipelineExecutionManager("j", str(staging.parent / "root"), url, paths)
        pickle.loads(pickle.dumps(manager)).process()
        with create_session(url)() as session:
            return session.query(Job).one()

    return process


def test_a_job_runs_the_pipeline_in_the_store_of_the_servers_root(work: Work, staging: Path) -> None:
    job = work(*CELLS, formats=("ipynb", "html", "python"), parameters={"shop": "'Genf'"})

    (run,) = list_runs(load_settings(staging.parent / "root"))
    assert (job.status, run.state) == ("COMPLETED", "succeeded")
    assert run.parameters == {"shop": "Genf"}
    assert run.settings.store == str(staging.parent / "root" / "runs")
    assert job.status_message.splitlines() == [
        f"run {run.run_id} succeeded: 2 succeeded; 1 check passed",
        "load: succeeded",
        "check:load/short: passed",
        "tell: succeeded",
    ]
    executed = nbformat.read(staging / "out.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == "Genf 4\n"
    assert "print(shop, x)" in (staging / "out.python").read_text()
    assert run.run_id in (staging / "out.html").read_text()
    assert "made.txt" in job.packaged_files
    assert job.end_time


def test_what_follows_at_once_on_what_was_told_is_told_while_it_lasts(work: Work) -> None:
    read_status = """
        import sqlite3, time
        deadline = time.monotonic() + 30
        status = ""
        while "second: running" not in status and time.monotonic() < deadline:
            with sqlite3.connect("../jobs.sqlite") as jobs:
                (status,) = jobs.execute("select coalesce(status_message, '') from jobs").fetchone()
        assert "second: running" in status, status
    """
    job = work(cell("x = 1", "node:first"), cell(dedent(read_status), "node:second"))

    assert job.status == "COMPLETED", job.status_message


def test_a_job_whose_run_fails_says_where_and_has_its_files(work: Work, staging: Path) -> None:
    job = work(*CELLS, formats=("ipynb",), parameters={"shop": "Lausanne"})

    first, second, *others = job.status_message.splitlines()
    assert job.status == "FAILED"
    assert first.endswith("failed: 1 succeeded, 1 upstream_failed; 1 check failed")
    assert second == "✘ check:load/short  cell 3: AssertionError: Lausanne"
    assert others == ["load: succeeded", "check:load/short: failed", "tell: upstream_failed"]
    assert (staging / "out.ipynb").exists()
    assert job.end_time


def test_a_notebook_that_cannot_run_fails_its_job_with_every_problem(work: Work, staging: Path) -> None:
    job = work(cell("x = ", "node:a"))

    assert job.status == "FAILED"
    assert "DO005" in job.status_message
    assert list_runs(load_settings(staging.parent / "root")) == []


def test_a_parameter_that_the_notebook_does_not_have_fails_its_job(work: Work) -> None:
    job = work(*CELLS, parameters={"shpo": "Genf"})

    assert job.status_message == "unknown parameter 'shpo'\n  -> did you mean 'shop'?"


def test_a_message_is_cut_where_jupyter_scheduler_has_no_room(work: Work) -> None:
    job = work(*(cell(f"x{number} = 1", f"node:a_rather_long_name_{number}") for number in range(60)))

    assert len(job.status_message) == MOST_CHARACTERS
    assert "60 succeeded" in job.status_message


def test_a_dataops_toml_beside_the_notebook_counts_but_for_the_stores(work: Work, staging: Path) -> None:
    (staging / "dataops.toml").write_text('store = "elsewhere"\nartifacts = "elsewhere"\njobs = 3\n')
    work(*CELLS)

    (run,) = list_runs(load_settings(staging.parent / "root"))
    assert run.record.options["jobs"] == 3
    assert not (staging / "elsewhere").exists()


def test_a_notebook_without_nodes_is_executed_as_jupyter_scheduler_does(
    work: Work, staging: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    class Executing:
        def __init__(self, **_options: Any) -> None: ...

        def preprocess(self, executed: Any, _resources: Any) -> None:
            seen.append(executed)

    monkeypatch.setattr(executors, "ExecutePreprocessor", Executing)
    job = work(cell("shop = 1", "parameters"), cell("shop"), formats=("ipynb",), parameters={"shop": "2"})

    assert job.status == "COMPLETED"
    assert [one.source for one in seen[0].cells] == ["shop = 1", "shop = 2", "shop"]
    assert list_runs(load_settings(staging.parent / "root")) == []


def test_an_error_of_neither_is_told_as_jupyter_scheduler_tells_it(
    work: Work, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("within")

    monkeypatch.setattr(PipelineExecutionManager, "_execute_pipeline", fail)
    job = work(*CELLS)

    assert (job.status, job.status_message) == ("FAILED", "within")
    assert "ZeroDivisionError: within" in capsys.readouterr().err


def test_the_questions_of_the_scheduler_are_answered_as_it_asks_them(staging: Path) -> None:
    path = staging / "etl.ipynb"
    path.write_text(json.dumps(notebook(*CELLS)))

    assert PipelineExecutionManager.validate(PipelineExecutionManager, str(path))
    assert PipelineExecutionManager.supported_features(
        PipelineExecutionManager
    ) == executors.DefaultExecutionManager.supported_features(executors.DefaultExecutionManager)
