from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import asdict, replace

from jupyter_dataops import Pipeline, Run, list_runs, open_run
from jupyter_dataops.api import detached
from jupyter_dataops.api.detached import find_stillborn_runs, give_up_after, last_words, start_detached
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import EnvironmentRefused, UsageError
from jupyter_dataops.records import RunnerRecord
from jupyter_dataops.runners import is_gone, runner_of, this_runner
from jupyter_dataops.states import RunState
from jupyter_dataops.wiring import Layout, SystemClock, open_run_store
from tests.support.notebooks import cell


@pytest.fixture
def queued(save: Callable[..., Pipeline]) -> Run:
    return save(cell("x = 1", "node:a")).create_run()


def note(run: Run, runner: RunnerRecord, said: str = "") -> None:
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "runner.json").write_text(json.dumps(asdict(runner)))
    (run.folder / "runner.log").write_text(said)


def test_a_queued_run_whose_process_is_gone_has_crashed_and_says_what_that_said_last(queued: Run) -> None:
    note(queued, replace(this_runner(), started=0.0), "Traceback\nSystemError: no luck\n  -> try again\n\n")
    assert open_run("last", queued.settings).reason == (
        f"its runner (process {os.getpid()}) ended before it took the run: SystemError: no luck -> try again"
    )
    assert queued.refresh().state is RunState.CRASHED
    assert list_runs(queued.settings)[0].state is RunState.CRASHED


@pytest.mark.parametrize("case", ["no process", "alive", "elsewhere", "unreadable"])
def test_a_queued_run_that_somebody_may_yet_take_is_left_alone(queued: Run, case: str) -> None:
    if case == "alive":
        note(queued, this_runner())
    elif case == "elsewhere":
        note(queued, RunnerRecord("another host", 1, 0.0))
    elif case == "unreadable":
        note(queued, this_runner())
        (queued.folder / "runner.json").write_text("{")
    assert queued.refresh().state is RunState.QUEUED


def test_a_run_that_was_taken_meanwhile_is_none_of_these(queued: Run) -> None:
    note(queued, replace(this_runner(), started=0.0))
    with queued.store() as store:
        stale = store.get_queued_runs()
        queued.cancel()
        assert queued.refresh().state is RunState.CANCELLED
        assert not detached.give_up(store, stale[0], SystemClock(), "it died")
        assert find_stillborn_runs(store, Layout(Path(queued.settings.store)), SystemClock()) == []


def test_a_run_for_which_no_process_can_be_started_has_crashed_with_the_reason(
    queued: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pytest.raises(EnvironmentRefused, match="Resource temporarily unavailable"):
        start_detached(queued.record, queued.settings)
    assert queued.refresh().state is RunState.CRASHED
    assert "no process can be started" in (queued.reason or "")


def test_a_runner_that_is_refused_says_so_in_its_run(queued: Run) -> None:
    give_up_after(UsageError("that cannot be", hint="do otherwise"), queued.record, queued.settings)
    assert queued.refresh().reason == "that cannot be: do otherwise"
    give_up_after(UsageError("too late"), queued.record, queued.settings)
    assert queued.refresh().reason == "that cannot be: do otherwise"


def test_a_crashed_run_that_nobody_ever_took_goes_on(queued: Run) -> None:
    give_up_after(UsageError("that cannot be"), queued.record, queued.settings)
    run = queued.resume(progress=False)
    assert (run.state, run.started_at is not None) == (RunState.SUCCEEDED, True)


def test_a_process_is_known_by_its_number_and_its_start() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    noted = runner_of(process.pid)
    assert not is_gone(noted)
    process.communicate(b"\n")
    assert is_gone(noted)
    assert is_gone(runner_of(process.pid))


def test_last_words_of_a_file_that_says_nothing_are_none(tmp_path: Path) -> None:
    assert last_words(tmp_path / "missing") == ""
    (tmp_path / "empty").write_text("\n  \n")
    assert last_words(tmp_path / "empty") == ""
    (tmp_path / "long").write_bytes(b"x" * 10_000 + b"\n\xff end\n")
    assert last_words(tmp_path / "long") == "\N{REPLACEMENT CHARACTER} end"


def test_nothing_of_the_kernel_that_asks_reaches_the_runner(settings: Settings) -> None:
    own = {"JPY_PARENT_PID": "1", "JPY_SESSION_NAME": "x.ipynb", "PATH": "p", "DATAOPS_JOBS": "9"}
    made = detached._environment(own, settings)
    assert {name for name in made if name.startswith("JPY")} == set()
    assert (made["PATH"], made["DATAOPS_JOBS"], made["DATAOPS_STORE"]) == ("p", str(settings.jobs), settings.store)


def test_a_queued_run_is_told_of(queued: Run) -> None:
    with closing(open_run_store(queued.settings)) as store:
        assert [run.run_id for run in store.get_queued_runs()] == [queued.run_id]
