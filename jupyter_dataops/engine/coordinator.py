"""The one loop that drives a run.

It waits for one thing at a time - a report, a request, a timer - and does what follows. What follows is decided by the
pure modules beside it: `ready`, `trigger_rules`, `checks`, `conditions`, `retry`, `verdict`. Effects come in one order:
the store (durable), the observer, the executor; so nobody is shown, and nothing runs, what a crash could undo. All that
follows at once is one transaction.
"""

from __future__ import annotations

import logging
import time
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Final

from jupyter_dataops.engine.attempts import Attempts
from jupyter_dataops.engine.conditions import NotMet, first_obstacle
from jupyter_dataops.engine.failures import RUNNER_DIED
from jupyter_dataops.engine.groups import Groups
from jupyter_dataops.engine.journal import Journal
from jupyter_dataops.engine.lease import LeaseKeeper
from jupyter_dataops.engine.mailbox import CancelRequested, LeaseLost, Mailbox, Message, Woken
from jupyter_dataops.engine.models import (
    Collect,
    Examine,
    Expand,
    Expands,
    Forgetful,
    MakeJob,
    NodeWork,
    Observer,
    Recall,
)
from jupyter_dataops.engine.nodes import Nodes
from jupyter_dataops.engine.reusing import Reusing
from jupyter_dataops.engine.trigger_rules import Verdict
from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.ids import NodeName
from jupyter_dataops.interfaces import (
    AttemptFailed,
    AttemptReport,
    AttemptSucceeded,
    CellFinished,
    Clock,
    Executor,
    RunStore,
)
from jupyter_dataops.records import NodeRunRecord, RunnerRecord, RunRecord
from jupyter_dataops.states import NodeState, RunState

__all__ = ["GRACE_S", "Coordinator"]

_LOG = logging.getLogger(__name__)

GRACE_S: Final = 5.0
"""How long an interrupted kernel may take to end before it is killed."""


