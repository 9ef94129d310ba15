"""Earlier results at work in a run, and the same result wanted by two runs at once."""

from __future__ import annotations

from datetime import timedelta

from jupyter_dataops.engine.pools import claim_of
from jupyter_dataops.events import NodeFailed, NodeStarted, NodeSucceeded
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.records import Failure, ResultRecord
from jupyter_dataops.states import FailureCause, RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.clock import START, FakeClock
from tests.support.coordinated import (
    EARLIER,
    LEASE_S,
    Coordinated,
    check,
    children,
    declare_crashed,
    each,
    faults,
    members,
    node,
    outputs,
    runs_notebook,
)
from tests.support.executor import Does, objects, raises
from tests.support.recall import Remembers

OTHER = RunId("run2")


def results(world: Coordinated) -> set[str]:
    names = [event.node or "" for event in world.store.get_events(world.run_id)]
    return {key.removeprefix("key of ") for key in world.store.find_results({f"key of {name}" for name in names})}


def test_a_node_is_reused_when_all_above_it_is_done_and_its_result_holds() -> None:
    world = Coordinated(node("a"), node("b", "a"), node("c", "b"), recall=Remembers(known=("b",)))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.states() == {"a": "succeeded", "b": "reused", "c": "succeeded"}
    assert world.history("b") == ["NodeReused"]
    record = world.records()["b"]
    assert (record.source_run_id, record.outputs, record.reason) == (EARLIER, outputs("x"), "it still holds")
    assert world.reason("a").startswith("it is new")
    assert faults(world) == []


def test_what_has_run_is_found_by_later_runs_unless_that_is_not_confirmed() -> None:
    store = MemoryRunStore()
    world = Coordinated(node("a"), node("b", "a"), store=store, recall=Remembers(store))
    world.execute()
    assert results(world) == {"a", "b"}
    again = Coordinated(node("a"), node("b", "a"), store=store, recall=Remembers(store), run_id=OTHER)
    again.execute()
    assert again.states() == {"a": "reused", "b": "reused"}
    doubtful = Coordinated(node("a"), recall=Remembers(is_confirmed=False))
    doubtful.execute()
    assert results(doubtful) == set()


def test_nothing_is_asked_where_something_above_failed() -> None:
    recall = Remembers(known=("b",))
    work = node("a"), node("b", "a", trigger="one_failed"), check("c", "good"), node("d", "c", trigger="one_failed")
    world = Coordinated(
        *work[:2], node("c"), *work[2:], recall=recall, script={"a": raises(), "check:c/good": objects()}
    )
    world.execute()
    assert world.states()["b"] == world.states()["d"] == "succeeded"
    assert not {"b", "d"} & set(recall.asked)


def test_a_group_is_reused_whole_and_does_not_expand() -> None:
    world = Coordinated(each("score"), node("b", "score"), recall=Remembers(known=("score",)))
    world.execute()
    assert world.states() == {"score": "reused", "b": "succeeded"}
    assert world.expanded == []


def test_children_are_reused_one_by_one() -> None:
    expansions = {"score": children("score", "x y"), "etl": members("etl", node("p"), node("q", "p"))}
    recall = Remembers(known=("score[x]", "etl/p"))
    world = Coordinated(each("score"), runs_notebook("etl"), expansions=expansions, recall=recall)
    world.execute()
    assert sorted(world.executor.started_nodes()) == ["etl", "etl/q", "score[y]"]
    assert results(world) == {"score", "score[y]", "etl", "etl/q"}


def test_a_group_in_which_something_failed_leaves_no_result_nor_does_the_group_around_it() -> None:
    expansions = {
        "outer": members("outer", each("score", tolerate=1)),
        "outer/score": children("outer/score", "x y"),
    }
    world = Coordinated(
        runs_notebook("outer"), expansions=expansions, recall=Remembers(), script={"outer/score[x]": raises()}
    )
    assert world.execute().state is RunState.SUCCEEDED
    assert results(world) == {"outer/score[y]"}


def test_a_resumed_run_asks_again_for_what_had_not_started() -> None:
    store = MemoryRunStore()
    first = Coordinated(node("a"), node("b", "a"), node("c", "b"), store=store, recall=Remembers(store))
    first.coordinator._take_run()
    first.coordinator._nodes.queue(NodeName("a"), "ready")
    declare_crashed(first)
    work = node("a"), node("b", "a"), node("c", "b")
    second = Coordinated(*work, store=store, recall=Remembers(store, known=("a", "c")), resumes=True)
    assert second.execute().state is RunState.SUCCEEDED
    assert second.states() == {"a": "reused", "b": "succeeded", "c": "reused"}
    assert faults(second) == []


