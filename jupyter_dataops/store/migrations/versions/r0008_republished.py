"""A result is published again where another one was since; a run tells what it has published."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """What is published stays; each run may now publish a result that another run has published before."""
    op.drop_index("assets_by_source", "assets")
    op.create_index("assets_by_node", "assets", ["name", "node", "run_id", "source_run_id"], unique=True)
    op.create_index("assets_by_run", "assets", ["run_id"])
