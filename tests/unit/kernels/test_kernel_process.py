from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jupyter_dataops.kernels.kernel_process import (
    KernelControl,
    cause_of_death,
    count_oom_kills,
    kill_orphans,
    kill_tree,
)
from tests.support.node_jobs import is_gone


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A session leader with a child in its session, and one in another."""
    script = "sleep 600 & echo $!; setsid sleep 600 & sleep 0.05; pgrep -n sleep; wait"
    with subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True) as started:
        assert started.stdout is not None
        assert started.stdout.readline()
        yield started
        for child in psutil.Process(started.pid).children(recursive=True) if started.poll() is None else []:
            child.kill()
        started.kill()


def interrupts() -> tuple[list[str], threading.Event]:
    return [], threading.Event()


def test_a_tree_is_killed_to_the_last_child(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 2
    kill_tree(process.pid)
    assert process.wait(10) == -9
    psutil.wait_procs(family, timeout=10)
    assert all(is_gone(child.pid) for child in family)


def test_what_a_dead_leader_left_in_its_session_is_killed(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait(10)
    kill_orphans(process.pid)
    psutil.wait_procs(family[:1], timeout=10)
    assert is_gone(family[0].pid)
    for child in family:
        if child.is_running():
            child.kill()


def test_killing_what_is_gone_does_nothing() -> None:
    with subprocess.Popen(["/bin/true"], start_new_session=True) as gone:
        gone.wait()
    kill_tree(gone.pid)
    kill_orphans(gone.pid)


def test_a_stop_before_the_start_kills_at_the_start(process: subprocess.Popen[bytes]) -> None:
    control = KernelControl()
    control.stop(3600)
    assert control.stopping
    control.started(process.pid)
    assert process.wait(10) == -9


def test_a_kernel_that_runs_no_user_code_yet_is_killed_at_once(process: subprocess.Popen[bytes]) -> None:
    control = KernelControl()
    control.started(process.pid)
    control.stop(3600)
    assert process.wait(10) == -9


def test_user_code_is_interrupted_once_and_killed_after_its_grace(process: subprocess.Popen[bytes]) -> None:
    control, calls = KernelControl(), list[str]()
    control.started(process.pid)
    control.ready(lambda: calls.append("interrupt"))
    control.stop(3600)
    assert (calls, process.poll()) == (["interrupt"], None)
    control.stop(0.01)
    assert process.wait(10) == -9
    assert calls == ["interrupt"]
    control.ended()


def test_nothing_is_killed_after_the_end(process: subprocess.Popen[bytes]) -> None:
    control = KernelControl()
    control.started(process.pid)
    control.ready(lambda: None)
    control.stop(3600)
    control.ended()
    control.stop(0)
    assert process.poll() is None


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (None, "the kernel died"),
        (0, "the kernel exited with status 0"),
        (-9, "the kernel was killed by SIGKILL"),
        (-40, "the kernel was killed by signal 40"),
    ],
)
def test_a_death_is_told_in_words(status: int | None, sentence: str) -> None:
    assert cause_of_death(status, 0)[1] == sentence


def test_oom_kills_are_read_where_the_machine_tells(tmp_path: Path) -> None:
    counters = tmp_path / "vmstat"
    assert count_oom_kills(counters) == 0
    counters.write_text("nr_free 5\noom_kill 3\n")
    assert count_oom_kills(counters) == 3
