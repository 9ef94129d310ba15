"""Attempts in threads of this process, each with its kernel beside it."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Protocol

from msgspec import Struct

from jupyter_dataops.crash_points import reach
from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded, NodeJob, Report
from jupyter_dataops.records import Failure
from jupyter_dataops.states import FailureCause


class Standby(Protocol):
    """What an attempt needs and can be made before there is one, by the thread that will run it."""

    def close(self) -> None:
        """Nothing is left of it; also when an attempt has used it."""
        ...


class Attempt(Protocol):
    """One attempt, ready to run."""

    def run(self, report: Report, standby: Any = None) -> AttemptSucceeded | AttemptFailed:
        """Run to the end, in the calling thread; no process is left afterwards but `standby`. Called once."""
        ...

    def stop(self, failure: Failure, grace_s: float) -> None:
        """Have `run` end with `failure`: ask nicely, force after `grace_s`. From any thread, any number of times."""
        ...


class Preparing(Struct, frozen=True):
    """How to have something stand by."""

    make: Callable[[], Standby | None]
    ahead: int
    """How many threads stand by at the most: one at first, another with each job."""
    most: int | None = None
    """How many are made altogether; `None`: as many as there are jobs, and some more."""


_Work = tuple[Attempt, NodeJob, Report]


class LocalExecutor:
    """See `jupyter_dataops.interfaces.Executor`. How many run at once is the coordinator's business.

    Parameters
    ----------
    make_attempt
        Called for each job.
    release
        Frees what the attempts have shared; called at the end, once no attempt runs any more.
    preparing
        What stands by while others run; `None`: nothing does.
    """

    def __init__(
        self,
        make_attempt: Callable[[NodeJob], Attempt],
        release: Callable[[], None] = lambda: None,
        preparing: Preparing | None = None,
    ) -> None:
        self._make_attempt = make_attempt
        self._release = release
        self._preparing = preparing
        self._lock = threading.Lock()
        self._running: dict[str, tuple[Attempt, threading.Thread]] = {}
        self._standing_by: deque[tuple[threading.Thread, SimpleQueue[_Work | None]]] = deque()
        self._made = 0
        self._standbys: set[threading.Thread] = set()
        """Threads that stand by, run what they were given, or clear it away."""
        self._closed = False
        self._stand_by()

    def submit(self, job: NodeJob, report: Report) -> None:
        """Start `job` in a thread. Raises `RuntimeError` after `close`."""
        attempt = self._make_attempt(job)
        with self._lock:
            if self._closed:
                raise RuntimeError("the executor is closed")
            if self._standing_by:
                thread, waiting = self._standing_by.popleft()
                self._running[job.token] = attempt, thread
                waiting.put((attempt, job, report))
            else:
                # A daemon: a process that wants to exit is never held up by a node that does not want to.
                name = f"dataops-{job.node}-{job.attempt}"
                thread = threading.Thread(target=self._run, args=(attempt, job, report), name=name, daemon=True)
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
            running, waiting = list(self._running.values()), list(self._standing_by)
            self._standing_by.clear()
        for attempt, _ in running:
            attempt.stop(_CLOSED, 0)
        for _, thread in running:
            thread.join()
        for thread in self._standbys - {thread for thread, _ in waiting}:
            thread.join()  # it has ended what it was given, and waits for the last of it
        # What stands by ends with what it is made of, also where it is being made just now.
        self._release()
        for _, work in waiting:
            work.put(None)
        for thread in list(self._standbys):
            thread.join()

    def _stand_by(self) -> None:
        """One thread more stands by, up to so many."""
        with self._lock:
            preparing = self._preparing
            if preparing is None or self._closed or len(self._standing_by) >= preparing.ahead:
                return
            if preparing.most is not None and self._made >= preparing.most:
                return
            self._made += 1
            work: SimpleQueue[_Work | None] = SimpleQueue()
            thread = threading.Thread(
                target=self._prepare, args=(preparing.make, work), name="dataops-standby", daemon=True
            )
            self._standing_by.append((thread, work))
            self._standbys.add(thread)
            thread.start()

    def _prepare(self, make: Callable[[], Standby | None], work: SimpleQueue[_Work | None]) -> None:
        standby = make()
        self._stand_by()
        try:
            given = work.get()
            if given is not None:
                self._stand_by()
                self._run(*given, standby)
        finally:
            if standby is not None:
                standby.close()
            with self._lock:
                self._standbys.discard(threading.current_thread())

    def _run(self, attempt: Attempt, job: NodeJob, report: Report, standby: Standby | None = None) -> None:
        try:
            end = attempt.run(report, standby)
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
