"""Which node run is meant, and which attempt at it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final

from jupyter_dataops.errors import NodeNotFound, UsageError
from jupyter_dataops.ids import NameParts, NodeName, RunId, parts_of
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import AttemptRecord, LoadedAsset, NodeRunRecord

_LISTED: Final = 20


def node_run(store: RunStore, run_id: RunId, name: str) -> NodeRunRecord:
    """A node run, with its outputs. Raises `RunNotFound`, `NodeNotFound`."""
    found = store.get_node_runs(run_id, [NodeName(name)])
    if not found:
        raise no_such_node(run_id, name, [record.node for record in store.get_changes(run_id).node_runs])
    return found[0]


def no_such_node(run_id: RunId, node: str, nodes: Collection[NodeName]) -> NodeNotFound:
    """The error that says which of `nodes` may have been meant."""
    close = difflib.get_close_matches(node, nodes, 1)
    own = [name for name in nodes if parts_of(name) == NameParts(None, name, None)]
    listed = ", ".join(own[:_LISTED]) + (", ..." if len(own) > _LISTED else "")
    return NodeNotFound(
        f"run {run_id} has no node '{node}'", hint=f"did you mean '{close[0]}'?" if close else f"its nodes: {listed}"
    )


def attempts_at(store: RunStore, record: NodeRunRecord) -> Sequence[AttemptRecord]:
    """All of them; those at a reused node were made in the run that computed it."""
    return store.get_attempts(record.source_run_id or record.run_id, record.node)


def attempt_at(store: RunStore, record: NodeRunRecord, number: int | None) -> AttemptRecord:
    """The attempt with that number, by default the latest. Raises `UsageError` where there is none."""
    found = chosen(attempts_at(store, record), number)
    if found is None:
        raise no_such_attempt(record, number)
    return found


def chosen(attempts: Sequence[AttemptRecord], number: int | None) -> AttemptRecord | None:
    """That with the number, by default the latest."""
    return next((one for one in reversed(attempts) if number in (None, one.attempt)), None)


def no_such_attempt(record: NodeRunRecord, number: int | None, hint: str = "") -> UsageError:
    """The error that says why there is none, unless `hint` does."""
    return UsageError(
        f"node '{record.node}' has {'no attempt' if number is None else f'no attempt {number}'}",
        where=f"run {record.run_id}",
        hint=hint or f"it is {record.state}: {record.reason}",
    )


def has_ended(store: RunStore, attempt: AttemptRecord) -> bool:
    """Nothing more comes of it: that of a runner that died has no end, and nobody goes on with it."""
    return attempt.finished_at is not None or store.get_run(attempt.run_id).state.is_terminal


def attempts_behind(store: RunStore, node_runs: Iterable[NodeRunRecord]) -> Mapping[NodeName, Sequence[AttemptRecord]]:
    """Every attempt, by node; a reused node has those of the run that computed it."""
    computed_by = {record.node: record.source_run_id or record.run_id for record in node_runs}
    made = {
        (run_id, node): list(attempts)
        for run_id in set(computed_by.values())
        for node, attempts in groupby(store.get_attempts(run_id), lambda attempt: attempt.node)
    }
    return {name: made.get((run_id, name), []) for name, run_id in computed_by.items()}


def loaded_in(attempts: Sequence[AttemptRecord]) -> Sequence[LoadedAsset]:
    """The versions of assets that the last of these attempts has loaded: what the node's result is made from."""
    usage = attempts[-1].usage if attempts else None
    return usage.loaded if usage is not None else ()
