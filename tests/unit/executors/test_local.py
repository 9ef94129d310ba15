"""The local executor around attempts that start no kernel."""

from __future__ import annotations

import queue
import threading
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_dataops.executors.local import LocalExecutor
from jupyter_dataops.interfaces import AttemptFailed, AttemptReport, AttemptSucceeded, NodeJob, Report
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause
from tests.support.node_jobs import node_job

LATE = Failure(FailureCause.TIMEOUT, "Timeout", "too long")


class Waiting:
    """An attempt that runs until it is stopped."""

    def __init__(self, job: NodeJob) -> None:
        self._job = job
        self._stopped: queue.Queue[Failure] = queue.Queue()

    def run(self, report: Report) -> AttemptSucceeded | AttemptFailed:
        return AttemptFailed(self._job, self._stopped.get(timeout=30))

    def stop(self, failure: Failure, grace_s: float) -> None:
        self._stopped.put(failure)


class Broken(Waiting):
    """An attempt that breaks off as no attempt should."""

    def run(self, report: Report) -> AttemptSucceeded | AttemptFailed:
        raise SystemExit("gone")


def test_a_stopped_attempt_is_reported_once_with_the_failure(tmp_path: Path) -> None:
    job, reports = node_job(tmp_path), queue.Queue[AttemptReport]()
    with closing(LocalExecutor(Waiting)) as executor:
        executor.submit(job, reports.put)
        executor.stop(job, LATE, 5)
        assert reports.get(timeout=30) == AttemptFailed(job, LATE)
        executor.stop(job, LATE, 5)
    assert reports.empty()


def test_whatever_breaks_an_attempt_is_reported(tmp_path: Path) -> None:
    job, reports = node_job(tmp_path), queue.Queue[AttemptReport]()
    with closing(LocalExecutor(Broken)) as executor:
        executor.submit(job, reports.put)
        report = reports.get(timeout=30)
    assert isinstance(report, AttemptFailed)
    assert (report.failure.cause, report.failure.ename) == (FailureCause.KERNEL_DIED, "SystemExit")
    assert "SystemExit: gone" in report.failure.traceback


def test_closing_ends_and_reports_everything_and_leaves_no_thread(tmp_path: Path) -> None:
    before, reports = threading.active_count(), queue.Queue[AttemptReport]()
    executor = LocalExecutor(Waiting)
    for name in "abc":
        executor.submit(node_job(tmp_path, node=name), reports.put)
    executor.close()
    executor.close()
    assert sorted(reports.get_nowait().job.node for _ in range(3)) == ["a", "b", "c"]
    assert threading.active_count() == before


def test_a_closed_executor_takes_nothing(tmp_path: Path) -> None:
    executor = LocalExecutor(Waiting)
    executor.close()
    with pytest.raises(RuntimeError, match="closed"):
        executor.submit(node_job(tmp_path), lambda _report: None)
