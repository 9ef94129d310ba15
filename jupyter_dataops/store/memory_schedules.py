"""The schedule store in memory: the same contract without a disk, for tests and trials."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.errors import DataOpsError, ScheduleNotFound
from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.records import (
    FireRecord,
    FireStart,
    OpenFire,
    PollRecord,
    ScheduleChange,
    ScheduleRecord,
    ServiceRecord,
    SignalRecord,
    Turn,
)
from jupyter_dataops.states import FireFate, RunState
from jupyter_dataops.store import fire_moves
from jupyter_dataops.store.codec import to_json
from jupyter_dataops.store.memory import MemoryRunStore
from jupyter_dataops.store.publishing import signal_of
from jupyter_dataops.store.schedule_queries import not_found

Key = tuple[ScheduleId, datetime]


class MemoryScheduleStore:
    """A `ScheduleStore` that is forgotten with the process. Safe to use from several threads.

    Parameters
    ----------
    runs
        Where the runs are that its fires start.
    """

    def __init__(self, runs: MemoryRunStore) -> None:
        self._runs = runs
        self._lock = runs.lock
        self._schedules: dict[ScheduleId, ScheduleRecord] = {}
        self._fires: dict[ScheduleId, dict[datetime, FireRecord]] = {}
        self._open: set[Key] = set()
        self._signals: list[SignalRecord] = []
        self._polls: dict[tuple[ScheduleId, str], PollRecord] = {}
        self._services: dict[Token, ServiceRecord] = {}
        self._seq = itertools.count(1)
        self._writes = 0
        runs.shelf.listeners.append(lambda asset: self.add_signal(*signal_of(asset), asset.published_at))

    def add_schedule(self, schedule: ScheduleRecord, by: str, at: datetime) -> ScheduleRecord:
        """Keep a new schedule; see `ScheduleStore.add_schedule`."""
        with self._lock:
            self._require_free(schedule)
            kept = replace(
                schedule,
                seq=next(self._seq),
                **{name: to_json(getattr(schedule, name)) for name in ("trigger", "policy", "parameters", "options")},
            )
            self._schedules[kept.schedule_id] = kept
            self._fires[kept.schedule_id] = {}
            self._note(kept, "add_schedule", by, at, fire_moves.schedule_details(kept))
            return kept

    def apply_changes(self, changes: Sequence[ScheduleChange], by: str, at: datetime) -> None:
        """All of them, or, where one is refused, none; see `DeploymentStore.move_live`."""
        with self._lock:
            schedules, polls, waiting = dict(self._schedules), dict(self._polls), set(self._open)
            fires = {schedule_id: dict(those) for schedule_id, those in self._fires.items()}
            try:
                for change in changes:
                    self._apply(change, by, at)
            except DataOpsError:
                self._schedules, self._fires, self._polls, self._open = schedules, fires, polls, waiting
                raise

    def _apply(self, change: ScheduleChange, by: str, at: datetime) -> None:
        before, after = change.before, change.after
        if before is None:
            self.add_schedule(after, by, at)
            return
        self.change_schedule(before, after, fire_moves.action_of(before, after), by, at)
        if fire_moves.comes_back(before, after):
            for key, poll in list(self._polls.items()):
                if poll.schedule_id == before.schedule_id:
                    self._polls[key] = replace(poll, seen={}, seq=poll.seq + 1)

    def change_schedule(
        self,
        before: ScheduleRecord,
        after: ScheduleRecord,
        action: str,
        by: str,
        at: datetime,
        *,
        turn: Turn | None = None,
    ) -> ScheduleRecord:
        """Make `after` of `before`; see `ScheduleStore.change_schedule`."""
        with self._lock:
            self._require_free(after)
            fire_moves.schedule_after(self.get_schedule(before.schedule_id), before, after, 0)
            if turn is not None and not self.decide([turn], at):
                raise fire_moves.changed_meanwhile(before)
            present = self.get_schedule(before.schedule_id)
            kept = fire_moves.schedule_after(present, before, after, next(self._seq))
            self._schedules[kept.schedule_id] = kept
            if kept.removed_at is not None:
                for one in (one for one in self._open_of(kept.schedule_id) if one.fate is FireFate.BUFFERED):
                    self._keep(replace(one, fate=FireFate.SKIPPED, reason=fire_moves.REMOVED))
            self._note(kept, action, by, at, fire_moves.edit_details(before, kept))
            return kept

    def add_fires(
        self, schedule: ScheduleRecord, fires: Sequence[FireRecord], action: str, by: str, at: datetime
    ) -> Sequence[FireRecord]:
        """Keep fires that somebody asks for; see `ScheduleStore.add_fires`."""
        with self._lock:
            present = self.get_schedule(schedule.schedule_id)
            if present.removed_at is not None:
                raise fire_moves.removed(present)
            kept = fire_moves.asked_fires(fires, self.find_fires(schedule.schedule_id, [f.fire_time for f in fires]))
            for fire in kept:
                self._keep(replace(fire, parameters=to_json(fire.parameters)))
            self._schedules[present.schedule_id] = replace(present, seq=next(self._seq))
            self._note(present, action, by, at, fire_moves.asked_details(kept))
            return kept

    def decide(self, turns: Sequence[Turn], at: datetime) -> Mapping[ScheduleId, Sequence[FireRecord]]:  # noqa: ARG002
        """Store what was decided; see `ScheduleStore.decide`."""
        taken = {}
        with self._lock:
            for turn in turns:
                present = self._schedules.get(turn.schedule_id)
                if present is None or not fire_moves.is_current(present, turn):
                    continue
                times = [fire.fire_time for fire in (*turn.new, *turn.changed)]
                there = {(turn.schedule_id, at): one for at, one in self.find_fires(turn.schedule_id, times).items()}
                answer = fire_moves.turn_taken(present, turn, there, next(self._seq))
                self._schedules[turn.schedule_id] = answer.schedule
                for fire in (*answer.new, *answer.changed):
                    self._keep(fire)
                self._runs.keep_notices(answer.told(turn))
                taken[turn.schedule_id] = answer.claimed
                self._writes += 1
        return taken

    def start_fires(self, starts: Sequence[FireStart]) -> Sequence[FireRecord]:
        """The fires are started and their runs made; see `ScheduleStore.start_fires`."""
        with self._lock:
            return [fire for fire in map(self._start, starts) if fire is not None]

    def _start(self, start: FireStart) -> FireRecord | None:
        fire, new = fire_moves.started(self._present(start.claim), start.claim, start.run.at), start.run
        if fire is not None:
            if self._runs.state_of(new.run.run_id) is None:
                self._runs.create_run(new.run, new.node_runs, new.snapshots, new.at)
            self._keep(fire)
        return fire

    def note_launched(self, fires: Sequence[FireRecord]) -> None:
        """A process is there for each run."""
        with self._lock:
            self._keep_all(fire_moves.launched(self._present(fire), fire) for fire in fires)

    def fail_fires(self, failed: Sequence[tuple[FireRecord, str]]) -> None:
        """The fires have failed to start; see `ScheduleStore.fail_fires`."""
        with self._lock:
            self._keep_all(fire_moves.failed(self._present(claim), claim, reason) for claim, reason in failed)

    def take_over(
        self, fires: Sequence[FireRecord], by: Token, until: datetime, *, resumes: bool = False
    ) -> Sequence[FireRecord]:
        """The fires in the hands of `by`; see `ScheduleStore.take_over`."""
        with self._lock:
            return self._keep_all(
                fire_moves.taken_over(self._present(fire), fire, by, until, resumes=resumes) for fire in fires
            )

    def renew_claims(self, fires: Sequence[FireRecord], by: Token, until: datetime) -> None:
        """The claims of `by` on these last until then."""
        with self._lock:
            self._keep_all(fire_moves.renewed(self._present(fire), by, until) for fire in fires)

    def end_fires(self, ended: Sequence[tuple[FireRecord, RunState]], at: datetime) -> Sequence[FireRecord]:
        """Their runs have ended so; see `ScheduleStore.end_fires`."""
        with self._lock:
            noted = self._keep_all(fire_moves.ended(self._present(fire), fire, state, at) for fire, state in ended)
            for fire in noted:
                schedule = self._schedules[fire.schedule_id]
                known = schedule.succeeded_at
                if fire.run_state is RunState.SUCCEEDED and (known is None or known < fire.fire_time):
                    self._schedules[fire.schedule_id] = replace(schedule, succeeded_at=fire.fire_time)
            return noted

    def renew_service(self, service: ServiceRecord) -> None:
        """The service is there, until its lease ends."""
        with self._lock:
            self._services[service.token] = service

    def remove_service(self, token: Token, at: datetime) -> None:
        """The service has ended."""
        with self._lock:
            left = {one.token: one for one in self._services.values() if one.token != token and one.lease_until >= at}
            self._services = left
            for fire in self._open_fires():
                if self._is_left(fire, token, at):
                    self._keep(replace(fire, lease_until=at))

    def _is_left(self, fire: FireRecord, by: Token, at: datetime) -> bool:
        is_held = fire.claimed_by == by and fire.lease_until is not None and fire.lease_until > at
        return is_held and (fire.fate is FireFate.CLAIMED or self._runs.state_of(fire.run_id) is RunState.QUEUED)

    def get_polls(self) -> Sequence[PollRecord]:
        """When each schedule looks next at what."""
        with self._lock:
            return [one for one in self._polls.values() if self._schedules[one.schedule_id].removed_at is None]

    def take_poll(self, poll: PollRecord, next_at: datetime) -> PollRecord | None:
        """The look that is due, in the hands of the caller; see `ScheduleStore.take_poll`."""
        with self._lock:
            present = self._polls.get((poll.schedule_id, poll.source), poll)
            if present.seq != poll.seq:
                return None
            taken = replace(present, next_at=next_at, seq=present.seq + 1)
            self._polls[taken.schedule_id, taken.source] = taken
            self._writes += 1
            return taken

    def keep_poll(
        self, poll: PollRecord, seen: Mapping[str, Any], signal: Mapping[str, Any] | None, at: datetime
    ) -> bool:
        """What was seen; see `ScheduleStore.keep_poll`."""
        with self._lock:
            present = self._polls.get((poll.schedule_id, poll.source))
            if present is None or present.seq != poll.seq:
                return False
            self._polls[poll.schedule_id, poll.source] = replace(present, seen=to_json(seen))
            if signal is not None:
                self._append(poll.source, signal, at, self._schedules[poll.schedule_id].considered_until)
            return True

    def add_signal(self, source: str, verdict: Mapping[str, Any], at: datetime) -> SignalRecord:
        """Something happened that triggers wait for."""
        with self._lock:
            considered = (one.considered_until for one in self._schedules.values() if one.removed_at is None)
            return self._append(source, verdict, at, max(considered, default=None))

    def get_new_signals(self, after: int, limit: int = 1_000) -> Sequence[SignalRecord]:
        """The signals of all sources above `after`, in order."""
        with self._lock:
            return self._signals[after : after + limit]

    def get_last_signal(self) -> int:
        """The ``seq`` of the newest signal of all sources; 0 before the first."""
        with self._lock:
            return len(self._signals)

    def get_signals(self, source: str, after: datetime, limit: int = 1_000) -> Sequence[SignalRecord]:
        """The signals of a source after an instant, in order of time."""
        with self._lock:
            found = [one for one in self._signals if one.source == source and one.at > after]
        return sorted(found, key=lambda one: (one.at, one.seq))[:limit]

    def get_schedules(self) -> Sequence[ScheduleRecord]:
        """Those that are there, by name."""
        with self._lock:
            there = [one for one in self._schedules.values() if one.removed_at is None]
        return sorted(there, key=lambda one: one.name)

    def get_changed_schedules(self, after: int) -> Sequence[ScheduleRecord]:
        """Those that have changed; see `ScheduleStore.get_changed_schedules`."""
        with self._lock:
            return sorted((one for one in self._schedules.values() if one.seq > after), key=lambda one: one.seq)

    def get_described(self, origin: str) -> Sequence[ScheduleRecord]:
        """Those of an origin, removed ones too."""
        with self._lock:
            found = [one for one in self._schedules.values() if one.origin == origin]
        return sorted(found, key=lambda one: (one.name, one.seq))

    def find_schedule(self, name: str) -> ScheduleRecord:
        """The schedule that has that name. Raises `ScheduleNotFound`."""
        there = self.get_schedules()
        for one in there:
            if one.name == name:
                return one
        raise not_found(name, (one.name for one in there))

    def get_schedule(self, schedule_id: ScheduleId) -> ScheduleRecord:
        """The schedule, also where it was removed. Raises `ScheduleNotFound`."""
        with self._lock:
            if schedule_id not in self._schedules:
                raise ScheduleNotFound(f"no schedule has the id '{schedule_id}'")
            return self._schedules[schedule_id]

    def get_schedules_of(self, fires: Sequence[FireRecord]) -> Mapping[ScheduleId, ScheduleRecord]:
        """The schedules of these fires, also where they were removed."""
        with self._lock:
            return {fire.schedule_id: self._schedules[fire.schedule_id] for fire in fires}

    def get_open_fires(self) -> Sequence[OpenFire]:
        """Fires with which something is still to happen."""
        with self._lock:
            return [OpenFire(fire, *self._runs.how_is(fire.run_id)) for fire in self._open_fires()]

    def get_fires(
        self, schedule_id: ScheduleId, limit: int = 50, before: datetime | None = None
    ) -> Sequence[FireRecord]:
        """The latest fires of a schedule, newest first."""
        with self._lock:
            fires = self._fires.get(schedule_id, {})
            times = sorted((at for at in fires if before is None or at < before), reverse=True)
            return [fires[at] for at in times[:limit]]

    def find_fires(self, schedule_id: ScheduleId, times: Collection[datetime]) -> Mapping[datetime, FireRecord]:
        """The fires that there are for these times."""
        with self._lock:
            fires = self._fires.get(schedule_id, {})
            return {at: fires[at] for at in times if at in fires}

    def get_latest_fires(
        self, schedule_ids: Collection[ScheduleId], limit: int = 1
    ) -> Mapping[ScheduleId, Sequence[FireRecord]]:
        """The latest fires of each of these schedules that has one; see `ScheduleStore.get_latest_fires`."""
        with self._lock:
            return {one: fires for one in schedule_ids if (fires := self.get_fires(one, limit))}

    def find_success(self, schedule_id: ScheduleId, before: datetime) -> datetime | None:
        """The latest fire time before an instant whose run succeeded."""
        with self._lock:
            fires = self._fires.get(schedule_id, {})
            succeeded = (at for at, fire in fires.items() if fire.run_state is RunState.SUCCEEDED and at < before)
            return max(succeeded, default=None)

    def find_fire_of_run(self, run_id: RunId) -> FireRecord | None:
        """The fire whose run has that id, made or not."""
        with self._lock:
            for fires in self._fires.values():
                for fire in fires.values():
                    if fire.run_id == run_id:
                        return fire
        return None

    def get_services(self, at: datetime) -> Sequence[ServiceRecord]:
        """The services that are there."""
        with self._lock:
            there = [one for one in self._services.values() if one.lease_until > at]
        return sorted(there, key=lambda one: one.started_at)

    def get_data_version(self) -> int:
        """A number that differs after anything was written."""
        with self._lock:
            return self._writes + self._runs.get_data_version()

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def _append(
        self, source: str, verdict: Mapping[str, Any], at: datetime, considered: datetime | None
    ) -> SignalRecord:
        seen_at = fire_moves.signal_time(at, considered)
        self._signals.append(SignalRecord(len(self._signals) + 1, source, seen_at, to_json(verdict)))
        self._writes += 1
        return self._signals[-1]

    def _require_free(self, schedule: ScheduleRecord) -> None:
        there = (one for one in self._schedules.values() if one.removed_at is None)
        if any(one.name == schedule.name and one.schedule_id != schedule.schedule_id for one in there):
            raise fire_moves.name_taken(schedule.name)

    def _note(self, schedule: ScheduleRecord, action: str, by: str, at: datetime, details: Mapping[str, Any]) -> None:
        self._runs.note_action(schedule.name, schedule.notebook, action, by, at, details)
        self._writes += 1

    def _present(self, fire: FireRecord) -> FireRecord | None:
        return self._fires.get(fire.schedule_id, {}).get(fire.fire_time)

    def _keep(self, fire: FireRecord) -> None:
        self._fires[fire.schedule_id][fire.fire_time] = fire
        key = (fire.schedule_id, fire.fire_time)
        (self._open.add if fire.is_open else self._open.discard)(key)
        self._writes += 1

    def _keep_all(self, found: Iterable[FireRecord | None]) -> list[FireRecord]:
        kept = [fire for fire in found if fire is not None]
        for fire in kept:
            self._keep(fire)
        return kept

    def _open_fires(self) -> list[FireRecord]:
        return [self._fires[schedule_id][at] for schedule_id, at in sorted(self._open)]

    def _open_of(self, schedule_id: ScheduleId) -> list[FireRecord]:
        return [fire for fire in self._open_fires() if fire.schedule_id == schedule_id]
