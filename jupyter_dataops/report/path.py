"""The critical path of a run, through what nodes have expanded to, and checks."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_dataops.graph.critical_path import critical_path
from jupyter_dataops.ids import NodeName
from jupyter_dataops.report.models import RunPage
from jupyter_dataops.report.tree import checked_by
from jupyter_dataops.states import CheckSeverity


def path_of(page: RunPage) -> list[tuple[NodeName, float]]:
    """The node runs on the critical path, from first to last, and for how many seconds each was at work."""
    durations = durations_s(page)
    ends = {_end(record.node): 0.0 for record in page.node_runs}
    return [(node, durations[node]) for node in critical_path(durations | ends, edges_in_time(page))]


def durations_s(page: RunPage) -> dict[NodeName, float]:
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


def edges_in_time(page: RunPage) -> Iterator[tuple[NodeName, NodeName]]:
    """What is over before what begins, for `critical_path`.

    Everything has an end of its own, which takes no time: what is below waits for it, and it waits for all that the
    node has expanded to. A blocking check lies between its node's end and what is below.
    """
    checks = page.checks
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
            checked, _ = checked_by(record.node)
            yield from ((record.node, node) for node in below.get(checked, ()) if node not in checks)


def _end(node: NodeName) -> NodeName:
    return NodeName(f"{node}\0end")  # no node has such a name
