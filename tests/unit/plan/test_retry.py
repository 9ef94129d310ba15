from __future__ import annotations

import pytest
from msgspec.structs import replace

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.errors import NodeNotFound
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.fingerprint import COMPONENTS, UNKNOWN
from jupyter_dataops.plan.retry import Present, plan_reopening, plan_retry
from jupyter_dataops.records import Failure, NodeRunRecord
from jupyter_dataops.states import FailureCause, NodeState
from tests.support.pipelines import flow_of
from tests.unit.plan.plans import BRANCHES, LINE, PARENT, actions, checked, past, prints, reasons, retry, runs


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
    plan = retry(LINE, past(LINE, d="failed"), changed={"b": component})
    assert runs(plan) == "b c d"
    assert reasons(plan)["b"] == reason
    assert reasons(plan)["c"] == "`b`, above it, runs again"


def test_a_failed_node_that_was_edited_does_not_run_what_is_above_it() -> None:
    assert runs(retry(LINE, past(LINE, c="failed", d="upstream_failed"), changed={"c": "code"})) == "c d"


def test_a_component_that_cannot_be_computed_is_never_a_match() -> None:
    previous = {
        node: replace(record, fingerprint=dict.fromkeys(COMPONENTS, UNKNOWN)) for node, record in past(LINE).items()
    }
    unknown = {node: dict.fromkeys(COMPONENTS, UNKNOWN) for node in LINE.nodes}
    plan = plan_retry(Present(LINE, unknown), PARENT, previous)
    assert runs(plan) == "a b c d"
    assert "its files may have changed" in plan.decisions[0].reason


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
    plan = retry(flow, previous, changed={"c": "code"})
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
    plan = retry(flow, past(flow, b="skipped", d="failed"), changed={"b": "code"})
    assert actions(plan) == {"a": "reuse", "b": "skip", "c": "reuse", "d": "run"}
    assert reasons(plan)["b"] == "it was skipped in run run1, and nothing above it runs"


@pytest.mark.parametrize(("states", "changed"), [({"a": "failed"}, {}), ({}, {"b": "inputs"}), ({}, {"a": "code"})])
def test_a_skipped_node_is_decided_anew_if_something_above_it_or_its_condition_changed(
    states: dict[str, str], changed: dict[str, str]
) -> None:
    assert "b" in runs(retry(LINE, past(LINE, b="skipped", **states), changed=changed)).split()


def test_a_node_below_a_skipped_one_can_run_without_deciding_that_anew() -> None:
    flow = flow_of("a -x> b", "b -y> c", "b -y> other")
    assert runs(retry(flow, past(flow, b="skipped", c="failed"))) == "c"


def test_a_reader_edited_to_read_from_a_skipped_node_has_that_decided_anew() -> None:
    flow = flow_of("a -x> b", "b -y> c")
    assert runs(retry(flow, past(flow, b="skipped", c="failed"), changed={"c": "inputs code"})) == "b c"


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
    plan = retry(BRANCHES, past(BRANCHES), only=["report"], changed={"clean": "code"})
    assert runs(plan) == "clean train report"
    assert reasons(plan)["clean"] == "its code changed since run run1"


def test_a_retry_of_one_node_does_not_spread_to_others_below_what_it_needs() -> None:
    flow = flow_of("a -x> b", "a -x> c")
    plan = retry(flow, past(flow, a="failed", b="upstream_failed"), only=["b"])
    assert actions(plan) == {"a": "run", "b": "run", "c": "skip"}


def test_a_retry_of_an_unknown_node_suggests_a_known_one() -> None:
    with pytest.raises(NodeNotFound, match="did you mean `train`"):
        retry(BRANCHES, past(BRANCHES), only=["trian"])


# -- from failure, with checks

CHECKED = checked(BRANCHES, clean="ok: ok@clean; new: ok@clean df@load", report="sane:")
OK, NEW, SANE = "check:clean/ok", "check:clean/new", "check:report/sane"


