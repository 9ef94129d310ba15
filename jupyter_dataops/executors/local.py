"""Attempts in threads of this process, each with its kernel beside it."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Protocol

from jupyter_dataops.crash_points import reach
from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, NodeJob, Report
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause


class Attempt(Protocol):
    """One attempt, ready to run."""

    def run(self, report: Report) -> AttemptSucceeded | AttemptFailed:
        """Run to the end, in the calling thread; no process is left afterwards. Called once."""
        ...

    def stop(self, failure: Failure, grace_s: float) -> None:
        """Have `run` end with `failure`: ask nicely, force after `grace_s`. From any thread, any number of times."""
        ...


class LocalExecutor:
    """See `jupyter_dataops.interfaces.Executor`. How many run at once is the coordinator's business.

    Parameters
    ----------
    make_attempt
        Called for each job.
    release
        Frees what the attempts have shared; called at the end, once no attempt runs any more.
    """

    def __init__(self, make_attempt: Callable[[NodeJob], Attempt], release: Callable[[], None] = lambda: None) -> None:
        self._make_attempt = make_attempt
        self._release = release
        self._lock = threading.Lock()
        self._running: dict[str, tuple[Attempt, threading.Thread]] = {}
        self._closed = False

    def submit(self, job: NodeJob, report: Report) -> None:
        """Start `job` in a thread. Raises `RuntimeError` after `close`."""
        attempt = self._make_attempt(job)
        # A daemon: a process that wants to exit is never held up by a node that does not want to.
        thread = threading.Thread(
            target=self._run, args=(job, attempt, report), name=f"dataops-{job.node}-{job.attempt}", daemon=True
        )
        with self._lock:
            if self._closed:
                raise RuntimeError("the executor is closed")
            self._running[job.token] = attempt, thread
            thread.start()

    def stop(self, job: NodeJob, failure: Failure, grace_s: float) -> None:
        """End `job` with `failure`, within `grace_s`."""
        with self._lock:
            attempt, _ = self._running.get(job.token, (None, None))
        if attempt is not None:
            attempt.stop(failure, grace_s)

    def close(self) -> None:
        """Kill and wait."""
        with self._lock:
            self._closed = True
            running = list(self._running.values())
        for attempt, _ in running:
            attempt.stop(_CLOSED, 0)
        for _, thread in running:
            thread.join()
        self._release()

    def _run(self, job: NodeJob, attempt: Attempt, report: Report) -> None:
        try:
            end = attempt.run(report)
        except BaseException as error:  # noqa: BLE001 - a lost report would leave the run waiting for ever
            end = AttemptFailed(job, _unforeseen(error))
        reach("attempt ended")
        with self._lock:
            del self._running[job.token]
        report(end)


_CLOSED = Failure(FailureCause.CANCELLED, "Cancelled", "the runner ended", mro=("Cancelled",))


def _unforeseen(error: BaseException) -> Failure:
    return Failure(
        FailureCause.KERNEL_DIED,
        type(error).__name__,
        str(error),
        traceback=traceback.format_exc(),
        mro=tuple(kind.__name__ for kind in type(error).__mro__ if kind is not object),
    )
