"""The attempts that node runs come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from jupyter_dataops.ids import NodeName
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import AttemptRecord, NodeRunRecord


def attempts_behind(store: RunStore, node_runs: Iterable[NodeRunRecord]) -> Mapping[NodeName, Sequence[AttemptRecord]]:
    """Every attempt, by node; a reused node has those of the run that computed it."""
    computed_by = {record.node: record.source_run_id or record.run_id for record in node_runs}
    made = {
        (run_id, node): list(attempts)
        for run_id in set(computed_by.values())
        for node, attempts in groupby(store.get_attempts(run_id), lambda attempt: attempt.node)
    }
    return {name: made.get((run_id, name), []) for name, run_id in computed_by.items()}
