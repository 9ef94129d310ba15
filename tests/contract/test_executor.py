"""What every executor must do, whatever it runs attempts on."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from jupyter_dataops.executors.local import LocalExecutor
from jupyter_dataops.interfaces import AttemptFailed, AttemptReport, AttemptSucceeded, CellFinished, Executor
from jupyter_dataops.kernels.attempt import NodeAttempt
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


@pytest.fixture
def executor() -> Iterator[Executor]:
    with closing(LocalExecutor(NodeAttempt)) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    threads = threading.active_count()
    yield
    assert psutil.Process().children(recursive=True) == []
    assert threading.active_count() == threads


def wait_until(is_so: Callable[[], bool]) -> None:
    never = threading.Event()
    for _ in range(3000):
        if is_so():
            return
        never.wait(0.01)
    raise AssertionError("waited for 30 s in vain")


def wait_for(path: Path, text: str) -> None:
    """Until the file holds `text`."""
    wait_until(lambda: path.exists() and text in path.read_text())


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
    assert reports.end() == AttemptFailed(job, TIMEOUT)
    assert (tmp_path / "tidy").exists()
    executor.stop(job, CANCELLED, grace_s=0)
    assert reports.ends == 1


def test_a_node_that_does_not_listen_is_killed_with_its_children(executor: Executor, tmp_path: Path) -> None:
    job, reports = node_job(tmp_path, cell(STUBBORN)), Reports()
    executor.submit(job, reports)
    wait_for(job.log_path, "asleep")
    executor.stop(job, TIMEOUT, grace_s=0.2)
    assert reports.end() == AttemptFailed(job, TIMEOUT)
    assert is_gone(int((tmp_path / "child.pid").read_text()))


def test_a_second_stop_hastens_the_end(executor: Executor, tmp_path: Path) -> None:
    job, reports = node_job(tmp_path, cell(STUBBORN)), Reports()
    executor.submit(job, reports)
    wait_for(job.log_path, "asleep")
    executor.stop(job, TIMEOUT, grace_s=3600)
    executor.stop(job, CANCELLED, grace_s=0)
    assert reports.end() == AttemptFailed(job, TIMEOUT)


def test_a_node_that_swallows_the_interrupt_runs_no_further_cell(executor: Executor, tmp_path: Path) -> None:
    swallowing = cell(f"try:\n    {NAP.replace(chr(10), chr(10) + '    ')}\nexcept KeyboardInterrupt:\n    pass")
    job, reports = node_job(tmp_path, swallowing, cell("open('further', 'w')")), Reports()
    executor.submit(job, reports)
    wait_for(job.log_path, "asleep")
    executor.stop(job, CANCELLED, grace_s=30)
    assert reports.end() == AttemptFailed(job, CANCELLED)
    assert not (tmp_path / "further").exists()


@pytest.mark.parametrize("processes", [0, 1])
def test_a_node_stopped_while_its_kernel_starts_never_runs(executor: Executor, tmp_path: Path, processes: int) -> None:
    job, reports = node_job(tmp_path, cell("open('ran', 'w')")), Reports()
    executor.submit(job, reports)
    wait_until(lambda: len(psutil.Process().children()) >= processes)
    executor.stop(job, CANCELLED, grace_s=3600)
    assert reports.end() == AttemptFailed(job, CANCELLED)
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
    end = reports.end()
    assert isinstance(end, AttemptFailed)
    assert (end.failure.cause, end.failure.evalue) == (FailureCause.KERNEL_DIED, "the kernel exited with status 3")
