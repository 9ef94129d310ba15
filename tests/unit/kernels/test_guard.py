from __future__ import annotations

import io
import os
import signal
import subprocess
import sys

import psutil
import pytest

from jupyter_dataops.ids import new_token
from jupyter_dataops.kernels import guard as guard_module
from jupyter_dataops.kernels.guard import KernelGuard, end_all
from tests.support.node_jobs import is_gone
from tests.support.waiting import until

RUNNER = """
import sys, subprocess, os
from jupyter_dataops.kernels.guard import KernelGuard
guard = KernelGuard()
environment = {**os.environ, "DATAOPS_RUN_ID": "r1", "DATAOPS_ATTEMPT_TOKEN": sys.argv[1]}
with guard.watching("r1", sys.argv[1]):
    kernel = subprocess.Popen(["/bin/sh", "-c", "sleep 600 & env -i sleep 601 & setsid sleep 602 & wait"],
                              env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    guard.started(sys.argv[1], kernel.pid)
    print(kernel.pid, guard._process.pid, flush=True)
    input()
    kernel.kill()
    kernel.wait()
guard.close()
"""


def runner() -> tuple[subprocess.Popen[str], int, int]:
    started = subprocess.Popen(
        [sys.executable, "-c", RUNNER, new_token()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    kernel, guard = map(int, started.stdout.readline().split())
    return started, kernel, guard


def end(process: subprocess.Popen[str]) -> None:
    with process:
        process.kill()


def test_what_a_killed_runner_had_under_way_is_ended(request: pytest.FixtureRequest) -> None:
    process, kernel, guard = runner()
    request.addfinalizer(lambda: end(process))
    until(lambda: len(psutil.Process(kernel).children()) == 3, "the kernel's children")
    family = [kernel, *(child.pid for child in psutil.Process(kernel).children())]
    process.kill()
    until(lambda: all(map(is_gone, family)), "everything ended", timeout_s=5)
    until(lambda: is_gone(guard), "the guard ended")


def test_what_a_kernel_that_was_gone_first_left_is_ended_too(request: pytest.FixtureRequest) -> None:
    process, kernel, _ = runner()
    request.addfinalizer(lambda: end(process))
    until(lambda: len(psutil.Process(kernel).children()) == 3, "the kernel's children")
    family = [child.pid for child in psutil.Process(kernel).children()]
    os.kill(kernel, signal.SIGKILL)
    process.kill()
    until(lambda: all(map(is_gone, family)), "everything ended", timeout_s=5)


def test_what_has_ended_is_left_alone(request: pytest.FixtureRequest) -> None:
    process, kernel, guard = runner()
    request.addfinalizer(lambda: end(process))
    until(lambda: len(psutil.Process(kernel).children()) == 3, "the kernel's children")
    left = [psutil.Process(child.pid) for child in psutil.Process(kernel).children()]
    process.communicate("\n", timeout=30)
    until(lambda: is_gone(guard), "the guard ended")
    assert process.returncode == 0
    assert not any(is_gone(child.pid) for child in left)
    for child in left:
        child.kill()


def test_a_guard_without_attempts_starts_nothing() -> None:
    before = psutil.Process().children()
    guard = KernelGuard()
    guard.close()
    with guard.watching("r1", "t1"):
        guard.started("t1", 1)
    guard.close()
    assert psutil.Process().children() == before


def test_a_guard_that_was_killed_or_cannot_start_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = KernelGuard()
    with guard.watching("r1", "t1"):
        assert guard._process is not None
        guard._process.kill()
        guard._process.wait()
        guard.started("t1", 1)
    guard.close()
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with KernelGuard().watching("r1", "t1"):
        pass


def test_a_run_inside_a_node_does_not_lose_its_guard_with_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_RUN_ID", "outer")
    monkeypatch.setenv("DATAOPS_ATTEMPT_TOKEN", "outer")
    guard = KernelGuard()
    with guard.watching("r1", "t1"):
        assert guard._process is not None
        process = psutil.Process(guard._process.pid)
        environment = until(process.environ, "it has an environment")
    assert not {"DATAOPS_RUN_ID", "DATAOPS_ATTEMPT_TOKEN"} & environment.keys()
    guard.close()


def test_its_process_ends_all_that_is_under_way_when_the_pipe_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[object] = []
    monkeypatch.setattr(guard_module, "end_all", ended.append)
    monkeypatch.setattr(os, "_exit", lambda status: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO("+ r1 t1\n+ r1 t2\n= t2 7\n- t1\n"))
    guard_module.main()
    monkeypatch.setattr(sys, "stdin", io.StringIO("+ r1 t1\n- t1\n"))
    guard_module.main()
    assert ended == [{"t2": ("r1", 7)}]


def test_it_looks_again_for_what_was_just_being_started(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(guard_module.time, "sleep", pauses.append)
    end_all({"t1": ("r1", None)})
    assert (pauses[0], len(pauses), sum(pauses) < 2) == (0.0, 4, True)
