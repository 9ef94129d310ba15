"""The tables of the deployment store, in the database of the run store."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from jupyter_dataops.states import MoveKind
from jupyter_dataops.store.schema import Instant, Prose, metadata, serial, state_column

_NAME: Final = sa.String(100)
_OBJECT: Final = sa.JSON(none_as_null=True)

versions: Final = sa.Table(
    "versions",
    metadata,
    sa.Column("seq", serial, primary_key=True, autoincrement=True, comment="Order of creation in this store"),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(200), nullable=False),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", Prose, nullable=False),
    sa.Column("details", _OBJECT, nullable=False),
    sa.Index("versions_by_number", "name", "number", unique=True),
    sa.Index("versions_by_digest", "name", "digest", unique=True),
    sa.Index("versions_of_notebook", "notebook", "name"),
    sqlite_autoincrement=True,
)

moves: Final = sa.Table(
    "moves",
    metadata,
    sa.Column("seq", serial, primary_key=True, autoincrement=True),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("environment", sa.String(100), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("previous", sa.Integer),
    sa.Column("kind", state_column(MoveKind), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", Prose, nullable=False),
    sa.Column("details", _OBJECT, nullable=False),
    sa.ForeignKeyConstraint(["name", "number"], ["versions.name", "versions.number"], name="to_version"),
    sa.Index("moves_in_environment", "name", "environment", "seq"),
    sa.Index("moves_of_deployment", "name", "seq"),
    sqlite_autoincrement=True,
    comment="Append-only: the history of live pointers",
)

live: Final = sa.Table(
    "live",
    metadata,
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("environment", sa.String(100), primary_key=True),
    sa.Column("seq", sa.BigInteger, sa.ForeignKey("moves.seq"), nullable=False),
    comment="The move that made the live version of each environment so",
)
