"""The critical path of a run, through what nodes have expanded to, and checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from jupyter_dataops.graph.critical_path import critical_path
from jupyter_dataops.ids import NodeName, checked_by
from jupyter_dataops.records import AttemptRecord, NodeRunRecord
from jupyter_dataops.states import CheckSeverity


class Course(Protocol):
    """How a run went, as far as its critical path goes by it; a `RunPage` tells it."""

    @property
    def node_runs(self) -> Sequence[NodeRunRecord]:
        """All of them, in document order."""
        ...

    @property
    def attempts(self) -> Mapping[NodeName, Sequence[AttemptRecord]]:
        """Of each node run."""
        ...

    @property
    def upstream(self) -> Mapping[NodeName, Sequence[NodeName]]:
        """Direct upstream of nodes and checks; what has none may be missing."""
        ...

    @property
    def now(self) -> datetime:
        """Up to here goes what has not ended."""
        ...


def path_of(page: Course) -> list[tuple[NodeName, float]]:
    """The node runs on the critical path, from first to last, and for how many seconds each was at work."""
    durations = durations_s(page)
    ends = {_end(record.node): 0.0 for record in page.node_runs}
    return [(node, durations[node]) for node in critical_path(durations | ends, edges_in_time(page))]


def durations_s(page: Course) -> dict[NodeName, float]:
    """How long each node run was at work in this run, in all its attempts; what it expanded to counts for itself."""
    return {
        record.node: sum(
            ((attempt.finished_at or page.now) - attempt.started_at).total_seconds()
            for attempt in page.attempts.get(record.node, ())
        )
        if record.source_run_id is None
        else 0.0
        for record in page.node_runs
    }


def edges_in_time(page: Course) -> Iterator[tuple[NodeName, NodeName]]:
    """What is over before what begins, for `critical_path`.

    Everything has an end of its own, which takes no time: what is below waits for it, and it waits for all that the
    node has expanded to. A blocking check lies between its node's end and what is below.
    """
    checks = {record.node for record in page.node_runs if record.severity is not None}
    below: dict[NodeName, list[NodeName]] = {}
    for node, upstream in page.upstream.items():
        for source in upstream:
            below.setdefault(source, []).append(node)
            yield _end(source), node
    for record in page.node_runs:
        yield record.node, _end(record.node)
        if record.parent is not None:
            yield record.parent, record.node
            yield _end(record.node), _end(record.parent)
        if record.severity is CheckSeverity.ERROR:
            yield from ((record.node, node) for node in below.get(checked_by(record.node), ()) if node not in checks)


def _end(node: NodeName) -> NodeName:
    return NodeName(f"{node}\0end")  # no node has such a name
