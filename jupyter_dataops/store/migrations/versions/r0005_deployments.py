"""Versions of deployments, their live pointers and the history of these."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing is deployed yet."""
    op.create_table(
        "versions",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True, comment="Order of creation in this store"),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(200), nullable=False),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("versions_by_number", "versions", ["name", "number"], unique=True)
    op.create_index("versions_by_digest", "versions", ["name", "digest"], unique=True)
    op.create_index("versions_of_notebook", "versions", ["notebook", "name"])
    op.create_table(
        "moves",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("environment", sa.String(100), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("previous", sa.Integer),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(["name", "number"], ["versions.name", "versions.number"], name="to_version"),
        sqlite_autoincrement=True,
        comment="Append-only: the history of live pointers",
    )
    op.create_index("moves_in_environment", "moves", ["name", "environment", "seq"])
    op.create_index("moves_of_deployment", "moves", ["name", "seq"])
    op.create_table(
        "live",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("environment", sa.String(100), primary_key=True),
        sa.Column("seq", sa.BigInteger, sa.ForeignKey("moves.seq"), nullable=False),
        comment="The move that made the live version of each environment so",
    )
