from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.errors import NodeNotFound, UsageError
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.models import Plan
from jupyter_dataops.plan.planner import plan_full, plan_selection
from jupyter_dataops.plan.resume import plan_resume
from jupyter_dataops.records import NodeRunRecord
from tests.support.pipelines import flow_of
from tests.unit.plan.plans import BRANCHES, LINE, actions, checked, past, prints, reasons, retry, runs

# -- full


def test_a_full_run_runs_every_node_in_document_order_with_its_fingerprint() -> None:
    plan = plan_full(LINE, prints(LINE))
    assert runs(plan) == "a b c d"
    assert plan.mode == "full"
    assert plan.decisions[0].fingerprint == prints(LINE)[NodeName("a")]


# -- selection


def select(
    flow: Flow, latest: Mapping[NodeName, NodeRunRecord], *selected: str, changed: Mapping[str, str] | None = None
) -> Plan:
    return plan_selection(flow, prints(flow, changed), [NodeName(node) for node in selected], latest)


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
    plan = select(LINE, past(LINE), "b", changed={"a": "code"})
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


# -- checks

CHECKED = checked(BRANCHES, clean="ok: ok@clean df@load", report="sane:")
OK, SANE = "check:clean/ok", "check:report/sane"


def test_a_full_run_runs_every_check_behind_its_node() -> None:
    plan = plan_full(CHECKED, prints(CHECKED))
    assert runs(plan) == f"load clean {OK} stats train report {SANE}"
    assert reasons(plan)[OK] == "a full run runs every check"


def test_the_checks_of_selected_nodes_run() -> None:
    plan = select(CHECKED, past(CHECKED), "clean")
    assert runs(plan) == f"clean {OK}"
    assert reasons(plan)[OK] == "`clean`, which it checks, was selected"
    assert actions(plan)[SANE] == "skip"


def test_a_check_can_be_selected_alone() -> None:
    plan = select(CHECKED, past(CHECKED), OK)
    assert runs(plan) == OK
    assert reasons(plan)["clean"] == f"`{OK}` needs it, and its last success in run run1 is used"


def test_a_result_that_is_used_keeps_the_verdict_that_its_check_gave_then() -> None:
    assert actions(select(CHECKED, past(CHECKED), "train"))[OK] == "reuse"


@pytest.mark.parametrize("state", ["failed", "cancelled", "upstream_failed"])
def test_a_result_that_has_not_passed_its_check_is_checked_before_it_is_used(state: str) -> None:
    plan = select(CHECKED, past(CHECKED, {OK: state}), "train")
    assert runs(plan) == f"{OK} train"
    assert reasons(plan)[OK] == "`clean` is used, and has not passed it"


def test_what_a_check_needs_beside_its_node_must_be_there() -> None:
    latest = past(CHECKED)
    del latest[NodeName("load")]
    with pytest.raises(UsageError, match=f"Node `{OK}` needs `load`"):
        select(CHECKED, latest, OK)


# -- every plan


def test_every_decision_of_every_mode_has_a_reason_and_document_order() -> None:
    plans = [
        plan_full(BRANCHES, prints(BRANCHES)),
        retry(BRANCHES, past(BRANCHES, clean="failed")),
        retry(BRANCHES, past(BRANCHES, clean="failed"), only=["stats"]),
        select(BRANCHES, past(BRANCHES), "train"),
        plan_resume(list(past(BRANCHES, clean="running", stats="failed").values())),
    ]
    for plan in plans:
        assert [decision.node for decision in plan.decisions] == list(BRANCHES.nodes)
        assert all(decision.reason for decision in plan.decisions)


def test_a_plan_over_ten_thousand_nodes_is_made_without_recursion() -> None:
    flow = flow_of(*(f"n{index} -x> n{index + 1}" for index in range(10_000)))
    assert len(runs(retry(flow, past(flow, n0="failed"))).split()) == 10_001
