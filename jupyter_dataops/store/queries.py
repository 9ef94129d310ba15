"""What the run store asks its database, one function per question, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, TypeVar

import sqlalchemy as sa
from msgspec.structs import replace

from jupyter_dataops.errors import RunNotFound
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records import AttemptRecord, AuditRecord, EventRecord, Happening, NodeRunRecord, RunRecord
from jupyter_dataops.states import DONE, CheckSeverity, NodeState, RunState
from jupyter_dataops.store import moves, rows
from jupyter_dataops.store.lookup import MATCHES_SHOWN, node_not_found, run_not_found
from jupyter_dataops.store.order import Place, places
from jupyter_dataops.store.schema import artifacts, attempts, audit, events, node_runs, outputs, runs, slots, snapshots
from jupyter_dataops.store.slots import Taken

_Value = TypeVar("_Value")

_MOST_NAMES = 5_000
"""How many values one question asks for: databases bound the number of parameters."""

_RECENT = 200
"""How many runs are looked through for one spelled alike."""


def select_run(connection: sa.Connection, run_id: RunId) -> RunRecord:
    """One run. Raises `RunNotFound`."""
    row = connection.execute(_RUN, {"run_id": run_id}).mappings().one_or_none()
    if row is None:
        raise _not_found(connection, run_id)
    return RunRecord(**row)


def select_run_head(connection: sa.Connection, run_id: RunId, *, lock: bool = False) -> RunRecord:
    """One run with all that may change; without its parameters and options. Raises `RunNotFound`.

    With `lock`, other writers to this run wait until the transaction ends, where the database locks by row. That also
    keeps a run's events in the order of their numbers: a reader never finds one below those it has seen.
    """
    row = connection.execute(_HEAD_LOCKED if lock else _HEAD, {"run_id": run_id}).mappings().one_or_none()
    if row is None:
        raise _not_found(connection, run_id)
    return RunRecord(parameters={}, **row)


def _not_found(connection: sa.Connection, run_id: RunId) -> RunNotFound:
    return run_not_found(run_id, [run.run_id for run in select_recent(connection)])


def select_runs(  # noqa: PLR0917 - as in `RunStore.get_runs`
    connection: sa.Connection,
    notebook: str | None,
    limit: int,
    environment: str | None = None,
    deployments: Collection[str] = (),
    version: int | None = None,
) -> list[RunRecord]:
    """The newest runs first; see `RunStore.get_runs`."""
    select = sa.select(*rows.RUN).order_by(runs.c.number.desc()).limit(limit)
    deployment = runs.c.options["deployment"]
    of = [runs.c.notebook == notebook] if notebook is not None else []
    if deployments:
        of.append(deployment["name"].as_string().in_(deployments))
    if of:
        select = select.where(sa.or_(*of))
    if environment is not None:
        select = select.where(runs.c.options["environment"].as_string() == environment)
    if version is not None:
        select = select.where(deployment["version"].as_integer() == version)
    return [RunRecord(**row) for row in connection.execute(select).mappings()]


def select_runs_starting(connection: sa.Connection, prefix: str) -> list[RunRecord]:
    """Runs whose id starts with `prefix`, as many as an answer needs; found through the index."""
    inside = runs.c.run_id.between(prefix, prefix + "\U0010ffff")
    select = sa.select(*rows.RUN).where(inside).order_by(runs.c.run_id).limit(MATCHES_SHOWN + 1)
    return [RunRecord(**row) for row in connection.execute(select).mappings()]


def select_recent(connection: sa.Connection) -> list[RunRecord]:
    """The runs among which one spelled alike is looked for."""
    return select_runs(connection, None, _RECENT)


def select_active(connection: sa.Connection) -> list[RunRecord]:
    """The runs that are at work, oldest first; found through the index."""
    select = sa.select(*rows.RUN).where(runs.c.state.in_(moves.AT_WORK)).order_by(runs.c.number)
    return [RunRecord(**row) for row in connection.execute(select).mappings()]


def select_queued(connection: sa.Connection) -> list[RunRecord]:
    """The runs that nobody has taken, oldest first; found through the index."""
    select = sa.select(*rows.RUN).where(runs.c.state == RunState.QUEUED).order_by(runs.c.number)
    return [RunRecord(**row) for row in connection.execute(select).mappings()]


def count_failed_checks(connection: sa.Connection, run_ids: Collection[RunId]) -> dict[RunId, dict[CheckSeverity, int]]:
    """How many checks of each run failed, by severity."""
    counted = (
        sa.select(node_runs.c.run_id, node_runs.c.severity, sa.func.count())
        .where(node_runs.c.run_id.in_(run_ids))
        .where(node_runs.c.severity.is_not(None), node_runs.c.state == NodeState.FAILED)
        .group_by(node_runs.c.run_id, node_runs.c.severity)
    )
    found: dict[RunId, dict[CheckSeverity, int]] = {}
    for run_id, severity, count in connection.execute(counted):
        found.setdefault(run_id, {})[severity] = count
    return found


def select_node_runs(
    connection: sa.Connection, run_id: RunId, names: Collection[NodeName] | None = None
) -> list[NodeRunRecord]:
    """A run's node runs with their outputs: two queries, however many there are. All of them in document order."""
    if names is None:
        records = select_heads(connection, run_id)
    else:
        records = [record for some in chunks(names) for record in _select_named(connection, run_id, some)]
    made = sa.select(*rows.OUTPUT).join(artifacts).where(outputs.c.run_id == run_id)
    made = made.order_by(outputs.c.node, outputs.c.position)
    wanted = [made] if names is None else [made.where(outputs.c.node.in_(some)) for some in chunks(names)]
    by_node = rows.outputs_by_node(row for select in wanted for row in connection.execute(select).mappings())
    if not records:
        select_run(connection, run_id)
    return [replace(record, outputs=by_node[record.node]) if record.node in by_node else record for record in records]


