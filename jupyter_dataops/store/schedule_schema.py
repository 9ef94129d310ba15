"""The tables of the schedule store, in the database of the run store."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from jupyter_dataops.states import FireFate, FireKind, RunState
from jupyter_dataops.store.codec import runner_from_json
from jupyter_dataops.store.schema import Instant, Prose, Structure, metadata, serial, state_column

PRESENT: Final = sa.text("removed_at IS NULL")
_OBJECT: Final = sa.JSON(none_as_null=True)


def _of_schedule(*, primary_key: bool) -> sa.Column[Any]:
    return sa.Column("schedule_id", sa.String(40), sa.ForeignKey("schedules.schedule_id"), primary_key=primary_key)


schedules: Final = sa.Table(
    "schedules",
    metadata,
    sa.Column("schedule_id", sa.String(40), primary_key=True),
    sa.Column("name", Prose, nullable=False),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("environment", sa.Text),
    sa.Column("deployed", sa.Boolean, nullable=False),
    sa.Column("origin", sa.Text),
    sa.Column("trigger", _OBJECT, nullable=False),
    sa.Column("policy", _OBJECT, nullable=False),
    sa.Column("parameters", _OBJECT, nullable=False),
    sa.Column("options", _OBJECT, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", Prose, nullable=False),
    sa.Column("considered_until", Instant, nullable=False),
    sa.Column("paused_at", Instant),
    sa.Column("paused_because", Prose),
    sa.Column("resumed_at", Instant),
    sa.Column("removed_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False, comment="Of the latest change, over the whole store"),
    sa.Column("fired_at", Instant),
    sa.Column("succeeded_at", Instant),
    sa.Column("started_count", sa.Integer, nullable=False),
    sa.Index("schedules_by_seq", "seq"),
    sa.Index("schedules_present", "removed_at", "name"),
    # As for that of reused results: PostgreSQL's dialect is not named here.
    sa.Index("schedules_by_name", "name", unique=True, sqlite_where=PRESENT),
)

fires: Final = sa.Table(
    "fires",
    metadata,
    _of_schedule(primary_key=True),
    sa.Column("fire_time", Instant, primary_key=True),
    sa.Column("kind", state_column(FireKind), nullable=False),
    sa.Column("fate", state_column(FireFate), nullable=False),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Column("reason", Prose, nullable=False),
    sa.Column("run_id", sa.String(40)),  # refers to nothing: it is made before the run, and outlives it
    sa.Column("claimed_by", sa.String(64)),
    sa.Column("lease_until", Instant),
    sa.Column("due_at", Instant),
    sa.Column("started_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("run_state", state_column(RunState)),
    sa.Column("resumed", sa.Integer, nullable=False),
    sa.Column("parameters", _OBJECT, nullable=False),
    sa.Column("batch", sa.String(40)),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("max_active", sa.Integer),
    sa.Column("asked_by", Prose, nullable=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("first_time", Instant),
    sa.Column("at_least", sa.Boolean, nullable=False),
    sa.Column("cause", Prose, nullable=False, server_default=""),
    sa.Column("is_open", sa.Boolean, nullable=False, comment="Whether something is still to happen"),
    sa.Index("fires_open", "is_open", "schedule_id", "fire_time"),
    sa.Index("fires_of_run", "run_id"),
    sa.Index("fires_by_end", "schedule_id", "run_state", "fire_time"),
    comment="The key is the proof that a schedule fires once for one time",
)

signals: Final = sa.Table(
    "signals",
    metadata,
    sa.Column("seq", serial, primary_key=True, autoincrement=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("verdict", _OBJECT, nullable=False),
    sa.Index("signals_of_source", "source", "at"),
    sqlite_autoincrement=True,
)

polls: Final = sa.Table(
    "polls",
    metadata,
    _of_schedule(primary_key=True),
    sa.Column("source", sa.String(1_000), primary_key=True),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("seen", _OBJECT, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
)

services: Final = sa.Table(
    "services",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("runner", Structure(runner_from_json), nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("watched_since", Instant, nullable=False),
    sa.Column("lease_until", Instant, nullable=False),
    comment="Processes that start what is due",
)
