"""Which attempt at which node is meant, and by whom it was made."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_dataops.api.node_run import no_such_node
from jupyter_dataops.engine.nodes import NOTHING_WRITTEN
from jupyter_dataops.errors import UsageError
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import AttemptRecord, NodeRunRecord


def node_run(store: RunStore, run_id: RunId, name: str) -> NodeRunRecord:
    """A node run, with its outputs. Raises `RunNotFound`, `NodeNotFound`."""
    found = store.get_node_runs(run_id, [NodeName(name)])
    if not found:
        raise no_such_node(run_id, name, [record.node for record in store.get_changes(run_id).node_runs])
    return found[0]


def attempts_at(store: RunStore, record: NodeRunRecord) -> Sequence[AttemptRecord]:
    """All of them; those at a reused node were made in the run that computed it."""
    return store.get_attempts(record.source_run_id or record.run_id, record.node)


def attempt_at(store: RunStore, record: NodeRunRecord, number: int | None) -> AttemptRecord:
    """The attempt with that number, by default the latest. Raises `UsageError` where there is none."""
    found = [one for one in attempts_at(store, record) if number in (None, one.attempt)]
    if not found:
        raise UsageError(
            f"node '{record.node}' has {'no attempt' if number is None else f'no attempt {number}'}",
            where=f"run {record.run_id}",
            hint=f"it is {record.state}: {record.reason}",
        )
    return found[-1]


def has_files(attempt: AttemptRecord) -> bool:
    """Whether it got as far as having an executed notebook and a log."""
    return attempt.notebook != NOTHING_WRITTEN
