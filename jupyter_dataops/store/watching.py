"""What those who watch runs ask the database, in the caller's transaction: at the cost of what has changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from jupyter_dataops.events import NodeExpanded
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records import NodeRunRecord, RunChanges, RunOverview
from jupyter_dataops.states import NodeState
from jupyter_dataops.store import queries, rows
from jupyter_dataops.store.overview import Failed, overview
from jupyter_dataops.store.schema import events, node_runs

_MOST_NAMED: Final = 5_000
"""Where more have changed, all are read: databases bound the number of parameters."""
_LAST_SEQ: Final = sa.select(sa.func.max(events.c.seq)).where(events.c.run_id == sa.bindparam("run_id"))
_CHANGED: Final = (
    sa.select(events.c.node, events.c.kind)
    .where(events.c.run_id == sa.bindparam("run_id"), events.c.seq > sa.bindparam("after"))
    .distinct()
)


def select_changes(connection: sa.Connection, run_id: RunId, after: int) -> RunChanges:
    """The run, its latest event, and the node runs that events above `after` changed or made. Raises `RunNotFound`."""
    run = queries.select_run(connection, run_id)
    seq: int = connection.scalar(_LAST_SEQ, {"run_id": run_id}) or 0
    if not after:
        return RunChanges(run, queries.select_heads(connection, run_id), seq)
    if seq <= after:
        return RunChanges(run, (), seq)
    changed: set[NodeName] = set()
    expanded: set[NodeName] = set()
    for node, kind in connection.execute(_CHANGED, {"run_id": run_id, "after": after}):
        if node is not None:
            changed.add(node)
            if kind == NodeExpanded.__name__:
                expanded.add(node)
    return RunChanges(run, _select_changed(connection, run_id, changed, expanded), seq)


def _select_changed(
    connection: sa.Connection, run_id: RunId, changed: Collection[NodeName], expanded: Collection[NodeName]
) -> list[NodeRunRecord]:
    if not changed:
        return []
    found = sa.select(*rows.NODE_RUN).where(node_runs.c.run_id == run_id)
    if len(changed) <= _MOST_NAMED:
        # What a node expands to has no event of its own before something happens to it.
        is_changed = node_runs.c.node.in_(changed)
        found = found.where(sa.or_(is_changed, node_runs.c.parent.in_(expanded)) if expanded else is_changed)
    records = (NodeRunRecord(**row) for row in connection.execute(found).mappings())
    return [record for record in records if record.node in changed or record.parent in expanded]


def select_overviews(connection: sa.Connection, run_ids: Collection[RunId]) -> dict[RunId, RunOverview]:
    """How far each run is; runs without node runs are left out."""
    columns = node_runs.c.run_id, node_runs.c.state
    counted = (
        sa.select(*columns, sa.func.count())
        .where(node_runs.c.run_id.in_(run_ids), node_runs.c.parent.is_(None), node_runs.c.severity.is_(None))
        .group_by(*columns)
    )
    counts: dict[RunId, dict[NodeState, int]] = {}
    for run_id, state, count in connection.execute(counted):
        counts.setdefault(run_id, {})[state] = count
    wrong = sa.select(node_runs.c.run_id, node_runs.c.node, node_runs.c.parent, node_runs.c.finished_at)
    failed: dict[RunId, list[Failed]] = {}
    for run_id, *facts in connection.execute(
        wrong.where(node_runs.c.run_id.in_(run_ids), node_runs.c.state == NodeState.FAILED)
    ):
        failed.setdefault(run_id, []).append(Failed(*facts))
    return {run_id: overview(found, failed.get(run_id, ())) for run_id, found in counts.items()}