def test_checks_stand_directly_behind_their_node() -> None:
    plan = retry(CHECKED, past(CHECKED))
    assert list(actions(plan)) == ["load", "clean", OK, NEW, "stats", "train", "report", SANE]
    assert set(actions(plan).values()) == {"reuse"}


def test_the_checks_of_a_node_that_runs_run() -> None:
    plan = retry(CHECKED, past(CHECKED, report="failed"))
    assert runs(plan) == f"report {SANE}"
    assert reasons(plan)[SANE] == "`report`, above it, runs again"


def test_a_blocking_check_that_failed_runs_its_node_again_and_everything_below() -> None:
    states = {OK: "failed", "train": "upstream_failed", "report": "upstream_failed", SANE: "upstream_failed"}
    plan = retry(CHECKED, past(CHECKED, states))
    assert runs(plan) == f"clean {OK} {NEW} train report {SANE}"
    assert reasons(plan)["clean"] == "its check `ok` failed in run run1"


def test_a_blocking_check_that_failed_without_anything_held_up_still_runs_its_node_again() -> None:
    assert runs(retry(CHECKED, past(CHECKED, {SANE: "failed"}))) == f"report {SANE}"


def test_a_check_that_was_edited_after_it_failed_runs_alone_again_first() -> None:
    states = {OK: "failed", "train": "upstream_failed", "report": "upstream_failed", SANE: "upstream_failed"}
    plan = retry(CHECKED, past(CHECKED, states), changed={OK: "code"})
    assert runs(plan) == f"{OK} train report {SANE}"
    assert reasons(plan)[OK] == "it failed in run run1, and what it tests by was edited since"
    assert actions(plan)["clean"] == "reuse"


def test_a_check_and_its_node_that_were_both_edited_both_run() -> None:
    plan = retry(CHECKED, past(CHECKED, {SANE: "failed"}), changed={SANE: "code", "report": "code"})
    assert runs(plan) == f"report {SANE}"
    assert reasons(plan)["report"] == "its code changed since run run1"


def test_a_check_that_cannot_be_compared_does_not_count_as_edited() -> None:
    previous = past(CHECKED, {SANE: "failed"})
    known = prints(CHECKED)
    known[NodeName(SANE)] = dict.fromkeys(COMPONENTS, UNKNOWN)
    assert runs(plan_retry(Present(CHECKED, known), PARENT, previous)) == f"report {SANE}"
    previous[NodeName(SANE)] = replace(previous[NodeName(SANE)], fingerprint={})
    assert runs(retry(CHECKED, previous, changed={SANE: "code"})) == f"report {SANE}"


@pytest.mark.parametrize("state", ["upstream_failed", "cancelled", "pending", "queued", "running", "retrying"])
def test_a_check_that_came_to_no_end_runs_and_its_node_is_reused(state: str) -> None:
    assert runs(retry(CHECKED, past(CHECKED, {SANE: state}))) == SANE


def test_a_check_whose_kernel_died_says_nothing_about_its_node() -> None:
    previous = past(CHECKED, {SANE: "failed"})
    died = Failure(FailureCause.OUT_OF_MEMORY, "KernelDied", "")
    previous[NodeName(SANE)] = replace(previous[NodeName(SANE)], failure=died)
    plan = retry(CHECKED, previous)
    assert runs(plan) == SANE
    assert reasons(plan)[SANE] == "it came to no verdict in run run1: its kernel was killed for want of memory"


def test_a_check_that_only_warns_runs_again_alone() -> None:
    assert runs(retry(CHECKED, past(CHECKED, {OK: "failed"}), warns=[OK])) == OK


def test_a_check_that_was_made_to_warn_after_it_failed_runs_alone_and_what_it_had_stopped_runs() -> None:
    states = {OK: "failed", "train": "upstream_failed", "report": "upstream_failed"}
    assert runs(retry(CHECKED, past(CHECKED, states), warns=[OK])) == f"{OK} train report {SANE}"


