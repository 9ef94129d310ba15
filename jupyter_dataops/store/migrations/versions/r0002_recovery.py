"""Leases, children and checks, usage, slots of pools, the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RUN_ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True)

_SQLITE_GUARDS = (
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
       BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""",
    """CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
       BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""",
    # INSERT OR REPLACE removes a row without asking the trigger above.
    """CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
       WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
       BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""",
)

_POSTGRESQL_GUARDS = (
    """CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$""",
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
       FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()""",
)


def upgrade() -> None:
    """Runs of before keep all they had.

    Those that have a runner get no lease, which counts as one that has run out: whoever looks next finds them crashed.
    """
    _extend_runs()
    _extend_nodes()
    _make_slots()
    _make_audit()


def _extend_runs() -> None:
    op.add_column("runs", sa.Column("created_by", sa.Text, nullable=False, server_default=""))
    op.add_column("runs", sa.Column("runner", sa.JSON))
    op.add_column(
        "runs",
        sa.Column("lease_until", _INSTANT, comment="Where a runner has it and this is NULL, the lease has run out"),
    )
    op.create_index("runs_by_state", "runs", ["state", "number"])


def _extend_nodes() -> None:
    for column in (
        sa.Column("parent", sa.String(400)),
        sa.Column("key", sa.Text),
        sa.Column("item", sa.JSON),
        sa.Column("severity", sa.String(20)),
        sa.Column("parameters", sa.JSON),
        sa.Column("opened_after", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("node_runs", column)
    op.drop_index("node_runs_in_order", "node_runs")
    op.add_column("attempts", sa.Column("usage", sa.JSON))
    op.add_column("outputs", sa.Column("items", sa.JSON))


def _make_slots() -> None:
    op.create_table(
        "slots",
        sa.Column("run_id", _RUN_ID, primary_key=True),
        sa.Column("node", sa.String(400), primary_key=True),
        sa.Column("pool", sa.String(200), primary_key=True),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "node"], ["node_runs.run_id", "node_runs.node"], ondelete="CASCADE", name="to_node_run"
        ),
    )
    op.create_index("slots_of_pool", "slots", ["pool"])


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("run_id", _RUN_ID, nullable=False),
        sa.Column("node", sa.String(400)),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("snapshot", sa.String(200), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
        comment="Append-only: triggers refuse anything else",
    )
    op.create_index("audit_of_run", "audit", ["run_id", "seq"])
    for guard in _POSTGRESQL_GUARDS if op.get_context().dialect.name == "postgresql" else _SQLITE_GUARDS:
        op.execute(guard)
