"""What a run will do with each node, and why. Pure.

Every decision carries one sentence anyone can read. An earlier result is reused only where nothing speaks against it;
what cannot be known speaks against it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from jupyter_dataops.dataflow.models import Edge, Flow
from jupyter_dataops.errors import NodeNotFound, UsageError
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN
from jupyter_dataops.plan.models import Action, Decision, Plan
from jupyter_dataops.records import NodeRunRecord, RunRecord
from jupyter_dataops.states import NodeState

Fingerprints = Mapping[NodeName, Mapping[str, str]]
"""Every node's fingerprint, by component."""

_CHANGED: Final[Mapping[str, str]] = {
    "code": "its code changed",
    "inputs": "what it reads or waits for changed",
    "setup": "setup that it uses changed",
    "parameters": "a parameter that it reads changed",
    "files": "a file that it reads changed",
    "environment": "an environment variable that it depends on changed",
}

_UNFINISHED: Final[Mapping[NodeState, str]] = {
    NodeState.PENDING: "it never started",
    NodeState.QUEUED: "it never started",
    NodeState.RUNNING: "it was cut off while running",
    NodeState.RETRYING: "it was still to be tried again",
    NodeState.FAILED: "it failed",
    NodeState.UPSTREAM_FAILED: "a node it needs failed, so it never ran",
    NodeState.CANCELLED: "it was cancelled",
}


def plan_full(flow: Flow, fingerprints: Fingerprints) -> Plan:
    """Every node runs."""
    decisions = tuple(
        Decision(node, Action.RUN, "a full run runs every node", fingerprints[node]) for node in flow.nodes
    )
    return Plan(decisions, "full")


def plan_selection(
    flow: Flow,
    fingerprints: Fingerprints,
    selected: Collection[NodeName],
    latest: Mapping[NodeName, NodeRunRecord],
) -> Plan:
    """The selected nodes run; what they need from others is taken from their last success; the rest is skipped.

    Parameters
    ----------
    latest
        Each node's latest node run that has outputs, for nodes that have one.

    Raises
    ------
    NodeNotFound
        A selected node does not exist.
    UsageError
        A selected node needs one that is not selected and has no result, or none under that name.
    """
    _require_known(selected, flow)
    wanted: dict[NodeName, Edge] = {}
    for edge in flow.edges:
        if edge.target in selected and edge.source not in selected:
            _require_result(edge, latest.get(edge.source))
            wanted.setdefault(edge.source, edge)

    def decide(node: NodeName) -> Decision:
        if node in selected:
            return Decision(node, Action.RUN, "it was selected", fingerprints[node])
        if node not in wanted:
            return Decision(node, Action.SKIP, "it was not selected", fingerprints[node])
        past = latest[node]
        change = _change(past, fingerprints[node])
        reason = f"`{wanted[node].target}` needs it, and its last success in run {_computed_by(past)} is used"
        return _reuse(past, f"{reason}, although {change} since" if change else reason)

    return Plan(tuple(decide(node) for node in flow.nodes), "selection")


def plan_from_failure(
    flow: Flow,
    fingerprints: Fingerprints,
    parent: RunRecord,
    previous: Mapping[NodeName, NodeRunRecord],
    only: Collection[NodeName] = (),
) -> Plan:
    """What has no valid result in `parent` runs, and everything below it; the rest is reused.

    No valid result: it did not succeed, its fingerprint changed since, the notebook did not have it yet, or a node that
    runs now reads a variable that it did not store. A node that was skipped stays so while nothing above it runs.

    Parameters
    ----------
    previous
        The node runs of `parent`. Nodes that the notebook no longer has are ignored.
    only
        Run just these nodes, what is below them, and whatever above those has no valid result; empty: all.

    Raises
    ------
    NodeNotFound
        `only` names a node that does not exist.
    """
    _require_known(only, flow)
    above, below = _neighbours(flow)
    stale = {
        node: reason
        for node in flow.nodes
        if (reason := _staleness(previous.get(node), fingerprints[node], parent.run_id)) is not None
    }
    scope = _closure(_closure(only, below), above) if only else set(flow.nodes)
    runs = dict.fromkeys(only, "its retry was asked for") | {node: why for node, why in stale.items() if node in scope}

    def lack(source: NodeName, target: NodeName) -> str | None:
        return _lack(previous, source, target, above[target][source], fingerprints[target])

    _spread(runs, above, below, scope, lack)
    outdated = _closure(runs.keys() | stale.keys(), below)

    def decide(node: NodeName) -> Decision:
        if node in runs:
            return Decision(node, Action.RUN, runs[node], fingerprints[node])
        if node in outdated:
            # Without a fingerprint, so that a later retry does not take this for a skip that still holds.
            return Decision(node, Action.SKIP, "it is not part of this retry, and has no result that holds")
        past = previous[node]
        if past.state is NodeState.SKIPPED:
            reason = f"it was skipped in run {past.run_id}, and nothing above it runs"
            return Decision(node, Action.SKIP, reason, fingerprints[node])
        return _reuse(past, f"its result of run {_computed_by(past)} still holds")

    return Plan(tuple(decide(node) for node in flow.nodes), "from_failure")