def select_heads(connection: sa.Connection, run_id: RunId) -> list[NodeRunRecord]:
    """A run's node runs in document order, without their outputs."""
    found = sa.select(*rows.NODE_RUN).where(node_runs.c.run_id == run_id)
    records = [NodeRunRecord(**row) for row in connection.execute(found).mappings()]
    place = places((record.node, record.parent, record.position) for record in records)
    return sorted(records, key=lambda record: place[record.node])


def _select_named(connection: sa.Connection, run_id: RunId, names: Collection[str]) -> list[NodeRunRecord]:
    found = sa.select(*rows.NODE_RUN).where(node_runs.c.run_id == run_id, node_runs.c.node.in_(names))
    return [NodeRunRecord(**row) for row in connection.execute(found).mappings()]


def chunks(values: Collection[_Value]) -> list[list[_Value]]:
    """`values` in portions that one question may ask for."""
    listed = list(values)
    return [listed[start : start + _MOST_NAMES] for start in range(0, len(listed), _MOST_NAMES)]


def has_node_runs(connection: sa.Connection, run_id: RunId, names: Sequence[NodeName]) -> bool:
    """Whether a run has any of these; costs the number of names, however many node runs there are."""
    return any(
        connection.scalar(
            sa.select(node_runs.c.node).where(node_runs.c.run_id == run_id, node_runs.c.node.in_(some)).limit(1)
        )
        for some in chunks(names)
    )


def select_undone(connection: sa.Connection, run_id: RunId) -> list[NodeName]:
    """The nodes of a run that are not done, in document order."""
    place = _select_places(connection, run_id)
    select = sa.select(node_runs.c.node).where(node_runs.c.run_id == run_id, node_runs.c.state.not_in(DONE))
    return sorted((NodeName(node) for node in connection.scalars(select)), key=place.__getitem__)


def select_attempts(connection: sa.Connection, run_id: RunId, node: NodeName | None) -> list[AttemptRecord]:
    """Attempts by the node's place, then number."""
    select = sa.select(*rows.ATTEMPT).where(attempts.c.run_id == run_id).order_by(attempts.c.attempt)
    if node is not None:
        select = select.where(attempts.c.node == node)
    records = [AttemptRecord(**row) for row in connection.execute(select).mappings()]
    if records and node is None:
        place = _select_places(connection, run_id)
        records.sort(key=lambda record: place[record.node])
    if not records:
        select_run(connection, run_id)
        if node is not None:
            select_node_run(connection, run_id, node)
    return records


