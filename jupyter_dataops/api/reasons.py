"""The reason for everything in a run: what changed for a node to run again, and what one waits for right now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Self

from msgspec import Struct

from jupyter_dataops.api.executions import Executions, PastRun
from jupyter_dataops.ids import NodeName, RunId, checked_by
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.plan.comparison import compare
from jupyter_dataops.plan.differences import STATIC, Difference, Kind
from jupyter_dataops.plan.earlier import CHANGED
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN
from jupyter_dataops.records import NodeRunRecord, RunRecord
from jupyter_dataops.states import CheckSeverity, NodeState

_SHOWN: Final = 3


def changes_in(run_id: RunId, store: RunStore, names: Sequence[NodeName]) -> dict[NodeName, tuple[Difference, ...]]:
    """What decides reuse and is not as it was, by node run; without those of which nothing changed.

    A node run is compared with the one that its plan looked at: of the run that was retried; where an earlier result
    was used, with the run that computed it; where one was looked for in vain, with the newest of then.
    """
    executions = Executions(store)
    run = executions.run(run_id)
    before = _newest_then(store, run, names)
    found = {}
    for name in names:
        changes = tuple(_changes(executions, run, run.nodes[name], before.get(name)))
        if changes:
            found[name] = changes
    return found


def _newest_then(store: RunStore, run: PastRun, names: Sequence[NodeName]) -> Mapping[NodeName, RunId]:
    """Which run had computed each node that ran, in a run that reuses what holds."""
    if run.record.options.get("mode") != CHANGED:
        return {}
    fresh = [name for name in names if run.nodes[name].source_run_id is None]
    newest = store.find_latest_results(run.record.notebook, fresh, before=run.record.created_at)
    return {name: one.node_run.run_id for name, one in newest.items()}


def _changes(executions: Executions, run: PastRun, record: NodeRunRecord, newest: RunId | None) -> Sequence[Difference]:
    before = record.source_run_id or run.record.parent_run_id or newest
    if before is None or (before != newest and _is_as_it_was(executions, run, record, before)):
        return ()
    kinds = {*STATIC, Kind.CONTENT} if before == newest else STATIC
    old = executions.of(before, record.node, measured=False)
    new = executions.here(run, record, measured=False)
    if old is None or new is None:
        return ()
    return [one for one in compare(old, new) if one.kind in kinds]


def waiting_in(run_id: RunId, store: RunStore) -> dict[NodeName, str]:
    """What each node run waits for that has not started, or is to be tried again; nobody waits in a run that ended."""
    run = Executions(store).run(run_id)
    if run.record.state.is_terminal:
        return {}
    present = Present.of(run.record, run.nodes)
    sentences = {name: waits_for(one, present, run.upstream_of(name)) for name, one in run.nodes.items()}
    return {name: sentence for name, sentence in sentences.items() if sentence is not None}


def _is_as_it_was(executions: Executions, run: PastRun, record: NodeRunRecord, before: RunId) -> bool:
    """Whether the fingerprint says so, which spares reading two notebooks for each of ten thousand children."""
    if record.source_run_id is not None:
        # With a selection, a result is used though something changed since; else only one that holds.
        return record.parent is not None or run.record.options.get("mode") != "selection"
    past = executions.run(before).nodes.get(record.node)
    if past is None:
        return False
    then, now = past.fingerprint, record.fingerprint
    return all(then.get(one) == now.get(one) not in (None, UNKNOWN) for one in COMPONENTS)


class Present(Struct, frozen=True):
    """A run right now, as far as somebody waits for it."""

    nodes: Mapping[NodeName, NodeRunRecord]
    at_work: int
    """Node runs that occupy a slot."""
    jobs: int | None
    """Slots that there are."""
    blocking: Mapping[NodeName, Sequence[NodeRunRecord]]
    """Node to its blocking checks that are not done."""

    @classmethod
    def of(cls, run: RunRecord, nodes: Mapping[NodeName, NodeRunRecord]) -> Self:
        """The run in which these are the node runs."""
        groups = {one.parent for one in nodes.values()}
        blocking: dict[NodeName, list[NodeRunRecord]] = {}
        for one in nodes.values():
            if one.severity is CheckSeverity.ERROR and not one.state.is_done:
                blocking.setdefault(checked_by(one.node), []).append(one)
        at_work = sum(one.state is NodeState.RUNNING and one.node not in groups for one in nodes.values())
        return cls(nodes, at_work, run.options.get("jobs"), blocking)


def waits_for(record: NodeRunRecord, present: Present, upstream: Sequence[NodeName]) -> str | None:
    """What keeps a node run from going on, one sentence; `None` where nothing does.

    Parameters
    ----------
    upstream
        Its direct upstream, by their names in the run.
    """
    match record.state:
        case NodeState.PENDING:
            return _for_upstream(record, present, upstream)
        case NodeState.QUEUED if "pool" in record.reason or record.reason.startswith("waits for run"):
            return record.reason
        case NodeState.QUEUED:
            slots = f": {present.at_work} of {present.jobs} are taken" if present.jobs else ""
            return f"it waits for a free slot{slots}"
        case NodeState.RETRYING if record.not_before is not None:
            return f"its next attempt starts not before {record.not_before.astimezone():%H:%M:%S}"
        case _:
            return None


def _for_upstream(record: NodeRunRecord, present: Present, upstream: Sequence[NodeName]) -> str:
    nodes = present.nodes
    waiting = [nodes[name] for name in upstream if name in nodes and not nodes[name].state.is_done]
    if record.severity is None:
        waiting += [check for name in upstream for check in present.blocking.get(name, ())]
    if not waiting:
        return "what it needs is done: the runner is about to decide"
    shown = [f"`{one.node}` ({one.state.value})" for one in waiting]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return f"it waits for {', '.join(shown[:_SHOWN])}{more}"
