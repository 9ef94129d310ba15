"""What a new run will do with each node and check, and why. Pure.

Every decision carries one sentence anyone can read. `jupyter_dataops.plan.retry` plans retries,
`jupyter_dataops.plan.resume` resumed runs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.errors import UsageError
from jupyter_dataops.ids import NodeName, owner_of
from jupyter_dataops.plan.earlier import FULL
from jupyter_dataops.plan.models import Action, Decision, Plan
from jupyter_dataops.plan.neighbours import in_order, neighbours, require_known
from jupyter_dataops.plan.reuse import Fingerprints, change_since, computed_by, reuse
from jupyter_dataops.records import NodeRunRecord


def plan_full(flow: Flow, fingerprints: Fingerprints, mode: str = FULL) -> Plan:
    """Every node and check runs, before anything is reused that the `mode` allows."""

    def decide(name: NodeName) -> Decision:
        kind = "check" if name in flow.checks else "node"
        return Decision(name, Action.RUN, f"a full run runs every {kind}", fingerprints.get(name, {}))

    return Plan(tuple(map(decide, in_order(flow))), mode)


def plan_selection(
    flow: Flow,
    fingerprints: Fingerprints,
    selected: Collection[NodeName],
    latest: Mapping[NodeName, NodeRunRecord],
) -> Plan:
    """The selected nodes run; what they need from others is taken from their last success; the rest is skipped.

    The checks of a selected node run. Those of one whose last success is taken run unless they passed then.

    Parameters
    ----------
    latest
        Each node's latest node run that has outputs, for nodes that have one, and its checks as they were in that run.

    Raises
    ------
    NodeNotFound
        A selected node does not exist.
    UsageError
        A selected node needs one that is not selected and has no result, or none under that name.
    """
    require_known(selected, (*flow.nodes, *flow.checks))
    wanted = _needed(flow, selected, latest)

    def decide(name: NodeName) -> Decision:
        fingerprint = fingerprints.get(name, {})
        if name in selected:
            return Decision(name, Action.RUN, "it was selected", fingerprint)
        node = owner_of(name)
        if name in flow.checks and node in selected:
            return Decision(name, Action.RUN, f"`{node}`, which it checks, was selected", fingerprint)
        if name in flow.checks and node in wanted and not _passed(latest.get(name)):
            return Decision(name, Action.RUN, f"`{node}` is used, and has not passed it", fingerprint)
        if node not in wanted:
            return Decision(name, Action.SKIP, "it was not selected", fingerprint)
        past = latest[name]
        change = change_since(past, fingerprint)
        reason = f"{wanted[node]} needs it, and its last success in run {computed_by(past)} is used"
        return reuse(past, f"{reason}, although {change} since" if change else reason)

    return Plan(tuple(map(decide, in_order(flow))), "selection")


def _needed(
    flow: Flow, selected: Collection[NodeName], latest: Mapping[NodeName, NodeRunRecord]
) -> dict[NodeName, str]:
    """What is not selected but needed, each with who needs it."""
    above, _ = neighbours(flow)
    running = [name for name in above if name in selected or (name in flow.checks and owner_of(name) in selected)]
    wanted: dict[NodeName, str] = {}
    for name in running:
        for source, names in above[name].items():
            if source not in selected:
                _require_result(source, name, names, latest.get(source))
                wanted.setdefault(source, f"`{name}`")
    return wanted


def _passed(past: NodeRunRecord | None) -> bool:
    return past is not None and past.state.has_outputs


def _require_result(source: NodeName, target: NodeName, names: Collection[str], past: NodeRunRecord | None) -> None:
    missing = [] if past is None else [name for name in names if name not in past.outputs]
    if past is not None and not missing:
        return
    what = f"has stored no `{missing[0]}` yet" if missing else "has no earlier result"
    raise UsageError(
        f"Node `{target}` needs `{source}`, which is not selected and {what}",
        hint=f"select `+{target}` to run what is above it too",
        node=target,
        needs=source,
    )
