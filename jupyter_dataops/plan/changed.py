"""What a run does that reuses results: the part of it that can be told before anything has run. Pure.

Where everything above a node is reused, its inputs are known, and with them whether its result holds. Below what runs,
that is decided when it has run (`jupyter_dataops.engine.reusing`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Final, Protocol

from msgspec.structs import replace

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.ids import NodeName, owner_of
from jupyter_dataops.plan.earlier import CHANGED, Prospect
from jupyter_dataops.plan.models import Action, Decision, Plan
from jupyter_dataops.plan.neighbours import neighbours
from jupyter_dataops.plan.reuse import reuse
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.spec.models import PipelineSpec, TriggerRule
from jupyter_dataops.states import CheckSeverity, NodeState

_NEED_OTHERS: Final = frozenset({TriggerRule.ALL_FAILED, TriggerRule.ALL_SKIPPED, TriggerRule.ONE_FAILED})
"""Rules that do not hold where all upstream succeeded."""

Records = Mapping[NodeName, NodeRunRecord]


class Find(Protocol):
    """Looks for earlier results."""

    def find_all(self, nodes: Sequence[NodeName], records: Records) -> Mapping[NodeName, Prospect]:
        """What is known of each node's result, given all above it."""
        ...

    def foretell(self, nodes: Sequence[NodeName]) -> Mapping[NodeName, str | None]:
        """Why each node runs whatever comes from above; `None`: that is not known."""
        ...


def plan_reuse(plan: Plan, spec: PipelineSpec, flow: Flow, eligible: Collection[NodeName], find: Find) -> Plan:
    """`plan`, with those of the `eligible` reused that it would run, and whose results certainly hold.

    The others of them still run, as far as can be told, with the reason.
    """
    known = {decision.node: _unless_never(decision, plan.mode, eligible) for decision in plan.decisions}
    above, _ = neighbours(flow)
    blocking: dict[NodeName, list[NodeName]] = {}
    for check, of_check in spec.checks.items():
        if of_check.severity is CheckSeverity.ERROR:
            blocking.setdefault(of_check.node, []).append(check)
    gates = {
        name: [
            *sources,
            *(check for source in sources for check in blocking.get(source, ()) if name not in spec.checks),
        ]
        for name, sources in above.items()
    }
    records = {name: record for name, one in known.items() if (record := _record(one)) is not None}
    sorter = TopologicalSorter(gates)
    sorter.prepare()
    while sorter.is_active():
        ready = sorter.get_ready()
        open_ = [name for name in ready if name in eligible and known[name].action is Action.RUN]
        certain = dict.fromkeys(name for name in open_ if _surely_runs(spec, flow, name, gates[name], records))
        for name, prospect in find.find_all(list(certain), records).items():
            known[name] = _decided(known[name], prospect)
            if (record := _record(known[name])) is not None:
                records[name] = record
        below = [name for name in open_ if name not in certain]
        for name, reason in find.foretell(below).items():
            running = next((one for one in gates[name] if known[one].action is Action.RUN), None)
            waits = f"`{running}`, above it, runs: whether its result holds is decided then" if running else ""
            known[name] = replace(
                known[name], reason=reason or waits or "whether its result holds is decided in the run"
            )
        sorter.done(*ready)
    return replace(plan, decisions=tuple(known[decision.node] for decision in plan.decisions))


def _unless_never(decision: Decision, mode: str, eligible: Collection[NodeName]) -> Decision:
    if mode != CHANGED or decision.node in eligible or decision.action is not Action.RUN:
        return decision
    return replace(decision, reason="it is tagged `cache:off`, and so runs whatever has changed")


def _decided(decision: Decision, prospect: Prospect) -> Decision:
    if prospect.earlier is not None:
        return replace(reuse(prospect.earlier.node_run, prospect.reason), fingerprint=decision.fingerprint)
    return replace(decision, reason=prospect.reason or decision.reason)


def _record(decision: Decision) -> NodeRunRecord | None:
    """The node run that a decision will lead to; `None` where it runs."""
    if decision.action is Action.REUSE and decision.source_run_id is not None:
        source = decision.source_run_id
        done = NodeRunRecord(source, decision.node, 0, state=NodeState.REUSED, source_run_id=source)
        return replace(done, outputs=decision.outputs)
    return None


def _surely_runs(spec: PipelineSpec, flow: Flow, name: NodeName, gates: Collection[NodeName], records: Records) -> bool:
    """Whether everything above is reused, and its trigger rule and conditions let the node go on from there."""
    if any(gate not in records for gate in gates):
        return False
    if name in spec.checks:
        return owner_of(name) in records
    options = spec.nodes[name].options
    outputs = [records[flow.nodes[name].reads[one.variable]].outputs.get(one.variable) for one in options.conditions]
    met = (
        output is not None and output.truthy is condition.wanted
        for output, condition in zip(outputs, options.conditions, strict=True)
    )
    return options.trigger not in _NEED_OTHERS and all(met)