def test_a_new_check_runs_on_the_result_that_is_there() -> None:
    previous = past(CHECKED)
    del previous[NodeName(OK)]
    plan = retry(CHECKED, previous)
    assert runs(plan) == OK
    assert reasons(plan)[OK] == "it is new since run run1"


def test_a_failed_check_that_was_taken_out_stops_nothing_any_more() -> None:
    states = {OK: "failed", "train": "upstream_failed", "report": "upstream_failed"}
    before = past(CHECKED, states)
    assert runs(retry(BRANCHES, before)) == "train report"


def test_a_node_runs_for_the_sake_of_a_check_that_reads_what_it_did_not_store() -> None:
    previous = past(CHECKED)
    previous[NodeName("load")] = replace(previous[NodeName("load")], outputs={})
    plan = retry(CHECKED, previous, changed={NEW: "code inputs"})
    assert reasons(plan)["load"] == f"`{NEW}` reads `df`, which run run1 did not store"


def test_the_check_of_a_skipped_node_stays_skipped_with_it() -> None:
    plan = retry(CHECKED, past(CHECKED, {"report": "skipped", SANE: "skipped"}))
    assert (actions(plan)["report"], actions(plan)[SANE]) == ("skip", "skip")


# -- traps


def test_nodes_and_checks_that_never_started_are_not_forgotten() -> None:
    """Retry from failure that reruns only what is marked failed leaves these out."""
    states = dict.fromkeys((OK, NEW, "stats", "train", "report", SANE), "pending")
    assert runs(retry(CHECKED, past(CHECKED, {"clean": "failed", **states}))) == (
        f"clean {OK} {NEW} stats train report {SANE}"
    )


@pytest.mark.parametrize("state", ["failed", "running", "queued", "cancelled", "pending"])
def test_a_group_with_children_that_never_started_runs(state: str) -> None:
    """Which of its children run is decided when it expands."""
    previous = past(LINE, c=state, d="pending")
    for key in ("x", "y"):
        name = NodeName(f"c[{key}]")
        child = replace(previous[NodeName("b")], node=name, parent=NodeName("c"), state=NodeState.SUCCEEDED)
        previous[name] = child
    assert runs(retry(LINE, previous)) == "c d"


def test_a_cancelled_run_goes_on_where_it_was_stopped() -> None:
    assert runs(retry(LINE, past(LINE, b="cancelled", c="cancelled", d="cancelled"))) == "b c d"


def test_a_crashed_run_goes_on_with_what_was_cut_off() -> None:
    plan = retry(LINE, past(LINE, b="running", c="pending", d="pending"))
    assert runs(plan) == "b c d"
    assert reasons(plan)["b"] == "it was cut off while running in run run1"


def test_a_component_that_is_missing_on_either_side_is_never_a_match() -> None:
    previous = past(LINE)
    for gone in ({"code": UNKNOWN}, {"code": ""}):
        previous[NodeName("d")] = replace(previous[NodeName("d")], fingerprint={**prints(LINE)[NodeName("d")], **gone})
        assert runs(retry(LINE, previous)) == "d"


# -- parameters


def test_the_reason_names_the_parameter_with_old_and_new_value() -> None:
    flow = flow_of("a -x> b", "a -x> c", setup={"b": "limit", "c": "shop"})
    given = {"limit": "3 -> 4", "shop": "'Bern' -> 'Genf'"}
    plan = retry(flow, past(flow), changed={"b": "parameters"}, parameters=given)
    assert runs(plan) == "b"
    assert reasons(plan)["b"] == "a parameter that it reads changed (`limit`: 3 -> 4) since run run1"


def test_a_parameter_read_through_setup_is_told_with_all_that_changed() -> None:
    plan = retry(LINE, past(LINE), changed={"d": "parameters"}, parameters={"n": "3 -> 4"})
    assert reasons(plan)["d"] == "a parameter that it reads changed (`n`: 3 -> 4) since run run1"