def _select_places(connection: sa.Connection, run_id: RunId) -> dict[NodeName, Place]:
    columns = node_runs.c.node, node_runs.c.parent, node_runs.c.position
    found = connection.execute(sa.select(*columns).where(node_runs.c.run_id == run_id))
    return places((node, parent, position) for node, parent, position in found)


def select_snapshot(connection: sa.Connection, digest: str) -> str | None:
    """A snapshot's text."""
    return connection.scalar(sa.select(snapshots.c.text).where(snapshots.c.digest == digest))


def select_events(
    connection: sa.Connection, run_id: RunId, after: int, kinds: Collection[str] = ()
) -> list[EventRecord]:
    """Events above `after`, in order; where `kinds` are named, only of these."""
    select = sa.select(*rows.EVENT).where(events.c.run_id == run_id, events.c.seq > after).order_by(events.c.seq)
    if kinds:
        select = select.where(events.c.kind.in_(kinds))
    records = [EventRecord(**row) for row in connection.execute(select).mappings()]
    if not records:
        select_run(connection, run_id)
    return records


def select_happenings(connection: sa.Connection, after: int, limit: int) -> list[Happening]:
    """What happened to any run above `after`, in order; found through the key."""
    columns = events.c.seq, events.c.run_id, events.c.node, events.c.kind, events.c.at
    select = sa.select(*columns).where(events.c.seq > after).order_by(events.c.seq).limit(limit)
    return [Happening(**row) for row in connection.execute(select).mappings()]


def select_last_seq(connection: sa.Connection) -> int:
    """Number of the newest event; 0 before the first."""
    return connection.scalar(sa.select(sa.func.max(events.c.seq))) or 0


def select_audit(connection: sa.Connection, run_id: RunId | None, after: int) -> list[AuditRecord]:
    """Actions above `after`, in order."""
    select = sa.select(*rows.AUDIT).where(audit.c.seq > after).order_by(audit.c.seq)
    if run_id is not None:
        select = select.where(audit.c.run_id == run_id)
    return [AuditRecord(**row) for row in connection.execute(select).mappings()]


def select_taken(connection: sa.Connection, pools: Collection[str]) -> list[Taken]:
    """All that is kept of these pools."""
    select = sa.select(*rows.TAKEN).where(slots.c.pool.in_(pools)).order_by(slots.c.run_id, slots.c.node)
    return [Taken(**row) for row in connection.execute(select).mappings()]


# Made once, since that costs several times what executing them does; these are asked with every change.
_RUN: Final = sa.select(*rows.RUN).where(runs.c.run_id == sa.bindparam("run_id"))
_HEAD: Final = sa.select(*rows.RUN_HEAD).where(runs.c.run_id == sa.bindparam("run_id"))
_HEAD_LOCKED: Final = _HEAD.with_for_update()
_NODE_RUN: Final = sa.select(*rows.NODE_RUN).where(
    node_runs.c.run_id == sa.bindparam("run_id"), node_runs.c.node == sa.bindparam("node")
)
_ATTEMPT: Final = sa.select(*rows.ATTEMPT).where(
    attempts.c.run_id == sa.bindparam("run_id"),
    attempts.c.node == sa.bindparam("node"),
    attempts.c.attempt == sa.bindparam("attempt"),
)


def select_node_run(connection: sa.Connection, run_id: RunId, node: NodeName) -> NodeRunRecord:
    """One node run, without its outputs. Raises `NodeNotFound`."""
    row = connection.execute(_NODE_RUN, {"run_id": run_id, "node": node}).mappings().one_or_none()
    if row is None:
        known = connection.scalars(sa.select(node_runs.c.node).where(node_runs.c.run_id == run_id))
        raise node_not_found(node, run_id, [NodeName(name) for name in known])
    return NodeRunRecord(**row)


def select_attempt(connection: sa.Connection, node_run: NodeRunRecord) -> AttemptRecord | None:
    """The latest attempt; `None` before the first."""
    which = {"run_id": node_run.run_id, "node": node_run.node, "attempt": node_run.attempt}
    row = connection.execute(_ATTEMPT, which).mappings().one_or_none()
    return AttemptRecord(**row) if row is not None else None
