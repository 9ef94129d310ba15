"""The tables of assets, in the database of the run store."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from jupyter_dataops.store.schema import Instant, Prose, RunIdType, metadata, to_node_run

assets: Final = sa.Table(
    "assets",
    metadata,
    sa.Column("name", sa.String(400), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("variable", sa.Text, nullable=False),
    sa.Column("artifact_id", sa.String(64), sa.ForeignKey("artifacts.artifact_id"), nullable=False),
    # These two refer to nothing: a version is there, also where the run is removed.
    sa.Column("run_id", sa.String(40), nullable=False),
    sa.Column("node", sa.String(400), nullable=False),
    sa.Column("source_run_id", sa.String(40), nullable=False),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("pipeline", Prose, nullable=False),
    sa.Column("published_at", Instant, nullable=False),
    sa.Index("assets_by_node", "name", "node", "run_id", "source_run_id", unique=True),
    sa.Index("assets_by_run", "run_id"),
    comment="The index by node is the proof that a run publishes a result once",
)

loads: Final = sa.Table(
    "asset_loads",
    metadata,
    sa.Column("run_id", RunIdType, primary_key=True),
    sa.Column("node", sa.String(400), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(400), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    # By which run it was published: one of this name and number may be of another store.
    sa.Column("published_by", sa.String(40), primary_key=True),
    sa.Index("asset_loads_by_version", "name", "version", "published_by"),
    to_node_run(),
    comment="What `usage` of an attempt says of assets, by version",
)
