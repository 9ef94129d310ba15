from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.errors import NodeNotFound, UsageError
from jupyter_dataops.ids import Digest, NodeName, RunId
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN
from jupyter_dataops.plan.models import Action, Plan
from jupyter_dataops.plan.planner import plan_from_failure, plan_full, plan_selection
from jupyter_dataops.records import ArtifactRecord, NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.states import NodeState, RunState
from tests.support.clock import START
from tests.support.pipelines import flow_of

PARENT = RunRecord(RunId("run1"), "/nb.ipynb", Digest("sha256:0"), {}, RunState.FAILED, START)

LINE = flow_of("a -x> b", "b -y> c", "c -z> d")
BRANCHES = flow_of("load -df> clean", "load -df> stats", "clean -ok> train", "stats -s> report", "train -m> report")


def prints(flow: Flow, **changed: str) -> dict[NodeName, dict[str, str]]:
    """Every node's fingerprint; ``b="code"`` gives ``b`` another value for that component."""
    return {
        node: {component: "new" if component in changed.get(node, "").split() else "old" for component in COMPONENTS}
        for node in flow.nodes
    }


def past(flow: Flow, *, source: str | None = None, **states: str) -> dict[NodeName, NodeRunRecord]:
    """Node runs of the parent: succeeded with all outputs, except for the given ones."""
    records, known = {}, prints(flow)
    for position, node in enumerate(flow.nodes):
        state = NodeState(states.get(node, "succeeded"))
        outputs = {
            name: OutputRecord(name, ArtifactRecord(Digest(f"sha256:{name}"), "json", "int", 1))
            for name in (flow.nodes[node].outputs if state.has_outputs else ())
        }
        origin = RunId(source) if source and state is NodeState.REUSED else None
        records[node] = NodeRunRecord(
            PARENT.run_id, node, position, state, fingerprint=known[node], outputs=outputs, source_run_id=origin
        )
    return records


def retry(flow: Flow, previous: Mapping[NodeName, NodeRunRecord], only: Iterable[str] = (), **changed: str) -> Plan:
    return plan_from_failure(flow, prints(flow, **changed), PARENT, previous, [NodeName(node) for node in only])


def runs(plan: Plan) -> str:
    return " ".join(decision.node for decision in plan.decisions if decision.action is Action.RUN)


def reasons(plan: Plan) -> dict[str, str]:
    return {decision.node: decision.reason for decision in plan.decisions}


def actions(plan: Plan) -> dict[str, str]:
    return {decision.node: decision.action.value for decision in plan.decisions}


# -- full


def test_a_full_run_runs_every_node_in_document_order_with_its_fingerprint() -> None:
    plan = plan_full(LINE, prints(LINE))
    assert runs(plan) == "a b c d"
    assert plan.mode == "full"
    assert plan.decisions[0].fingerprint == prints(LINE)[NodeName("a")]


# -- from failure


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"b": "failed", "c": "upstream_failed", "d": "upstream_failed"}, "b c d"),
        ({"c": "cancelled", "d": "cancelled"}, "c d"),
        ({"c": "pending", "d": "pending"}, "c d"),
        ({"c": "queued", "d": "pending"}, "c d"),
        ({"c": "running", "d": "pending"}, "c d"),
        ({"c": "retrying", "d": "pending"}, "c d"),
        ({"a": "reused", "b": "reused", "d": "failed"}, "d"),
        ({"b": "failed", "c": "succeeded", "d": "succeeded"}, "b c d"),
        ({}, ""),
    ],
)
def test_what_did_not_succeed_runs_with_everything_below(states: dict[str, str], expected: str) -> None:
    assert runs(retry(LINE, past(LINE, **states))) == expected


def test_the_other_branch_is_reused() -> None:
    plan = retry(BRANCHES, past(BRANCHES, clean="failed", train="upstream_failed", report="upstream_failed"))
    assert actions(plan) == {"load": "reuse", "clean": "run", "stats": "reuse", "train": "run", "report": "run"}


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        ("code", "its code changed since run run1"),
        ("inputs", "what it reads or waits for changed since run run1"),
        ("setup", "setup that it uses changed since run run1"),
        ("parameters", "a parameter that it reads changed since run run1"),
        ("code setup", "its code changed and setup that it uses changed since run run1"),
    ],
)
def test_a_node_whose_fingerprint_changed_runs_and_the_reason_names_the_component(component: str, reason: str) -> None:
    plan = retry(LINE, past(LINE, d="failed"), b=component)
    assert runs(plan) == "b c d"
    assert reasons(plan)["b"] == reason
    assert reasons(plan)["c"] == "`b`, above it, runs again"


def test_a_failed_node_that_was_edited_does_not_run_what_is_above_it() -> None:
    assert runs(retry(LINE, past(LINE, c="failed", d="upstream_failed"), c="code")) == "c d"


