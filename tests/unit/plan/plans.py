"""Pipelines, their past and their plans, readable in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.dataflow.models import Flow, NodeFlow
from jupyter_dataops.ids import Digest, NodeName, RunId
from jupyter_dataops.plan.fingerprint import COMPONENTS
from jupyter_dataops.plan.models import Action, Plan
from jupyter_dataops.plan.retry import Asked, Present, plan_retry
from jupyter_dataops.records import ArtifactRecord, Failure, NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.states import FailureCause, NodeState, RunState
from tests.support.clock import START
from tests.support.pipelines import flow_of

PARENT = RunRecord(RunId("run1"), "/nb.ipynb", Digest("sha256:0"), {}, RunState.FAILED, START)

LINE = flow_of("a -x> b", "b -y> c", "c -z> d")
BRANCHES = flow_of("load -df> clean", "load -df> stats", "clean -ok> train", "stats -s> report", "train -m> report")


def checked(flow: Flow, **checks: str) -> Flow:
    """``b="ok: y@b x@a"``: `b` has the check ``ok``, which reads ``y`` of `b` and ``x`` of `a`."""
    found: dict[NodeName, NodeFlow] = {}
    outputs = {name: set(node.outputs) for name, node in flow.nodes.items()}
    for node, text in checks.items():
        for one in text.split(";"):
            name, _, read = one.strip().partition(":")
            full = NodeName(f"check:{node}/{name}")
            reads = {variable: NodeName(source) for variable, source in (word.split("@") for word in read.split())}
            for variable, source in reads.items():
                outputs[source].add(variable)
            none = frozenset[str]()
            found[full] = NodeFlow(full, reads, none, none, none, (), (), none, none)
    nodes = {name: replace(node, outputs=tuple(sorted(outputs[name]))) for name, node in flow.nodes.items()}
    return replace(flow, nodes=nodes, checks=found)


def prints(flow: Flow, changed: Mapping[str, str] | None = None) -> dict[NodeName, dict[str, str]]:
    """Everybody's fingerprint; ``{"b": "code"}`` gives ``b`` another value for that component."""
    changed = changed or {}
    return {
        name: {component: "new" if component in changed.get(name, "").split() else "old" for component in COMPONENTS}
        for name in (*flow.nodes, *flow.checks)
    }


def past(
    flow: Flow, states: Mapping[str, str] | None = None, *, source: str | None = None, **more: str
) -> dict[NodeName, NodeRunRecord]:
    """Node runs of the parent: succeeded with all outputs, except for the given ones."""
    states = {**(states or {}), **more}
    records, known = {}, prints(flow)
    for position, name in enumerate((*flow.nodes, *flow.checks)):
        state = NodeState(states.get(name, "succeeded"))
        outputs = {
            output: OutputRecord(output, ArtifactRecord(Digest(f"sha256:{output}"), "json", "int", 1))
            for output in (flow.nodes[name].outputs if name in flow.nodes and state.has_outputs else ())
        }
        origin = RunId(source) if source and state is NodeState.REUSED else None
        is_failed_check = name in flow.checks and state is NodeState.FAILED
        records[name] = NodeRunRecord(
            PARENT.run_id,
            name,
            position,
            state=state,
            fingerprint=known[name],
            outputs=outputs,
            source_run_id=origin,
            failure=Failure(FailureCause.CHECK_FAILED, "AssertionError", "") if is_failed_check else None,
        )
    return records


def retry(
    flow: Flow,
    previous: Mapping[NodeName, NodeRunRecord],
    only: Any = (),
    *,
    and_below: bool = True,
    warns: Any = (),
    changed: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Plan:
    present = Present(flow, prints(flow, changed), frozenset(warns), parameters or {})
    return plan_retry(present, PARENT, previous, Asked(tuple(only), and_below))


def runs(plan: Plan) -> str:
    return " ".join(decision.node for decision in plan.decisions if decision.action is Action.RUN)


def reasons(plan: Plan) -> dict[str, str]:
    return {decision.node: decision.reason for decision in plan.decisions}


def actions(plan: Plan) -> dict[str, str]:
    return {decision.node: decision.action.value for decision in plan.decisions}
