"""Groups: nodes that expand, and end with what they have expanded to."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from jupyter_dataops.engine.coordinator import GRACE_S
from jupyter_dataops.engine.models import Expands, Expansion
from jupyter_dataops.errors import ArtifactError, StoreUnavailable
from jupyter_dataops.events import NodeExpanded
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import Failure, OutputRecord, Usage
from jupyter_dataops.states import FailureCause, NodeState, RunState
from tests.support.coordinated import (
    Coordinated,
    Outputs,
    check,
    children,
    each,
    left_out,
    members,
    node,
    output,
    outputs,
    reused,
    runs_notebook,
)
from tests.support.executor import Does, dies, objects, raises

CITIES = {"score": children("score", "berlin paris rome")}
PARIS = "score[paris]"


def scores(*more: object, keys: str = "berlin paris rome", tolerate: int = 0, **options: object) -> Coordinated:
    work = (node("cities"), each("score", "cities", tolerate=tolerate), node("report", "score"), *more)
    return Coordinated(*work, expansions={"score": children("score", keys)}, **options)  # type: ignore[arg-type]


# -- each:


def test_an_each_node_runs_its_children_and_hands_on_what_they_made_in_order() -> None:
    world = scores(jobs=2, script={"score[berlin]": Does(5)})
    assert world.execute().state is RunState.SUCCEEDED
    assert world.history("score") == ["NodeQueued", "NodeExpanded", "NodeSucceeded"]
    assert world.history(PARIS) == ["NodeQueued", "NodeStarted", "NodeSucceeded"]
    assert world.records()["score"].outputs == {"all": output("[berlin paris rome]")}
    assert world.attempts("score") == []
    assert world.executor.started == [
        (0.0, "cities", 1),
        (1.0, "score[berlin]", 1),
        (1.0, PARIS, 1),
        (2.0, "score[rome]", 1),
        (6.0, "report", 1),
    ]
    assert world.run().reason == "3 nodes succeeded"


def test_children_are_stored_with_key_element_place_and_reason() -> None:
    world = scores()
    world.execute()
    record = world.records()[PARIS]
    assert (record.parent, record.key, record.position, record.item) == ("score", "paris", 1, output("paris"))
    assert record.reason == "a full run runs every node", "and not that it has no upstream"


def test_an_each_node_over_nothing_is_skipped_and_what_needs_it_too() -> None:
    world = scores(keys="")
    assert world.execute().state is RunState.SUCCEEDED
    assert (world.state("score"), world.state("report")) == (NodeState.SKIPPED, NodeState.SKIPPED)
    assert world.reason("score") == "there is nothing to run it for: what its each: goes over is empty"


def test_one_failed_child_fails_the_group_when_all_are_done() -> None:
    world = scores(script={PARIS: raises(), "score[rome]": Does(9)})
    assert world.execute().state is RunState.FAILED
    assert world.states() == {
        "cities": "succeeded",
        "score": "failed",
        "score[berlin]": "succeeded",
        PARIS: "failed",
        "score[rome]": "succeeded",
        "report": "upstream_failed",
    }
    failure = world.records()["score"].failure
    assert failure is not None
    assert (failure.cause, failure.ename) == (FailureCause.EXCEPTION, "ValueError")
    assert world.reason("score") == failure.evalue == "1 of 3 failed: paris"
    assert world.run().reason == "`score` failed; `report` was not run"
    assert world.clock.elapsed_s() == 10.0


def test_the_cause_is_that_of_the_first_failed_child_in_order() -> None:
    world = scores(script={"score[berlin]": dies(seconds=5), PARIS: raises()})
    world.execute()
    failure = world.records()["score"].failure
    assert failure is not None
    assert failure.cause is FailureCause.KERNEL_DIED
    assert failure.evalue == "2 of 3 failed: berlin, paris"


def test_a_long_list_of_failed_children_is_cut() -> None:
    world = scores(keys="1 2 3 4 5 6 7", script={f"score[{key}]": raises() for key in range(1, 8)})
    world.execute()
    assert world.reason("score") == "7 of 7 failed: 1, 2, 3, 4, 5 and 2 more"


def test_failures_within_the_tolerance_leave_their_children_out() -> None:
    world = scores(tolerate=1, fail_fast=True, script={PARIS: raises()})
    assert world.execute().state is RunState.SUCCEEDED
    assert world.records()["score"].outputs == {"all": output("[berlin rome]")}
    assert world.state(PARIS) is NodeState.FAILED
    assert world.run().reason == "3 nodes succeeded; 1 element failed and was tolerated"


def test_failures_that_were_tolerated_in_a_sub_pipeline_are_told_of_the_run() -> None:
    inside = members("etl", node("cities"), each("score", "cities", tolerate=2))
    expansions = {"etl": inside, "etl/score": children("etl/score", "a b c")}
    script = {"etl/score[a]": raises(), "etl/score[c]": dies()}
    world = Coordinated(runs_notebook("etl"), expansions=expansions, script=script)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.run().reason == "1 node succeeded; 2 elements failed and were tolerated"


def test_failures_beyond_the_tolerance_end_a_fail_fast_run_before_the_group_ends() -> None:
    script = {"score[berlin]": raises(), PARIS: raises(seconds=2), "score[rome]": Does(60)}
    world = scores(tolerate=1, fail_fast=True, script=script)
    assert world.execute().state is RunState.FAILED
    assert (world.state("score"), world.state("score[rome]")) == (NodeState.FAILED, NodeState.CANCELLED)
    assert world.executor.stopped == [(3.0, "score[rome]", GRACE_S)]


def test_every_child_has_retries_of_its_own() -> None:
    expansions = {"score": children("score", "a b", retries=1)}
    script = {"score[a]": [raises(), Does()], "score[b]": raises()}
    world = Coordinated(each("score"), expansions=expansions, script=script)
    world.execute()
    assert [world.records()[name].attempt for name in ("score[a]", "score[b]")] == [2, 2]
    assert world.states() == {"score": "failed", "score[a]": "succeeded", "score[b]": "failed"}


def test_a_timeout_holds_for_each_child() -> None:
    expansions = {"score": children("score", "a b", timeout_s=5)}
    world = Coordinated(each("score"), expansions=expansions, script={"score[a]": Does(60), "score[b]": Does(4)})
    world.execute()
    assert world.states()["score[b]"] == "succeeded"
    failure = world.records()["score"].failure
    assert failure is not None
    assert failure.cause is FailureCause.TIMEOUT


def test_children_that_the_plan_reuses_do_not_run() -> None:
    expansions = {
        "score": [replace(item, decision=reused(item.node, x=output("x")).decision) for item in CITIES["score"][:2]]
    }
    expansions["score"].append(CITIES["score"][2])
    world = Coordinated(each("score"), expansions=expansions)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes() == ["score[rome]"]
    assert world.records()["score"].outputs == {"all": output("[berlin paris rome]")}
    assert world.state(PARIS) is NodeState.REUSED


def test_a_group_of_which_nothing_has_to_run_ends_at_once() -> None:
    expansions = {"score": [replace(item, decision=left_out(item.node).decision) for item in CITIES["score"]]}
    world = Coordinated(each("score"), node("report", "score"), expansions=expansions)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes() == ["report"]


def test_a_value_that_cannot_be_gone_over_fails_the_node_as_configured_wrongly() -> None:
    world = Coordinated(each("score"), node("report", "score"), expansions={"score": ArtifactError("it is no list")})
    assert world.execute().state is RunState.FAILED
    failure = world.records()["score"].failure
    assert failure == Failure(FailureCause.CONFIG_INVALID, "ArtifactError", "it is no list")
    assert world.history("score") == ["NodeQueued", "NodeStarted", "NodeFailed"]


def test_what_cannot_be_collected_fails_the_group() -> None:
    def refuse(name: NodeName, given: Outputs) -> dict[str, OutputRecord]:
        raise ArtifactError("one element is lost")

    world = scores(collect=refuse)
    assert world.execute().state is RunState.FAILED
    assert world.reason("score") == "one element is lost"
    assert world.state("report") is NodeState.UPSTREAM_FAILED


def test_a_condition_decides_before_the_node_expands() -> None:
    flag = reused("flag", no=output("no", False))
    world = Coordinated(flag, each("score", "flag", when=("no", "flag")), expansions=CITIES)
    world.execute()
    assert (world.state("score"), world.expanded) == (NodeState.SKIPPED, [])


def test_a_condition_without_an_answer_fails_the_node_before_it_expands() -> None:
    flag = reused("flag", df=output("df", None))
    world = Coordinated(flag, each("score", "flag", when=("df", "flag")), expansions=CITIES)
    assert world.execute().state is RunState.FAILED
    assert world.expanded == []


def test_the_last_word_on_a_groups_outputs_is_the_examiners() -> None:
    def object_to(name: NodeName, given: Outputs) -> Failure | None:
        return Failure(FailureCause.UNDECLARED_MUTATION, "UndeclaredMutation", "stale") if name == "score" else None

    world = scores(examine=object_to)
    assert world.execute().state is RunState.FAILED
    assert world.reason("score") == "stale"


def test_cancel_ends_children_and_then_their_group() -> None:
    world = scores(jobs=2, script={"score[berlin]": Does(60), PARIS: Does(60)})
    world.at(3, lambda: world.coordinator.request_cancel("enough"))
    assert world.execute().state is RunState.CANCELLED
    assert world.states() == {
        "cities": "succeeded",
        "score": "cancelled",
        "score[berlin]": "cancelled",
        PARIS: "cancelled",
        "score[rome]": "cancelled",
        "report": "cancelled",
    }


def test_a_node_that_had_not_expanded_is_cancelled_without_asking_for_its_children() -> None:
    world = scores(script={"cities": Does(60)})
    world.at(3, lambda: world.coordinator.request_cancel("enough"))
    world.execute()
    assert (world.state("score"), world.expanded) == (NodeState.CANCELLED, [])


def test_a_check_of_a_group_runs_once_on_what_it_collected() -> None:
    work = (each("score"), check("score", "whole"), node("report", "score"))
    world = Coordinated(*work, expansions=CITIES, script={"check:score/whole": objects()})
    assert world.execute().state is RunState.FAILED
    assert world.executor.started_nodes()[-1] == "check:score/whole"
    assert world.state("report") is NodeState.UPSTREAM_FAILED


# -- notebook:

ETL = members("etl", node("load"), node("clean", "load"), check("clean", "not_null"), node("save", "clean"))
NOT_NULL = "etl/check:clean/not_null"


def etl(*more: object, **options: object) -> Coordinated:
    work = (runs_notebook("etl"), node("report", "etl"), *more)
    return Coordinated(*work, **{"expansions": {"etl": ETL}, **options})  # type: ignore[arg-type]


def test_a_notebook_node_runs_first_itself_and_then_the_nodes_of_its_notebook() -> None:
    usage = Usage("3.11", {}, 1000)
    does = Does(outputs=outputs("own"), parameters={"country": "de"}, usage=usage)
    world = etl(script={"etl": does, "etl/save": Does(outputs=outputs("total"))})
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes() == ["etl", "etl/load", "etl/clean", NOT_NULL, "etl/save", "report"]
    assert world.history("etl") == ["NodeQueued", "NodeStarted", "NodeExpanded", "NodeSucceeded"]
    assert world.given_parameters == {"etl": {"country": "de"}}
    record = world.records()["etl"]
    assert (record.parameters, record.outputs) == ({"country": "de"}, outputs("own", "total"))
    (attempt,) = world.attempts("etl")
    (expanded,) = (event for event in world.seen if isinstance(event, NodeExpanded))
    assert (attempt.finished_at, attempt.usage) == (expanded.at, usage)


def test_a_notebook_node_frees_its_slot_for_its_children() -> None:
    world = etl(jobs=1)
    assert world.execute().state is RunState.SUCCEEDED


def test_a_failure_within_the_notebook_fails_the_group_and_names_the_node() -> None:
    world = etl(script={"etl/clean": raises()})
    assert world.execute().state is RunState.FAILED
    assert world.state("etl/save") is NodeState.UPSTREAM_FAILED
    failure = world.records()["etl"].failure
    assert failure is not None
    assert failure.cause is FailureCause.EXCEPTION
    assert world.reason("etl") == "`etl/clean` failed; `etl/save` was not run"


def test_a_failed_check_within_the_notebook_fails_the_group() -> None:
    world = etl(script={NOT_NULL: objects()})
    world.execute()
    failure = world.records()["etl"].failure
    assert failure is not None
    assert failure.cause is FailureCause.CHECK_FAILED
    assert world.state("etl/save") is NodeState.UPSTREAM_FAILED


def test_a_failure_that_is_handled_within_the_notebook_fails_nothing() -> None:
    inner = members("etl", node("load"), node("tell", "load", trigger="one_failed"))
    world = etl(expansions={"etl": inner}, script={"etl/load": raises()})
    assert world.execute().state is RunState.SUCCEEDED
    assert world.state("etl") is NodeState.SUCCEEDED


def test_a_notebook_node_whose_own_attempt_fails_does_not_expand() -> None:
    world = etl(script={"etl": raises()})
    world.execute()
    assert (world.state("etl"), world.expanded) == (NodeState.FAILED, [])


def test_a_notebook_that_cannot_be_given_its_parameters_fails_its_node() -> None:
    world = etl(expansions={"etl": ArtifactError("`df` is no parameter")})
    world.execute()
    assert world.reason("etl") == "`df` is no parameter"
    assert world.history("etl") == ["NodeQueued", "NodeStarted", "NodeFailed"]


def test_a_notebook_node_whose_attempt_ends_after_the_cancel_does_not_expand() -> None:
    world = etl(script={"etl": Does(5, obeys_after_s=9)})
    world.at(1, lambda: world.coordinator.request_cancel("enough"))
    assert world.execute().state is RunState.CANCELLED
    assert (world.state("etl"), world.expanded) == (NodeState.CANCELLED, [])
    assert world.attempts("etl")[0].finished_at is not None


def test_children_may_expand_in_turn() -> None:
    outer = [replace(item, expands=Expands.AFTER_ITS_ATTEMPT) for item in children("score", "a b")]
    inner = {item.node: members(item.node, each("x"), node("y", "x")) for item in outer}
    expansions = {"score": outer, **inner}
    for item in outer:
        expansions[f"{item.node}/x"] = children(f"{item.node}/x", "1 2")
    world = Coordinated(each("score"), node("report", "score"), expansions=expansions, jobs=1)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes()[:4] == ["score[a]", "score[a]/x[1]", "score[a]/x[2]", "score[a]/y"]
    assert list(world.states())[:5] == ["score", "score[a]", "score[a]/x", "score[a]/x[1]", "score[a]/x[2]"]


def test_a_failure_deep_inside_is_tolerated_by_the_group_around() -> None:
    outer = [replace(item, expands=Expands.AFTER_ITS_ATTEMPT) for item in children("score", "a b")]
    expansions = {"score": outer, **{item.node: members(item.node, node("x")) for item in outer}}
    world = Coordinated(
        each("score", tolerate=1), expansions=expansions, script={"score[a]/x": raises()}, fail_fast=True
    )
    assert world.execute().state is RunState.SUCCEEDED
    assert world.states()["score[a]"] == "failed"


# -- groups and trigger rules


@pytest.mark.parametrize(
    ("trigger", "keys", "failing", "state"),
    [
        ("all_success", "a b", "", "succeeded"),
        ("all_success", "a b", "a", "upstream_failed"),
        ("all_success", "", "", "skipped"),
        ("one_failed", "a b", "b", "succeeded"),
        ("one_failed", "a b", "", "skipped"),
        ("all_skipped", "", "", "succeeded"),
        ("none_failed", "", "", "succeeded"),
        ("all_done", "a b", "a", "succeeded"),
        ("one_success", "a b", "", "succeeded"),
    ],
)
def test_trigger_rules_see_a_group_as_one_node(trigger: str, keys: str, failing: str, state: str) -> None:
    world = Coordinated(
        each("score"),
        node("below", "score", trigger=trigger),
        expansions={"score": children("score", keys)},
        script={f"score[{key}]": raises() for key in failing},
    )
    world.execute()
    assert world.states()["below"] == state


def test_a_group_counts_no_slot_and_many_groups_never_block_each_other() -> None:
    groups = [each(f"g{index}") for index in range(5)]
    expansions = {item.node: children(item.node, "a b") for item in groups}
    world = Coordinated(*groups, expansions=expansions, jobs=1)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.most_at_once == 1


def test_a_store_that_does_not_answer_while_a_node_expands_is_asked_again() -> None:
    failures = [StoreUnavailable("busy"), StoreUnavailable("busy")]

    def hesitant(*arguments: object) -> Expansion:
        if failures:
            raise failures.pop()
        return world.expand(*arguments)  # type: ignore[arg-type]

    world = scores(expand=hesitant)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.pauses == [0.1, 0.3]
