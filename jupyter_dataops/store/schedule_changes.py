"""What the schedule store writes to its database, one function per change, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from msgspec.structs import replace

from jupyter_dataops.ids import ScheduleId, Token
from jupyter_dataops.records import (
    FireRecord,
    FireStart,
    NewRun,
    ScheduleChange,
    ScheduleRecord,
    ServiceRecord,
    Turn,
)
from jupyter_dataops.states import FireFate, RunState
from jupyter_dataops.store import changes, fire_moves, rows, schedule_queries
from jupyter_dataops.store.notice_changes import insert_notices
from jupyter_dataops.store.queries import chunks
from jupyter_dataops.store.schedule_queries import FIRE, SCHEDULE, SERVICE, select_at, select_schedule
from jupyter_dataops.store.schedule_schema import fires, polls, schedules, services
from jupyter_dataops.store.schema import audit, runs

_FIRE_KEY: Final = sa.and_(
    fires.c.schedule_id == sa.bindparam("at_schedule"), fires.c.fire_time == sa.bindparam("at_time")
)
_SUCCEEDED: Final = (
    schedules.update()
    .where(
        schedules.c.schedule_id == sa.bindparam("at_schedule"),
        sa.or_(schedules.c.succeeded_at.is_(None), schedules.c.succeeded_at < sa.bindparam("at_time")),
    )
    .values(succeeded_at=sa.bindparam("at_time"))
)
"""Whatever ends when, the latest of its successes counts."""
Key = tuple[ScheduleId, datetime]


def insert_schedule(connection: sa.Connection, schedule: ScheduleRecord, by: str, at: datetime) -> ScheduleRecord:
    """The schedule is kept. Raises `ScheduleExists`."""
    _require_free(connection, schedule)
    kept = replace(schedule, seq=schedule_queries.select_last_seq(connection) + 1)
    connection.execute(schedules.insert().values(**rows.values(kept, SCHEDULE)))
    insert_action(connection, kept, "add_schedule", by, at)
    return select_schedule(connection, schedule.schedule_id)


def _require_free(connection: sa.Connection, schedule: ScheduleRecord) -> None:
    there = schedules.c.name == schedule.name, schedules.c.removed_at.is_(None)
    taken = sa.select(schedules.c.schedule_id).where(*there, schedules.c.schedule_id != schedule.schedule_id)
    if connection.scalar(taken) is not None:
        raise fire_moves.name_taken(schedule.name)


def update_schedule(  # noqa: PLR0917  # as in `ScheduleStore`
    connection: sa.Connection, before: ScheduleRecord, after: ScheduleRecord, action: str, by: str, at: datetime
) -> ScheduleRecord:
    """What somebody may change is as in `after`; see `ScheduleStore.change_schedule`."""
    present = select_schedule(connection, before.schedule_id)
    _require_free(connection, after)
    kept = fire_moves.schedule_after(present, before, after, schedule_queries.select_last_seq(connection) + 1)
    update = schedules.update().where(schedules.c.schedule_id == before.schedule_id)
    connection.execute(update.values(**rows.values(kept, SCHEDULE)))
    if kept.removed_at is not None:
        waiting = (
            fires.c.schedule_id == before.schedule_id,
            fires.c.is_open.is_(True),
            fires.c.fate == FireFate.BUFFERED,
        )
        given_up = {"fate": FireFate.SKIPPED, "reason": fire_moves.REMOVED, "is_open": False}
        connection.execute(fires.update().where(*waiting).values(**given_up))
    insert_action(connection, kept, action, by, at, fire_moves.edit_details(before, kept))
    return kept


def apply_change(connection: sa.Connection, change: ScheduleChange, by: str, at: datetime) -> None:
    """The schedule is as the change says, with what was seen of files and conditions forgotten if it comes back."""
    before, after = change.before, change.after
    if before is None:
        insert_schedule(connection, after, by, at)
        return
    update_schedule(connection, before, after, fire_moves.action_of(before, after), by, at)
    if fire_moves.comes_back(before, after):
        here = polls.c.schedule_id == before.schedule_id
        connection.execute(polls.update().where(here).values(seen={}, seq=polls.c.seq + 1))


def insert_action(  # noqa: PLR0917  # as the record has it
    connection: sa.Connection,
    schedule: ScheduleRecord,
    action: str,
    by: str,
    at: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """What somebody did to a schedule is on record for good."""
    connection.execute(
        audit.insert().values(
            at=at,
            by=by,
            action=action,
            notebook=schedule.notebook,
            schedule=schedule.name,
            details=fire_moves.schedule_details(schedule) if details is None else details,
        )
    )


def insert_asked(  # noqa: PLR0917  # as in `ScheduleStore`
    connection: sa.Connection,
    schedule: ScheduleRecord,
    asked: Sequence[FireRecord],
    action: str,
    by: str,
    at: datetime,
) -> list[FireRecord]:
    """Fires that somebody asks for are kept; see `ScheduleStore.add_fires`."""
    present = select_schedule(connection, schedule.schedule_id)
    if present.removed_at is not None:
        raise fire_moves.removed(present)
    there = {one.fire_time: one for one in select_at(connection, [schedule.schedule_id], [f.fire_time for f in asked])}
    kept = fire_moves.asked_fires(asked, there)
    new = [fire for fire in kept if fire.fire_time not in there]
    _insert_fires(connection, new)
    _update_fires(connection, [fire for fire in kept if fire.fire_time in there])
    update = schedules.update().where(schedules.c.schedule_id == schedule.schedule_id)
    connection.execute(update.values(seq=schedule_queries.select_last_seq(connection) + 1))
    insert_action(connection, present, action, by, at, fire_moves.asked_details(kept))
    return kept


def store_turns(connection: sa.Connection, turns: Sequence[Turn]) -> dict[ScheduleId, list[FireRecord]]:
    """Each turn of a schedule that has not changed since is stored; see `ScheduleStore.decide`."""
    looked_at = schedule_queries.select_some(connection, [turn.schedule_id for turn in turns])
    current = {one.schedule_id: one for one in looked_at}
    good = [turn for turn in turns if fire_moves.is_current(current.get(turn.schedule_id), turn)]
    mentioned = [fire for turn in good for fire in (*turn.new, *turn.changed)]
    kept = {(one.schedule_id, one.fire_time): one for one in _select_mentioned(connection, mentioned)}
    seq = schedule_queries.select_last_seq(connection)
    answers = [
        fire_moves.turn_taken(current[turn.schedule_id], turn, kept, seq + number)
        for number, turn in enumerate(good, start=1)
    ]
    _update_services_part(connection, [answer.schedule for answer in answers])
    _insert_fires(connection, [fire for answer in answers for fire in answer.new])
    _update_fires(connection, [fire for answer in answers for fire in answer.changed])
    insert_notices(
        connection, [notice for turn, answer in zip(good, answers, strict=True) for notice in answer.told(turn)]
    )
    return {answer.schedule.schedule_id: answer.claimed for answer in answers}


def _select_mentioned(connection: sa.Connection, mentioned: Sequence[FireRecord]) -> list[FireRecord]:
    ids, times = {fire.schedule_id for fire in mentioned}, {fire.fire_time for fire in mentioned}
    return select_at(connection, sorted(ids), sorted(times))


_SERVICES_PART: Final = ("considered_until", "fired_at", "started_count", "seq")


def _update_services_part(connection: sa.Connection, changed: Sequence[ScheduleRecord]) -> None:
    if not changed:
        return
    update = schedules.update().where(schedules.c.schedule_id == sa.bindparam("at_schedule"))
    update = update.values({name: sa.bindparam(name) for name in _SERVICES_PART})
    found = [
        {"at_schedule": one.schedule_id, **{name: getattr(one, name) for name in _SERVICES_PART}} for one in changed
    ]
    connection.execute(update, found)


def _insert_fires(connection: sa.Connection, new: Sequence[FireRecord]) -> None:
    if new:
        connection.execute(fires.insert(), [_row(fire) for fire in new])


def _update_fires(connection: sa.Connection, changed: Sequence[FireRecord]) -> None:
    if not changed:
        return
    update = fires.update().where(_FIRE_KEY).values({column: sa.bindparam(column) for column in _row(changed[0])})
    key = [{"at_schedule": fire.schedule_id, "at_time": fire.fire_time} for fire in changed]
    connection.execute(update, [{**_row(fire), **here} for fire, here in zip(changed, key, strict=True)])


def _row(fire: FireRecord) -> dict[str, Any]:
    return {**rows.values(fire, FIRE), "is_open": fire.is_open}


def _select_present(connection: sa.Connection, wanted: Sequence[FireRecord]) -> dict[Key, FireRecord]:
    """The fires as they are stored now, by key; others wait to change them, where the database locks by row."""
    found: dict[Key, FireRecord] = {}
    for some in chunks([fire.run_id for fire in wanted if fire.run_id is not None]):
        here = sa.select(*FIRE).where(fires.c.run_id.in_(some)).order_by(fires.c.run_id).with_for_update()
        rows_here = (FireRecord(*row) for row in connection.execute(here).all())
        found.update((fire.key, fire) for fire in rows_here)
    return found


def start_fires(connection: sa.Connection, starts: Sequence[FireStart]) -> list[FireRecord]:
    """The claimed fires that are still the caller's are started, and their runs made; these are answered."""
    present = _select_present(connection, [start.claim for start in starts])
    started: list[FireRecord] = []
    made: list[NewRun] = []
    for start in starts:
        fire = fire_moves.started(present.get(start.claim.key), start.claim, start.run.at)
        if fire is not None:
            started.append(fire)
            made.append(start.run)
    _update_fires(connection, started)
    there = changes.select_there(connection, [new.run.run_id for new in made])
    changes.insert_runs(connection, [new for new in made if new.run.run_id not in there])
    return started