def _spread(
    runs: dict[NodeName, str],
    above: _Neighbours,
    below: _Neighbours,
    scope: Container[NodeName],
    lack: Callable[[NodeName, NodeName], str | None],
) -> None:
    """`runs`, node to reason, also holds all of `scope` below it, and what above it lacks something that it reads."""
    to_follow = deque(runs)
    while to_follow:
        node = to_follow.popleft()
        affected = {target: f"`{node}`, above it, runs again" for target in below[node] if target in scope}
        affected |= {source: why for source in above[node] if (why := lack(source, node)) is not None}
        for other, reason in affected.items():
            if other not in runs:
                runs[other] = reason
                to_follow.append(other)


def _staleness(past: NodeRunRecord | None, fingerprint: Mapping[str, str], run_id: RunId) -> str | None:
    """Why a node has no result that holds; `None` if it has one, or was skipped for reasons that still hold."""
    if past is None:
        return f"it is new since run {run_id}"
    if past.state in _UNFINISHED:
        return f"{_UNFINISHED[past.state]} in run {run_id}"
    counts = ("inputs",) if past.state is NodeState.SKIPPED else COMPONENTS
    change = _change(past, fingerprint, counts)
    return None if change is None else f"{change} since run {run_id}"


def _lack(
    previous: Mapping[NodeName, NodeRunRecord],
    source: NodeName,
    target: NodeName,
    names: Collection[str],
    fingerprint: Mapping[str, str],
) -> str | None:
    """Why `source` has to run for the sake of `target`, which runs; `None` if its earlier result will do."""
    past = previous.get(source)
    if past is None:
        return None
    missing = [name for name in names if name not in past.outputs]
    if not missing:
        return None
    if past.state is NodeState.SKIPPED and not _reads_anew(previous.get(target), fingerprint):
        return None
    return f"`{target}` reads `{missing[0]}`, which run {past.run_id} did not store"


def _reads_anew(past: NodeRunRecord | None, fingerprint: Mapping[str, str]) -> bool:
    return past is None or _change(past, fingerprint, ("inputs",)) is not None


def _change(past: NodeRunRecord, fingerprint: Mapping[str, str], components: Iterable[str] = COMPONENTS) -> str | None:
    """What differs from the fingerprint of `past`; `None`: nothing."""
    if not past.fingerprint:
        return "nothing is known about what it was computed from"
    changes = [
        _CHANGED[component]
        for component in components
        if fingerprint.get(component, UNKNOWN) == UNKNOWN or past.fingerprint.get(component) != fingerprint[component]
    ]
    return " and ".join(changes) or None


def _reuse(past: NodeRunRecord, reason: str) -> Decision:
    # The fingerprint stays that of the computation, so that a later plan compares with the right one.
    return Decision(past.node, Action.REUSE, reason, past.fingerprint, _computed_by(past), past.outputs)


def _computed_by(past: NodeRunRecord) -> RunId:
    return past.source_run_id or past.run_id


def _require_known(names: Collection[NodeName], flow: Flow) -> None:
    for name in names:
        if name not in flow.nodes:
            close = get_close_matches(name, flow.nodes, n=1)
            hint = f"did you mean `{close[0]}`?" if close else "nodes are: " + ", ".join(flow.nodes)
            raise NodeNotFound(f"The pipeline has no node `{name}`", hint=hint, node=name)


def _require_result(edge: Edge, past: NodeRunRecord | None) -> None:
    missing = [] if past is None else [name for name in edge.names if name not in past.outputs]
    if past is not None and not missing:
        return
    what = f"has stored no `{missing[0]}` yet" if missing else "has no earlier result"
    raise UsageError(
        f"Node `{edge.target}` needs `{edge.source}`, which is not selected and {what}",
        hint=f"select `+{edge.target}` to run what is above it too",
        node=edge.target,
        needs=edge.source,
    )


_Neighbours = Mapping[NodeName, Mapping[NodeName, Collection[str]]]


def _neighbours(flow: Flow) -> tuple[_Neighbours, _Neighbours]:
    """Per node what is directly above it, and below it, each with the names that travel."""
    above: dict[NodeName, dict[NodeName, Collection[str]]] = {node: {} for node in flow.nodes}
    below: dict[NodeName, dict[NodeName, Collection[str]]] = {node: {} for node in flow.nodes}
    for edge in flow.edges:
        names = (*above[edge.target].get(edge.source, ()), *edge.names)
        above[edge.target][edge.source] = below[edge.source][edge.target] = names
    return above, below


def _closure(start: Iterable[NodeName], neighbours: _Neighbours) -> set[NodeName]:
    """`start`, and everything that can be reached from it."""
    found = set(start)
    to_follow = list(found)
    while to_follow:
        new = neighbours[to_follow.pop()].keys() - found
        found |= new
        to_follow.extend(new)
    return found
