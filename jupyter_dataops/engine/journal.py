"""What a runner has to say about its run: stored exactly once, and then shown, in that order.

What follows from one message is noted first, and stored in one transaction: that costs one flush to disk, however many
nodes it starts or ends. Nobody is shown it, nothing runs because of it, and the store is asked nothing, before that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, TypeVar

from jupyter_dataops.engine.models import Observer
from jupyter_dataops.errors import IllegalMove, StoreError, StoreUnavailable
from jupyter_dataops.events import (
    Event,
    NodeReopened,
    RunCancelRequested,
    RunFinished,
    RunResumed,
    RunStarted,
)
from jupyter_dataops.ids import NodeName, RunId, Token, new_token
from jupyter_dataops.interfaces import CellFinished, Clock, RunStore
from jupyter_dataops.records import NodeRunRecord, RunnerRecord, RunRecord, SlotHolder
from jupyter_dataops.states import RunState

_LOG = logging.getLogger(__name__)

PAUSES_S: Final = (0.1, 0.3, 1.0, 3.0, 5.0, 10.0, 20.0, 20.0)
"""How long to wait between tries while the store does not answer: about a minute in all."""

_NEED_NO_TOKEN = (RunStarted, RunResumed, RunCancelRequested, NodeReopened)

_MOST_NOTES = 200
"""How many events one transaction stores: other runs wait meanwhile, for about 0.1 s."""

Answer = TypeVar("Answer")


class Journal:
    """Says each fact about one run: durable in the store first, then to the observer.

    A store that does not answer is tried again for about a minute. Whether a change that it reported as failed was
    written all the same is looked up before each further try, so that nothing is said twice.

    Every method raises `IllegalMove` where the run is no longer this runner's, and `StoreUnavailable`. An observer that
    raises is logged and otherwise without effect: who watches a run cannot break it.

    Parameters
    ----------
    by
        Who acts, for what this runner asks for on its own behalf.
    pause
        Waits for so many seconds.
    """

    def __init__(
        self,
        run_id: RunId,
        store: RunStore,
        clock: Clock,
        *,
        by: str,
        observer: Observer | None,
        pause: Callable[[float], None],
    ) -> None:
        self.run_id = run_id
        self._store = store
        self._clock = clock
        self.by = by
        self._observer = observer
        self._has_observer_failed = False
        self._pause = pause
        self._token: Token | None = None
        self._notes: list[Event] = []
        self._latest: list[tuple[str, NodeName | None, datetime]] = []
        self._seen_seq = 0

    def now(self) -> datetime:
        """The present instant."""
        return self._clock.now()

    # -- having the run

    def start_run(self, control: str, runner: RunnerRecord, lease_s: float) -> str | None:
        """The queued run is this runner's; the reason, if it was cancelled before anybody took it."""
        token, at = new_token(), self.now()
        until = at + timedelta(seconds=lease_s)
        try:
            self.say(
                RunStarted(run_id=self.run_id, at=at, token=token, control=control, runner=runner, lease_until=until)
            )
        except IllegalMove:
            run = self.get_run()
            if run.token is not None:
                raise _taken(run, "has been started") from None
            if run.state is not RunState.CANCELLING:
                raise
            return run.reason or "somebody asked for it"
        self._token = token
        return None

    def resume_run(self, control: str, runner: RunnerRecord, lease_s: float) -> str | None:
        """The crashed run is this runner's; the reason, if it was being cancelled when its last runner died."""
        token, at = new_token(), self.now()
        until = at + timedelta(seconds=lease_s)
        event = RunResumed(
            run_id=self.run_id, at=at, token=token, control=control, runner=runner, lease_until=until, by=self.by
        )
        try:
            self.say(event)
        except IllegalMove:
            run = self.get_run()
            if run.state not in {RunState.RUNNING, RunState.CANCELLING}:
                raise
            raise _taken(run, "is being resumed") from None
        self._token = token
        return self._get_unheeded_cancel()

    @property
    def token(self) -> Token | None:
        """What shows that the run is this runner's; `None`: nobody has taken it."""
        return self._token

    def get_run(self) -> RunRecord:
        """The run as stored."""
        return self.patiently(lambda: self._store.get_run(self.run_id))

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

    def get_reopened(self) -> Sequence[NodeRunRecord]:
        """Node runs as stored, if any has been opened again since the last look; else none.

        Costs what has happened since that look: the node runs themselves, which may be thousands, are seldom read.
        """
        events = self.patiently(lambda: self._store.get_events(self.run_id, self._seen_seq))
        self._seen_seq = events[-1].seq if events else self._seen_seq
        if not any(event.kind == NodeReopened.__name__ for event in events):
            return ()
        return self.patiently(lambda: self._store.get_node_runs(self.run_id))

    def _get_unheeded_cancel(self) -> str | None:
        # A cancel that was heeded ended the run: such a run is not resumed.
        events = self.patiently(lambda: self._store.get_events(self.run_id))
        asked = (event for event in events if event.kind == RunCancelRequested.__name__)
        return next((str(event.data["reason"]) for event in asked), None)

    # -- what is said

    def cancel_requested(self, reason: str) -> str:
        """The run is ``cancelling``; the reason that counts, which is the first one given."""
        try:
            self.say(RunCancelRequested(run_id=self.run_id, at=self.now(), reason=reason, by=self.by))
        except IllegalMove:
            earlier = self.get_cancel_reason()
            if earlier is None:
                raise
            return earlier
        return reason

    def run_finished(self, state: RunState, reason: str) -> None:
        """The run is in the terminal `state`. Raises `IllegalMove` where somebody has asked for something meanwhile."""
        self.say(RunFinished(run_id=self.run_id, at=self.now(), state=state, reason=reason))

    def run_crashed(self, error: BaseException) -> None:
        """The run is ``crashed``, if it is this runner's and the store answers at once.

        Where it does not, the next command that looks at the run finds its runner gone.
        """
        if self._token is None:
            return
        reason = f"the runner stopped: {type(error).__name__}: {error}"
        event = RunFinished(run_id=self.run_id, at=self.now(), state=RunState.CRASHED, reason=reason)
        notes, self._notes = tuple(self._notes), []
        for events in filter(None, (notes, (event,))):
            with suppress(StoreError):
                self._store.apply_all(events, self._token)
                for one in events:
                    self.show(one)

    def give_up(self) -> None:
        """The run is somebody else's: nothing more is said about it."""
        self._token = None

    def say(self, event: Event) -> None:
        """`event`, after everything noted, is durable, once, and shown. Raises `IllegalMove` about `event` alone."""
        self.say_noted()
        self._say((event,))

    def note(self, event: Event) -> None:
        """`event` will be durable, once, and shown, in order, by the time `say_noted` returns."""
        self._notes.append(event)
        if len(self._notes) >= _MOST_NOTES:
            self.say_noted()

    def say_noted(self) -> None:
        """Everything noted is durable, all in one transaction, and shown."""
        notes, self._notes = tuple(self._notes), []
        if notes:
            self._say(notes)

    def _say(self, events: Sequence[Event]) -> None:
        token = None if isinstance(events[0], _NEED_NO_TOKEN) else self._token
        try:
            self._store.apply_all(events, token)
        except StoreUnavailable as error:
            self._say_again(events, token, error)
        for event in events:
            self._remember(event)
        for event in events:
            self.show(event)

    def show(self, fact: Event | CellFinished) -> None:
        """The observer has seen `fact`."""
        if self._observer is None:
            return
        try:
            self._observer(fact)
        except Exception:  # noqa: BLE001  # whatever it is, it is the observer's, not the run's
            if not self._has_observer_failed:
                _LOG.exception("an observer of run %s failed; further failures are not told", self.run_id)
            self._has_observer_failed = True

    # -- slots

    def take_slots(self, node: NodeName, wanted: Mapping[str, int], sizes: Mapping[str, int]) -> Sequence[SlotHolder]:
        """Slots of pools are taken; or who has them. See `RunStore.take_slots`."""
        token = self._token
        if token is None:
            raise IllegalMove(f"Run {self.run_id} is not this runner's", hint="take the run first")
        return self.patiently(lambda: self._store.take_slots(self.run_id, token, node, wanted, sizes, self.now()))

    # -- patience

    def patiently(self, ask: Callable[[], Answer]) -> Answer:
        """What the store answers, once it knows all that was noted; it may need several tries and calls of `ask`."""
        self.say_noted()
        for pause_s in PAUSES_S:
            try:
                return ask()
            except StoreUnavailable as error:
                self._wait(pause_s, error)
        return ask()

    def _say_again(self, events: Sequence[Event], token: Token | None, error: StoreUnavailable) -> None:
        for pause_s in PAUSES_S:
            self._wait(pause_s, error)
            try:
                if self._is_written(events[-1]):
                    return
                self._store.apply_all(events, token)
            except StoreUnavailable as again:
                error = again
            except IllegalMove:
                # Refused because the try before was written after all, later than it was looked for?
                if not self.patiently(lambda: self._is_written(events[-1])):
                    raise
                return
            else:
                return
        raise error

    def _wait(self, pause_s: float, error: StoreUnavailable) -> None:
        _LOG.warning("run %s: the store does not answer, trying again in %g s: %s", self.run_id, pause_s, error)
        self._pause(pause_s)

    def _is_written(self, event: Event) -> bool:
        # The last of several stands for all: they were written together, or not at all.
        if isinstance(event, RunStarted | RunResumed):
            return self._store.get_run(self.run_id).token == event.token
        key = _key(event)
        stored = [(other.kind, other.node, other.at) for other in self._store.get_events(self.run_id)]
        return stored.count(key) > self._latest.count(key)

    def _remember(self, event: Event) -> None:
        # Two alike at one instant are told apart by their number: the clock may be coarse, or stand still in a test.
        if self._latest and self._latest[-1][2] != event.at:
            self._latest.clear()
        self._latest.append(_key(event))


def _key(event: Event) -> tuple[str, NodeName | None, datetime]:
    return type(event).__name__, getattr(event, "node", None), event.at


def _taken(run: RunRecord, what_happens: str) -> IllegalMove:
    return IllegalMove(
        f"Run {run.run_id} {what_happens} by another process",
        hint=f"leave it to that one; `jupyter dataops show {run.run_id}` tells how it goes on",
    )