def mark_launched(connection: sa.Connection, launched: Sequence[FireRecord]) -> None:
    """Nothing is left to be done for the start, where the caller's claims still hold."""
    present = _select_present(connection, launched)
    _update_fires(connection, _without_none(fire_moves.launched(present.get(one.key), one) for one in launched))


def mark_failed(connection: sa.Connection, failed: Sequence[tuple[FireRecord, str]]) -> None:
    """The claimed fires have failed to start, where the claims were still the caller's."""
    present = _select_present(connection, [claim for claim, _ in failed])
    found = (fire_moves.failed(present.get(claim.key), claim, reason) for claim, reason in failed)
    _update_fires(connection, _without_none(found))


def take_over(
    connection: sa.Connection, seen: Sequence[FireRecord], by: Token, until: datetime, *, resumes: bool
) -> list[FireRecord]:
    """The fires as they are once `by` has them; left out are those that are not as they were seen."""
    present = _select_present(connection, seen)
    taken = _without_none(fire_moves.taken_over(present.get(one.key), one, by, until, resumes=resumes) for one in seen)
    _update_fires(connection, taken)
    return taken


def renew_claims(connection: sa.Connection, held: Sequence[FireRecord], by: Token, until: datetime) -> None:
    """The claims of `by` on these last until then."""
    present = _select_present(connection, held)
    _update_fires(connection, _without_none(fire_moves.renewed(present.get(one.key), by, until) for one in held))


