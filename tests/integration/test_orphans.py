"""What is left when a runner is killed in the middle of a node: nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_dataops.kernels.kernel_process import kill_leftovers
from jupyter_dataops.kernels.leftovers import CONNECTION_FILE, remove_leftovers
from tests.support.node_jobs import is_gone
from tests.support.waiting import until

pytestmark = pytest.mark.kernel

RUNNER = """
import sys
from msgspec.structs import replace
from functools import partial
from pathlib import Path
from jupyter_dataops.executors.local import LocalExecutor
from jupyter_dataops.kernels.attempt import NodeAttempt
from jupyter_dataops.kernels.guard import KernelGuard
from tests.support.node_jobs import node_job
from tests.support.notebooks import cell

folder, source, with_guard = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "guard"
job = node_job(folder, cell(source))
job = replace(job, environment={"DATAOPS_RUN_ID": job.run_id, "DATAOPS_ATTEMPT_TOKEN": job.token})
(folder / "token").write_text(job.token)
guard = KernelGuard() if with_guard else None
LocalExecutor(partial(NodeAttempt, guard=guard)).submit(job, print)
sys.stdin.read()
"""
FAMILY = """
import ctypes, os, subprocess
family = [
    os.getpid(),
    subprocess.Popen(["sleep", "600"]).pid,
    subprocess.Popen(["sleep", "600"], start_new_session=True).pid,
    subprocess.Popen(["sleep", "600"], env={}).pid,
]
open("draft", "w").write(" ".join(map(str, family)))
os.rename("draft", "family")
"""
BUSY = {
    "asleep": "import time; time.sleep(600)",
    "holding the lock": "m, lock = ctypes.create_string_buffer(64), ctypes.PyDLL(None).pthread_mutex_lock; lock(m); lock(m)",
}


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    found: list[subprocess.Popen[bytes]] = []
    yield found
    for process in found:
        with process:
            process.kill()


def kill_in_the_middle(folder: Path, started: list[subprocess.Popen[bytes]], busy: str, guard: str) -> list[int]:
    """The kernel, and what it had started, of a runner that is dead now."""
    command = [sys.executable, "-c", RUNNER, str(folder), FAMILY + BUSY[busy], guard]
    runner = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[2])
    started.append(runner)
    until((folder / "family").exists, "the node is at work")
    family = [int(pid) for pid in (folder / "family").read_text().split()]
    assert not any(map(is_gone, family))
    os.kill(runner.pid, signal.SIGKILL)
    return family


@pytest.mark.parametrize("busy", BUSY)
def test_nothing_outlives_a_killed_runner(tmp_path: Path, started: list[subprocess.Popen[bytes]], busy: str) -> None:
    family = kill_in_the_middle(tmp_path, started, busy, "guard")
    until(lambda: all(map(is_gone, family)), "kernel and children ended", timeout_s=2)
    assert remove_leftovers(tmp_path) == 1
    assert not (tmp_path / "work" / CONNECTION_FILE).exists()


def test_without_a_guard_the_kernel_dies_and_the_next_command_ends_the_rest(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    kernel, *children = kill_in_the_middle(tmp_path, started, "holding the lock", "alone")
    until(lambda: is_gone(kernel), "the kernel ended", timeout_s=2)
    assert kill_leftovers("r123", [(tmp_path / "token").read_text()]) == 2
    assert [is_gone(child) for child in children] == [True, True, False]
    os.kill(children[-1], signal.SIGKILL)  # it has neither our environment nor a parent: only the guard knew of it
