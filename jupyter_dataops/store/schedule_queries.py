"""What the schedule store asks its database, one function per question, in the caller's transaction.

None looks at more than what is present, open or asked for: history costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from jupyter_dataops.errors import ScheduleNotFound
from jupyter_dataops.ids import RunId, ScheduleId
from jupyter_dataops.records import FireRecord, OpenFire, PollRecord, ScheduleRecord, ServiceRecord, SignalRecord
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.states import RunState
from jupyter_dataops.store.queries import chunks
from jupyter_dataops.store.rows import columns_of
from jupyter_dataops.store.schedule_schema import fires, polls, schedules, services, signals
from jupyter_dataops.store.schema import runs

SCHEDULE: Final = columns_of(schedules, ScheduleRecord)
"""All of its fields, in their order, as with fires: where hundreds are read, they are made by position."""
FIRE: Final = columns_of(fires, FireRecord)
POLL: Final = columns_of(polls, PollRecord)
SIGNAL: Final = columns_of(signals, SignalRecord)
SERVICE: Final = columns_of(services, ServiceRecord)
_LATEST: Final = fires.alias("latest")


def not_found(name: str, known: Iterable[str]) -> ScheduleNotFound:
    """The refusal of a name that no schedule has."""
    hint = suggestion(name, sorted(known)) or "`jupyter dataops schedule list` shows all"
    return ScheduleNotFound(f"no schedule has the name '{name}'", hint=hint)


def select_schedules(connection: sa.Connection) -> list[ScheduleRecord]:
    """Those that are there, by name; found through the index."""
    select = sa.select(*SCHEDULE).where(schedules.c.removed_at.is_(None)).order_by(schedules.c.name)
    return [ScheduleRecord(**row) for row in connection.execute(select).mappings()]


def select_described(connection: sa.Connection, origin: str) -> list[ScheduleRecord]:
    """Those of an origin, removed ones too; looks at every schedule there ever was, once for each deployment."""
    select = sa.select(*SCHEDULE).where(schedules.c.origin == origin).order_by(schedules.c.name, schedules.c.seq)
    return [ScheduleRecord(**row) for row in connection.execute(select).mappings()]


def select_changed(connection: sa.Connection, after: int) -> list[ScheduleRecord]:
    """Those with a number above `after`, in order of it; found through the index."""
    select = sa.select(*SCHEDULE).where(schedules.c.seq > after).order_by(schedules.c.seq)
    return [ScheduleRecord(*row) for row in connection.execute(select).all()]


def select_last_seq(connection: sa.Connection) -> int:
    """Number of the latest change to any schedule; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(schedules.c.seq))) or 0


def select_named(connection: sa.Connection, name: str) -> ScheduleRecord:
    """The schedule that has the name. Raises `ScheduleNotFound`."""
    there = schedules.c.removed_at.is_(None)
    row = connection.execute(sa.select(*SCHEDULE).where(there, schedules.c.name == name)).mappings().one_or_none()
    if row is None:
        raise not_found(name, connection.scalars(sa.select(schedules.c.name).where(there)))
    return ScheduleRecord(**row)


def select_schedule(connection: sa.Connection, schedule_id: ScheduleId) -> ScheduleRecord:
    """The schedule, also where it was removed. Raises `ScheduleNotFound`."""
    select = sa.select(*SCHEDULE).where(schedules.c.schedule_id == schedule_id)
    row = connection.execute(select).mappings().one_or_none()
    if row is None:
        raise ScheduleNotFound(f"no schedule has the id '{schedule_id}'")
    return ScheduleRecord(**row)


def select_some(connection: sa.Connection, schedule_ids: Collection[ScheduleId]) -> list[ScheduleRecord]:
    """The schedules of these ids that there are, also where they were removed."""
    found: list[ScheduleRecord] = []
    for some in chunks(schedule_ids):
        select = sa.select(*SCHEDULE).where(schedules.c.schedule_id.in_(some))
        found += [ScheduleRecord(*row) for row in connection.execute(select).all()]
    return found


def select_open(connection: sa.Connection) -> list[OpenFire]:
    """Fires with which something is still to happen, and how their runs are; found through the index."""
    select = (
        sa.select(*FIRE, runs.c.state, runs.c.started_at, runs.c.finished_at)
        .outerjoin_from(fires, runs, fires.c.run_id == runs.c.run_id)
        .where(fires.c.is_open.is_(True))
        .order_by(fires.c.schedule_id, fires.c.fire_time)
    )
    found = connection.execute(select).all()
    return [OpenFire(FireRecord(*row[:-3]), *row[-3:]) for row in found]


