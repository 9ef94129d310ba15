"""One node is tried again while its run goes on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from jupyter_dataops.engine.models import Expands
from jupyter_dataops.errors import ArtifactError
from jupyter_dataops.events import (
    Event,
    NodeFailed,
    NodeReopened,
    NodeSucceeded,
    NodeUpstreamFailed,
    RunCancelRequested,
)
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.records import OutputRecord
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.clock import START
from tests.support.coordinated import (
    BY,
    RUN_ID,
    Coordinated,
    Outputs,
    check,
    children,
    each,
    left_out,
    members,
    node,
    output,
    reused,
    runs_notebook,
)
from tests.support.executor import Does, objects, raises

SLOW = Does(60)
FIXED = [raises(), Does()]


def test_a_failed_node_runs_again_and_what_hangs_below_it_too() -> None:
    world = Coordinated(node("a"), node("b", "a"), node("c", "b"), node("slow"), script={"a": FIXED, "slow": SLOW})
    world.at(10, lambda: world.reopen("a"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.history("a") == [
        "NodeQueued",
        "NodeStarted",
        "NodeFailed",
        "NodeReopened",
        "NodeQueued",
        "NodeStarted",
        "NodeSucceeded",
    ]
    assert world.history("c") == ["NodeUpstreamFailed", "NodeReopened", "NodeQueued", "NodeStarted", "NodeSucceeded"]
    reasons = {event.node: event.reason for event in world.seen if isinstance(event, NodeReopened)}
    assert reasons == {"b": "`a` is tried again", "c": "`b` is tried again"}
    assert [attempt.attempt for attempt in world.attempts("a")] == [1, 2]
    assert world.reason("a") == "ana wants it again; it has no upstream"


def test_budgets_of_retries_count_from_where_the_node_was_opened() -> None:
    world = Coordinated(
        node("a", retries=1), node("slow"), script={"a": [raises(), raises(), raises(), Does()], "slow": SLOW}
    )
    world.at(10, lambda: world.reopen("a"))
    assert world.execute().state is RunState.SUCCEEDED
    assert (world.records()["a"].attempt, world.records()["a"].opened_after) == (4, 2)


def test_what_has_run_below_is_not_touched() -> None:
    work = (node("a"), node("tell", "a", trigger="one_failed"), node("tidy", "a", trigger="all_done"), node("slow"))
    world = Coordinated(*work, script={"a": FIXED, "slow": SLOW})
    world.at(10, lambda: world.reopen("a"))
    world.execute()
    assert sorted(world.executor.started_nodes()) == ["a", "a", "slow", "tell", "tidy"]


def test_a_handler_that_is_running_goes_on_while_the_failure_is_tried_again() -> None:
    work = (node("a"), node("tell", "a", trigger="one_failed"))
    world = Coordinated(*work, script={"a": FIXED, "tell": SLOW})
    world.at(10, lambda: world.reopen("a"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes() == ["a", "tell", "a"]


def test_what_another_failure_keeps_from_running_is_opened_with_the_last_of_them() -> None:
    work = (node("a"), node("b"), node("c", "a", "b"), node("slow"))
    world = Coordinated(*work, script={"a": FIXED, "b": FIXED, "slow": SLOW})
    world.at(10, lambda: world.reopen("a"))
    world.at(20, lambda: world.reopen("b"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started[-1] == (21.0, "c", 1)


def test_several_nodes_that_hang_below_one_another_may_be_asked_for_at_once() -> None:
    work = (node("a"), node("b", "a"), node("c", "b"), node("slow"))
    world = Coordinated(*work, script={"a": FIXED, "slow": SLOW})
    world.at(10, lambda: world.reopen("c", "a", "b"))
    assert world.execute().state is RunState.SUCCEEDED


def test_a_node_that_the_plan_left_out_runs_when_somebody_asks_for_it() -> None:
    world = Coordinated(left_out("a"), node("slow"), script={"slow": SLOW})
    world.at(10, lambda: world.reopen("a"))
    world.execute()
    assert world.state("a") is NodeState.SUCCEEDED


def test_a_node_whose_upstream_still_fails_cannot_run() -> None:
    world = Coordinated(node("a"), node("b", "a"), node("slow"), script={"a": raises(), "slow": SLOW})
    world.at(10, lambda: world.reopen("b"))
    world.execute()
    assert world.history("b") == ["NodeUpstreamFailed", "NodeReopened", "NodeUpstreamFailed"]


def test_a_failed_check_is_made_again_alone_and_opens_what_is_below_its_node() -> None:
    world = Coordinated(
        node("a"),
        check("a", "x"),
        node("b", "a"),
        node("slow"),
        script={"check:a/x": [objects(), Does()], "slow": SLOW},
    )
    world.at(10, lambda: world.reopen("check:a/x"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes() == ["a", "slow", "check:a/x", "check:a/x", "b"]


def test_a_checks_node_brings_its_check_along() -> None:
    world = Coordinated(
        node("a"),
        check("a", "x"),
        check("a", "w", warn=True),
        node("b", "a"),
        node("slow"),
        script={"a": FIXED, "slow": SLOW},
    )
    world.at(10, lambda: world.reopen("a"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.states()["check:a/x"] == world.states()["check:a/w"] == "succeeded"


def scores(**options: object) -> Coordinated:
    work = (each("score"), node("report", "score"), node("slow"))
    given = {"expansions": {"score": children("score", "1 2 3")}, **options}
    return Coordinated(*work, **given)  # type: ignore[arg-type]


def test_a_child_is_tried_again_while_its_siblings_run() -> None:
    world = scores(script={"score[2]": FIXED, "score[3]": SLOW})
    world.at(10, lambda: world.reopen("score[2]"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.history("score") == ["NodeQueued", "NodeExpanded", "NodeSucceeded"]
    assert world.records()["score"].outputs == {"all": output("[1 2 3]")}


def test_a_child_opens_its_failed_group_which_asks_nobody_for_its_children_again() -> None:
    world = scores(script={"score[2]": FIXED, "slow": SLOW})
    world.at(10, lambda: world.reopen("score[2]"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.expanded == ["score"]
    assert world.executor.started_nodes().count("score[1]") == 1
    assert world.history("score") == [
        "NodeQueued",
        "NodeExpanded",
        "NodeFailed",
        "NodeReopened",
        "NodeQueued",
        "NodeExpanded",
        "NodeSucceeded",
    ]
    assert world.state("report") is NodeState.SUCCEEDED


def test_a_reopened_group_tries_the_children_again_that_failed() -> None:
    world = scores(script={"score[2]": FIXED, "score[3]": FIXED, "slow": SLOW})
    world.at(10, lambda: world.reopen("score"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes().count("score[1]") == 1
    assert world.executor.started_nodes().count("score[2]") == 2


def test_a_group_that_could_not_be_collected_is_collected_again() -> None:
    refusals = [ArtifactError("the disk is full")]

    def collect(name: NodeName, given: Outputs) -> dict[str, OutputRecord]:
        if refusals:
            raise refusals.pop()
        return dict(world.collect(name, given))

    world = scores(collect=collect, script={"slow": SLOW})
    world.at(10, lambda: world.reopen("score"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes().count("score[1]") == 1


def test_a_node_within_a_notebook_opens_its_group_which_keeps_what_its_own_attempt_gave() -> None:
    inner = members("etl", node("load"), node("clean", "load"))
    script = {"etl": Does(outputs={"own": output("own")}, parameters={"n": 1}), "etl/load": FIXED, "slow": SLOW}
    world = Coordinated(
        runs_notebook("etl"), node("report", "etl"), node("slow"), expansions={"etl": inner}, script=script
    )
    world.at(10, lambda: world.reopen("etl/load"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes().count("etl") == 1
    record = world.records()["etl"]
    assert (dict(record.parameters or {}), record.outputs) == ({"n": 1}, {"own": output("own")})


def test_a_group_deep_inside_opens_every_group_around() -> None:
    outer = [replace(item, expands=Expands.AFTER_ITS_ATTEMPT) for item in children("score", "a")]
    expansions = {"score": outer, "score[a]": members("score[a]", node("x"))}
    world = Coordinated(each("score"), node("slow"), expansions=expansions, script={"score[a]/x": FIXED, "slow": SLOW})
    world.at(10, lambda: world.reopen("score[a]/x"))
    assert world.execute().state is RunState.SUCCEEDED
    assert set(world.states().values()) == {"succeeded"}


def test_a_tolerated_child_may_be_tried_again_and_leaves_its_group_as_it_is() -> None:
    work = (each("score", tolerate=1), node("slow"))
    world = Coordinated(*work, expansions={"score": children("score", "1 2")}, script={"score[2]": FIXED, "slow": SLOW})
    world.at(10, lambda: world.reopen("score[2]"))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.state("score[2]") is NodeState.SUCCEEDED
    assert world.records()["score"].outputs == {"all": output("[1]")}


@pytest.mark.parametrize("wakes", [True, False])
@pytest.mark.parametrize("last", [NodeFailed, NodeSucceeded])
def test_a_node_that_is_reopened_after_the_last_one_has_ended_keeps_the_run_going(
    last: type[Event], wakes: bool
) -> None:
    asked = []

    def reopen_late(event: Event | CellFinished) -> None:
        if isinstance(event, last) and event.node == "b" and not asked:
            asked.append(True)
            told = NodeReopened(run_id=RUN_ID, at=START, node=NodeName("a"), reason="again", by=BY)
            world.store.apply(told, None)
            if wakes:
                world.coordinator.wake()

    script = {"a": FIXED, "b": raises(seconds=5) if last is NodeFailed else Does(5)}
    world = Coordinated(node("a"), node("b"), script=script, observer=reopen_late)
    world.execute()
    assert world.state("a") is NodeState.SUCCEEDED


def test_a_node_that_is_reopened_while_the_last_one_is_settled_keeps_the_run_going() -> None:
    def reopen_late(event: Event | CellFinished) -> None:
        if isinstance(event, NodeUpstreamFailed):
            world.reopen("a")

    world = Coordinated(node("a"), node("b", "a"), script={"a": FIXED}, observer=reopen_late)
    assert world.execute().state is RunState.SUCCEEDED


def test_a_node_reopened_in_a_run_that_is_cancelled_next_ends_cancelled() -> None:
    world = Coordinated(node("a"), node("b", "a"), node("slow"), script={"a": FIXED, "slow": SLOW})

    def ask_both() -> None:
        world.reopen("a")
        cancel = RunCancelRequested(run_id=RUN_ID, at=START, reason="no, stop", by=BY)
        world.store.apply(cancel, None)
        world.coordinator.wake()

    world.at(10, ask_both)
    assert world.execute().state is RunState.CANCELLED
    assert world.states() == {"a": "cancelled", "b": "upstream_failed", "slow": "cancelled"}


def test_a_node_reopened_in_a_run_that_ends_at_its_first_failure_ends_with_it() -> None:
    world = Coordinated(node("a"), node("b"), fail_fast=True, script={"a": FIXED, "b": Does(60, obeys_after_s=4)})
    world.at(3, lambda: world.reopen("a"))
    assert world.execute().state is RunState.FAILED
    assert world.state("a") is NodeState.CANCELLED


class CancelsInBetween(MemoryRunStore):
    """Somebody cancels the run right before the runner opens what hangs below."""

    def apply_all(self, events: Sequence[Event], token: Token | None) -> None:
        if any(isinstance(event, NodeReopened) and event.node == "b" for event in events):
            super().apply_all([RunCancelRequested(run_id=RUN_ID, at=START, reason="stop", by=BY)], None)
        super().apply_all(events, token)


def test_a_cancel_between_a_node_and_what_hangs_below_it_is_heeded() -> None:
    world = Coordinated(
        node("a"), node("b", "a"), node("slow"), script={"a": FIXED, "slow": SLOW}, store=CancelsInBetween()
    )
    world.at(10, lambda: world.reopen("a"))
    world.at(11, world.coordinator.wake)
    assert world.execute().state is RunState.CANCELLED


def test_waking_reads_what_has_happened_since_the_last_look_only() -> None:
    class CountingStore(MemoryRunStore):
        node_runs_read = 0
        events_read = 0

        def get_node_runs(self, *arguments: object) -> object:  # type: ignore[override]
            self.node_runs_read += 1
            return super().get_node_runs(*arguments)  # type: ignore[arg-type]

        def get_events(self, *arguments: object) -> object:  # type: ignore[override]
            found = super().get_events(*arguments)  # type: ignore[arg-type]
            self.events_read += len(found)
            return found

    store = CountingStore()
    world = Coordinated(reused("a", x=output("x")), node("slow"), script={"slow": SLOW}, store=store)
    for seconds in (10, 20, 30):
        world.at(seconds, world.coordinator.wake)
    world.execute()
    assert store.node_runs_read == 0
    assert store.events_read == len(["RunCreated", "RunStarted", "NodeReused", "NodeQueued", "NodeStarted"])


def test_a_long_chain_below_is_opened_without_recursion() -> None:
    chain = [node("n0"), *(node(f"n{index}", f"n{index - 1}") for index in range(1, 1500))]
    world = Coordinated(*chain, node("slow"), script={"n0": FIXED, "slow": Does(10_000)})
    world.at(10, lambda: world.reopen("n0"))
    assert world.execute().state is RunState.SUCCEEDED