def mark_ended(
    connection: sa.Connection, ended: Sequence[tuple[FireRecord, RunState]], at: datetime
) -> list[FireRecord]:
    """The fires' runs have ended so; those of which it was this call that noted it."""
    present = _select_present(connection, [fire for fire, _ in ended])
    noted = _without_none(fire_moves.ended(present.get(fire.key), fire, state, at) for fire, state in ended)
    _update_fires(connection, noted)
    succeeded: dict[ScheduleId, datetime] = {}
    for fire in noted:
        if fire.run_state is RunState.SUCCEEDED:
            succeeded[fire.schedule_id] = max(fire.fire_time, succeeded.get(fire.schedule_id, fire.fire_time))
    if succeeded:
        connection.execute(_SUCCEEDED, [{"at_schedule": one, "at_time": at} for one, at in succeeded.items()])
    return noted


def _without_none(found: Iterable[FireRecord | None]) -> list[FireRecord]:
    return [one for one in found if one is not None]


def renew_service(connection: sa.Connection, service: ServiceRecord) -> None:
    """The service is there, until its lease ends."""
    here = services.c.token == service.token
    if connection.execute(services.update().where(here).values(lease_until=service.lease_until)).rowcount != 1:
        connection.execute(services.insert().values(**rows.values(service, SERVICE)))


def delete_service(connection: sa.Connection, token: Token, at: datetime) -> None:
    """The service has gone, and so have those whose lease is over; what it had not started is anybody's."""
    connection.execute(services.delete().where(sa.or_(services.c.token == token, services.c.lease_until < at)))
    queued = sa.exists().where(runs.c.run_id == fires.c.run_id, runs.c.state == RunState.QUEUED)
    left = fires.c.is_open.is_(True), fires.c.claimed_by == token, fires.c.lease_until > at
    not_started = sa.or_(fires.c.fate == FireFate.CLAIMED, queued)
    connection.execute(fires.update().where(*left, not_started).values(lease_until=at))
