"""What is written about messages, one function per change, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.notices.trying import exhausted, taken
from jupyter_dataops.notices.wanted import (
    COMPARED,
    FAILURES,
    called_for_at_end,
    environment_of,
    keys_of_missed,
    receivers_of,
    wants_recovery,
)
from jupyter_dataops.records import NoticeRecord, RunRecord
from jupyter_dataops.states import ENDED, NoticeState
from jupyter_dataops.store import queries, rows
from jupyter_dataops.store.inserting import insert_once
from jupyter_dataops.store.notice_schema import notices
from jupyter_dataops.store.schema import events, runs

NOTICE: Final = rows.columns_of(notices, NoticeRecord)


def note_end(connection: sa.Connection, run_id: RunId) -> None:
    """Whoever is to be told of the run's end will be: as durably as the end itself."""
    run = queries.select_run(connection, run_id)
    if receivers_of(run):
        recovers = wants_recovery(run) and _recovers(connection, run)
        insert_notices(connection, called_for_at_end(run, recovers=recovers))


def _recovers(connection: sa.Connection, run: RunRecord) -> bool:
    crashed = events.c.run_id == run.run_id, events.c.kind == "RunCrashed"
    if connection.scalar(sa.select(events.c.seq).where(*crashed).limit(1)) is not None:
        return True
    before = (
        sa.select(runs.c.state)
        .where(
            runs.c.notebook == run.notebook,
            runs.c.finished_at.is_not(None),
            runs.c.run_id != run.run_id,
            runs.c.state.in_(COMPARED),
            sa.func.coalesce(runs.c.options["environment"].as_string(), "") == environment_of(run),
        )
        .order_by(runs.c.finished_at.desc(), runs.c.number.desc())
        .limit(1)
    )
    return connection.scalar(before) in FAILURES


def insert_notices(connection: sa.Connection, found: Sequence[NoticeRecord]) -> int:
    """Those that are not there yet are; how many these were."""
    return insert_once(connection, notices, [rows.values(one, NOTICE) for one in found])


def insert_late(connection: sa.Connection, found: Sequence[NoticeRecord]) -> int:
    """Those of runs that have not ended are kept, unless they are there."""
    of_runs = {one.run_id for one in found}
    going_on = runs.c.run_id.in_(of_runs), runs.c.state.not_in(ENDED)
    select = sa.select(runs.c.run_id).where(*going_on).with_for_update()
    unfinished = set(connection.execute(select).scalars())
    return insert_notices(connection, [one for one in found if one.run_id in unfinished])


def claim(  # noqa: PLR0917 - as in `NoticeStore`
    connection: sa.Connection, by: Token, now: datetime, until: datetime, limit: int, early: bool
) -> list[NoticeRecord]:
    """Messages that may be sent now, claimed; see `NoticeStore.claim_notices`."""
    select = sa.select(*NOTICE).where(notices.c.state == NoticeState.WAITING)
    if early:
        select = select.where(sa.or_(notices.c.lease_until.is_(None), notices.c.lease_until <= now))
    else:  # of one that is claimed, that is when the claim ends
        select = select.where(notices.c.next_at <= now)
    select = select.order_by(notices.c.next_at, notices.c.event_key, notices.c.receiver, notices.c.place).limit(limit)
    found = connection.execute(select.with_for_update(skip_locked=True)).mappings()
    claimed = []
    for notice in [NoticeRecord(**row) for row in found]:
        if (dead := exhausted(notice, now)) is not None:
            _update(connection, dead)
        else:
            claimed.append(taken(notice, by, until))
            _update(connection, claimed[-1])
    return claimed


def keep_outcome(connection: sa.Connection, claimed: NoticeRecord, outcome: NoticeRecord) -> bool:
    """What came of a claim is stored, if it still is the caller's."""
    held = notices.c.claimed_by == claimed.claimed_by, notices.c.attempts == claimed.attempts
    update = notices.update().where(*_is(claimed), *held).values(**rows.values(outcome, NOTICE))
    return connection.execute(update).rowcount == 1


def _update(connection: sa.Connection, notice: NoticeRecord) -> None:
    connection.execute(notices.update().where(*_is(notice)).values(**rows.values(notice, NOTICE)))


def _is(notice: NoticeRecord) -> tuple[sa.ColumnElement[bool], ...]:
    key = {"event_key": notice.event_key, "receiver": notice.receiver, "place": notice.place}
    return tuple(notices.c[name] == value for name, value in key.items())


def select_next(connection: sa.Connection) -> datetime | None:
    """When the next message may be sent."""
    waiting = sa.select(sa.func.min(notices.c.next_at)).where(notices.c.state == NoticeState.WAITING)
    found: datetime | None = connection.scalar(waiting)
    return found


def select_of_run(connection: sa.Connection, run_id: RunId) -> list[NoticeRecord]:
    """All about a run, in order of their events."""
    select = sa.select(*NOTICE).where(notices.c.run_id == run_id)
    ordered = select.order_by(notices.c.at, notices.c.event_key, notices.c.receiver, notices.c.place)
    return [NoticeRecord(**row) for row in connection.execute(ordered).mappings()]


def select_of_fires(
    connection: sa.Connection,
    schedule_id: ScheduleId,
    run_ids: Collection[RunId],
    since: datetime | None,
    limit: int,
) -> list[NoticeRecord]:
    """About these runs, and about missed fires of a schedule since that time, newest first: by two indices."""
    first, end = keys_of_missed(schedule_id, since)
    of_missed = notices.c.event_key >= first, notices.c.event_key < end
    newest = notices.c.at.desc(), notices.c.event_key.desc(), notices.c.receiver.desc(), notices.c.place.desc()
    found: list[NoticeRecord] = []
    for meant in ((notices.c.run_id.in_(run_ids),), of_missed):
        select = sa.select(*NOTICE).where(*meant).order_by(*newest).limit(limit)
        found += [NoticeRecord(**row) for row in connection.execute(select).mappings()]
    return sorted(found, key=lambda one: (one.at, *one.key), reverse=True)[:limit]


def select_waiting(connection: sa.Connection, limit: int) -> list[NoticeRecord]:
    """Those that are still to be sent."""
    select = sa.select(*NOTICE).where(notices.c.state == NoticeState.WAITING)
    ordered = select.order_by(notices.c.next_at, notices.c.event_key, notices.c.receiver, notices.c.place).limit(limit)
    return [NoticeRecord(**row) for row in connection.execute(ordered).mappings()]
