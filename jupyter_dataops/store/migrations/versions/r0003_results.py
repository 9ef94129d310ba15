"""Results by what they were computed from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_RUN_ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")


def upgrade() -> None:
    """Successes of before have no key: nobody knows what all of them were computed from, so none is found."""
    op.create_table(
        "results",
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("run_id", _RUN_ID, nullable=False),
        sa.Column("node", sa.String(400), nullable=False),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("watched", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "node"], ["node_runs.run_id", "node_runs.node"], ondelete="CASCADE", name="to_node_run"
        ),
        comment="The newest success under each key",
    )
    op.create_index("results_of_node_run", "results", ["run_id", "node"])
    op.create_index("results_of_notebook", "results", ["notebook", "node", "computed_at"])
