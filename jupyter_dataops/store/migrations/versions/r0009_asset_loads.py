"""Which node runs have loaded a version of an asset."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_RUN_ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_REUSED = sa.text("source_run_id IS NOT NULL")


def upgrade() -> None:
    """What attempts of before have loaded is found, too."""
    loads = op.create_table(
        "asset_loads",
        sa.Column("run_id", _RUN_ID, primary_key=True),
        sa.Column("node", sa.String(400), primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(400), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("published_by", sa.String(40), primary_key=True),
        sa.ForeignKeyConstraint(
            ["run_id", "node"], ["node_runs.run_id", "node_runs.node"], ondelete="CASCADE", name="to_node_run"
        ),
        comment="What `usage` of an attempt says of assets, by version",
    )
    op.create_index("asset_loads_by_version", "asset_loads", ["name", "version", "published_by"])
    op.create_index(
        "node_runs_by_source",
        "node_runs",
        ["source_run_id", "node"],
        sqlite_where=_REUSED,
        postgresql_where=_REUSED,
    )
    connection = op.get_bind()
    told = connection.execute(
        sa.text("SELECT run_id, node, attempt, usage FROM attempts WHERE CAST(usage AS TEXT) LIKE '%\"loaded\": [{%'")
    )
    found = {
        (run_id, node, attempt, one["name"], one["version"], one["run_id"])
        for run_id, node, attempt, usage in told
        for one in (json.loads(usage) if isinstance(usage, str) else usage)["loaded"]
    }
    if found:
        columns = [column.name for column in loads.c]
        connection.execute(loads.insert(), [dict(zip(columns, row, strict=True)) for row in sorted(found)])
