"""What the run store says to its database, one function per question or change, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from typing import Any

import sqlalchemy as sa

from jupyter_dataops.errors import StoreError
from jupyter_dataops.events import Event, NodeEvent, NodeStarted, RunEvent, attempt_after, node_run_after, run_after
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.records import AttemptRecord, EventRecord, NodeRunRecord, RunRecord
from jupyter_dataops.store import moves, rows
from jupyter_dataops.store.codec import created_data, event_data
from jupyter_dataops.store.lookup import MATCHES_SHOWN, node_not_found, run_not_found
from jupyter_dataops.store.schema import artifacts, attempts, events, node_runs, outputs, runs, snapshots

_RECENT = 200
"""How many runs are looked through for one spelled alike."""


def insert_run(
    connection: sa.Connection, run: RunRecord, nodes: Sequence[NodeRunRecord], snapshot: str, at: datetime
) -> None:
    """The run, its node runs, its snapshot and its first event are written."""
    if connection.scalar(sa.select(runs.c.number).where(runs.c.run_id == run.run_id)) is not None:
        raise StoreError(f"There is a run {run.run_id} already", hint="give the new run an id of its own")
    _insert_once(connection, snapshots, [{"digest": run.snapshot, "text": snapshot}])
    connection.execute(runs.insert().values(**rows.values(run, rows.RUN)))
    if nodes:
        connection.execute(node_runs.insert(), [rows.values(node_run, rows.NODE_RUN) for node_run in nodes])
    for node_run in nodes:
        _insert_outputs(connection, node_run)
    _insert_event(connection, "RunCreated", at, run.run_id, node=None, data=created_data(run))


def change_run(connection: sa.Connection, event: RunEvent, token: Token | None) -> None:
    """The run has `event` folded in, and the event is written."""
    before = select_run(connection, event.run_id, lock=True)
    update = runs.update().where(*_run_allows(event, token))
    if connection.execute(update.values(**rows.values(run_after(before, event), rows.RUN))).rowcount != 1:
        raise moves.refused(before, None, event, token)
    _insert_event(connection, type(event).__name__, event.at, event.run_id, node=None, data=event_data(event))


def change_node_run(connection: sa.Connection, event: NodeEvent, token: Token | None) -> None:
    """The node run, its attempt and outputs have `event` folded in, and the event is written."""
    run = select_run(connection, event.run_id, lock=True)
    before = _select_node_run(connection, event.run_id, event.node)
    after = node_run_after(before, event)
    update = node_runs.update().where(
        node_runs.c.run_id == event.run_id,
        node_runs.c.node == event.node,
        node_runs.c.state.in_(moves.node_states_allowing(event)),
        sa.exists().where(*_run_allows(event, token)),
    )
    if isinstance(event, NodeStarted):
        update = update.where(node_runs.c.attempt == event.attempt - 1)
    if connection.execute(update.values(**rows.values(after, rows.NODE_RUN))).rowcount != 1:
        raise moves.refused(run, before, event, token)
    _change_attempt(connection, before, event)
    _insert_outputs(connection, after)
    _insert_event(connection, type(event).__name__, event.at, event.run_id, node=event.node, data=event_data(event))


def _run_allows(event: Event, token: Token | None) -> list[sa.ColumnElement[bool]]:
    allowed = [runs.c.run_id == event.run_id, runs.c.state.in_(moves.run_states_allowing(event))]
    if moves.needs_token(event):
        allowed.append(runs.c.token.is_not_distinct_from(token))  # a run that nobody has taken has none
    return allowed


def _change_attempt(connection: sa.Connection, node_run: NodeRunRecord, event: NodeEvent) -> None:
    latest = _select_attempt(connection, node_run) if node_run.attempt else None
    after = attempt_after(latest, event)
    if after is None:
        return
    if latest is None or latest.attempt != after.attempt:
        connection.execute(attempts.insert().values(**rows.values(after, rows.ATTEMPT)))
        return
    connection.execute(
        attempts.update()
        .where(_is_of(attempts, node_run), attempts.c.attempt == after.attempt)
        .values(**rows.values(after, rows.ATTEMPT))
    )


def _insert_outputs(connection: sa.Connection, node_run: NodeRunRecord) -> None:
    if not node_run.outputs:
        return
    described = [rows.artifact_row(output.artifact) for output in node_run.outputs.values()]
    _insert_once(connection, artifacts, described)
    connection.execute(outputs.insert(), rows.output_rows(node_run))


def _insert_once(connection: sa.Connection, table: sa.Table, found: Sequence[Mapping[str, Any]]) -> None:
    # SQLite and PostgreSQL both have it, in one spelling; the engine has imported its own of the two already.
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), found)


def _insert_event(
    connection: sa.Connection, kind: str, at: datetime, run_id: RunId, *, node: NodeName | None, data: Mapping[str, Any]
) -> None:
    connection.execute(events.insert().values(run_id=run_id, node=node, kind=kind, at=at, data=data))


def select_run(connection: sa.Connection, run_id: RunId, *, lock: bool = False) -> RunRecord:
    """One run. Raises `RunNotFound`.

    With `lock`, other writers to this run wait until the transaction ends, where the database locks by row. That also
    keeps a run's events in the order of their numbers: a reader never finds one below those it has seen.
    """
    select = sa.select(*rows.RUN).where(runs.c.run_id == run_id)
    row = connection.execute(select.with_for_update() if lock else select).mappings().one_or_none()
    if row is None:
        raise run_not_found(run_id, [run.run_id for run in select_recent(connection)])
    return RunRecord(**row)


def select_runs(connection: sa.Connection, notebook: str | None, limit: int) -> list[RunRecord]:
    """The newest runs first."""
    select = sa.select(*rows.RUN).order_by(runs.c.number.desc()).limit(limit)
    if notebook is not None:
        select = select.where(runs.c.notebook == notebook)
    return [RunRecord(**row) for row in connection.execute(select).mappings()]


def select_runs_starting(connection: sa.Connection, prefix: str) -> list[RunRecord]:
    """Runs whose id starts with `prefix`, as many as an answer needs; found through the index."""
    inside = runs.c.run_id.between(prefix, prefix + "\U0010ffff")
    select = sa.select(*rows.RUN).where(inside).order_by(runs.c.run_id).limit(MATCHES_SHOWN + 1)
    return [RunRecord(**row) for row in connection.execute(select).mappings()]


def select_recent(connection: sa.Connection) -> list[RunRecord]:
    """The runs among which one spelled alike is looked for."""
    return select_runs(connection, None, _RECENT)


def select_node_runs(connection: sa.Connection, run_id: RunId) -> list[NodeRunRecord]:
    """A run's node runs with their outputs: two queries, however many there are."""
    found = sa.select(*rows.NODE_RUN).where(node_runs.c.run_id == run_id).order_by(node_runs.c.position)
    made = sa.select(*rows.OUTPUT).join(artifacts).where(outputs.c.run_id == run_id)
    made = made.order_by(outputs.c.node, outputs.c.position)
    by_node = rows.outputs_by_node(connection.execute(made).mappings())
    records = [NodeRunRecord(**row) for row in connection.execute(found).mappings()]
    if not records:
        select_run(connection, run_id)
    return [replace(record, outputs=by_node[record.node]) if record.node in by_node else record for record in records]


