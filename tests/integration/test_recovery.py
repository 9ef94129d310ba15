"""Runners that die, sleep or race, as users meet them: real processes, real kernels."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.wiring import Layout, open_artifact_store
from tests.support.invariants import age_drafts, left_behind, processes_of, violations
from tests.support.notebooks import cell
from tests.support.shell import Called, Shell, finished, node_of, open_shell, states
from tests.support.waiting import WAIT_FOR, until

pytestmark = pytest.mark.kernel

SETUP = cell(WAIT_FOR + "from os import environ", "setup")
FIRST = cell("first = 1", "node:first")
SLOW = "print('begun')\nnote('here-' + environ['DATAOPS_ATTEMPT'])\nwait_for('go')\nslow = first + 1"
LAST = cell("last = slow + 1\nprint('three', last)", "node:last", "out:last")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as opened:
        opened.save(SETUP, FIRST, cell(SLOW, "node:slow"), LAST)
        yield opened


def at_work(shell: Shell, *verb: str, attempt: int = 1) -> Popen[str]:
    """A runner in the middle of `slow`."""
    runner = shell.start(*verb)
    until((shell.folder / f"here-{attempt}").exists, f"attempt {attempt} is at work")
    return runner


def killed_at_work(shell: Shell) -> None:
    runner = at_work(shell, "run", "etl.ipynb")
    runner.kill()
    runner.wait()


def wrong(shell: Shell) -> list[str]:
    age_drafts(shell.store)
    run = shell.last()
    artifacts = open_artifact_store(Layout(shell.store).artifacts)
    with run.store() as store:
        return violations(store, artifacts, run.run_id) + left_behind(shell.store, [run.run_id])


def kinds(shell: Shell) -> list[str]:
    return [event.kind for event in shell.last().events()]


def check_whole(shell: Shell, run: dict[str, Any]) -> None:
    assert states(run) == {"first": "succeeded", "slow": "succeeded", "last": "succeeded"}
    assert [node["attempt"] for node in run["nodes"]] == [1, 2, 1]
    assert "three 3" in shell.call("logs", "last", "last").out
    assert wrong(shell) == []


def test_a_killed_runner_is_found_by_the_next_command_with_what_it_was_doing(shell: Shell) -> None:
    killed_at_work(shell)
    (listed,) = shell.run("runs")["runs"]
    assert listed["state"] == "crashed"
    assert listed["reason"].endswith("died while `slow` was running")
    until(lambda: not list(processes_of([listed["run_id"]])), "its kernel has ended", timeout_s=2)
    planned = shell.run("resume", "last", "--dry-run")
    assert [(node["node"], node["action"]) for node in planned["nodes"]] == [
        ("first", "reuse"),
        ("slow", "run"),
        ("last", "run"),
    ]
    shell.put("go")
    resumed = shell.run("resume", "last")
    assert resumed["run_id"] == listed["run_id"]
    check_whole(shell, resumed)
    lost, _ = shell.last().get_attempts()["slow"]
    assert lost.failure is not None
    assert lost.failure.cause == "lease_lost"
    assert "only a crashed run can be resumed" in shell.call("resume", "last", exit_code=2).err


def test_a_runner_that_slept_past_its_lease_and_lost_its_run_ends_without_another_word(tmp_path: Path) -> None:
    with open_shell(tmp_path, DATAOPS_LEASE_S="2") as shell:
        shell.save(SETUP, FIRST, cell(SLOW, "node:slow"), LAST)
        sleeper = at_work(shell, "run", "etl.ipynb")
        sleeper.send_signal(signal.SIGSTOP)
        until(lambda: shell.last().state == "crashed", "its lease has run out")
        assert list(processes_of([shell.last().run_id])) == []
        awake = at_work(shell, "resume", "last", "--json", attempt=2)
        sleeper.send_signal(signal.SIGCONT)
        told = finished(sleeper, 3)
        assert "The run was taken from this runner" in told.err
        assert "`jupyter dataops show` tells how the run went on" in told.err
        assert awake.poll() is None
        assert shell.last()["slow"].state == "running"
        shell.put("go")
        check_whole(shell, json.loads(finished(awake, 0).out))
        assert [kind for kind in kinds(shell) if kind.startswith("Run")] == [
            "RunCreated",
            "RunStarted",
            "RunCrashed",
            "RunResumed",
            "RunFinished",
        ]


def test_a_runner_that_slept_past_its_lease_unnoticed_goes_on(tmp_path: Path) -> None:
    with open_shell(tmp_path, DATAOPS_LEASE_S="1") as shell:
        shell.save(SETUP, FIRST, cell(SLOW, "node:slow"), LAST)
        sleeper = at_work(shell, "run", "etl.ipynb", "--json")
        sleeper.send_signal(signal.SIGSTOP)
        until(lambda: lease_of(shell) < datetime.now(UTC), "its lease has run out")
        sleeper.send_signal(signal.SIGCONT)
        shell.put("go")
        run = json.loads(finished(sleeper, 0).out)
        assert [node["attempt"] for node in run["nodes"]] == [1, 1, 1]
        assert "RunCrashed" not in kinds(shell)


def lease_of(shell: Shell) -> datetime:
    """Read past the program, which would find the runner dead."""
    with closing(sqlite3.connect(f"file:{shell.store / 'runs.sqlite'}?mode=ro", uri=True)) as connection:
        (text,) = connection.execute("SELECT lease_until FROM runs").fetchone()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def check_race(shell: Shell, racers: list[Popen[str]]) -> None:
    """One does the work, the others say that they do not."""
    told = [Called(racer.wait(), *racer.communicate()) for racer in racers]
    winners = [called for called in told if called.exit_code == 0]
    losers = [called for called in told if called.exit_code in (2, 3)]
    assert (len(winners), len(losers)) == (1, len(racers) - 1), told
    for loser in losers:
        assert "Traceback" not in loser.err
        assert shell.last().run_id in loser.err
    assert wrong(shell) == []


def test_of_two_who_resume_a_run_at_once_one_goes_on_with_it(shell: Shell) -> None:
    killed_at_work(shell)
    shell.put("go")
    assert shell.last().state == "crashed"
    check_race(shell, [shell.start("resume", "last") for _ in range(2)])
    assert kinds(shell).count("RunResumed") == 1
    assert shell.last().load("last", "last") == 3


def test_of_runners_that_take_a_queued_run_at_once_one_gets_it(shell: Shell) -> None:
    shell.put("go")
    run = Pipeline(shell.folder / "etl.ipynb", settings=shell.settings).create_run()
    check_race(shell, [shell.start("execute", run.run_id) for _ in range(3)])
    assert kinds(shell).count("RunStarted") == 1
    assert shell.last().state == "succeeded"


def test_a_node_that_must_not_run_twice_fails_when_its_runner_died(tmp_path: Path) -> None:
    with open_shell(tmp_path) as shell:
        shell.save(SETUP, FIRST, cell(SLOW, "node:slow", "on_crash:hold"), LAST)
        killed_at_work(shell)
        shell.put("go")
        resumed = shell.run("resume", "last", exit_code=1)
        assert states(resumed) == {"first": "succeeded", "slow": "failed", "last": "upstream_failed"}
        held = node_of(resumed, "slow")
        assert (held["attempt"], held["cause"]) == (1, "lease_lost")
        assert "on_crash:hold" in held["reason"]
        assert not (shell.folder / "here-2").exists()
        assert wrong(shell) == []


def test_a_run_whose_runner_died_needs_no_cancel_and_keeps_the_log_of_what_it_was_doing(shell: Shell) -> None:
    runner = at_work(shell, "run", "etl.ipynb")
    until(lambda: "begun" in shell.last()["slow"].log, "what the node prints is in its log")
    runner.kill()
    runner.wait()
    assert "has already ended: crashed" in shell.call("cancel", "last", exit_code=2).err
    assert "begun" in shell.call("logs", "last", "slow").out
    shell.put("go")
    check_whole(shell, shell.run("resume", "last"))
    for attempt in ("1", "2"):
        assert "begun" in shell.call("logs", "last", "slow", "--attempt", attempt).out


def test_a_run_outlives_a_store_that_another_program_keeps_locked(tmp_path: Path) -> None:
    with open_shell(tmp_path, DATAOPS_LEASE_S="1") as shell:
        shell.save(SETUP, FIRST, cell(SLOW, "node:slow"), LAST)
        runner = at_work(shell, "run", "etl.ipynb", "--json")
        with closing(sqlite3.connect(shell.store / "runs.sqlite", isolation_level=None)) as browser:
            browser.execute("BEGIN IMMEDIATE")
            shell.put("go")
            until(lambda: lease_of(shell) + timedelta(seconds=2) < datetime.now(UTC), "the lease could not be renewed")
            browser.execute("ROLLBACK")
        run = json.loads(finished(runner, 0).out)
        assert [node["attempt"] for node in run["nodes"]] == [1, 1, 1]
        assert wrong(shell) == []


def test_a_store_that_is_removed_ends_the_run_with_a_word_and_no_kernel(shell: Shell) -> None:
    runner = at_work(shell, "run", "etl.ipynb")
    run_id = shell.last().run_id
    shutil.rmtree(shell.store)
    shell.put("go")
    told = finished(runner, 3)
    assert "The run store was removed, or replaced by another, while it was in use" in told.err
    assert list(processes_of([run_id])) == []


def test_a_value_for_which_there_is_no_room_fails_its_node_and_says_so(shell: Shell) -> None:
    shell.save(cell("big = bytes(20_000_000)", "node:big", "out:big"), cell("small = 1", "node:small", "out:small"))
    limited = ("bash", "-c", 'ulimit -f 8000; exec "$@"', "bash")
    told = shell.call("run", "etl.ipynb", "--json", under=limited, exit_code=1)
    assert states(told.json) == {"big": "failed", "small": "succeeded"}
    assert "the artifact cannot be written: [Errno 27] File too large" in node_of(told.json, "big")["error"]["evalue"]
    assert wrong(shell) == []
