"""What the coordinator has to say about its run, stored and then shown, in that order."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from jupyter_dataops.engine.models import Observer
from jupyter_dataops.errors import IllegalMove, StoreError
from jupyter_dataops.events import (
    Event,
    NodeCancelled,
    NodeFailed,
    NodeQueued,
    NodeRetrying,
    NodeReused,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    NodeUpstreamFailed,
    RunCancelRequested,
    RunFinished,
    RunStarted,
)
from jupyter_dataops.ids import NodeName, RunId, Token, new_token
from jupyter_dataops.interfaces import CellFinished, Clock, RunStore
from jupyter_dataops.records import Failure, OutputRecord, RunRecord
from jupyter_dataops.states import RunState

_LOG = logging.getLogger(__name__)


class Journal:
    """Says each fact about one run: durable in the store first, then to the observer, stamped with the clock's time.

    Every method raises `IllegalMove` where the run is no longer this runner's, and `StoreUnavailable`. An observer that
    raises is logged and otherwise without effect: who watches a run cannot break it.
    """

    def __init__(self, run_id: RunId, store: RunStore, clock: Clock, observer: Observer | None) -> None:
        self.run_id = run_id
        self._store = store
        self._clock = clock
        self._observer = observer
        self._token: Token | None = None

    def now(self) -> datetime:
        """The present instant."""
        return self._clock.now()

    def take_run(self, control: str) -> str | None:
        """The run is this runner's; the reason, if it was cancelled before anybody took it."""
        token = new_token()
        try:
            self._say(RunStarted(run_id=self.run_id, at=self.now(), token=token, control=control))
        except IllegalMove:
            run = self._store.get_run(self.run_id)
            if run.state is not RunState.CANCELLING or run.token is not None:
                raise
            return run.reason or "somebody asked for it"
        self._token = token
        return None

    def get_run(self) -> RunRecord:
        """The run as stored."""
        return self._store.get_run(self.run_id)

    def get_cancel_reason(self) -> str | None:
        """Why somebody asked, through the store, for the run to end; `None` if nobody did.

        Raises
        ------
        IllegalMove
            Somebody else took the run, or ended it.
        """
        run = self.get_run()
        if run.token != self._token or run.state.is_terminal:
            raise IllegalMove(
                f"Run {run.run_id} is {run.state} and no longer this runner's",
                hint="this runner has stopped; start a new run with `jupyter dataops retry`",
            )
        return (run.reason or "somebody asked for it") if run.state is RunState.CANCELLING else None

    def cancel_requested(self, reason: str) -> str:
        """The run is ``cancelling``; the reason that counts, which is the first one given."""
        try:
            self._say(RunCancelRequested(run_id=self.run_id, at=self.now(), reason=reason))
        except IllegalMove:
            earlier = self.get_cancel_reason()
            if earlier is None:
                raise
            return earlier
        return reason

    def run_finished(self, state: RunState, reason: str) -> None:
        """The run is in the terminal `state`; ``cancelled`` if somebody asked for that after the last node."""
        try:
            self._say(RunFinished(run_id=self.run_id, at=self.now(), state=state, reason=reason))
        except IllegalMove:
            cancelled_because = self.get_cancel_reason()
            if cancelled_because is None or state is RunState.CANCELLED:
                raise
            self.run_finished(RunState.CANCELLED, cancelled_because)

    def run_crashed(self, error: BaseException) -> None:
        """The run is ``crashed``, if it is this runner's and the store still answers.

        Where it does not, the next command that looks at the run finds its runner gone.
        """
        if self._token is not None:
            with suppress(StoreError):
                self.run_finished(RunState.CRASHED, f"the runner stopped: {type(error).__name__}: {error}")

    def queued(self, node: NodeName, reason: str) -> None:
        """`node` waits for a slot."""
        self._say(NodeQueued(run_id=self.run_id, at=self.now(), node=node, reason=reason))

    def started(self, node: NodeName, attempt: int, token: Token, notebook: str, log: str) -> datetime:
        """An attempt began; the instant is returned."""
        at = self.now()
        self._say(
            NodeStarted(run_id=self.run_id, at=at, node=node, attempt=attempt, token=token, notebook=notebook, log=log)
        )
        return at

    def progressed(self, report: CellFinished) -> None:
        """A cell ended; shown, not stored."""
        self._show(report)

    def succeeded(self, node: NodeName, outputs: Mapping[str, OutputRecord]) -> None:
        """The attempt ended well."""
        self._say(NodeSucceeded(run_id=self.run_id, at=self.now(), node=node, outputs=outputs))

    def retrying(self, node: NodeName, failure: Failure, not_before: datetime, reason: str) -> None:
        """The attempt failed; another will start."""
        self._say(
            NodeRetrying(
                run_id=self.run_id, at=self.now(), node=node, failure=failure, not_before=not_before, reason=reason
            )
        )

    def failed(self, node: NodeName, failure: Failure, reason: str) -> None:
        """The last attempt failed."""
        self._say(NodeFailed(run_id=self.run_id, at=self.now(), node=node, failure=failure, reason=reason))

    def reused(self, node: NodeName, source: RunId, outputs: Mapping[str, OutputRecord], reason: str) -> None:
        """An earlier result holds."""
        self._say(
            NodeReused(
                run_id=self.run_id, at=self.now(), node=node, source_run_id=source, outputs=outputs, reason=reason
            )
        )

    def skipped(self, node: NodeName, reason: str) -> None:
        """A condition, a trigger rule or the plan said no."""
        self._say(NodeSkipped(run_id=self.run_id, at=self.now(), node=node, reason=reason))

    def upstream_failed(self, node: NodeName, reason: str) -> None:
        """A node it needs failed."""
        self._say(NodeUpstreamFailed(run_id=self.run_id, at=self.now(), node=node, reason=reason))

    def cancelled(self, node: NodeName, reason: str, failure: Failure | None = None) -> None:
        """Stopped, or never started."""
        self._say(NodeCancelled(run_id=self.run_id, at=self.now(), node=node, reason=reason, failure=failure))

    def _say(self, event: Event) -> None:
        needs_no_token = isinstance(event, RunStarted | RunCancelRequested)
        self._store.apply(event, None if needs_no_token else self._token)
        self._show(event)

    def _show(self, fact: Event | CellFinished) -> None:
        if self._observer is None:
            return
        try:
            self._observer(fact)
        except Exception:  # noqa: BLE001  # whatever it is, it is the observer's, not the run's
            _LOG.exception("an observer of run %s failed on %s", self.run_id, type(fact).__name__)
