"""Assets in the database: published in the transaction of the event that does so, and found again."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from jupyter_dataops.events import NodeEvent
from jupyter_dataops.ids import RunId
from jupyter_dataops.records import ArtifactRecord, AssetRecord, AssetUse, AttemptRecord, NodeRunRecord, RunRecord
from jupyter_dataops.store import publishing, queries, rows
from jupyter_dataops.store.asset_schema import assets, loads
from jupyter_dataops.store.inserting import insert_once
from jupyter_dataops.store.schema import artifacts, node_runs, outputs, runs
from jupyter_dataops.store.signal_changes import insert_signal

_ARTIFACT: Final = rows.columns_of(artifacts, ArtifactRecord)
_ASSET: Final = rows.columns_of(assets, AssetRecord)


def note_publication(connection: sa.Connection, run: RunRecord, node_run: NodeRunRecord, event: NodeEvent) -> None:
    """Each asset that the event publishes has its next version, and what waits for it is told.

    Parameters
    ----------
    node_run
        As it is after the event.
    """
    wanted = publishing.published(event)
    if not wanted:
        return
    node = publishing.publisher(node_run)
    if node != node_run.node:
        node_run = queries.select_node_run(connection, run.run_id, node)
    source = publishing.computed_in(node_run)
    found = _select_artifacts(connection, node_run)
    for name, variable in wanted.items():
        if variable not in found:
            continue
        artifact_id, artifact = found[variable]
        latest = _select_latest(connection, name, run, node_run)
        if publishing.is_new(latest, node_run, variable, artifact):
            asset = AssetRecord(
                name=name,
                version=(_select_last(connection, name) or 0) + 1,
                variable=variable,
                artifact=artifact,
                run_id=run.run_id,
                node=node,
                source_run_id=source,
                notebook=run.notebook,
                pipeline=_select_pipeline(connection, run.run_id),
                published_at=event.at,
            )
            connection.execute(assets.insert().values(artifact_id=artifact_id, **rows.values(asset, _ASSET)))
            insert_signal(connection, *publishing.signal_of(asset), event.at)


def note_loads(connection: sa.Connection, attempt: AttemptRecord) -> None:
    """The versions that the attempt has loaded lead to it."""
    found = attempt.usage.loaded if attempt.usage is not None else ()
    key = {"run_id": attempt.run_id, "node": attempt.node, "attempt": attempt.attempt}
    named = [{**key, "name": one.name, "version": one.version, "published_by": one.run_id} for one in found]
    insert_once(connection, loads, named)


def _select_artifacts(connection: sa.Connection, node_run: NodeRunRecord) -> dict[str, tuple[str, ArtifactRecord]]:
    here = outputs.c.run_id == node_run.run_id, outputs.c.node == node_run.node
    select = sa.select(outputs.c.name, outputs.c.artifact_id, *_ARTIFACT).join(artifacts).where(*here)
    return {row["name"]: (row["artifact_id"], _artifact(row)) for row in connection.execute(select).mappings()}


def _select_latest(connection: sa.Connection, name: str, run: RunRecord, node_run: NodeRunRecord) -> AssetRecord | None:
    """The latest version that this node of this notebook has published."""
    of_node = assets.c.name == name, assets.c.node == node_run.node, assets.c.notebook == run.notebook
    found = _select(connection, _selected().where(*of_node).order_by(assets.c.version.desc()).limit(1))
    return found[0] if found else None


def _select_last(connection: sa.Connection, name: str) -> int | None:
    found: int | None = connection.scalar(sa.select(sa.func.max(assets.c.version)).where(assets.c.name == name))
    return found


def _select_pipeline(connection: sa.Connection, run_id: RunId) -> str:
    name = sa.select(runs.c.options["name"].as_string()).where(runs.c.run_id == run_id)
    return connection.scalar(name) or ""


def select_newest(connection: sa.Connection) -> list[AssetRecord]:
    """The newest version of each asset, by name; read off the key."""
    newest = sa.select(assets.c.name, sa.func.max(assets.c.version).label("version")).group_by(assets.c.name).subquery()
    is_newest = sa.and_(assets.c.name == newest.c.name, assets.c.version == newest.c.version)
    return _select(connection, _selected().join(newest, is_newest).order_by(assets.c.name))


def select_asset(connection: sa.Connection, name: str, version: int | None) -> AssetRecord:
    """One version. Raises `AssetNotFound`."""
    newest = _select_last(connection, name)
    wanted = newest if version is None else version
    found = _select(connection, _selected().where(assets.c.name == name, assets.c.version == wanted))
    if not found:
        known = connection.scalars(sa.select(assets.c.name).distinct()).all() if newest is None else ()
        raise publishing.asset_not_found(name, version, newest, known)
    return found[0]


def select_versions(connection: sa.Connection, name: str, limit: int) -> list[AssetRecord]:
    """The latest versions of an asset, newest first."""
    select = _selected().where(assets.c.name == name).order_by(assets.c.version.desc())
    return _select(connection, select.limit(limit))


def select_published_by(connection: sa.Connection, run_id: RunId) -> list[AssetRecord]:
    """What a run has published, by name and number."""
    return _select(connection, _selected().where(assets.c.run_id == run_id).order_by(assets.c.name, assets.c.version))


def select_uses(
    connection: sa.Connection, asset: AssetRecord, limit: int, notebook: str | None = None
) -> list[AssetUse]:
    """Node runs that have loaded a version, or reuse what was computed from it; see `AssetStore.get_uses`."""
    made, reused = node_runs.alias("made"), node_runs.alias("reused")
    here = sa.and_(made.c.run_id == loads.c.run_id, made.c.node == loads.c.node, made.c.attempt == loads.c.attempt)
    of_result = sa.and_(reused.c.source_run_id == made.c.run_id, reused.c.node == made.c.node)
    found: list[tuple[int, AssetUse]] = []
    for node_run, of in ((made, loads.join(made, here)), (reused, loads.join(made, here).join(reused, of_result))):
        select = (
            sa.select(
                *(runs.c.number, runs.c.run_id, node_run.c.node, node_run.c.state, node_run.c.source_run_id),
                *(runs.c.notebook, runs.c.state, runs.c.created_at),
            )
            .select_from(of.join(runs, runs.c.run_id == node_run.c.run_id))
            .where(loads.c.name == asset.name, loads.c.version == asset.version)
            .where(loads.c.published_by == asset.run_id, made.c.source_run_id.is_(None))
            .where(sa.true() if notebook is None else runs.c.notebook == notebook)
            .order_by(runs.c.number.desc(), node_run.c.node)
            .limit(limit)
        )
        found += [(number, AssetUse(*row)) for number, *row in connection.execute(select)]
    return [use for _, use in sorted(found, key=lambda one: (-one[0], one[1].node))[:limit]]


def _selected() -> sa.Select[Any]:
    return sa.select(*_ASSET, *(column.label(f"of_artifact_{column.name}") for column in _ARTIFACT)).join(artifacts)


def _select(connection: sa.Connection, select: sa.Select[Any]) -> list[AssetRecord]:
    return [
        AssetRecord(
            artifact=ArtifactRecord(**{column.name: row[f"of_artifact_{column.name}"] for column in _ARTIFACT}),
            **{column.name: row[column.name] for column in _ASSET},
        )
        for row in connection.execute(select).mappings()
    ]


def _artifact(row: rows.Row) -> ArtifactRecord:
    return ArtifactRecord(**{column.name: row[column.name] for column in _ARTIFACT})