# -- two runs at once


def two_runs() -> tuple[Coordinated, Coordinated]:
    """Two runs of one store and one clock which want the same; nobody drives the second, which has taken its run."""
    store, clock = MemoryRunStore(), FakeClock()
    first = Coordinated(node("a"), node("b"), store=store, clock=clock, recall=Remembers(store))
    other = Coordinated(node("a"), store=store, clock=clock, run_id=OTHER, recall=Remembers(store))
    journal = other.coordinator._journal
    journal.start_run("elsewhere", first.coordinator._runner, LEASE_S)
    other.coordinator._nodes.queue(NodeName("a"), "ready")
    assert not journal.take_slots(NodeName("a"), {claim_of("key of a"): 1}, {})
    fact = {"run_id": OTHER, "at": clock.now(), "node": NodeName("a")}
    journal.say(NodeStarted(**fact, attempt=1, token=Token("t"), notebook="n", log="l", reason="r"))  # type: ignore[arg-type]
    return first, other


def test_the_second_run_waits_for_the_first_and_uses_its_result() -> None:
    world, other = two_runs()
    reasons = []

    def succeed() -> None:
        reasons.append(world.reason("a"))
        result = ResultRecord("key of a", {})
        other.coordinator._journal.say(
            NodeSucceeded(run_id=OTHER, at=world.clock.now(), node=NodeName("a"), outputs=outputs("x"), result=result)
        )
        world.coordinator.wake()

    world.at(4, succeed)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.states() == {"a": "reused", "b": "succeeded"}
    assert world.executor.started == [(0.0, "b", 1)], "and does nothing else meanwhile than wait"
    assert reasons == ["waits for run run2, which computes the same: its result will be used"]
    assert world.history("a") == ["NodeQueued", "NodeHeld", "NodeReused"]
    assert world.records()["a"].source_run_id == OTHER
    assert world.records()["a"].outputs == outputs("x")
    assert faults(world) == []


def test_where_the_first_fails_the_second_computes_it() -> None:
    world, other = two_runs()

    def fail() -> None:
        failure = Failure(FailureCause.EXCEPTION, "ValueError", "bad")
        fact = {"run_id": OTHER, "at": world.clock.now(), "node": NodeName("a")}
        other.coordinator._journal.say(NodeFailed(**fact, failure=failure, reason="bad"))  # type: ignore[arg-type]
        world.coordinator.wake()

    world.at(4, fail)
    assert world.execute().state is RunState.SUCCEEDED
    assert (4.0, "a", 1) in world.executor.started


def test_where_the_first_dies_the_second_computes_it_when_the_lease_runs_out() -> None:
    world, _ = two_runs()
    assert world.execute().state is RunState.SUCCEEDED
    assert (LEASE_S, "a", 1) in world.executor.started
    waits = [wait for wait in world.mailbox.waits if wait is not None]
    assert waits == [LEASE_S, LEASE_S - 0.5, LEASE_S - 1], "reports of b came between, and nothing else"


def test_a_first_run_that_is_alive_is_waited_for_however_long_it_takes() -> None:
    world, other = two_runs()
    token = other.run().token
    assert token is not None
    world.at(20, lambda: world.store.renew_lease(OTHER, token, START + timedelta(seconds=50)))
    world.execute()
    assert (50.0, "a", 1) in world.executor.started


def test_who_waits_is_told_when_a_claimed_result_is_there_or_will_not_be() -> None:
    store = MemoryRunStore()
    script = {"a": [raises(), Does()], "b": raises()}
    world = Coordinated(
        node("a", retries=1, retry_delay_s=7), node("b"), store=store, recall=Remembers(store), script=script
    )
    world.execute()
    assert world.woken_others == [1.0, 1.0, 9.0]


def test_a_run_that_reuses_nothing_claims_nothing() -> None:
    world = Coordinated(node("a"))
    world.execute()
    assert world.woken_others == []
    assert results(world) == set()


def test_cancel_ends_a_node_that_waits_for_another_run() -> None:
    world, _ = two_runs()
    world.at(3, lambda: world.coordinator.request_cancel("enough"))
    assert world.execute().state is RunState.CANCELLED
    assert world.states()["a"] == "cancelled"
