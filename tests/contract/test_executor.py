"""What every executor must do, whatever it runs attempts on."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import psutil
import pytest

from jupyter_dataops.executors.local import LocalExecutor
from jupyter_dataops.interfaces import AttemptFailed, AttemptReport, AttemptSucceeded, CellFinished, Executor
from jupyter_dataops.kernels.attempt import NodeAttempt
from jupyter_dataops.kernels.guard import KernelGuard
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause
from tests.support.node_jobs import is_gone, node_job
from tests.support.notebooks import cell

pytestmark = pytest.mark.kernel

TIMEOUT = Failure(FailureCause.TIMEOUT, "Timeout", "took too long")
CANCELLED = Failure(FailureCause.CANCELLED, "Cancelled", "as you wish")
# How a kernel's sleep is known to have begun: its log says so.
NAP = "print('asleep', flush=True)\nimport time\ntime.sleep(600)"
STUBBORN = (
    """import signal, subprocess
signal.signal(signal.SIGINT, signal.SIG_IGN)
child = subprocess.Popen(['sleep', '600'], start_new_session=True)
open('child.pid', 'w').write(str(child.pid))
"""
    + NAP
)


# Compiled code that waits for ever, does not let go of the interpreter's lock and is not woken by signals.
HOLDING_THE_LOCK = (
    "mutex, lock = ctypes.create_string_buffer(64), ctypes.PyDLL(None).pthread_mutex_lock\nlock(mutex)\nlock(mutex)"
)


class Reports:
    """What an executor has reported, to be waited for."""

    def __init__(self) -> None:
        self.all: list[AttemptReport] = []
        self._ends: queue.Queue[AttemptSucceeded | AttemptFailed] = queue.Queue()

    def __call__(self, report: AttemptReport) -> None:
        self.all.append(report)
        if not isinstance(report, CellFinished):
            self._ends.put(report)

    def end(self) -> AttemptSucceeded | AttemptFailed:
        return self._ends.get(timeout=60)

    @property
    def ends(self) -> int:
        return sum(not isinstance(report, CellFinished) for report in self.all)


def failure(report: AttemptReport) -> Failure:
    assert isinstance(report, AttemptFailed)
    return report.failure


@pytest.fixture
def executor() -> Iterator[Executor]:
    guard = KernelGuard()
    with closing(LocalExecutor(partial(NodeAttempt, guard=guard), release=guard.close)) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    # Other tests of this process may have had Python start helpers of its own, which stay.
    before, threads = psutil.Process().children(recursive=True), threading.active_count()
    yield
    assert [process for process in psutil.Process().children(recursive=True) if process not in before] == []
    assert threading.active_count() == threads


def wait_until(is_so: Callable[[], bool], said: Callable[[], str] = lambda: "") -> None:
    never = threading.Event()
    for _ in range(3000):
        if is_so():
            return
        never.wait(0.01)
    raise AssertionError(f"waited for 30 s in vain {said()}")


def children() -> list[psutil.Process]:
    return psutil.Process().children()


def wait_for(path: Path, text: str) -> None:
    """Until the file holds `text`."""
    wait_until(lambda: path.exists() and text in path.read_text(), path.read_text)


def test_two_nodes_run_at_the_same_time(executor: Executor, tmp_path: Path) -> None:
    for name in ("to_a", "to_b"):
        os.mkfifo(tmp_path / name)
    first = node_job(tmp_path, cell("open('to_b', 'w').write('x')\nopen('to_a').read()"), node="a")
    second = node_job(tmp_path, cell("open('to_b').read()\nopen('to_a', 'w').write('x')"), node="b")
    reports = Reports()
    executor.submit(first, reports)
    executor.submit(second, reports)
    assert {type(reports.end()) for _ in range(2)} == {AttemptSucceeded}
    assert reports.ends == 2


def test_a_stopped_node_is_interrupted_and_reports_the_given_failure(executor: Executor, tmp_path: Path) -> None:
    job, reports = (
        node_job(
            tmp_path, cell(f"try:\n    {NAP.replace(chr(10), chr(10) + '    ')}\nfinally:\n    open('tidy', 'w')")
        ),
        Reports(),
    )
    executor.submit(job, reports)
    wait_for(job.log_path, "asleep")
    executor.stop(job, TIMEOUT, grace_s=30)
    assert failure(reports.end()) == TIMEOUT
    assert (tmp_path / "tidy").exists()
    executor.stop(job, CANCELLED, grace_s=0)
    assert reports.ends == 1


def test_a_node_that_does_not_listen_is_killed_with_its_children(executor: Executor, tmp_path: Path) -> None:
    job, reports = node_job(tmp_path, cell(STUBBORN)), Reports()
    executor.submit(job, reports)
    wait_for(job.log_path, "asleep")
    executor.stop(job, TIMEOUT, grace_s=0.2)
    assert failure(reports.end()) == TIMEOUT
    assert is_gone(int((tmp_path / "child.pid").read_text()))


def test_a_second_stop_hastens_the_end(executor: Executor, tmp_path: Path) -> None:
    job, reports = node_job(tmp_path, cell(STUBBORN)), Reports()
    executor.submit(job, reports)
    wait_for(job.log_path, "asleep")
    executor.stop(job, TIMEOUT, grace_s=3600)
    executor.stop(job, CANCELLED, grace_s=0)
    assert failure(reports.end()) == TIMEOUT


def test_a_node_that_swallows_the_interrupt_runs_no_further_cell(executor: Executor, tmp_path: Path) -> None:
    swallowing = cell(f"try:\n    {NAP.replace(chr(10), chr(10) + '    ')}\nexcept KeyboardInterrupt:\n    pass")
    job, reports = node_job(tmp_path, swallowing, cell("open('further', 'w')")), Reports()
    executor.submit(job, reports)
    wait_for(job.log_path, "asleep")
    executor.stop(job, CANCELLED, grace_s=30)
    assert failure(reports.end()) == CANCELLED
    assert not (tmp_path / "further").exists()


@pytest.mark.parametrize("kernels", [0, 1])
def test_a_node_stopped_while_its_kernel_starts_never_runs(executor: Executor, tmp_path: Path, kernels: int) -> None:
    job, reports = node_job(tmp_path, cell("open('ran', 'w')")), Reports()
    executor.submit(job, reports)
    wait_until(lambda: sum("ipykernel_launcher" in process.cmdline() for process in children()) >= kernels)
    executor.stop(job, CANCELLED, grace_s=3600)
    assert failure(reports.end()) == CANCELLED
    assert not (tmp_path / "ran").exists()


def test_closing_kills_what_runs_and_what_starts_and_every_node_is_reported(executor: Executor, tmp_path: Path) -> None:
    running, starting, reports = (
        node_job(tmp_path, cell(STUBBORN)),
        node_job(tmp_path, cell("1"), node="late"),
        Reports(),
    )
    executor.submit(running, reports)
    wait_for(running.log_path, "asleep")
    executor.submit(starting, reports)
    executor.close()
    assert {reports.end().job.node for _ in range(2)} == {"work", "late"}
    assert {type(report) for report in reports.all} == {AttemptFailed}
    executor.close()
    assert reports.ends == 2


def test_a_kernel_that_dies_is_reported(executor: Executor, tmp_path: Path) -> None:
    job, reports = node_job(tmp_path, cell("import os\nos._exit(3)")), Reports()
    executor.submit(job, reports)
    found = failure(reports.end())
    assert (found.cause, found.evalue) == (FailureCause.KERNEL_DIED, "the kernel exited with status 3")


@pytest.mark.parametrize(
    "hanging",
    [
        "os.kill(os.getpid(), signal.SIGSTOP)",
        HOLDING_THE_LOCK,
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})\nctypes.CDLL(None).sleep(600)",
    ],
    ids=["stopped", "holding the lock", "deaf"],
)
def test_a_kernel_that_hangs_is_killed_when_its_time_is_over(executor: Executor, tmp_path: Path, hanging: str) -> None:
    # In a cell of its own: a process that stops at once after a print may take the printed text with it.
    hangs = cell(f"import ctypes, os, signal\nopen('begun', 'w').close()\n{hanging}")
    job = node_job(tmp_path, cell("print('hanging')"), hangs)
    reports = Reports()
    executor.submit(job, reports)
    wait_until((job.working_dir / "begun").exists)
    executor.stop(job, TIMEOUT, grace_s=0.3)
    end = reports.end()
    assert failure(end) == TIMEOUT
    assert isinstance(end, AttemptFailed)
    assert end.usage is not None
    assert end.usage.peak_memory_bytes is not None
    executed = json.loads(job.output_path.read_text("utf-8"))
    assert "hanging" in str(executed["cells"][0]["outputs"])
    assert [path.name for path in job.output_path.parent.iterdir() if path.name.startswith(".")] == []
