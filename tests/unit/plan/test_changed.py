from __future__ import annotations

import gc
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.ids import Digest, NodeName, RunId, owner_of
from jupyter_dataops.plan.changed import plan_reuse
from jupyter_dataops.plan.earlier import Prospect
from jupyter_dataops.plan.models import Plan
from jupyter_dataops.plan.planner import plan_full
from jupyter_dataops.records import ArtifactRecord, EarlierResult, NodeRunRecord, OutputRecord, ResultRecord
from jupyter_dataops.spec.models import CheckSpec, Condition, NodeOptions, PipelineSpec, TriggerRule
from jupyter_dataops.states import CheckSeverity
from tests.support.pipelines import flow_of, spec_of
from tests.unit.plan.plans import BRANCHES, actions, checked, prints, reasons, runs


@dataclass
class Found:
    """Results of all nodes but those in `new`."""

    new: str = ""
    truthy: bool = True
    asked: list[list[str]] = field(default_factory=list)

    def find_all(
        self, nodes: Sequence[NodeName], records: Mapping[NodeName, NodeRunRecord]
    ) -> Mapping[NodeName, Prospect]:
        if nodes:
            self.asked.append(sorted(nodes))
        return {node: self._prospect(node) for node in nodes}

    def foretell(self, nodes: Sequence[NodeName]) -> Mapping[NodeName, str | None]:
        return {node: "its code changed" if node in self.new.split() else None for node in nodes}

    def _prospect(self, node: NodeName) -> Prospect:
        if node in self.new.split():
            return Prospect(reason="it is new")
        artifact = ArtifactRecord(Digest("blake3:0"), "json", "int", 1)
        outputs = {name: OutputRecord(name, artifact, self.truthy) for name in ("x", "y", "z", "df")}
        past = NodeRunRecord(RunId("r1"), node, 0, outputs=outputs)
        return Prospect(ResultRecord("k", {}), EarlierResult(ResultRecord("k", {}), past), "it holds")


def planned(flow: Flow, find: Found, spec: PipelineSpec | None = None, but: str = "") -> Plan:
    """The plan of a pipeline, all of whose nodes `but` these may be reused."""
    spec = spec or spec_of(dict.fromkeys(flow.nodes, ""))
    checks = {
        name: CheckSpec(name, owner_of(name), name.partition("/")[2], (), CheckSeverity.ERROR) for name in flow.checks
    }
    eligible = {*flow.nodes, *flow.checks} - set(but.split())
    return plan_reuse(plan_full(flow, prints(flow), "changed"), replace(spec, checks=checks), flow, eligible, find)


def test_all_is_reused_where_all_holds_and_what_is_side_by_side_is_looked_for_at_once() -> None:
    find = Found()
    plan = planned(BRANCHES, find)
    assert runs(plan) == ""
    assert plan.decisions[0].source_run_id == "r1"
    assert find.asked == [["load"], ["clean", "stats"], ["train"], ["report"]]


def test_below_what_runs_nothing_is_certain() -> None:
    plan = planned(BRANCHES, Found("clean train"))
    assert runs(plan) == "clean train report"
    assert reasons(plan) == {
        "load": "it holds",
        "clean": "it is new",
        "stats": "it holds",
        "train": "its code changed",
        "report": "`train`, above it, runs: whether its result holds is decided then",
    }


def test_what_may_not_be_reused_runs_and_the_reason_names_its_tag() -> None:
    plan = planned(BRANCHES, Found(), but="clean")
    assert reasons(plan)["clean"] == "it is tagged `cache:off`, and so runs whatever has changed"
    assert runs(plan) == "clean train report"


LINE = flow_of("a -x> b", "b -y> c")


@pytest.mark.parametrize(
    ("options", "truthy", "expected"),
    [
        (NodeOptions(), True, ""),
        (NodeOptions(conditions=(Condition("x", wanted=True),)), True, ""),
        (NodeOptions(conditions=(Condition("x", wanted=True),)), False, "b c"),
        (NodeOptions(conditions=(Condition("x", wanted=False),)), True, "b c"),
        (NodeOptions(trigger=TriggerRule.ALL_DONE), True, ""),
        (NodeOptions(trigger=TriggerRule.ONE_FAILED), True, "b c"),
        (NodeOptions(trigger=TriggerRule.ALL_SKIPPED), True, "b c"),
    ],
)
def test_a_node_that_may_not_run_at_all_is_left_to_the_run(options: NodeOptions, truthy: bool, expected: str) -> None:
    spec = spec_of({"a": "", "b": "", "c": ""}, options={"b": options})
    assert runs(planned(LINE, Found(truthy=truthy), spec)) == expected


def test_a_check_that_runs_is_waited_for_by_what_is_below_its_node() -> None:
    flow = checked(LINE, a="ok: x@a")
    assert runs(planned(flow, Found())) == ""
    plan = planned(flow, Found("check:a/ok"))
    assert runs(plan) == "check:a/ok b c"
    assert actions(plan)["a"] == "reuse"


def test_a_plan_over_ten_thousand_nodes_takes_ten_times_as_long_as_over_a_thousand() -> None:
    def seconds(count: int) -> float:
        flow = flow_of(*(f"n{n} -x> n{n + 1}" for n in range(count)))
        find, begun = Found("n5000"), time.process_time()
        planned(flow, find)
        return time.process_time() - begun

    gc.collect()
    gc.freeze()  # what earlier tests have left is none of the plan's cost
    try:
        few, many = (min(seconds(count) for _ in range(3)) for count in (1_000, 10_000))
    finally:
        gc.unfreeze()
    assert many < 30 * few