# -- parts of nodes, and selections


def with_children(flow: Flow, node: str, **states: str) -> dict[NodeName, NodeRunRecord]:
    previous = past(flow)
    for key, state in states.items():
        name = NodeName(f"{node}[{key}]")
        previous[name] = replace(previous[NodeName(node)], node=name, parent=NodeName(node), state=NodeState(state))
    return previous


def test_a_child_runs_again_within_its_node_with_everything_below() -> None:
    plan = retry(LINE, with_children(LINE, "c", x="succeeded", y="succeeded"), only=["c[x]"])
    assert runs(plan) == "c d"
    assert reasons(plan)["c"] == "a retry of `c[x]` was asked for"
    assert plan.only == ("c[x]",)


def test_an_unknown_child_suggests_a_known_one() -> None:
    with pytest.raises(NodeNotFound, match=r"did you mean `c\[berlin\]`"):
        retry(LINE, with_children(LINE, "c", berlin="failed"), only=["c[berln]"])


def test_a_check_runs_again_alone() -> None:
    plan = retry(CHECKED, past(CHECKED, {OK: "failed"}), only=[OK])
    assert runs(plan) == OK
    assert actions(plan)["clean"] == "reuse"


def test_a_check_whose_node_has_no_result_runs_with_it() -> None:
    plan = retry(CHECKED, past(CHECKED, clean="failed"), only=[OK])
    assert runs(plan) == f"clean {OK} {NEW}"


def test_a_retry_of_one_node_leaves_failed_warnings_of_what_it_needs_alone() -> None:
    plan = retry(CHECKED, past(CHECKED, {OK: "failed"}), only=["train"], warns=[OK])
    assert runs(plan) == f"train report {SANE}"
    assert actions(plan)[OK] == "skip"


def test_a_retry_of_one_node_runs_what_it_needs_that_did_not_pass_its_check() -> None:
    plan = retry(CHECKED, past(CHECKED, {OK: "failed", "train": "upstream_failed"}), only=["train"])
    assert runs(plan) == f"clean {OK} {NEW} train report {SANE}"


def test_a_selection_runs_alone() -> None:
    plan = retry(LINE, past(LINE), only=["b"], and_below=False)
    assert actions(plan) == {"a": "reuse", "b": "run", "c": "skip", "d": "skip"}
    assert (plan.mode, plan.only) == ("selection", ("b",))


def test_a_selection_runs_with_its_checks() -> None:
    assert runs(retry(CHECKED, past(CHECKED), only=["clean"], and_below=False)) == f"clean {OK} {NEW}"


def test_a_selection_runs_what_it_needs_that_has_no_result_and_says_why() -> None:
    plan = retry(LINE, past(LINE, a="failed"), only=["b"], and_below=False)
    assert runs(plan) == "a b"
    assert reasons(plan)["a"] == "it failed in run run1"


def test_what_a_selection_outdated_runs_in_the_next_retry() -> None:
    first = retry(LINE, past(LINE), only=["b"], and_below=False)
    states = {"run": "succeeded", "reuse": "reused", "skip": "skipped"}
    then = past(LINE, {node: states[action] for node, action in actions(first).items()})
    for decision in first.decisions:
        then[decision.node] = replace(then[decision.node], fingerprint=decision.fingerprint)
    assert runs(retry(LINE, then)) == "c d"


# -- while the run goes on


def test_reopening_a_node_decides_anew_what_is_below_and_did_not_run() -> None:
    records = past(LINE, b="failed", c="upstream_failed", d="skipped")
    plan = plan_reopening(records, [NodeName("b")], {NodeName("b"), NodeName("c"), NodeName("d")})
    assert reasons(plan) == {
        "b": "it is failed, and its retry was asked for",
        "c": "it is upstream_failed, which is decided anew once what is above it is done",
        "d": "it is skipped, which is decided anew once what is above it is done",
    }
