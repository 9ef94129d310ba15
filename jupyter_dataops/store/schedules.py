"""The schedule store in the database of the run store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.records import (
    FireRecord,
    FireStart,
    OpenFire,
    PollRecord,
    ScheduleRecord,
    ServiceRecord,
    SignalRecord,
    Turn,
)
from jupyter_dataops.states import RunState
from jupyter_dataops.store import fire_moves, schedule_changes, schedule_queries, signal_changes
from jupyter_dataops.store.database import Database


class SqlScheduleStore:
    """A `ScheduleStore` in a database that runs are kept in, too.

    Parameters
    ----------
    database
        Closed with this store.

    Notes
    -----
    A decision, of one schedule or of hundreds, is one transaction, and so is a start: in SQLite one flush to disk.
    Nothing costs more where there is a long history. Not to be used across a fork.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._transactions = database.transactions

    def add_schedule(self, schedule: ScheduleRecord, by: str, at: datetime) -> ScheduleRecord:
        """Keep a new schedule; see `ScheduleStore.add_schedule`."""
        return self._transactions.write(
            lambda connection: schedule_changes.insert_schedule(connection, schedule, by, at)
        )

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

        def work(connection: sa.Connection) -> ScheduleRecord:
            if turn is not None and not schedule_changes.store_turns(connection, [turn]):
                raise fire_moves.changed_meanwhile(before)
            return schedule_changes.update_schedule(connection, before, after, action, by, at)

        return self._transactions.write(work)

    def add_fires(
        self, schedule: ScheduleRecord, fires: Sequence[FireRecord], action: str, by: str, at: datetime
    ) -> Sequence[FireRecord]:
        """Keep fires that somebody asks for; see `ScheduleStore.add_fires`."""
        return self._transactions.write(
            lambda connection: schedule_changes.insert_asked(connection, schedule, fires, action, by, at)
        )

    def decide(self, turns: Sequence[Turn], at: datetime) -> Mapping[ScheduleId, Sequence[FireRecord]]:  # noqa: ARG002
        """Store what was decided; see `ScheduleStore.decide`."""
        return self._transactions.write(lambda connection: schedule_changes.store_turns(connection, turns))

    def start_fires(self, starts: Sequence[FireStart]) -> Sequence[FireRecord]:
        """The fires are started and their runs made; see `ScheduleStore.start_fires`."""
        return self._transactions.write(lambda connection: schedule_changes.start_fires(connection, starts))

    def note_launched(self, fires: Sequence[FireRecord]) -> None:
        """A process is there for each run."""
        self._transactions.write(lambda connection: schedule_changes.mark_launched(connection, fires))

    def fail_fires(self, failed: Sequence[tuple[FireRecord, str]]) -> None:
        """The fires have failed to start; see `ScheduleStore.fail_fires`."""
        self._transactions.write(lambda connection: schedule_changes.mark_failed(connection, failed))

    def take_over(
        self, fires: Sequence[FireRecord], by: Token, until: datetime, *, resumes: bool = False
    ) -> Sequence[FireRecord]:
        """The fires in the hands of `by`; see `ScheduleStore.take_over`."""
        return self._transactions.write(
            lambda connection: schedule_changes.take_over(connection, fires, by, until, resumes=resumes)
        )

    def renew_claims(self, fires: Sequence[FireRecord], by: Token, until: datetime) -> None:
        """The claims of `by` on these last until then."""
        self._transactions.write(lambda connection: schedule_changes.renew_claims(connection, fires, by, until))

    def end_fires(self, ended: Sequence[tuple[FireRecord, RunState]], at: datetime) -> Sequence[FireRecord]:
        """Their runs have ended so; see `ScheduleStore.end_fires`."""
        return self._transactions.write(lambda connection: schedule_changes.mark_ended(connection, ended, at))

    def renew_service(self, service: ServiceRecord) -> None:
        """The service is there, until its lease ends."""
        self._transactions.write(lambda connection: schedule_changes.renew_service(connection, service))

    def remove_service(self, token: Token, at: datetime) -> None:
        """The service has ended."""
        self._transactions.write(lambda connection: schedule_changes.delete_service(connection, token, at))

    def get_polls(self) -> Sequence[PollRecord]:
        """When each schedule looks next at what."""
        return self._transactions.read(schedule_queries.select_polls)

    def take_poll(self, poll: PollRecord, next_at: datetime) -> PollRecord | None:
        """The look that is due, in the hands of the caller; see `ScheduleStore.take_poll`."""
        return self._transactions.write(lambda connection: signal_changes.take_poll(connection, poll, next_at))

    def keep_poll(
        self, poll: PollRecord, seen: Mapping[str, Any], signal: Mapping[str, Any] | None, at: datetime
    ) -> bool:
        """What was seen; see `ScheduleStore.keep_poll`."""
        return self._transactions.write(lambda connection: signal_changes.keep_poll(connection, poll, seen, signal, at))

    def add_signal(self, source: str, verdict: Mapping[str, Any], at: datetime) -> SignalRecord:
        """Something happened that triggers wait for."""
        return self._transactions.write(
            lambda connection: signal_changes.insert_signal(connection, source, verdict, at)
        )

    def get_new_signals(self, after: int, limit: int = 1_000) -> Sequence[SignalRecord]:
        """The signals of all sources above `after`, in order."""
        return self._transactions.read(lambda connection: schedule_queries.select_new_signals(connection, after, limit))

    def get_last_signal(self) -> int:
        """The ``seq`` of the newest signal of all sources; 0 before the first."""
        return self._transactions.read(schedule_queries.select_last_signal)

    def get_signals(self, source: str, after: datetime, limit: int = 1_000) -> Sequence[SignalRecord]:
        """The signals of a source after an instant, in order of time."""
        return self._transactions.read(
            lambda connection: schedule_queries.select_signals(connection, source, after, limit)
        )

    def get_schedules(self) -> Sequence[ScheduleRecord]:
        """Those that are there, by name."""
        return self._transactions.read(schedule_queries.select_schedules)

    def get_described(self, origin: str) -> Sequence[ScheduleRecord]:
        """Those of an origin, removed ones too."""
        return self._transactions.read(lambda connection: schedule_queries.select_described(connection, origin))

    def get_changed_schedules(self, after: int) -> Sequence[ScheduleRecord]:
        """Those that have changed; see `ScheduleStore.get_changed_schedules`."""
        return self._transactions.read(lambda connection: schedule_queries.select_changed(connection, after))

    def find_schedule(self, name: str) -> ScheduleRecord:
        """The schedule that has that name. Raises `ScheduleNotFound`."""
        return self._transactions.read(lambda connection: schedule_queries.select_named(connection, name))

    def get_schedule(self, schedule_id: ScheduleId) -> ScheduleRecord:
        """The schedule, also where it was removed. Raises `ScheduleNotFound`."""
        return self._transactions.read(lambda connection: schedule_queries.select_schedule(connection, schedule_id))

    def get_schedules_of(self, fires: Sequence[FireRecord]) -> Mapping[ScheduleId, ScheduleRecord]:
        """The schedules of these fires, also where they were removed."""
        wanted = {fire.schedule_id for fire in fires}
        found = self._transactions.read(lambda connection: schedule_queries.select_some(connection, wanted))
        return {one.schedule_id: one for one in found}

    def get_open_fires(self) -> Sequence[OpenFire]:
        """Fires with which something is still to happen."""
        return self._transactions.read(schedule_queries.select_open)

    def get_fires(
        self, schedule_id: ScheduleId, limit: int = 50, before: datetime | None = None
    ) -> Sequence[FireRecord]:
        """The latest fires of a schedule, newest first."""
        return self._transactions.read(
            lambda connection: schedule_queries.select_fires(connection, schedule_id, limit, before)
        )

    def find_fires(self, schedule_id: ScheduleId, times: Collection[datetime]) -> Mapping[datetime, FireRecord]:
        """The fires that there are for these times."""
        found = self._transactions.read(lambda connection: schedule_queries.select_at(connection, [schedule_id], times))
        return {fire.fire_time: fire for fire in found}

    def get_latest_fires(
        self, schedule_ids: Collection[ScheduleId], limit: int = 1
    ) -> Mapping[ScheduleId, Sequence[FireRecord]]:
        """The latest fires of each of these schedules that has one; see `ScheduleStore.get_latest_fires`."""
        return self._transactions.read(
            lambda connection: schedule_queries.select_latest(connection, schedule_ids, limit)
        )

    def find_success(self, schedule_id: ScheduleId, before: datetime) -> datetime | None:
        """The latest fire time before an instant whose run succeeded."""
        return self._transactions.read(
            lambda connection: schedule_queries.select_success(connection, schedule_id, before)
        )

    def find_fire_of_run(self, run_id: RunId) -> FireRecord | None:
        """The fire whose run has that id, made or not."""
        return self._transactions.read(lambda connection: schedule_queries.select_fire_of_run(connection, run_id))

    def get_services(self, at: datetime) -> Sequence[ServiceRecord]:
        """The services that are there."""
        return self._transactions.read(lambda connection: schedule_queries.select_services(connection, at))

    def get_data_version(self) -> int:
        """A number that differs after anything was written to the store; costs microseconds in SQLite."""
        return self._database.get_data_version()

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        self._database.close()
