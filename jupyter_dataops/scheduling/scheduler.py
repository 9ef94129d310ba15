"""The loop that starts what is due. Any number of them, in any number of processes, may share a store.

A tick does everything that is to be done now, and says how long nothing will be; `Scheduler.run` goes from tick to
tick. Nothing is remembered that cannot be read again: who is killed, at any instant, is succeeded by another service.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from msgspec.structs import replace

from jupyter_dataops.errors import DataOpsError, StoreUnavailable
from jupyter_dataops.ids import RunId, ScheduleId, Token, new_run_id, new_token
from jupyter_dataops.interfaces import Clock, ScheduleStore
from jupyter_dataops.notices.wanted import Receiver, called_for_by_missed
from jupyter_dataops.records import FireRecord, OpenFire, RunnerRecord, ScheduleRecord, ServiceRecord, Turn
from jupyter_dataops.schedules.due import decide
from jupyter_dataops.schedules.facts import Decision
from jupyter_dataops.schedules.triggers import Trigger
from jupyter_dataops.schedules.wording import instant_in_words
from jupyter_dataops.scheduling.agenda import Agenda
from jupyter_dataops.scheduling.attending import at_work, attend, waiting
from jupyter_dataops.scheduling.causes import cause_of
from jupyter_dataops.scheduling.deciding import (
    Claimant,
    Schedule,
    Signals,
    ended_for,
    facts_of,
    next_of_batches,
    signals_of,
    times_of,
    turn_of,
)
from jupyter_dataops.scheduling.known import Known
from jupyter_dataops.scheduling.launching import Launcher
from jupyter_dataops.scheduling.pace import BATCH, RETRY_S, Pace
from jupyter_dataops.scheduling.polling import Polls
from jupyter_dataops.scheduling.starting import Key, Starter
from jupyter_dataops.scheduling.telling import tell_ends
from jupyter_dataops.states import FireFate, RunState

_LOG: Final = logging.getLogger(__name__)


class Scheduler:
    """Decides, claims and starts what is due.

    Parameters
    ----------
    submit
        Does a piece of work later, in a thread of its own; at once, in a test.
    max_active
        So many runs of all schedules of the store have a process at the same time; others are made, and wait.
    find_dead
        Finds runs whose runner has died, and says so in the store.
    polls
        Looks at files and conditions; `None`: nobody does.
    receivers_of
        Whom a schedule tells that it missed something; asked only then. Raises nothing.
    each
        What is done besides in each tick. Returns at once, and raises nothing.

    Notes
    -----
    A tick costs what is due and what is on its way, however much has been.
    """

    def __init__(
        self,
        store: ScheduleStore,
        launcher: Launcher,
        clock: Clock,
        runner: RunnerRecord,
        *,
        submit: Callable[[Callable[[], None]], object],
        max_active: int,
        find_dead: Callable[[], object] = lambda: None,
        polls: Polls | None = None,
        pace: Pace | None = None,
        new_id: Callable[[], RunId] = new_run_id,
        receivers_of: Callable[[ScheduleRecord], Sequence[Receiver]] = lambda _: (),
        each: Callable[[], None] = lambda: None,
    ) -> None:
        self.token: Token = new_token()
        self._store = store
        self._launcher = launcher
        self._clock = clock
        self._runner = runner
        self._find_dead = find_dead
        self._polls = polls
        self._pace = pace or Pace()
        self._lease = self._pace.lease
        self._max_active = max_active
        self._new_id = new_id
        self._receivers_of = receivers_of
        self._each = each
        self._starter = Starter(store, launcher, submit, self.wake)
        self._agenda = Agenda()
        self._known = Known(store, self._agenda)
        self._service: ServiceRecord | None = None
        self._dead_at: datetime | None = None
        self._woken: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stopping = False

    # -- from tick to tick

    def run(self) -> None:
        """Start what is due until `stop`.

        Raises
        ------
        DataOpsError
            What no retry helps against: the store was removed, say.
        """
        while not self._stopping:
            begun = time.monotonic()
            try:
                pause_s = self.tick()
                self._sleep(pause_s, rest_s=2 * (time.monotonic() - begun))
            except StoreUnavailable as error:
                _LOG.warning("%s", error)
                self._wait(RETRY_S)
            except DataOpsError:
                raise
            except Exception:  # noqa: BLE001 - a defect is not to end what others rely on at night
                _LOG.exception("a defect of the service; it goes on")
                self._wait(RETRY_S)
        self._finish()

    def wake(self) -> None:
        """Look at once; from any thread, or a signal handler."""
        self._woken.put(None)

    def stop(self) -> None:
        """End after the tick that goes on; from any thread, or a signal handler."""
        self._stopping = True
        self.wake()

    def close(self) -> None:
        """The service is there no more; what it had claimed and not started is another's at once."""
        with suppress(StoreUnavailable):
            self._store.remove_service(self.token, self._clock.now())

    def _sleep(self, pause_s: float, rest_s: float) -> None:
        # Where a thousand runs begin at once, each wakes the loop: it rests for longer than it works, so that they can.
        # What has come of them is stored meanwhile, which is cheap; a tick reads all that is on its way.
        end = time.monotonic() + min(pause_s, rest_s, self._pace.look_s)
        is_woken = self._wait(pause_s)
        while is_woken and not self._stopping and time.monotonic() < end:
            self._settle()
            is_woken = self._wait(end - time.monotonic())

    def _wait(self, seconds: float) -> bool:
        """Whether somebody woke the loop within that time."""
        with suppress(queue.Empty):
            self._woken.get(timeout=max(0.0, seconds))
            with suppress(queue.Empty):
                while True:
                    self._woken.get_nowait()
            return True
        return False

    def _finish(self) -> None:
        """What is on its way here is started, as far as there is room; what waits is another service's."""
        mine = {fire.key for fire in self._starter.in_hand}
        try:
            while self._starter.in_hand:
                self._wait(self._pace.look_s)
                self._start_made(self._clock.now(), only=mine)
        except StoreUnavailable as error:
            _LOG.warning("%s", error)

    def tick(self) -> float:
        """Everything that is due was done; how many seconds nothing will be, unless somebody writes to the store."""
        now = self._clock.now()
        self._beat(now)
        self._read()
        self._attend(now)
        self._bury(now)
        if self._polls is not None:
            self._polls.look(now)
        self._decide(now)
        self._start_made(now)
        self._each()
        return self._pause_s()

    def _pause_s(self) -> float:
        if self._agenda.has_due:
            return 0.0
        now = self._clock.now()
        moments = [self._agenda.next_at, self._polls.next_at if self._polls is not None else None]
        if self._service is not None:
            moments.append(self._service.lease_until - 2 * self._lease / 3)
        if self._dead_at is not None:
            moments.append(self._dead_at + timedelta(seconds=self._pace.dead_s))
        pauses = [(moment - now).total_seconds() for moment in moments if moment is not None]
        leases = (one.fire.lease_until for one in self._known.fires)
        pauses += [(lease - now).total_seconds() for lease in leases if lease is not None and lease > now]
        return max(0.0, min([*pauses, self._pace.look_s]))

    # -- the steps of a tick

    def _beat(self, now: datetime) -> None:
        """The store knows that this service is there, and since when there has been one without a pause."""
        mine, third = self._service, self._lease / 3
        if mine is not None and mine.lease_until - 3 * third <= now < mine.lease_until - 2 * third:
            return
        others = [one for one in self._store.get_services(now) if one.token != self.token]
        since = [one.watched_since for one in others]
        if mine is not None and now < mine.lease_until:
            since.append(mine.watched_since)
        self._service = ServiceRecord(
            token=self.token,
            runner=self._runner,
            started_at=mine.started_at if mine is not None else now,
            watched_since=min([*since, now]),
            lease_until=now + self._lease,
        )
        self._store.renew_service(self._service)
        held = [*self._starter.in_hand, *self._waiting(now)]
        if held:
            self._store.renew_claims(held, self.token, self._service.lease_until)

    def _waiting(self, now: datetime) -> list[FireRecord]:
        """Fires of this service whose runs are made, and have no process yet, in the order in which they get one."""
        found = waiting(self._known.fires, self.token, now, self._lease)
        return [fire for fire in found if not self._starter.has(fire) and not self._starter.is_left(fire)]

    def _read(self) -> None:
        if self._known.read() and self._polls is not None:
            self._polls.read(self._agenda.schedules)

    def _attend(self, now: datetime) -> None:
        """Runs that ended are noted, and what others have left lying is taken up."""
        lease_until = now + self._lease
        found = attend(self._known.fires, now, self._lease)
        abandoned = [fire for fire in found.abandoned if not self._starter.has(fire)]
        crashed = found.crashed[: self._room(now)] if found.crashed else []
        if found.ended:
            watched = self._service.watched_since if self._service is not None else now
            ended = self._store.end_fires(found.ended, now)
            tell_ends(ended, self._known.fires, self._store.get_schedules_of, watched, now)
        if abandoned:
            taken = self._store.take_over(abandoned, self.token, lease_until)
            for fire in taken:
                at = instant_in_words(fire.fire_time)
                _LOG.info("fire of %s of schedule %s is taken over", at, fire.schedule_id)
            self._starter.start(taken)
        if crashed:
            taken = self._store.take_over(crashed, self.token, lease_until, resumes=True)
            for fire in taken:
                _LOG.info("run %s crashed and is resumed", fire.run_id)
            self._starter.resume(taken)
        if found.ended or abandoned or crashed:
            self._known.changed()
            self._read()

    def _room(self, now: datetime) -> int:
        """For how many runs more there may be processes."""
        return max(0, self._max_active - at_work(self._known.fires, self._starter.launching, now, self._lease))

    def _settle(self) -> None:
        """What has come of fires is stored, and what was read of them before counts no more."""
        if self._starter.has_news:
            self._known.changed()
            self._starter.settle()

    def _start_made(self, now: datetime, only: Collection[Key] | None = None) -> None:
        """What was made is stored, and has a process as soon as there is room."""
        while True:
            self._settle()
            self._read()
            ready = [fire for fire in self._waiting(now) if only is None or fire.key in only]
            ready = ready[: self._room(now)] if ready else []
            if not ready:
                return
            self._starter.launch(ready)

    def _bury(self, now: datetime) -> None:
        """Runs whose runner has died are ``crashed``, so that they can be resumed."""
        if self._dead_at is not None and abs((now - self._dead_at).total_seconds()) < self._pace.dead_s:
            return
        self._dead_at = now
        self._find_dead()

    def _decide(self, now: datetime) -> None:
        due = self._agenda.take_due(now)
        try:
            for start in range(0, len(due), BATCH):
                self._decide_some(due[start : start + BATCH], now)
                self._settle()
        except Exception:
            # What is not stored is not decided: the next tick looks at it again.
            self._agenda.look_now(one.record.schedule_id for one in due)
            raise

    def _decide_some(self, due: Sequence[Schedule], now: datetime) -> None:
        claimant = Claimant(self.token, now + self._lease, self._new_id)
        turns: dict[ScheduleId, Turn] = {}
        ending: list[tuple[Decision, Trigger]] = []
        for one in due:
            record, fires = one.record, self._known.fires_of(one.record.schedule_id)
            decision, signals = self._decision(one, fires, now)
            self._agenda.look_at(record.schedule_id, decision.look_again)
            if decision.verdicts or next_of_batches(fires):
                cause_at = partial(cause_of, one.trigger, signals=signals)
                turn = turn_of(record, decision, fires, claimant, now, cause_at)
                turns[record.schedule_id] = self._telling(record, turn)
                ending.append((decision, one.trigger))
        if not turns:
            return
        # Before it is stored: where this service is killed in between, the next one decides, and asks, the same.
        for decision, trigger in ending:
            self._end_others(decision, trigger)
        stored = self._store.decide([*turns.values()], now)
        self._starter.start([fire for claimed in stored.values() for fire in claimed])
        # What was decided otherwise meanwhile is looked at again when that is read: it has written to the store.
        self._known.changed(turn for turn in turns.values() if turn.schedule_id in stored)

    def _telling(self, record: ScheduleRecord, turn: Turn) -> Turn:
        """The turn, with what somebody is to be told of it."""
        fires = (*turn.new, *turn.changed)
        if not any(fire.fate is FireFate.MISSED for fire in fires):
            return turn
        return replace(turn, notices=tuple(called_for_by_missed(record, fires, self._receivers_of(record))))

    def _decision(self, schedule: Schedule, fires: Sequence[OpenFire], now: datetime) -> tuple[Decision, Signals]:
        """What is to be done now, and what had happened by then."""
        watched = self._service.watched_since if self._service is not None else None
        try:
            signals = signals_of(schedule, self._store.get_signals)
            return decide(facts_of(schedule, fires, times_of(signals), watched), now), signals
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - one schedule is not to take the others with it
            _LOG.exception("schedule %s cannot be decided; it is looked at again in a minute", schedule.record.name)
            return Decision((), schedule.record.considered_until, now + timedelta(minutes=1)), {}

    def _end_others(self, decision: Decision, trigger: Trigger) -> None:
        cancelled, terminated = ended_for(decision, trigger)
        crashed = [
            (one.fire, one.run_state)
            for one in (self._known.fires if cancelled or terminated else ())
            if one.run_state is RunState.CRASHED and one.fire.run_id in {**cancelled, **terminated}
        ]
        if crashed:
            self._store.end_fires(crashed, self._clock.now())  # instead of being resumed
        for end, runs in ((self._launcher.cancel, cancelled), (self._launcher.terminate, terminated)):
            for run_id, reason in runs.items():
                try:
                    end(run_id, reason)
                except StoreUnavailable:
                    raise
                except DataOpsError as error:
                    _LOG.warning("run %s could not be ended: %s", run_id, error)