def test_a_component_that_cannot_be_computed_is_never_a_match() -> None:
    previous = {
        node: replace(record, fingerprint=dict.fromkeys(COMPONENTS, UNKNOWN)) for node, record in past(LINE).items()
    }
    unknown = {node: dict.fromkeys(COMPONENTS, UNKNOWN) for node in LINE.nodes}
    assert runs(plan_from_failure(LINE, unknown, PARENT, previous)) == "a b c d"


def test_a_result_stored_without_a_fingerprint_is_not_reused() -> None:
    previous = past(LINE)
    previous[NodeName("c")] = replace(previous[NodeName("c")], fingerprint={})
    plan = retry(LINE, previous)
    assert runs(plan) == "c d"
    assert reasons(plan)["c"] == "nothing is known about what it was computed from since run run1"


def test_a_new_node_runs_and_a_removed_one_is_ignored() -> None:
    previous = past(LINE)
    old, new = flow_of("a -x> b", nodes="abz"), flow_of("a -x> b", "b -y> n")
    plan = retry(new, past(old) | {NodeName("z"): previous[NodeName("d")]})
    assert "z" not in actions(plan)
    # `b` has not stored `y`, since nobody read it then.
    assert reasons(plan) == {
        "a": "its result of run run1 still holds",
        "b": "`n` reads `y`, which run run1 did not store",
        "n": "it is new since run run1",
    }


def test_a_producer_runs_again_if_the_edited_reader_needs_a_name_it_did_not_store() -> None:
    flow = flow_of("a -x> b", "b -p,q> c", "b -p> other")
    previous = past(flow, c="failed")
    outputs = {name: output for name, output in previous[NodeName("b")].outputs.items() if name == "p"}
    previous[NodeName("b")] = replace(previous[NodeName("b")], outputs=outputs)
    plan = retry(flow, previous, c="code")
    assert runs(plan) == "b c other"
    assert reasons(plan)["b"] == "`c` reads `q`, which run run1 did not store"
    assert reasons(plan)["other"] == "`b`, above it, runs again"


def test_a_name_that_only_reused_nodes_read_need_not_be_stored() -> None:
    previous = past(LINE, d="failed")
    previous[NodeName("a")] = replace(previous[NodeName("a")], outputs={})
    assert runs(retry(LINE, previous)) == "d"


def test_reuse_names_the_run_that_computed_and_carries_its_outputs_and_fingerprint() -> None:
    previous = past(LINE, source="run0", a="reused", d="failed")
    a, b = retry(LINE, previous).decisions[:2]
    assert (a.source_run_id, b.source_run_id) == ("run0", "run1")
    assert a.outputs == previous[NodeName("a")].outputs
    assert a.fingerprint == previous[NodeName("a")].fingerprint
    assert a.reason == "its result of run run0 still holds"


def test_a_skipped_node_stays_skipped_while_nothing_above_it_runs() -> None:
    flow = flow_of("a -x> b", "b -y> c", "a -x> d")
    plan = retry(flow, past(flow, b="skipped", d="failed"), b="code")
    assert actions(plan) == {"a": "reuse", "b": "skip", "c": "reuse", "d": "run"}
    assert reasons(plan)["b"] == "it was skipped in run run1, and nothing above it runs"


@pytest.mark.parametrize(("states", "changed"), [({"a": "failed"}, {}), ({}, {"b": "inputs"}), ({}, {"a": "code"})])
def test_a_skipped_node_is_decided_anew_if_something_above_it_or_its_condition_changed(
    states: dict[str, str], changed: dict[str, str]
) -> None:
    assert "b" in runs(retry(LINE, past(LINE, b="skipped", **states), **changed)).split()


def test_a_node_below_a_skipped_one_can_run_without_deciding_that_anew() -> None:
    flow = flow_of("a -x> b", "b -y> c", "b -y> other")
    assert runs(retry(flow, past(flow, b="skipped", c="failed"))) == "c"


def test_a_reader_edited_to_read_from_a_skipped_node_has_that_decided_anew() -> None:
    flow = flow_of("a -x> b", "b -y> c")
    assert runs(retry(flow, past(flow, b="skipped", c="failed"), c="inputs code")) == "b c"


# -- from failure, some nodes only


def test_a_retry_of_one_node_runs_it_and_what_is_below() -> None:
    plan = retry(BRANCHES, past(BRANCHES), only=["stats"])
    assert runs(plan) == "stats report"
    assert reasons(plan)["stats"] == "its retry was asked for"


def test_a_retry_of_one_node_leaves_other_failures_alone() -> None:
    flow = flow_of("a -x> b", "a -x> c", "c -y> d")
    plan = retry(flow, past(flow, b="failed", c="failed", d="upstream_failed"), only=["b"])
    assert actions(plan) == {"a": "reuse", "b": "run", "c": "skip", "d": "skip"}
    assert reasons(plan)["c"] == "it is not part of this retry, and has no result that holds"


