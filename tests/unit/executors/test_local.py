"""The local executor around attempts that start no kernel."""

from __future__ import annotations

import queue
import threading
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_dataops.executors.local import LocalExecutor, Preparing
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

    def run(self, report: Report, _standby: object = None) -> AttemptSucceeded | AttemptFailed:
        return AttemptFailed(self._job, self._stopped.get(timeout=30))

    def stop(self, failure: Failure, grace_s: float) -> None:
        self._stopped.put(failure)


class Broken(Waiting):
    """An attempt that breaks off as no attempt should."""

    def run(self, report: Report, _standby: object = None) -> AttemptSucceeded | AttemptFailed:
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


class Kept:
    """Something that stands by, made and closed by the thread that runs the attempt."""

    def __init__(self, made: list[Kept]) -> None:
        made.append(self)
        self.thread, self.is_closed = threading.current_thread(), False

    def close(self) -> None:
        assert threading.current_thread() is self.thread
        self.is_closed = True


class Using(Waiting):
    """An attempt that tells, as its error, with which of the things that stand by it ran."""

    used: queue.Queue[Kept | None] = queue.Queue()

    def run(self, report: Report, standby: object = None) -> AttemptSucceeded | AttemptFailed:
        assert standby is None or isinstance(standby, Kept)
        if standby is not None:
            assert standby.thread is threading.current_thread()
            assert not standby.is_closed
        self.used.put(standby)
        return super().run(report)


def test_jobs_find_something_standing_by_each_its_own_and_all_of_it_is_cleared_away(tmp_path: Path) -> None:
    made: list[Kept] = []
    reports, before = queue.Queue[AttemptReport](), threading.active_count()
    with closing(LocalExecutor(Using, preparing=Preparing(lambda: Kept(made), 2))) as executor:
        jobs = [node_job(tmp_path, node=name) for name in "abc"]
        found = []
        for job in jobs:
            executor.submit(job, reports.put)
            found.append(Using.used.get(timeout=30))
        for job in jobs:
            executor.stop(job, LATE, 5)
            assert reports.get(timeout=30).job.node in "abc"
    assert None not in found
    assert len(set(found)) == 3
    assert all(one.is_closed for one in made)
    assert 3 <= len(made) <= 5
    assert threading.active_count() == before


def test_no_more_stands_by_than_there_can_be_jobs(tmp_path: Path) -> None:
    made: list[Kept] = []
    reports = queue.Queue[AttemptReport]()
    with closing(LocalExecutor(Using, preparing=Preparing(lambda: Kept(made), 2, most=2))) as executor:
        jobs = [node_job(tmp_path, node=name) for name in "abc"]
        found = []
        for job in jobs:
            executor.submit(job, reports.put)
            found.append(Using.used.get(timeout=30))
        for job in jobs:
            executor.stop(job, LATE, 5)
            reports.get(timeout=30)
    assert len(made) == 2
    assert found[2] is None


def test_where_nothing_can_stand_by_jobs_run_without(tmp_path: Path) -> None:
    reports = queue.Queue[AttemptReport]()
    with closing(LocalExecutor(Using, preparing=Preparing(lambda: None, 1))) as executor:
        executor.submit(node_job(tmp_path), reports.put)
        assert Using.used.get(timeout=30) is None


def test_what_is_shared_is_freed_before_what_stands_by_is_waited_for(tmp_path: Path) -> None:
    freed = threading.Event()

    def make() -> None:
        assert freed.wait(30)  # as a kernel that is still starting: it ends with its server

    executor = LocalExecutor(Using, freed.set, Preparing(make, 1))
    executor.close()
    assert freed.is_set()


def test_what_a_job_has_used_is_gone_before_what_is_shared_is_freed(tmp_path: Path) -> None:
    freed, was_freed, reports = threading.Event(), [], queue.Queue[AttemptReport]()

    class Lasting(Kept):
        def close(self) -> None:
            was_freed.append(freed.wait(0.3))  # as a kernel whose memory the system takes back

    executor = LocalExecutor(Using, freed.set, Preparing(lambda: Lasting([]), 1, most=1))
    job = node_job(tmp_path)
    executor.submit(job, reports.put)
    Using.used.get(timeout=30)
    executor.stop(job, LATE, 5)
    reports.get(timeout=30)
    executor.close()
    assert was_freed == [False]
