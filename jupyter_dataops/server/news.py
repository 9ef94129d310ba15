"""What happens to the runs of the store, told once each to those who are not watching: as events and in numbers.

The loop asks again and again whether anything has been written, which costs microseconds; only then is the store read,
and only what has happened since. Runners that died are found here, too, so that this needs no browser and no command.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import Happening, NodeRunRecord, RunRecord
from jupyter_dataops.server.announcements import Announcement, node_failed, run_ended, run_state
from jupyter_dataops.server.metrics import Metrics
from jupyter_dataops.states import NodeState, RunState

MOST_FAILURES_TOLD: Final = 20
"""Of one run: a failing ``each:`` over thousands must not flood whoever listens."""
_AT_ONCE: Final = 1_000
_DEAD_LOOKED_FOR_S: Final = 2.0

_RUN_STATES: Final = {
    "RunCreated": RunState.QUEUED,
    "RunStarted": RunState.RUNNING,
    "RunResumed": RunState.RUNNING,
    "RunCancelRequested": RunState.CANCELLING,
    "RunCrashed": RunState.CRASHED,
}
"""By the kind of event; ``RunFinished`` may lead to several."""
_NODE_STATES: Final = {
    "NodeSucceeded": NodeState.SUCCEEDED,
    "NodeFailed": NodeState.FAILED,
    "NodeReused": NodeState.REUSED,
    "NodeSkipped": NodeState.SKIPPED,
    "NodeUpstreamFailed": NodeState.UPSTREAM_FAILED,
    "NodeCancelled": NodeState.CANCELLED,
}


class _Going(Struct):
    """What is remembered of a run that has not ended."""

    state: RunState
    started: dict[NodeName, datetime] = field(default_factory=dict)


class News:
    """Follows the store from an event on, by default from its latest.

    Parameters
    ----------
    after
        Number of the event. Where the store has not come that far, it is not the one that was followed before: then
        all that it has is news.
    find_dead
        Has runs whose runner is dead say so; see `jupyter_dataops.api.recovery.find_dead_runs`.
    path_of
        What the front end calls a notebook.
    monotonic
        A clock in seconds.

    Notes
    -----
    Used from one thread at a time.
    """

    def __init__(
        self,
        store: RunStore,
        metrics: Metrics,
        *,
        find_dead: Callable[[], object],
        path_of: Callable[[Path], str | None],
        after: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._metrics = metrics
        self._find_dead = find_dead
        self._path_of = path_of
        self._monotonic = monotonic
        self._version: int | None = None
        last = store.get_last_seq()
        self._after = last if after is None else after if after <= last else 0
        unfinished = [*store.get_active_runs(), *store.get_queued_runs()]
        self._going = {run.run_id: _Going(run.state) for run in unfinished}
        self._failures_told: dict[RunId, int] = {}
        self._looked_for_dead_at: float | None = None

    @property
    def after(self) -> int:
        """Number of the last event of which all has been told."""
        return self._after

    @property
    def is_due(self) -> bool:
        """Whether a look may find anything. Costs microseconds, so the loop's thread may ask."""
        return self._is_time_to_look_for_dead() or self._store.get_data_version() != self._version

    def glance(self) -> int | None:
        """`RunStore.get_data_version` while a run goes on, else `None`. As `is_due`, for the loop's thread."""
        goes_on = any(one.state is not RunState.QUEUED for one in self._going.values())
        return self._store.get_data_version() if goes_on else None

    def look(self) -> list[Announcement]:
        """What has happened since, counted, and said for all who listen: not for the loop's thread.

        Where that fails on the way, what was found before is returned, and the next look goes on from there.
        """
        if self._is_time_to_look_for_dead():
            self._looked_for_dead_at = self._monotonic()
            self._find_dead()
        elif not self._going:  # the runner of a run that is seen now was there a moment ago
            self._looked_for_dead_at = self._monotonic()
        # Asked before reading: what is written while we read makes another look.
        self._version = self._store.get_data_version()
        announcements: list[Announcement] = []
        try:
            while found := self._store.get_happenings(self._after, _AT_ONCE):
                for one, told in self._tell(found):
                    announcements += told
                    self._after = one.seq
        except DataOpsError:
            if not announcements:
                raise
            self._version = None  # so that somebody looks again
        self._metrics.running_runs.set(sum(one.state is not RunState.QUEUED for one in self._going.values()))
        return announcements

    def close(self) -> None:
        """Release the store."""
        self._store.close()

    def _is_time_to_look_for_dead(self) -> bool:
        if not self._going:
            return False
        last = self._looked_for_dead_at
        return last is None or self._monotonic() - last >= _DEAD_LOOKED_FOR_S

    def _tell(self, found: Sequence[Happening]) -> Iterator[tuple[Happening, Sequence[Announcement]]]:
        runs = {run_id: self._store.get_run(run_id) for run_id in {one.run_id for one in found}}
        failed = self._failures_to_tell(found)
        for one in found:
            run = runs[one.run_id]
            if one.node is None:
                yield one, self._tell_of_run(one, run)
                continue
            self._count_node(one)
            if one.seq in failed:
                self._failures_told[run.run_id] = self._failures_told.get(run.run_id, 0) + 1
                yield one, [node_failed(run, self._path_of(Path(run.notebook)), failed[one.seq], one.at)]
            else:
                yield one, ()

    def _tell_of_run(self, one: Happening, run: RunRecord) -> Sequence[Announcement]:
        state = _state_after(one, run)
        if state is None:
            return ()
        changed = run_state(run, self._path_of(Path(run.notebook)), state, one)
        if not state.is_terminal:
            self._going.setdefault(run.run_id, _Going(state)).state = state
            return [changed]
        # Read before anything is counted: what fails here is told, and counted, by another look.
        overview = self._store.get_overviews([run.run_id]).get(run.run_id)
        self._going.pop(run.run_id, None)
        self._failures_told.pop(run.run_id, None)
        self._metrics.runs.labels(state).inc()
        if run.started_at is not None and run.finished_at is not None:
            self._metrics.run_seconds.labels(state).observe((run.finished_at - run.started_at).total_seconds())
        return [changed, run_ended(run, self._path_of(Path(run.notebook)), state, overview)]

    def _count_node(self, one: Happening) -> None:
        going = self._going.get(one.run_id)
        if one.kind == "NodeStarted" and going is not None and one.node is not None:
            going.started[one.node] = one.at
        state = _NODE_STATES.get(one.kind)
        if state is None:
            return
        self._metrics.node_runs.labels(state).inc()
        began = going.started.pop(one.node, None) if going is not None and one.node is not None else None
        if began is not None:
            self._metrics.node_run_seconds.labels(state).observe((one.at - began).total_seconds())

    def _failures_to_tell(self, found: Sequence[Happening]) -> dict[int, NodeRunRecord]:
        """Number of the event to the node that failed with it, of those that are told."""
        wanted: dict[RunId, dict[NodeName, int]] = {}
        for one in found:
            if one.kind != "NodeFailed" or one.node is None:
                continue
            of_run = wanted.setdefault(one.run_id, {})
            if self._failures_told.get(one.run_id, 0) + len(of_run) < MOST_FAILURES_TOLD:
                of_run[one.node] = one.seq
        return {
            seqs[record.node]: record
            for run_id, seqs in wanted.items()
            for record in self._store.get_node_runs(run_id, seqs)
            if record.failure is not None
        }


def _state_after(one: Happening, run: RunRecord) -> RunState | None:
    if one.kind == "RunFinished":
        # A run that has gone on since, as only a crashed one can, had crashed.
        return run.state if run.state.is_terminal else RunState.CRASHED
    return _RUN_STATES.get(one.kind)
