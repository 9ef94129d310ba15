"""The one loop that drives a run.

It waits for one thing at a time - a report, a request, a timer - and does what follows. What follows is decided by the
pure modules beside it: `ready`, `trigger_rules`, `conditions`, `retry`, `verdict`. Effects come in one order: the store
(durable), the observer, the executor; so nobody is shown, and nothing runs, what a crash could undo.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jupyter_dataops.engine.conditions import NotMet, Undecidable, first_obstacle
from jupyter_dataops.engine.journal import Journal
from jupyter_dataops.engine.mailbox import CancelRequested, Mailbox, Message, Woken
from jupyter_dataops.engine.models import Examine, MakeJob, NodeWork, Observer
from jupyter_dataops.engine.ready import Ready
from jupyter_dataops.engine.retry import GiveUp, TryAgain, next_attempt
from jupyter_dataops.engine.trigger_rules import Verdict, reason_for
from jupyter_dataops.engine.verdict import judge
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.ids import NodeName, Token, new_token
from jupyter_dataops.interfaces import (
    AttemptFailed,
    AttemptReport,
    AttemptSucceeded,
    CellFinished,
    Clock,
    Executor,
    NodeJob,
    RunStore,
)
from jupyter_dataops.plan.models import Action
from jupyter_dataops.records import Failure, OutputRecord, RunRecord
from jupyter_dataops.states import FailureCause, NodeState, RunState

_LOG = logging.getLogger(__name__)

GRACE_S: Final = 5.0
"""How long an interrupted kernel may take to end before it is killed."""

NOTHING_WRITTEN: Final = "(nothing was written)"
"""Stands for notebook and log of an attempt that could not be started as configured."""


@dataclass(slots=True)
class _Attempt:
    """A running attempt; `is_stopping` once its executor was told to end it."""

    job: NodeJob
    deadline: datetime | None
    is_stopping: bool = False


class Coordinator:
    """Executes one run, once, and leaves nothing running however that ends.

    Parameters
    ----------
    run
        The stored run, ``queued``.
    work
        Every node of the run, in document order.
    executor
        This run's own: it is closed at the end.
    jobs
        How many nodes may run at once.
    control
        Where this process listens for wake-ups; stored with the run.
    fail_fast
        The first node that fails ends the run, also where a rule below it would have handled that.
    examine
        Has the last word on an attempt that ended well.
    mailbox
        Where the loop waits; a test passes one that does not.
    """

    def __init__(
        self,
        run: RunRecord,
        work: Sequence[NodeWork],
        *,
        store: RunStore,
        executor: Executor,
        clock: Clock,
        make_job: MakeJob,
        jobs: int,
        control: str,
        fail_fast: bool = False,
        examine: Examine | None = None,
        observer: Observer | None = None,
        mailbox: Mailbox | None = None,
    ) -> None:
        self._work = {item.decision.node: item for item in work}
        self._upstream = {node: item.upstream for node, item in self._work.items()}
        self._rules = {node: item.trigger for node, item in self._work.items()}
        self._journal = Journal(run.run_id, store, clock, observer)
        self._executor = executor
        self._make_job = make_job
        self._control = control
        self._fail_fast = fail_fast
        self._examine = examine
        self._mailbox = mailbox or Mailbox()

        self._ready = Ready(self._upstream, self._rules, jobs)
        self._running: dict[NodeName, _Attempt] = {}
        self._attempts = dict.fromkeys(self._work, 0)
        self._infra_failures = dict.fromkeys(self._work, 0)
        self._outputs: dict[NodeName, Mapping[str, OutputRecord]] = {}
        self._cancelled_because: str | None = None
        self._is_ending = False

    def execute(self) -> RunRecord:
        """The run is in a terminal state; its record as stored. Call it once.

        Raises
        ------
        IllegalMove
            Somebody else has the run, or took it away. All that this runner had started is stopped.
        StoreUnavailable
            The store failed midway; likewise, and the run counts as crashed.
        """
        try:
            # Closed before the run is called crashed: a retry must not meet kernels that are still at work.
            with closing(self._executor):
                self._cancelled_because = self._journal.take_run(self._control)
                self._drive()
        except BaseException as error:
            self._journal.run_crashed(error)
            raise
        return self._journal.get_run()

    def request_cancel(self, reason: str, hurry: bool = False) -> None:
        """The run will end ``cancelled``; call it from any thread, or from a signal handler.

        Running nodes are interrupted and killed after `GRACE_S`; at once with `hurry`, and on a second call.
        """
        self._mailbox.put(CancelRequested(reason, hurry))

    def wake(self) -> None:
        """The runner will look at the store, and end the run if that was asked for there; call it from any thread."""
        self._mailbox.put(Woken())

    # -- the loop

    def _drive(self) -> None:
        if self._cancelled_because is not None:
            self._end_the_rest(self._cancelled_because, GRACE_S)
        else:
            self._settle_planned()
            self._hear(0)  # A cancel that came first keeps everything from starting.
        while self._advance():
            self._hear(self._patience_s())
        self._hear(0)
        self._finish()

    def _settle_planned(self) -> None:
        for node, item in self._work.items():
            decision = item.decision
            if decision.action is Action.SKIP:
                self._skip(node, decision.reason)
            elif decision.action is Action.REUSE:
                if decision.source_run_id is None:
                    raise ValueError(f"the plan reuses `{node}` without saying from which run")
                self._journal.reused(node, decision.source_run_id, decision.outputs, decision.reason)
                self._outputs[node] = decision.outputs
                self._ready.finish(node, NodeState.REUSED)

    def _advance(self) -> bool:
        """What can be decided is, and free slots are used; whether there is anything left to wait for."""
        while True:
            while (decided := self._ready.take_decided()) is not None:
                self._decide(*decided)
            node = self._ready.take_next()
            if node is None:
                return not self._ready.is_over
            # A node that cannot be started is done at once, and that may decide others: look again.
            self._start(node)

    def _hear(self, timeout_s: float | None) -> None:
        """The first message, if it came in time, and all that were behind it are handled; then timers are seen to."""
        message = self._mailbox.wait(timeout_s)
        while message is not None:
            self._receive(message)
            message = self._mailbox.wait(0)
        self._see_to_timers()

    def _patience_s(self) -> float | None:
        due = [attempt.deadline for attempt in self._running.values() if attempt.deadline and not attempt.is_stopping]
        if (retry_due := self._ready.next_due) is not None:
            due.append(retry_due)
        return max(0.0, (min(due) - self._journal.now()).total_seconds()) if due else None

    def _receive(self, message: Message) -> None:
        match message:
            case CancelRequested():
                self._cancel(message.reason, message.hurry)
            case Woken():
                self._look_at_store()
            case AttemptSucceeded() | AttemptFailed() | CellFinished():
                self._receive_report(message)

    def _receive_report(self, report: AttemptReport) -> None:
        node = report.job.node
        attempt = self._running.get(node)
        if attempt is None or attempt.job.token != report.job.token:
            # A second report, or one of an attempt that is over: what is stored stays.
            _LOG.warning("ignored a late report of attempt %d of `%s`", report.job.attempt, node)
            return
        if isinstance(report, CellFinished):
            self._journal.progressed(report)
            return
        del self._running[node]
        if isinstance(report, AttemptSucceeded):
            objection = self._examine(node, {**self._outputs, node: report.outputs}) if self._examine else None
            if objection is not None:
                self._settle_failure(node, objection)
                return
            self._journal.succeeded(node, report.outputs)
            self._outputs[node] = report.outputs
            self._ready.finish(node, NodeState.SUCCEEDED)
        else:
            self._settle_failure(node, report.failure)

    def _see_to_timers(self) -> None:
        now = self._journal.now()
        while (node := self._ready.take_due(now)) is not None:
            self._queue(node, f"attempt {self._attempts[node] + 1} is due")
        for node, attempt in self._running.items():
            if attempt.deadline is not None and attempt.deadline <= now and not attempt.is_stopping:
                attempt.is_stopping = True
                self._executor.stop(attempt.job, _timed_out(self._work[node].timeout_s), GRACE_S)

    # -- one node

    def _decide(self, node: NodeName, verdict: Verdict) -> None:
        states = {source: self._ready.states[source] for source in self._upstream[node]}
        reason = reason_for(self._rules[node], verdict, states)
        match verdict:
            case Verdict.FAIL:
                self._journal.upstream_failed(node, reason)
                self._ready.finish(node, NodeState.UPSTREAM_FAILED)
            case Verdict.SKIP:
                self._skip(node, reason)
            case _:
                obstacle = first_obstacle(self._work[node].conditions, self._outputs)
                if isinstance(obstacle, NotMet):
                    self._skip(node, obstacle.reason)
                else:
                    self._queue(node, f"{self._work[node].decision.reason}; {reason}")

    def _start(self, node: NodeName) -> None:
        self._attempts[node] = number = self._attempts[node] + 1
        token = new_token()
        obstacle = first_obstacle(self._work[node].conditions, self._outputs)
        if isinstance(obstacle, Undecidable):
            self._refuse(node, token, _config_invalid("UndecidableCondition", obstacle.reason))
            return
        try:
            job = self._make_job(node, number, token, self._outputs)
        except DataOpsError as error:
            self._refuse(node, token, _config_invalid(type(error).__name__, str(error)))
            return
        at = self._journal.started(node, number, token, str(job.output_path), str(job.log_path))
        timeout_s = self._work[node].timeout_s
        self._running[node] = _Attempt(job, None if timeout_s is None else at + timedelta(seconds=timeout_s))
        self._executor.submit(job, self._mailbox.put)

    def _refuse(self, node: NodeName, token: Token, failure: Failure) -> None:
        # Only a node that has started can fail: the attempt begins and ends in one breath.
        self._journal.started(node, self._attempts[node], token, NOTHING_WRITTEN, NOTHING_WRITTEN)
        self._fail(node, failure, failure.evalue)

    def _settle_failure(self, node: NodeName, failure: Failure) -> None:
        if failure.cause is FailureCause.CANCELLED:
            self._journal.cancelled(node, failure.evalue or "its attempt was cancelled", failure)
            self._ready.finish(node, NodeState.CANCELLED)
            return
        follows = next_attempt(
            self._work[node].retry,
            failure,
            run_id=self._journal.run_id,
            node=node,
            attempt=self._attempts[node],
            infra_failures=self._infra_failures[node],
            now=self._journal.now(),
        )
        self._infra_failures[node] += failure.cause.is_infrastructure
        match follows:
            case GiveUp(reason):
                self._fail(node, failure, reason)
            case TryAgain() if self._is_ending:
                self._fail(node, failure, f"{failure.ename}: {failure.evalue}; not tried again: the run is ending")
            case TryAgain(not_before, reason):
                self._journal.retrying(node, failure, not_before, reason)
                self._ready.defer(node, not_before)

    def _fail(self, node: NodeName, failure: Failure, reason: str) -> None:
        self._journal.failed(node, failure, reason)
        self._ready.finish(node, NodeState.FAILED)
        if self._fail_fast and not self._is_ending:
            self._end_the_rest(f"`{node}` failed, and the run ends at its first failure", GRACE_S)

    def _skip(self, node: NodeName, reason: str) -> None:
        self._journal.skipped(node, reason)
        self._ready.finish(node, NodeState.SKIPPED)

    def _queue(self, node: NodeName, reason: str) -> None:
        self._journal.queued(node, reason)
        self._ready.queue(node)

    # -- the end

    def _cancel(self, reason: str, hurry: bool) -> None:
        if self._cancelled_because is None:
            self._cancelled_because = self._journal.cancel_requested(reason)
            self._end_the_rest(self._cancelled_because, 0.0 if hurry else GRACE_S)
        else:
            self._stop_running(self._cancelled_because, 0.0)

    def _look_at_store(self) -> None:
        reason = self._journal.get_cancel_reason()
        if reason is not None and self._cancelled_because is None:
            self._cancelled_because = reason
            self._end_the_rest(reason, GRACE_S)

    def _end_the_rest(self, reason: str, grace_s: float) -> None:
        """What waits never starts, and what runs is told to stop."""
        self._is_ending = True
        for node in self._ready.get_waiting():
            self._journal.cancelled(node, reason)
            self._ready.finish(node, NodeState.CANCELLED)
        self._stop_running(reason, grace_s)

    def _stop_running(self, reason: str, grace_s: float) -> None:
        for attempt in self._running.values():
            attempt.is_stopping = True
            self._executor.stop(attempt.job, Failure(FailureCause.CANCELLED, "Cancelled", reason), grace_s)

    def _finish(self) -> None:
        if self._cancelled_because is not None:
            self._journal.run_finished(RunState.CANCELLED, self._cancelled_because)
        else:
            self._journal.run_finished(*judge(self._ready.states, self._upstream, self._rules))


def _timed_out(timeout_s: float | None) -> Failure:
    classes = tuple(kind.__name__ for kind in TimeoutError.__mro__)
    return Failure(FailureCause.TIMEOUT, "TimeoutError", f"the attempt took longer than {timeout_s:g} s", mro=classes)


def _config_invalid(ename: str, sentence: str) -> Failure:
    return Failure(FailureCause.CONFIG_INVALID, ename, sentence)
