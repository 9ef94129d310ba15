"""Schedules, their fires, what polled triggers saw, services; the audit of what concerns no run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RUN_ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True)

_GUARDS = (
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
       BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""",
    """CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
       BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""",
    """CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
       WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
       BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""",
)


def upgrade() -> None:
    """Everything of before is kept; there are no schedules yet."""
    _extend_audit()
    _make_schedules()
    _make_fires()
    _make_sources()


def _extend_audit() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("audit", "run_id", nullable=True)
        op.alter_column("audit", "snapshot", nullable=True)
        op.add_column("audit", sa.Column("schedule", sa.Text))
        return
    # SQLite cannot let a column be empty that could not; the table goes over into a new one, numbers and all.
    op.rename_table("audit", "audit_before")
    for guard in ("audit_is_not_changed", "audit_is_not_removed", "audit_is_not_replaced"):
        op.execute(f"DROP TRIGGER {guard}")
    op.drop_index("audit_of_run", "audit_before")
    op.create_table(
        "audit",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("run_id", _RUN_ID),
        sa.Column("node", sa.String(400)),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("snapshot", sa.String(200)),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("schedule", sa.Text),
        sqlite_autoincrement=True,
        comment="Append-only: triggers refuse anything else",
    )
    names = 'seq, at, "by", action, run_id, node, notebook, snapshot, details'
    op.execute(f"INSERT INTO audit ({names}) SELECT {names} FROM audit_before ORDER BY seq")  # noqa: S608 - names of ours
    op.drop_table("audit_before")
    op.create_index("audit_of_run", "audit", ["run_id", "seq"])
    for guard in _GUARDS:
        op.execute(guard)


def _make_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("schedule_id", sa.String(40), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("environment", sa.Text),
        sa.Column("deployed", sa.Boolean, nullable=False),
        sa.Column("origin", sa.Text),
        sa.Column("trigger", sa.JSON, nullable=False),
        sa.Column("policy", sa.JSON, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("considered_until", _INSTANT, nullable=False),
        sa.Column("paused_at", _INSTANT),
        sa.Column("paused_because", sa.Text),
        sa.Column("resumed_at", _INSTANT),
        sa.Column("removed_at", _INSTANT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="Of the latest change, over the whole store"),
        sa.Column("fired_at", _INSTANT),
        sa.Column("succeeded_at", _INSTANT),
        sa.Column("started_count", sa.Integer, nullable=False),
    )
    present = sa.text("removed_at IS NULL")
    op.create_index("schedules_by_seq", "schedules", ["seq"])
    op.create_index("schedules_present", "schedules", ["removed_at", "name"])
    op.create_index(
        "schedules_by_name", "schedules", ["name"], unique=True, sqlite_where=present, postgresql_where=present
    )


def _make_fires() -> None:
    op.create_table(
        "fires",
        sa.Column("schedule_id", sa.String(40), sa.ForeignKey("schedules.schedule_id"), primary_key=True),
        sa.Column("fire_time", _INSTANT, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("fate", sa.String(20), nullable=False),
        sa.Column("decided_at", _INSTANT, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("run_id", sa.String(40)),
        sa.Column("claimed_by", sa.String(64)),
        sa.Column("lease_until", _INSTANT),
        sa.Column("due_at", _INSTANT),
        sa.Column("started_at", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.Column("run_state", sa.String(20)),
        sa.Column("resumed", sa.Integer, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("batch", sa.String(40)),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("max_active", sa.Integer),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_time", _INSTANT),
        sa.Column("at_least", sa.Boolean, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False, comment="Whether something is still to happen"),
        comment="The key is the proof that a schedule fires once for one time",
    )
    op.create_index("fires_open", "fires", ["is_open", "schedule_id", "fire_time"])
    op.create_index("fires_of_run", "fires", ["run_id"])
    op.create_index("fires_by_end", "fires", ["schedule_id", "run_state", "fire_time"])


def _make_sources() -> None:
    op.create_table(
        "signals",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("verdict", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("signals_of_source", "signals", ["source", "at"])
    op.create_table(
        "polls",
        sa.Column("schedule_id", sa.String(40), sa.ForeignKey("schedules.schedule_id"), primary_key=True),
        sa.Column("source", sa.String(1_000), primary_key=True),
        sa.Column("next_at", _INSTANT, nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_table(
        "services",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("runner", sa.JSON, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("watched_since", _INSTANT, nullable=False),
        sa.Column("lease_until", _INSTANT, nullable=False),
        comment="Processes that start what is due",
    )
