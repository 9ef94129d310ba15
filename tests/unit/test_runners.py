from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import Digest, RunId
from jupyter_dataops.records import RunnerRecord, RunRecord
from jupyter_dataops.runners import is_dead, is_gone, is_of_this_host, this_runner
from jupyter_dataops.states import RunState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_run(runner: RunnerRecord | None, lease_s: float | None) -> RunRecord:
    return RunRecord(
        run_id=RunId("bcdfghjkmn"),
        notebook="a.ipynb",
        snapshot=Digest("blake3:00"),
        parameters={},
        state=RunState.RUNNING,
        created_at=NOW,
        runner=runner,
        lease_until=None if lease_s is None else NOW + timedelta(seconds=lease_s),
    )


def test_this_process_is_there() -> None:
    assert is_of_this_host(this_runner())
    assert not is_gone(this_runner())
    assert this_runner() == this_runner()


def test_a_process_that_has_ended_is_gone_before_and_after_it_was_waited_for() -> None:
    told = (
        "from jupyter_dataops.runners import this_runner; r = this_runner(); print(r.host, r.pid, r.started, sep='\\n')"
    )
    with subprocess.Popen([sys.executable, "-c", told], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        host, pid, started = process.stdout.read().split()
        runner = RunnerRecord(host, int(pid), float(started))
        # Its output has ended, so it is ending: wait without reaping, and look at the zombie.
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(runner)
    assert is_gone(runner)


def test_another_process_with_the_same_id_is_not_the_runner() -> None:
    assert is_gone(replace(this_runner(), started=this_runner().started - 60))


@pytest.mark.parametrize("step_s", [-3600, 2, 86_400])
def test_setting_the_clock_makes_no_other_process_of_a_runner(step_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    runner, began = this_runner(), psutil.boot_time()
    monkeypatch.setattr("psutil._psplatform.boot_time", lambda: began + step_s)
    assert abs(psutil.Process().create_time() - began - runner.started) > 1
    assert not is_gone(runner)


def test_what_cannot_be_seen_from_here_is_not_gone() -> None:
    elsewhere = RunnerRecord("another/1/2", 1, 0.0)
    assert not is_of_this_host(elsewhere)
    assert not is_gone(elsewhere)


@pytest.mark.parametrize(
    ("runner", "lease_s", "expected"),
    [
        (this_runner(), 1, False),
        (this_runner(), -1, True),
        (RunnerRecord("another/1/2", 1, 0.0), 1, False),
        (RunnerRecord("another/1/2", 1, 0.0), -1, True),
        (replace(this_runner(), started=0.0), 1, True),
        (None, None, True),
    ],
    ids=["there", "silent", "elsewhere", "silent elsewhere", "gone within its lease", "of a version without leases"],
)
def test_a_runner_is_dead_when_gone_or_silent(
    runner: RunnerRecord | None, lease_s: float | None, expected: bool
) -> None:
    assert is_dead(a_run(runner, lease_s), NOW) is expected
