"""What the run store writes to its database, one function per change, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from jupyter_dataops.errors import StoreError
from jupyter_dataops.events import (
    Event,
    NodeEvent,
    NodeExpanded,
    NodeReused,
    NodeStarted,
    NodeSucceeded,
    RunCrashed,
    RunEvent,
    RunFinished,
    attempt_after,
    node_run_after,
    run_after,
)
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.records import NewRun, NodeRunRecord, RunRecord, SlotHolder
from jupyter_dataops.states import DONE
from jupyter_dataops.store import moves, queries, rows
from jupyter_dataops.store.asset_changes import note_loads, note_publication
from jupyter_dataops.store.audit import Action, action_of, creation
from jupyter_dataops.store.codec import created_data, event_data
from jupyter_dataops.store.inserting import insert_once
from jupyter_dataops.store.notice_changes import note_end
from jupyter_dataops.store.results import note_result
from jupyter_dataops.store.schema import artifacts, attempts, audit, events, node_runs, outputs, runs, slots, snapshots
from jupyter_dataops.store.slots import Request, Taken, answer


def _here(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.run_id == sa.bindparam("at_run"), table.c.node == sa.bindparam("at_node"))


# Made once, since that costs several times what executing them does.
_UPDATE_NODE_RUN: Final = node_runs.update().where(
    _here(node_runs),
    node_runs.c.state.in_(sa.bindparam("from_states", expanding=True)),
    node_runs.c.attempt == sa.bindparam("from_attempt"),
    sa.exists().where(
        runs.c.run_id == sa.bindparam("at_run"),
        runs.c.state.in_(sa.bindparam("run_states", expanding=True)),
        runs.c.token.is_not_distinct_from(sa.bindparam("of_token")),
    ),
)
_UPDATE_ATTEMPT: Final = attempts.update().where(_here(attempts), attempts.c.attempt == sa.bindparam("at_attempt"))
_FREE_SLOTS: Final = slots.delete().where(_here(slots))
_DELETE_OUTPUTS: Final = outputs.delete().where(_here(outputs))
_INSERT_ATTEMPT: Final = attempts.insert()
_INSERT_OUTPUTS: Final = outputs.insert()
_INSERT_EVENT: Final = events.insert()
_INSERT_ACTION: Final = audit.insert()
_INSERT_RUN: Final = runs.insert()


def insert_run(connection: sa.Connection, new: NewRun) -> None:
    """The run, which must not be there, and all that belongs to it are written."""
    if select_there(connection, [new.run.run_id]):
        raise StoreError(f"There is a run {new.run.run_id} already", hint="give the new run an id of its own")
    insert_runs(connection, [new])


def insert_runs(connection: sa.Connection, new: Sequence[NewRun]) -> None:
    """The runs, their node runs, their snapshots, the first event of each and the action are written."""
    if not new:
        return
    texts = {digest: text for one in new for digest, text in one.snapshots.items()}
    insert_once(connection, snapshots, [{"digest": digest, "text": text} for digest, text in texts.items()])
    connection.execute(_INSERT_RUN, [rows.values(one.run, rows.RUN) for one in new])
    _insert_node_runs(connection, [node_run for one in new for node_run in one.node_runs])
    connection.execute(
        _INSERT_EVENT, [_event_row("RunCreated", one.at, one.run.run_id, None, created_data(one.run)) for one in new]
    )
    connection.execute(_INSERT_ACTION, [_action_row(one.run, creation(one.run), one.at) for one in new])


def select_there(connection: sa.Connection, run_ids: Sequence[RunId]) -> set[RunId]:
    """Those of the ids that a run has."""
    found: set[RunId] = set()
    for some in queries.chunks(run_ids):
        found.update(connection.scalars(sa.select(runs.c.run_id).where(runs.c.run_id.in_(some))))
    return found


def change_all(
    connection: sa.Connection, told: Sequence[Event], token: Token | None, done: Callable[[str], None]
) -> None:
    """Each event of one run is folded into its record and written, in order; `done` is told the kind of each then."""
    run: RunRecord | None = None
    for event in told:
        # Nobody else can change the run before this transaction ends, so that its row is read once for many nodes.
        run = run or queries.select_run_head(connection, event.run_id, lock=True)
        if isinstance(event, NodeEvent):
            _change_node_run(connection, run, event, token)
        else:
            _change_run(connection, run, event, token)
        _insert_told(connection, run, event)
        done(type(event).__name__)
        run = run if isinstance(event, NodeEvent) else None


def _change_run(connection: sa.Connection, before: RunRecord, event: RunEvent, token: Token | None) -> None:
    update = runs.update().where(*_run_allows(event, token))
    if connection.execute(update.values(**rows.values(run_after(before, event), rows.RUN_HEAD))).rowcount != 1:
        legal = moves.is_legal(before, None, event, token)
        undone = queries.select_undone(connection, event.run_id) if legal else ()
        raise moves.refused(before, None, event, token, undone=undone)
    if moves.frees_slots(event):
        connection.execute(slots.delete().where(slots.c.run_id == event.run_id))
    if isinstance(event, RunCrashed | RunFinished):
        note_end(connection, event.run_id)


def _change_node_run(connection: sa.Connection, run: RunRecord, event: NodeEvent, token: Token | None) -> None:
    before = queries.select_node_run(connection, event.run_id, event.node)
    after = node_run_after(before, event)
    here = {"at_run": event.run_id, "at_node": event.node}
    changed = connection.execute(
        _UPDATE_NODE_RUN,
        {
            **rows.values(after, rows.NODE_RUN),
            **here,
            "from_states": list(moves.node_states_allowing(event)),
            "from_attempt": event.attempt - 1 if isinstance(event, NodeStarted) else before.attempt,
            "run_states": list(moves.run_states_allowing(event)),
            "of_token": token if moves.needs_token(event) else run.token,
        },
    )
    if changed.rowcount != 1:
        raise moves.refused(run, before, event, token)
    if isinstance(event, NodeExpanded) and not _insert_children(connection, event):
        raise moves.refused(run, before, event, token, expanded=True)
    if moves.frees_slots(event):
        connection.execute(_FREE_SLOTS, here)
    _change_attempt(connection, before, event)
    if isinstance(event, NodeExpanded | NodeSucceeded | NodeReused):
        connection.execute(_DELETE_OUTPUTS, here)  # a group has some before it is done
        _insert_outputs(connection, after)
    note_result(connection, run.notebook, before, event)
    note_publication(connection, run, after, event)


def renew_lease(connection: sa.Connection, run_id: RunId, token: Token, until: datetime) -> None:
    """The runner's lease lasts until then."""
    held = runs.c.run_id == run_id, runs.c.token == token, runs.c.state.in_(moves.AT_WORK)
    if connection.execute(runs.update().where(*held).values(lease_until=until)).rowcount != 1:
        _require_runner(connection, run_id, token)