def select_fires(
    connection: sa.Connection, schedule_id: ScheduleId, limit: int, before: datetime | None
) -> list[FireRecord]:
    """The latest fires of a schedule, newest first, as far as they are read."""
    select = sa.select(*FIRE).where(fires.c.schedule_id == schedule_id).order_by(fires.c.fire_time.desc()).limit(limit)
    if before is not None:
        select = select.where(fires.c.fire_time < before)
    return [FireRecord(**row) for row in connection.execute(select).mappings()]


def select_latest(
    connection: sa.Connection, schedule_ids: Collection[ScheduleId], limit: int
) -> dict[ScheduleId, list[FireRecord]]:
    """The latest fires of each, newest first; two steps into the key for each, and no fire more is read."""
    of_each = sa.select(_LATEST.c.fire_time).where(_LATEST.c.schedule_id == schedules.c.schedule_id)
    oldest_wanted = of_each.order_by(_LATEST.c.fire_time.desc()).limit(1).offset(limit - 1).scalar_subquery()
    oldest = of_each.order_by(_LATEST.c.fire_time).limit(1).scalar_subquery()
    select = (
        sa.select(*FIRE)
        .join_from(schedules, fires, fires.c.schedule_id == schedules.c.schedule_id)
        .where(fires.c.fire_time >= sa.func.coalesce(oldest_wanted, oldest))
    )
    found: dict[ScheduleId, list[FireRecord]] = {}
    for some in chunks(schedule_ids):
        rows = connection.execute(select.where(schedules.c.schedule_id.in_(some))).mappings()
        for fire in sorted((FireRecord(**row) for row in rows), key=lambda one: one.fire_time, reverse=True):
            found.setdefault(fire.schedule_id, []).append(fire)
    return found


def select_at(
    connection: sa.Connection, schedule_ids: Collection[ScheduleId], times: Collection[datetime]
) -> list[FireRecord]:
    """Fires of these schedules for these times."""
    found: list[FireRecord] = []
    for some in chunks(schedule_ids):
        for moments in chunks(times):
            here = fires.c.schedule_id.in_(some), fires.c.fire_time.in_(moments)
            found += [FireRecord(**row) for row in connection.execute(sa.select(*FIRE).where(*here)).mappings()]
    return found


def select_success(connection: sa.Connection, schedule_id: ScheduleId, before: datetime) -> datetime | None:
    """The latest fire time before an instant whose run succeeded; found through the index."""
    here = fires.c.schedule_id == schedule_id, fires.c.run_state == RunState.SUCCEEDED, fires.c.fire_time < before
    found = connection.scalar(sa.select(fires.c.fire_time).where(*here).order_by(fires.c.fire_time.desc()).limit(1))
    return found if isinstance(found, datetime) else None


def select_fire_of_run(connection: sa.Connection, run_id: RunId) -> FireRecord | None:
    """The fire whose run has that id; found through the index."""
    row = connection.execute(sa.select(*FIRE).where(fires.c.run_id == run_id)).mappings().one_or_none()
    return FireRecord(**row) if row is not None else None


def select_polls(connection: sa.Connection) -> list[PollRecord]:
    """The polls of schedules that are there."""
    there = sa.select(schedules.c.schedule_id).where(schedules.c.removed_at.is_(None))
    select = sa.select(*POLL).where(polls.c.schedule_id.in_(there))
    return [PollRecord(**row) for row in connection.execute(select).mappings()]


def select_signals(connection: sa.Connection, source: str, after: datetime, limit: int) -> list[SignalRecord]:
    """The signals of a source after an instant, in order; found through the index."""
    here = signals.c.source == source, signals.c.at > after
    select = sa.select(*SIGNAL).where(*here).order_by(signals.c.at, signals.c.seq).limit(limit)
    return [SignalRecord(**row) for row in connection.execute(select).mappings()]


def select_new_signals(connection: sa.Connection, after: int, limit: int) -> list[SignalRecord]:
    """The signals of all sources above `after`, in order; found through the key."""
    select = sa.select(*SIGNAL).where(signals.c.seq > after).order_by(signals.c.seq).limit(limit)
    return [SignalRecord(**row) for row in connection.execute(select).mappings()]


def select_last_signal(connection: sa.Connection) -> int:
    """Number of the newest signal; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(signals.c.seq))) or 0


def select_services(connection: sa.Connection, at: datetime) -> list[ServiceRecord]:
    """The services whose lease is not over; a table of few rows."""
    select = sa.select(*SERVICE).where(services.c.lease_until > at).order_by(services.c.started_at)
    return [ServiceRecord(**row) for row in connection.execute(select).mappings()]
