"""Snapshots, runs, node runs, attempts, artifacts, outputs, events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RUN_ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The tables are there, empty."""
    _make_runs()
    _make_nodes()
    _make_outputs()
    _make_events()


def _make_runs() -> None:
    op.create_table(
        "schema_history",
        sa.Column("revision", sa.String(40), primary_key=True),
        sa.Column("version", sa.String(40), nullable=False),
        comment="Which version of this package made each migration: what an older one must name when it refuses",
    )
    op.create_table(
        "snapshots",
        sa.Column("digest", sa.String(200), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("number", _SERIAL, primary_key=True, autoincrement=True, comment="Order of creation in this store"),
        sa.Column("run_id", _RUN_ID, nullable=False, unique=True),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("snapshot", sa.String(200), sa.ForeignKey("snapshots.digest"), nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("parent_run_id", _RUN_ID),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("token", sa.String(64)),
        sa.Column("control", sa.Text),
        sa.Column("started_at", _INSTANT),
        sa.Column("finished_at", _INSTANT),
        sa.Column("reason", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("runs_of_notebook", "runs", ["notebook", "number"])


def _make_nodes() -> None:
    op.create_table(
        "node_runs",
        sa.Column("run_id", _RUN_ID, sa.ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("node", sa.String(400), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("infra_failures", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.JSON, nullable=False),
        sa.Column("not_before", _INSTANT),
        sa.Column("queued_at", _INSTANT),
        sa.Column("started_at", _INSTANT),
        sa.Column("finished_at", _INSTANT),
        sa.Column("failure", sa.JSON),
        sa.Column("source_run_id", _RUN_ID),
    )
    op.create_index("node_runs_in_order", "node_runs", ["run_id", "position"])
    op.create_table(
        "attempts",
        sa.Column("run_id", _RUN_ID, primary_key=True),
        sa.Column("node", sa.String(400), primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("log", sa.Text, nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("finished_at", _INSTANT),
        sa.Column("failure", sa.JSON),
        _to_node_run(),
    )


def _make_outputs() -> None:
    op.create_table(
        "artifacts",
        sa.Column(
            "artifact_id", sa.String(64), primary_key=True, comment="Digest of the description, not of the content"
        ),
        sa.Column("digest", sa.String(200), nullable=False),
        sa.Column("serializer", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("shape", sa.JSON),
        sa.Column("columns", sa.JSON),
        sa.Column("preview", sa.Text, nullable=False),
        sa.Column("members", sa.JSON, nullable=False),
    )
    op.create_index("ix_artifacts_digest", "artifacts", ["digest"])
    op.create_table(
        "outputs",
        sa.Column("run_id", _RUN_ID, primary_key=True),
        sa.Column("node", sa.String(400), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("artifact_id", sa.String(64), sa.ForeignKey("artifacts.artifact_id"), nullable=False),
        sa.Column("truthy", sa.Boolean),
        sa.Column("needs", sa.JSON, nullable=False),
        sa.Column("shares", sa.JSON, nullable=False),
        _to_node_run(),
    )
    op.create_index("ix_outputs_artifact_id", "outputs", ["artifact_id"])


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("run_id", _RUN_ID, sa.ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
        sa.Column("node", sa.String(400)),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
        comment="Append-only",
    )
    op.create_index("events_of_run", "events", ["run_id", "seq"])


def _to_node_run() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["run_id", "node"], ["node_runs.run_id", "node_runs.node"], ondelete="CASCADE", name="to_node_run"
    )