def take_slots(connection: sa.Connection, request: Request) -> Sequence[SlotHolder]:
    """The node has the slots that it wants, or nothing has changed for it; see `RunStore.take_slots`."""
    _require_runner(connection, request.run_id, request.token)
    queries.select_node_run(connection, request.run_id, request.node)
    kept = queries.select_taken(connection, request.wanted.keys())
    found = answer(request, kept, {taken.run_id: queries.select_run_head(connection, taken.run_id) for taken in kept})
    for taken in found.remove:
        connection.execute(slots.delete().where(_is_of(slots, taken), slots.c.pool == taken.pool))
    if found.add:
        connection.execute(slots.insert(), [rows.values(taken, rows.TAKEN) for taken in found.add])
    return found.holders


def _require_runner(connection: sa.Connection, run_id: RunId, token: Token) -> None:
    refusal = moves.not_the_runner(queries.select_run_head(connection, run_id, lock=True), token)
    if refusal is not None:
        raise refusal


def _run_allows(event: RunEvent, token: Token | None) -> list[sa.ColumnElement[bool]]:
    allowed = [runs.c.run_id == event.run_id, runs.c.state.in_(moves.run_states_allowing(event))]
    if moves.needs_token(event):
        allowed.append(runs.c.token.is_not_distinct_from(token))  # a run that nobody has taken has none
    if isinstance(event, RunCrashed):
        allowed.append(runs.c.lease_until.is_not_distinct_from(event.lease_until))
    if moves.needs_nodes_done(event):
        in_the_way = node_runs.c.run_id == event.run_id, node_runs.c.state.not_in(DONE)
        allowed.append(~sa.exists().where(*in_the_way))
    return allowed


def _insert_children(connection: sa.Connection, event: NodeExpanded) -> bool:
    """Whether none of them was there before; only then they are now."""
    if queries.has_node_runs(connection, event.run_id, [child.node for child in event.children]):
        return False
    _insert_node_runs(connection, event.children)
    return True


def _insert_node_runs(connection: sa.Connection, nodes: Sequence[NodeRunRecord]) -> None:
    if not nodes:
        return
    insert_once(connection, node_runs, [rows.values(node_run, rows.NODE_RUN) for node_run in nodes])
    for node_run in nodes:
        _insert_outputs(connection, node_run)


def _change_attempt(connection: sa.Connection, node_run: NodeRunRecord, event: NodeEvent) -> None:
    latest = queries.select_attempt(connection, node_run) if node_run.attempt else None
    after = attempt_after(latest, event)
    if after is None:
        return
    values = rows.values(after, rows.ATTEMPT)
    if latest is None or latest.attempt != after.attempt:
        connection.execute(_INSERT_ATTEMPT, values)
        return
    at = {"at_run": after.run_id, "at_node": after.node, "at_attempt": after.attempt}
    connection.execute(_UPDATE_ATTEMPT, {**values, **at})
    note_loads(connection, after)


def _insert_outputs(connection: sa.Connection, node_run: NodeRunRecord) -> None:
    if not node_run.outputs:
        return
    described = [rows.artifact_row(output.artifact) for output in node_run.outputs.values()]
    insert_once(connection, artifacts, described)
    connection.execute(_INSERT_OUTPUTS, rows.output_rows(node_run))


def _insert_told(connection: sa.Connection, run: RunRecord, event: Event) -> None:
    node = event.node if isinstance(event, NodeEvent) else None
    connection.execute(_INSERT_EVENT, _event_row(type(event).__name__, event.at, event.run_id, node, event_data(event)))
    action = action_of(event)
    if action is not None:
        connection.execute(_INSERT_ACTION, _action_row(run, action, event.at))


def _event_row(
    kind: str, at: datetime, run_id: RunId, node: NodeName | None, data: Mapping[str, Any]
) -> dict[str, Any]:
    return {"run_id": run_id, "node": node, "kind": kind, "at": at, "data": data}


def _action_row(run: RunRecord, action: Action, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "by": action.by,
        "action": action.action,
        "run_id": run.run_id,
        "node": action.node,
        "notebook": run.notebook,
        "snapshot": run.snapshot,
        "details": action.details,
    }


def _is_of(table: sa.Table, of: NodeRunRecord | Taken) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.run_id == of.run_id, table.c.node == of.node)
