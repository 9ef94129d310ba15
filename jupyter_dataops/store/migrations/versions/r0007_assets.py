"""Versions of assets that runs have published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """What ran before has published nothing."""
    op.create_table(
        "assets",
        sa.Column("name", sa.String(400), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("variable", sa.Text, nullable=False),
        sa.Column("artifact_id", sa.String(64), sa.ForeignKey("artifacts.artifact_id"), nullable=False),
        sa.Column("run_id", sa.String(40), nullable=False),
        sa.Column("node", sa.String(400), nullable=False),
        sa.Column("source_run_id", sa.String(40), nullable=False),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("pipeline", sa.Text, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        comment="The index is the proof that a result is published once",
    )
    op.create_index("assets_by_source", "assets", ["name", "source_run_id", "node"], unique=True)
