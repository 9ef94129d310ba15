"""Messages about events, and what finds the run that ended before another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody is told of what happened before."""
    op.create_table(
        "notices",
        sa.Column("event_key", sa.String(200), primary_key=True),
        sa.Column("receiver", sa.String(200), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("next_at", _INSTANT, nullable=False),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("run_id", sa.String(40)),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimed_by", sa.String(64)),
        sa.Column("lease_until", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.Column("error", sa.Text, nullable=False),
        comment="The key is the proof that an address is told of an event once",
    )
    op.create_index("notices_by_state", "notices", ["state", "next_at"])
    op.create_index("notices_of_run", "notices", ["run_id"])
    op.create_index("runs_by_end", "runs", ["notebook", "finished_at"])
