"""What made a schedule fire is kept with the fire."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Of fires of before it is not known."""
    op.add_column("fires", sa.Column("cause", sa.Text, nullable=False, server_default=""))