def test_what_a_retry_left_alone_runs_in_the_next_one() -> None:
    flow = flow_of("a -x> b", "a -x> c")
    first = retry(flow, past(flow, b="failed", c="failed"), only=["b"])
    states = {"run": "succeeded", "reuse": "reused", "skip": "skipped"}
    then = past(flow, **{node: states[action] for node, action in actions(first).items()})
    for decision in first.decisions:
        then[decision.node] = replace(then[decision.node], fingerprint=decision.fingerprint)
    assert runs(retry(flow, then)) == "c"


def test_a_retry_of_one_node_runs_what_is_above_it_without_a_result() -> None:
    states = {"clean": "failed", "train": "upstream_failed", "report": "upstream_failed"}
    assert runs(retry(BRANCHES, past(BRANCHES, **states), only=["train"])) == "clean train report"


def test_a_retry_of_one_node_runs_an_edited_node_above_it() -> None:
    plan = retry(BRANCHES, past(BRANCHES), only=["report"], clean="code")
    assert runs(plan) == "clean train report"
    assert reasons(plan)["clean"] == "its code changed since run run1"


def test_a_retry_of_one_node_does_not_spread_to_others_below_what_it_needs() -> None:
    flow = flow_of("a -x> b", "a -x> c")
    plan = retry(flow, past(flow, a="failed", b="upstream_failed"), only=["b"])
    assert actions(plan) == {"a": "run", "b": "run", "c": "skip"}


def test_a_retry_of_an_unknown_node_suggests_a_known_one() -> None:
    with pytest.raises(NodeNotFound, match="did you mean `train`"):
        retry(BRANCHES, past(BRANCHES), only=["trian"])


# -- selection


def select(flow: Flow, latest: Mapping[NodeName, NodeRunRecord], *selected: str, **changed: str) -> Plan:
    return plan_selection(flow, prints(flow, **changed), [NodeName(node) for node in selected], latest)


def test_selected_nodes_run_on_the_last_success_of_what_they_need() -> None:
    plan = select(BRANCHES, past(BRANCHES), "clean", "train")
    assert actions(plan) == {"load": "reuse", "clean": "run", "stats": "skip", "train": "run", "report": "skip"}
    assert reasons(plan) == {
        "load": "`clean` needs it, and its last success in run run1 is used",
        "clean": "it was selected",
        "stats": "it was not selected",
        "train": "it was selected",
        "report": "it was not selected",
    }
    assert plan.mode == "selection"


def test_a_last_success_of_other_code_is_used_and_the_reason_says_so() -> None:
    plan = select(LINE, past(LINE), "b", a="code")
    assert reasons(plan)["a"] == (
        "`b` needs it, and its last success in run run1 is used, although its code changed since"
    )
    # A later plan must see that the result is of the earlier code.
    assert plan.decisions[0].fingerprint["code"] == "old"


def test_a_selected_node_whose_upstream_never_ran_is_refused_with_the_selection_that_would_do() -> None:
    with pytest.raises(UsageError) as caught:
        select(LINE, {}, "b")
    assert str(caught.value) == (
        "Node `b` needs `a`, which is not selected and has no earlier result\n"
        "  -> select `+b` to run what is above it too"
    )


def test_a_last_success_that_lacks_the_name_is_refused() -> None:
    latest = past(LINE)
    latest[NodeName("a")] = replace(latest[NodeName("a")], outputs={})
    with pytest.raises(UsageError, match="has stored no `x` yet"):
        select(LINE, latest, "b")


def test_selected_upstream_needs_no_earlier_result() -> None:
    assert runs(select(LINE, {}, "a", "b")) == "a b"


def test_an_unknown_selected_node_is_refused() -> None:
    with pytest.raises(NodeNotFound, match="nodes are: a, b, c, d"):
        select(LINE, {}, "zebra")


# -- every plan


def test_every_decision_of_every_mode_has_a_reason_and_document_order() -> None:
    plans = [
        plan_full(BRANCHES, prints(BRANCHES)),
        retry(BRANCHES, past(BRANCHES, clean="failed")),
        retry(BRANCHES, past(BRANCHES, clean="failed"), only=["stats"]),
        select(BRANCHES, past(BRANCHES), "train"),
    ]
    for plan in plans:
        assert [decision.node for decision in plan.decisions] == list(BRANCHES.nodes)
        assert all(decision.reason for decision in plan.decisions)


def test_a_plan_over_ten_thousand_nodes_is_made_without_recursion() -> None:
    flow = flow_of(*(f"n{index} -x> n{index + 1}" for index in range(10_000)))
    assert len(runs(retry(flow, past(flow, n0="failed"))).split()) == 10_001