class Coordinator:
    """Executes one run, once, and leaves nothing running however that ends.

    Parameters
    ----------
    run
        The stored run, ``queued``; or ``crashed``, with `resume_from`.
    work
        Every node and check of the run, in document order, checks behind their node; of a resumed run also everything
        that its nodes have expanded to, behind the group.
    executor
        This run's own: it is closed at the end.
    jobs
        How many nodes may run at once.
    control
        Where this process listens for wake-ups; stored with the run.
    runner
        This process.
    lease_s
        For how long the runner is believed to be there without a sign; renewed three times as often.
    by
        Who acts, for the audit.
    pool_sizes
        Slots of each pool that has been given a size.
    wake_others
        Tells other runs of the store that slots of a pool are free.
    resume_from
        The node runs as stored, where a crashed run goes on.
    fail_fast
        The first node that fails ends the run, also where a rule below it would have handled that.
    recall
        Knows earlier results that may stand for running a node; without it, every node runs that the plan lets run.
    examine
        Has the last word on what ended well: an attempt, or a group.
    mailbox
        Where the loop waits; a test passes one that does not.
    pause
        How the loop waits for a store that does not answer.
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
        expand: Expand,
        collect: Collect,
        jobs: int,
        control: str,
        runner: RunnerRecord,
        lease_s: float,
        by: str,
        pool_sizes: Mapping[str, int],
        wake_others: Callable[[], None],
        resume_from: Sequence[NodeRunRecord] | None = None,
        fail_fast: bool = False,
        recall: Recall | None = None,
        examine: Examine | None = None,
        observer: Observer | None = None,
        mailbox: Mailbox | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._work = tuple(work)
        self._executor = executor
        self._control = control
        self._runner = runner
        self._lease_s = lease_s
        self._resume_from = resume_from
        self._fail_fast = fail_fast
        self._examine = examine
        self._mailbox = mailbox or Mailbox()

        self._journal = Journal(run.run_id, store, clock, by=by, observer=observer, pause=pause)
        self._lease = LeaseKeeper(store, clock, run.run_id, lease_s=lease_s, tell=self._mailbox.put)
        self._nodes = Nodes(self._journal, work, jobs)
        self._ready = self._nodes.ready
        self._reusing = Reusing(self._nodes, self._journal, recall or Forgetful())
        self._groups = Groups(
            self._nodes, self._journal, self._reusing, expand=expand, collect=collect, examine=examine
        )
        self._attempts = Attempts(
            self._nodes,
            self._journal,
            executor,
            make_job,
            reusing=self._reusing,
            report=self._mailbox.put,
            pool_sizes=pool_sizes,
            wake_others=wake_others,
        )
        self._cancelled_because: str | None = None

    def execute(self) -> RunRecord:
        """The run is in a terminal state; its record as stored. Call it once.

        Raises
        ------
        IllegalMove
            Somebody else has the run, or took it away. All that this runner had started is stopped.
        StoreUnavailable
            The store failed midway, for about a minute; likewise, and the run counts as crashed.
        """
        try:
            # The lease is kept while kernels end, and they end before the run is called crashed: whoever goes on with
            # it must not meet kernels that are still at work.
            with self._lease, closing(self._executor):
                self._take_run()
                self._begin()
                self._drive()
                while not self._has_finished():
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
        """The runner will look at the store, and do what was asked for there; call it from any thread."""
        self._mailbox.put(Woken())

    # -- from the first to the last word

    def _take_run(self) -> None:
        if self._resume_from is None:
            self._cancelled_because = self._journal.start_run(self._control, self._runner, self._lease_s)
        else:
            self._nodes.restore(self._resume_from)
            asked = self._journal.resume_run(self._control, self._runner, self._lease_s)
            self._cancelled_because = None if asked is None else self._journal.cancel_requested(asked)
        if self._journal.token is not None:
            self._lease.start(self._journal.token)

    def _begin(self) -> None:
        if self._cancelled_because is not None:
            for node in self._nodes.get_interrupted():
                self._nodes.cancel(node, self._cancelled_because, RUNNER_DIED)
            self._end_the_rest(self._cancelled_because, GRACE_S)
            return
        for node in self._nodes.get_interrupted():
            self._attempts.settle_failure(node, RUNNER_DIED)
        self._nodes.reopen_groundless()
        self._nodes.settle_planned(self._work)
        for node in self._nodes.get_queued_groups():
            self._groups.go_on(node)
        self._hear(0)  # A cancel that came first keeps everything from starting.

    def _drive(self) -> None:
        while self._advance():
            self._hear(self._patience_s())
        self._hear(0)

    def _has_finished(self) -> bool:
        """The run is over; False: somebody has asked for something meanwhile, so that it goes on."""
        if not self._ready.is_over:
            return False
        try:
            if self._cancelled_because is not None:
                self._journal.run_finished(RunState.CANCELLED, self._cancelled_because)
            else:
                judgement = self._nodes.judge(None)
                self._journal.run_finished(judgement.state, judgement.reason)
        except IllegalMove:
            if not self._look_at_store():
                raise
            return False
        return True

    # -- the loop

    def _advance(self) -> bool:
        """What can be decided is, durably, and free slots are used; whether there is anything left to wait for."""
        while True:
            self._heed_fail_fast()
            if (decided := self._ready.take_decided()) is not None:
                self._decide(*decided)
            elif (group := self._ready.take_complete()) is not None:
                self._groups.end(group)
            elif (node := self._ready.take_next()) is not None:
                # A node that cannot be started is done at once, and that may decide others: look again.
                self._attempts.start(node)
            else:
                self._attempts.submit()
                return not self._ready.is_over

    def _decide(self, node: NodeName, verdict: Verdict) -> None:
        why = self._nodes.get_upstream_reason(node, verdict)
        match verdict:
            case Verdict.FAIL:
                self._nodes.upstream_fail(node, why)
            case Verdict.SKIP:
                self._nodes.skip(node, why)
            case _:
                obstacle = first_obstacle(self._nodes.work[node].conditions, self._nodes.outputs)
                if isinstance(obstacle, NotMet):
                    self._nodes.skip(node, obstacle.reason)
                    return
                if obstacle is None and self._reusing.take(node):
                    return
                because = "; ".join(filter(None, (self._reusing.get_reason(node), why)))
                if self._nodes.is_group_at_once(node):
                    self._groups.begin(node, because)
                else:
                    self._nodes.queue(node, because)

    def _hear(self, timeout_s: float | None) -> None:
        """The first message, if it came in time, and all that were behind it are handled; then timers are seen to."""
        message = self._mailbox.wait(timeout_s)
        while message is not None:
            self._receive(message)
            message = self._mailbox.wait(0)
        now = self._journal.now()
        while (node := self._ready.take_due(now)) is not None:
            self._nodes.queue_again(node)
            if self._nodes.is_group_at_once(node):
                self._groups.go_on(node)
        self._attempts.see_to_timers(now, GRACE_S)

    def _patience_s(self) -> float | None:
        due = [instant for instant in (self._attempts.next_due, self._ready.next_due) if instant is not None]
        return max(0.0, (min(due) - self._journal.now()).total_seconds()) if due else None

    def _receive(self, message: Message) -> None:
        match message:
            case CancelRequested():
                self._cancel(message.reason, message.hurry)
            case Woken():
                self._look_at_store()
            case LeaseLost():
                self._journal.give_up()
                if not isinstance(message.refusal, IllegalMove):  # the store itself is gone
                    raise message.refusal
                raise IllegalMove(
                    f"The run was taken from this runner: {message.refusal.message}",
                    where=f"run {self._journal.run_id}",
                    hint="this runner has stopped; `jupyter dataops show` tells how the run went on",
                ) from message.refusal
            case AttemptSucceeded() | AttemptFailed() | CellFinished():
                self._receive_report(message)

    def _receive_report(self, report: AttemptReport) -> None:
        node = report.job.node
        if not self._attempts.is_running(report.job):
            # A second report, or one of an attempt that is over: what is stored stays.
            _LOG.warning("ignored a late report of attempt %d of `%s`", report.job.attempt, node)
            return
        if isinstance(report, CellFinished):
            self._journal.show(report)
            return
        self._attempts.end(report.job)
        if isinstance(report, AttemptSucceeded):
            self._settle_success(node, report)
        else:
            self._attempts.settle_failure(node, report.failure, report.usage)
        self._attempts.tell_slots_are_free(node)

    def _settle_success(self, node: NodeName, report: AttemptSucceeded) -> None:
        known = ChainMap({node: report.outputs}, self._nodes.outputs)
        objection = self._examine(node, known) if self._examine else None
        if objection is not None:
            self._attempts.settle_failure(node, objection, report.usage)
        elif self._nodes.work[node].expands is Expands.AFTER_ITS_ATTEMPT:
            self._groups.expand_after(node, report.outputs, report.parameters, report.usage)
        else:
            self._nodes.succeed(node, report.outputs, report.usage, self._reusing.get_result(node))

    # -- what others ask for, and the end

    def _look_at_store(self) -> bool:
        """Whether somebody has asked for something there; it is done then."""
        reason = self._journal.get_cancel_reason()
        is_cancelled_now = reason is not None and self._cancelled_because is None
        if reason is not None and is_cancelled_now:
            self._cancelled_because = reason
            self._end_the_rest(reason, GRACE_S)
        reopened = [
            record
            for record in self._journal.get_reopened()
            if record.state is NodeState.PENDING and self._ready.get_state(record.node).is_done
        ]
        self._nodes.take_reopened(reopened)
        self._attempts.try_held()
        return is_cancelled_now or bool(reopened)

    def _cancel(self, reason: str, hurry: bool) -> None:
        if self._cancelled_because is None:
            self._cancelled_because = self._journal.cancel_requested(reason)
            self._end_the_rest(self._cancelled_because, 0.0 if hurry else GRACE_S)
        else:
            self._attempts.stop_all(self._cancelled_because, 0.0)

    def _heed_fail_fast(self) -> None:
        if self._fail_fast and self._nodes.fatal is not None and self._nodes.ending_because is None:
            self._end_the_rest(f"`{self._nodes.fatal}` failed, and the run ends at its first failure", GRACE_S)

    def _end_the_rest(self, reason: str, grace_s: float) -> None:
        """What waits never starts, and what runs is told to stop."""
        self._nodes.ending_because = reason
        for node in self._ready.get_waiting():
            self._nodes.cancel(node, reason)
        self._attempts.stop_all(reason, grace_s)
