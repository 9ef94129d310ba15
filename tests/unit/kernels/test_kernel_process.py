from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jupyter_dataops.ids import new_token
from jupyter_dataops.kernels.kernel_process import (
    KernelControl,
    cause_of_death,
    count_oom_kills,
    kill_leftovers,
    kill_orphans,
    kill_tree,
)
from tests.support.node_jobs import is_gone
from tests.support.waiting import until


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


def counters(folder: Path, membership: str, **counts: str) -> int:
    for name, text in counts.items():
        path = folder / name.replace("__", "/").replace("_events", ".events").replace("_oom_control", ".oom_control")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "membership").write_text(membership)
    return count_oom_kills(folder / "membership", folder / "groups", folder / "machine")


def test_kills_for_want_of_memory_are_counted_where_the_machine_tells(tmp_path: Path) -> None:
    assert counters(tmp_path, "") == 0
    assert counters(tmp_path, "0::/job", machine="nr_free 5\noom_kill 3\n") == 3


@pytest.mark.parametrize(
    ("membership", "place"),
    [
        ("0::/job", "groups__job__memory_events"),
        ("9:cpu:/\n4:memory,pids:/job\n0::/", "groups__memory__job__memory_oom_control"),
        ("4:memory:/outside/the/container", "groups__memory__memory_oom_control"),
    ],
)
def test_a_group_with_its_own_count_knows_better_than_the_machine(tmp_path: Path, membership: str, place: str) -> None:
    own = "low 0\noom 9\noom_kill 1\noom_group_kill 4\n"
    assert counters(tmp_path, membership, machine="oom_kill 3\n", **{place: own}) == 1


def start(*command: str, session: bool = True, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, start_new_session=session, env={**os.environ, **environment})


def test_leftovers_of_an_attempt_are_killed_wherever_they_have_gone() -> None:
    token = new_token()  # its own: tests may run side by side
    ours = {"DATAOPS_RUN_ID": "r1", "DATAOPS_ATTEMPT_TOKEN": token}
    left = [
        start("sleep", "600", **ours),
        start("/bin/sh", "-c", "setsid sleep 600 & env -i sleep 600 & wait", **ours),
    ]
    others = [
        start("sleep", "600", **{**ours, "DATAOPS_ATTEMPT_TOKEN": new_token()}),
        start("sleep", "600", **{**ours, "DATAOPS_RUN_ID": "r2"}),
        start("sleep", "600"),
    ]
    until(lambda: len(psutil.Process(left[1].pid).children()) == 2, "both children")
    family = [left[0], *psutil.Process(left[1].pid).children(), left[1]]
    try:
        assert kill_leftovers("r1", ["none", token]) == 4
        assert all(is_gone(member.pid) for member in family)
        assert [other.poll() for other in others] == [None] * 3
        assert kill_leftovers("r1", ["none", token]) == 0
        assert kill_leftovers("r1", []) == 0
    finally:
        for process in (*left, *others):
            process.kill()
            process.wait()


def test_a_process_never_counts_itself_among_the_leftovers() -> None:
    script = "from jupyter_dataops.kernels.kernel_process import kill_leftovers as k; print(k('r1', ['t1']))"
    environment = {**os.environ, "DATAOPS_RUN_ID": "r1", "DATAOPS_ATTEMPT_TOKEN": "t1"}
    assert (
        subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True).stdout
        == b"0\n"
    )
