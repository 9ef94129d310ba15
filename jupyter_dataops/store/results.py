"""Results that later runs may use, in the database: kept, found and dropped in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from importlib import import_module
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from msgspec.structs import replace

from jupyter_dataops.events import NodeEvent, NodeSucceeded
from jupyter_dataops.ids import NodeName, RunId, checked_by
from jupyter_dataops.records import EarlierResult, NodeRunRecord, ResultRecord
from jupyter_dataops.store import moves, rows
from jupyter_dataops.store.schema import artifacts, node_runs, outputs, results

Value = TypeVar("Value")

_AT_ONCE: Final = 500
"""How many values one statement asks for: databases limit how many values it may have."""


def note_result(connection: sa.Connection, notebook: str, before: NodeRunRecord, event: NodeEvent) -> None:
    """What the event says of results is written: one is there, or a check has found one wrong."""
    if isinstance(event, NodeSucceeded) and event.result is not None:
        _keep(connection, notebook, event, event.result)
    elif moves.refutes(before, event):
        checked = checked_by(event.node)
        source = sa.select(sa.func.coalesce(node_runs.c.source_run_id, node_runs.c.run_id)).where(
            node_runs.c.run_id == event.run_id, node_runs.c.node == checked
        )
        wrong = results.c.run_id == source.scalar_subquery(), results.c.node == checked
        connection.execute(results.delete().where(*wrong))


def _keep(connection: sa.Connection, notebook: str, event: NodeSucceeded, result: ResultRecord) -> None:
    found = {
        "run_id": event.run_id,
        "node": event.node,
        "notebook": notebook,
        "computed_at": event.at,
        **{column.name: getattr(result, column.name) for column in rows.RESULT if column.name != "key"},
    }
    dialect: Any = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    insert = dialect.insert(results).values(key=result.key, **found)
    connection.execute(insert.on_conflict_do_update(index_elements=["key"], set_=found))


def select_results(connection: sa.Connection, keys: Collection[str]) -> dict[str, EarlierResult]:
    """The results under those of `keys` that have one."""
    found: dict[str, EarlierResult] = {}
    for some in _chunks(sorted(keys)):
        found |= {one.result.key: one for one in _select(connection, results.c.key.in_(some))}
    return found


def select_latest(
    connection: sa.Connection, notebook: str, nodes: Iterable[NodeName], before: datetime | None
) -> dict[NodeName, EarlierResult]:
    """The newest result of each node of a notebook; one step into an index for each."""
    keys: set[str] = set()
    for some in _chunks(sorted(nodes)):
        listed = sa.values(sa.column("node", results.c.node.type)).data([(node,) for node in some]).cte("wanted")
        newest = sa.select(results.c.key).where(results.c.notebook == notebook, results.c.node == listed.c.node)
        if before is not None:
            newest = newest.where(results.c.computed_at < before)
        newest = newest.order_by(results.c.computed_at.desc()).limit(1)
        keys |= {*filter(None, connection.scalars(sa.select(newest.scalar_subquery()).select_from(listed)))}
    return {one.node_run.node: one for one in select_results(connection, keys).values()}


def _select(connection: sa.Connection, wanted: sa.ColumnElement[bool]) -> Iterator[EarlierResult]:
    is_of = results.c.run_id == node_runs.c.run_id, results.c.node == node_runs.c.node
    select = sa.select(*rows.RESULT, *rows.NODE_RUN).join(node_runs, sa.and_(*is_of)).where(wanted)
    found = list(connection.execute(select).mappings())
    stored = (
        sa.select(*rows.OUTPUT, outputs.c.run_id)
        .join(artifacts)
        .join(results, sa.and_(results.c.run_id == outputs.c.run_id, results.c.node == outputs.c.node))
        .where(wanted)
        .order_by(outputs.c.position)
    )
    by_node_run: dict[tuple[RunId, NodeName], list[Any]] = {}
    for row in connection.execute(stored).mappings():
        by_node_run.setdefault((row["run_id"], row["node"]), []).append(row)
    for row in found:
        record = NodeRunRecord(**{column.name: row[column] for column in rows.NODE_RUN})
        of_node = rows.outputs_by_node(by_node_run.get((record.run_id, record.node), ())).get(record.node, {})
        result = ResultRecord(**{column.name: row[column] for column in rows.RESULT})
        yield EarlierResult(result, replace(record, outputs=of_node))


def _chunks(values: list[Value]) -> Iterator[list[Value]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