def select_attempts(connection: sa.Connection, run_id: RunId, node: NodeName | None) -> list[AttemptRecord]:
    """Attempts by the node's place, then number."""
    select = sa.select(*rows.ATTEMPT).join(node_runs).where(attempts.c.run_id == run_id)
    if node is not None:
        select = select.where(attempts.c.node == node)
    select = select.order_by(node_runs.c.position, attempts.c.attempt)
    records = [AttemptRecord(**row) for row in connection.execute(select).mappings()]
    if not records:
        select_run(connection, run_id)
        if node is not None:
            _select_node_run(connection, run_id, node)
    return records


def select_snapshot(connection: sa.Connection, digest: str) -> str | None:
    """A snapshot's text."""
    return connection.scalar(sa.select(snapshots.c.text).where(snapshots.c.digest == digest))


def select_events(connection: sa.Connection, run_id: RunId, after: int) -> list[EventRecord]:
    """Events above `after`, in order."""
    select = sa.select(*rows.EVENT).where(events.c.run_id == run_id, events.c.seq > after).order_by(events.c.seq)
    records = [EventRecord(**row) for row in connection.execute(select).mappings()]
    if not records:
        select_run(connection, run_id)
    return records


def select_last_seq(connection: sa.Connection) -> int:
    """Number of the newest event; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(events.c.seq))) or 0


def _select_node_run(connection: sa.Connection, run_id: RunId, node: NodeName) -> NodeRunRecord:
    select = sa.select(*rows.NODE_RUN).where(node_runs.c.run_id == run_id, node_runs.c.node == node)
    row = connection.execute(select).mappings().one_or_none()
    if row is None:
        known = connection.scalars(sa.select(node_runs.c.node).where(node_runs.c.run_id == run_id))
        raise node_not_found(node, run_id, [NodeName(name) for name in known])
    return NodeRunRecord(**row)


def _select_attempt(connection: sa.Connection, node_run: NodeRunRecord) -> AttemptRecord | None:
    select = sa.select(*rows.ATTEMPT).where(_is_of(attempts, node_run), attempts.c.attempt == node_run.attempt)
    row = connection.execute(select).mappings().one_or_none()
    return AttemptRecord(**row) if row is not None else None


def _is_of(table: sa.Table, node_run: NodeRunRecord) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.run_id == node_run.run_id, table.c.node == node_run.node)
