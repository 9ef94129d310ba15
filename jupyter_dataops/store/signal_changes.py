"""What is written of what triggers wait for: looks at files and conditions, and signals; as part of a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from jupyter_dataops.records import PollRecord, SignalRecord
from jupyter_dataops.store import fire_moves, rows
from jupyter_dataops.store.schedule_queries import POLL, select_schedule
from jupyter_dataops.store.schedule_schema import polls, schedules, signals


def take_poll(connection: sa.Connection, poll: PollRecord, next_at: datetime) -> PollRecord | None:
    """The poll as it is once the caller has the look that is due; `None`: it is not as it was seen."""
    here = polls.c.schedule_id == poll.schedule_id, polls.c.source == poll.source
    row = connection.execute(sa.select(*POLL).where(*here).with_for_update()).mappings().one_or_none()
    if row is None:
        taken = replace(poll, next_at=next_at, seq=poll.seq + 1)
        connection.execute(polls.insert().values(**rows.values(taken, POLL)))
        return taken
    present = PollRecord(**row)
    if present.seq != poll.seq:
        return None
    taken = replace(present, next_at=next_at, seq=present.seq + 1)
    connection.execute(polls.update().where(*here).values(next_at=next_at, seq=taken.seq))
    return taken


def keep_poll(
    connection: sa.Connection, poll: PollRecord, seen: Mapping[str, Any], signal: Mapping[str, Any] | None, at: datetime
) -> bool:
    """What was seen is kept, and the signal; whether no later look was taken meanwhile."""
    here = polls.c.schedule_id == poll.schedule_id, polls.c.source == poll.source, polls.c.seq == poll.seq
    if connection.execute(polls.update().where(*here).values(seen=seen)).rowcount != 1:
        return False
    if signal is not None:
        considered = select_schedule(connection, poll.schedule_id).considered_until
        _insert_signal(connection, poll.source, signal, fire_moves.signal_time(at, considered))
    return True


def insert_signal(connection: sa.Connection, source: str, verdict: Mapping[str, Any], at: datetime) -> SignalRecord:
    """Something has happened that triggers wait for."""
    considered = connection.scalar(
        sa.select(sa.func.max(schedules.c.considered_until)).where(schedules.c.removed_at.is_(None))
    )
    return _insert_signal(connection, source, verdict, fire_moves.signal_time(at, considered))


def _insert_signal(connection: sa.Connection, source: str, verdict: Mapping[str, Any], at: datetime) -> SignalRecord:
    done = connection.execute(signals.insert().values(source=source, at=at, verdict=verdict))
    seq: int = done.inserted_primary_key[0] if done.inserted_primary_key else 0
    return SignalRecord(seq, source, at, verdict)
