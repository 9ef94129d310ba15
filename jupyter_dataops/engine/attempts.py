"""Starting one attempt, watching its time, and what follows when it ends badly."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from jupyter_dataops.crash_points import reach
from jupyter_dataops.engine.conditions import Undecidable, first_obstacle
from jupyter_dataops.engine.failures import cancelled, config_invalid, timed_out, undecidable
from jupyter_dataops.engine.journal import Journal
from jupyter_dataops.engine.models import MakeJob
from jupyter_dataops.engine.nodes import Nodes
from jupyter_dataops.engine.pools import PoolLines, reason_to_wait
from jupyter_dataops.engine.retry import GiveUp, TryAgain, next_attempt
from jupyter_dataops.engine.reusing import Reusing
from jupyter_dataops.errors import DataOpsError, StoreError
from jupyter_dataops.ids import NodeName, new_token
from jupyter_dataops.interfaces import Executor, NodeJob, Report
from jupyter_dataops.records import Failure, Usage
from jupyter_dataops.states import FailureCause, NodeState

_LOG = logging.getLogger(__name__)


class _Attempt(Struct):
    """A running attempt; `is_stopping` once its executor was told to end it."""

    job: NodeJob
    deadline: datetime | None
    is_stopping: bool = False


class Attempts:
    """The attempts that run now, and the nodes that wait for slots of a pool.

    Parameters
    ----------
    report
        Where the executor reports to.
    wake_others
        Tells other runs that slots are free.
    """

    def __init__(
        self,
        nodes: Nodes,
        journal: Journal,
        executor: Executor,
        make_job: MakeJob,
        *,
        reusing: Reusing,
        report: Report,
        pool_sizes: Mapping[str, int],
        wake_others: Callable[[], None],
    ) -> None:
        self._nodes = nodes
        self._journal = journal
        self._executor = executor
        self._make_job = make_job
        self._reusing = reusing
        self._report = report
        self._pool_sizes = pool_sizes
        self._wake_others = wake_others
        self._pools = PoolLines()
        self._running: dict[NodeName, _Attempt] = {}
        self._begun: list[NodeJob] = []
        """Noted as started, and not submitted yet."""

    @property
    def next_due(self) -> datetime | None:
        """When the first timeout or lease runs out."""
        due = [attempt.deadline for attempt in self._running.values() if attempt.deadline and not attempt.is_stopping]
        if self._pools.next_due is not None:
            due.append(self._pools.next_due)
        return min(due, default=None)

    def start(self, node: NodeName) -> None:
        """The next attempt of `node`, whose turn it is, begins with `submit`; or `node` is held, reused, or failed."""
        obstacle = first_obstacle(self._nodes.work[node].conditions, self._nodes.outputs)
        if isinstance(obstacle, Undecidable):
            self._nodes.refuse(node, undecidable(obstacle.reason))
            return
        self._reusing.prepare(node)
        try:
            if not self._has_slots(node):
                return
            # Looked for again: while it waited, another run may have computed the same.
            if self._reusing.get_claim(node) and self._reusing.take(node):
                self.tell_slots_are_free(node)
                return
            token = new_token()
            job = self._make_job(node, self._nodes.records[node].attempt + 1, token, self._nodes.outputs)
        except StoreError:
            raise
        except DataOpsError as error:
            self._nodes.refuse(node, config_invalid(error))
            self.tell_slots_are_free(node)
            return
        at = self._nodes.start(node, token, str(job.output_path), str(job.log_path))
        timeout_s = self._nodes.work[node].timeout_s
        deadline = None if timeout_s is None else at + timedelta(seconds=timeout_s)
        self._running[node] = _Attempt(job, deadline)
        self._begun.append(job)
        self._queue_again(self._pools.take_next(self._wanted(node)))

    def submit(self) -> None:
        """What has begun is durable, and then runs."""
        self._journal.say_noted()
        begun, self._begun = self._begun, []
        for job in begun:
            self._executor.submit(job, self._report)

    def is_running(self, job: NodeJob) -> bool:
        """The attempt of `job` is the present one of its node, and has not ended."""
        attempt = self._running.get(job.node)
        return attempt is not None and attempt.job.token == job.token

    def end(self, job: NodeJob) -> None:
        """The running attempt has ended."""
        del self._running[job.node]

    def settle_failure(self, node: NodeName, failure: Failure, usage: Usage | None = None) -> None:
        """What follows the failure of an attempt of `node` is stored: another one, or the end."""
        if failure.cause is FailureCause.CANCELLED:
            self._nodes.cancel(node, failure.evalue or "its attempt was cancelled", failure, usage)
            return
        record = self._nodes.records[node]
        follows = next_attempt(
            self._nodes.work[node].retry,
            failure,
            run_id=self._journal.run_id,
            node=node,
            attempt=record.attempt,
            infra_failures=record.infra_failures,
            opened_after=record.opened_after,
            now=self._journal.now(),
        )
        match follows:
            case GiveUp(reason):
                self._nodes.fail(node, failure, reason, usage)
            case TryAgain() if self._nodes.ending_because is not None:
                reason = f"{failure.headline}; not tried again: the run is ending"
                self._nodes.fail(node, failure, reason, usage)
            case TryAgain(not_before, reason):
                self._nodes.retry(node, failure, not_before, reason, usage)

    def stop_all(self, reason: str, grace_s: float) -> None:
        """Every running attempt is told to end, and is killed after `grace_s`."""
        self.submit()  # What an executor does not know it cannot stop.
        for attempt in self._running.values():
            attempt.is_stopping = True
            self._executor.stop(attempt.job, cancelled(reason), grace_s)

    def see_to_timers(self, now: datetime, grace_s: float) -> None:
        """Attempts that have taken too long are stopped; who waits for slots of a dead runner asks again."""
        for node, attempt in self._running.items():
            if attempt.deadline is not None and attempt.deadline <= now and not attempt.is_stopping:
                attempt.is_stopping = True
                self._executor.stop(attempt.job, timed_out(self._nodes.work[node].timeout_s), grace_s)
        if self._pools.next_due is not None and self._pools.next_due <= now:
            self.try_held()

    def try_held(self) -> None:
        """Slots of pools may have become free: who waited for them longest is queued again."""
        for node in self._pools.release():
            self._queue_again(node)

    def tell_slots_are_free(self, node: NodeName) -> None:
        """An attempt of `node` has ended: the slots that it may have had are for others, here and in other runs."""
        if not self._wanted(node):
            return
        self._journal.say_noted()
        self.try_held()
        try:
            self._wake_others()
        except Exception:  # noqa: BLE001  # they ask again by themselves, later
            _LOG.exception("run %s could not tell other runs that slots are free", self._journal.run_id)

    def _wanted(self, node: NodeName) -> Mapping[str, int]:
        return {**self._nodes.work[node].pools, **self._reusing.get_claim(node)}

    def _has_slots(self, node: NodeName) -> bool:
        wanted = self._wanted(node)
        if not wanted:
            return True
        reason = self._pools.get_reason_to_wait(wanted)
        if reason is None:
            holders = self._journal.take_slots(node, wanted, self._pool_sizes)
            if not holders:
                reach("slots taken")
                return True
            # Slots of this run come back with a report: only those of others may do so silently.
            leases = [holder.lease_until for holder in holders if holder.run_id != self._journal.run_id]
            reason = reason_to_wait(holders, self._pool_sizes, self._journal.run_id)
            self._pools.block(wanted, reason, min(leases, default=None))
        self._pools.join(node, wanted)
        self._nodes.hold(node, reason)
        return False

    def _queue_again(self, node: NodeName | None) -> None:
        if node is not None and self._nodes.ready.get_state(node) is NodeState.QUEUED:
            self._nodes.ready.queue(node)
