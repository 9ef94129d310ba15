"""Pools: whose turn it is for slots that several runs share."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jupyter_dataops.engine.pools import PoolLines, reason_to_wait
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.interfaces import NodeJob
from jupyter_dataops.records import SlotHolder
from jupyter_dataops.states import FailureCause, RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.clock import START, FakeClock
from tests.support.coordinated import (
    LEASE_S,
    Coordinated,
    children,
    declare_crashed,
    each,
    make_job,
    members,
    node,
    runs_notebook,
)
from tests.support.executor import Does, raises

GPU = {"gpu": 1}


def gpu(*names: str, **options: object) -> list[object]:
    return [node(name, pools=GPU, **options) for name in names]


# -- lines


def lines(*names: str, wanted: dict[str, int] | None = None) -> PoolLines:
    waiting = PoolLines()
    waiting.block(wanted or GPU, "taken", None)
    for name in names:
        waiting.join(NodeName(name), wanted or GPU)
    return waiting


def test_only_the_first_of_a_line_asks_again_and_the_next_after_it_has_got_slots() -> None:
    waiting = lines("a", "b", "c")
    assert waiting.get_reason_to_wait(GPU) == "taken"
    assert waiting.release() == ["a"]
    assert waiting.get_reason_to_wait(GPU) is None
    assert waiting.take_next(GPU) == "b"


def test_who_asked_in_vain_keeps_its_place() -> None:
    waiting = lines("a", "b")
    assert waiting.release() == ["a"]
    waiting.block(GPU, "taken", None)
    waiting.join(NodeName("a"), GPU)
    assert waiting.release() == ["a"]


def test_those_who_want_something_else_stand_in_another_line() -> None:
    waiting = lines("a")
    assert waiting.get_reason_to_wait({"gpu": 2}) is None
    waiting.block({"gpu": 2}, "taken too", START)
    waiting.join(NodeName("big"), {"gpu": 2})
    assert waiting.next_due == START
    assert waiting.release() == ["a", "big"]
    assert waiting.next_due is None


def test_the_reason_names_pool_holders_and_their_runs() -> None:
    holders = [SlotHolder("db", RunId("r2"), NodeName(name), 1, START) for name in "abcd"]
    assert reason_to_wait(holders, {}, RunId("r1")) == (
        "waits for the pool `db` of 1 slot: `a` of run r2 has 1, `b` of run r2 has 1, `c` of run r2 has 1 and 1 more"
    )


# -- in a run


def test_no_more_nodes_of_a_pool_run_at_once_than_it_has_slots() -> None:
    world = Coordinated(*gpu("a", "b", "c"), node("d"), jobs=4)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started == [(0.0, "a", 1), (0.0, "d", 1), (1.0, "b", 1), (2.0, "c", 1)]
    assert world.history("b") == ["NodeQueued", "NodeHeld", "NodeStarted", "NodeSucceeded"]


def test_a_pool_is_as_large_as_it_is_configured() -> None:
    world = Coordinated(*gpu("a", "b", "c"), pool_sizes={"gpu": 2})
    world.execute()
    assert [at for at, _, _ in world.executor.started] == [0.0, 0.0, 1.0]


def test_a_held_node_tells_who_has_the_slots() -> None:
    world = Coordinated(*gpu("a", "b"))
    reasons = []
    world.at(0.5, lambda: reasons.append(world.reason("b")))
    world.execute()
    assert reasons == ["waits for the pool `gpu` of 1 slot: `a` has 1"]


def test_a_held_node_takes_no_job_from_others() -> None:
    world = Coordinated(*gpu("a", "b"), node("c"), jobs=2, script={"a": Does(10)})
    world.execute()
    assert (0.0, "c", 1) in world.executor.started


def test_as_many_start_as_find_slots_when_several_become_free_at_once() -> None:
    world = Coordinated(node("big", pools={"gpu": 3}), *gpu("a", "b", "c", "d"), pool_sizes={"gpu": 3}, jobs=9)
    world.execute()
    assert [at for at, _, _ in world.executor.started] == [0.0, 1.0, 1.0, 1.0, 2.0]


def test_wanting_more_slots_than_there_are_is_a_configuration_error() -> None:
    world = Coordinated(node("a", pools={"gpu": 3}), node("b", "a"), pool_sizes={"gpu": 2})
    assert world.execute().state is RunState.FAILED
    failure = world.records()["a"].failure
    assert failure is not None
    assert failure.cause is FailureCause.CONFIG_INVALID
    assert "gpu" in failure.evalue
    assert world.records()["a"].reason == failure.headline, "the views show what is both only once"


@pytest.mark.parametrize("ending", [raises(), Does(60)])
def test_slots_come_back_however_an_attempt_ends(ending: Does) -> None:
    world = Coordinated(
        node("a", pools=GPU, timeout_s=5, retries=1, retry_delay_s=7), *gpu("b"), script={"a": [ending, Does()]}
    )
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started_nodes() == ["a", "b", "a"]


def test_an_attempt_that_cannot_be_started_gives_its_slots_back() -> None:
    def refuse_a(name: NodeName, *others: object) -> NodeJob:
        if name == "a":
            raise EnvironmentRefused("no such kernel")
        return make_job(name, *others)  # type: ignore[arg-type]

    world = Coordinated(*gpu("hog", "a", "b"), make_job=refuse_a)
    world.execute()
    assert world.states() == {"hog": "succeeded", "a": "failed", "b": "succeeded"}


def test_others_are_woken_when_an_attempt_with_slots_has_ended_and_only_then() -> None:
    world = Coordinated(*gpu("a"), node("b"), script={"b": Does(5)})
    world.execute()
    assert world.woken_others == [1.0]


def test_a_notebook_node_keeps_its_slots_for_its_own_attempt_only() -> None:
    inner = members("etl", node("x", pools=GPU))
    world = Coordinated(runs_notebook("etl", pools=GPU), expansions={"etl": inner})
    assert world.execute().state is RunState.SUCCEEDED


def two_runs(**options: object) -> tuple[Coordinated, Coordinated]:
    """Two runs of one store and one clock; the second wakes the first."""
    store, clock = MemoryRunStore(), FakeClock()
    first = Coordinated(*gpu("a"), store=store, clock=clock, **options)  # type: ignore[arg-type]
    second = Coordinated(*gpu("b"), store=store, clock=clock, run_id=RunId("run2"), script={"b": Does(5)})
    return first, second


def holding(world: Coordinated, other: Coordinated) -> None:
    """`other` has taken its run, and the slot."""
    journal = other.coordinator._journal
    journal.start_run("elsewhere", world.coordinator._runner, LEASE_S)
    assert not journal.take_slots(NodeName("b"), GPU, {})


def test_a_slot_that_another_run_holds_is_waited_for_until_that_run_wakes_us() -> None:
    world, other = two_runs()
    holding(world, other)
    reasons = []

    def free() -> None:
        reasons.append(world.reason("a"))
        declare_crashed(other)
        world.coordinator.wake()

    world.at(4, free)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started == [(4.0, "a", 1)]
    assert reasons == ["waits for the pool `gpu` of 1 slot: `b` of run run2 has 1"]


def test_a_slot_of_a_dead_run_is_asked_for_when_its_lease_runs_out_and_not_before() -> None:
    world, other = two_runs()
    holding(world, other)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.executor.started == [(LEASE_S, "a", 1)]
    assert world.mailbox.waits == [LEASE_S, None, None]


def test_a_lease_that_was_renewed_is_waited_for_again() -> None:
    world, other = two_runs()
    holding(world, other)
    token = other.run().token
    assert token is not None
    world.at(20, lambda: world.store.renew_lease(RunId("run2"), token, START + timedelta(seconds=50)))
    world.execute()
    assert world.executor.started == [(50.0, "a", 1)]


def test_cancel_ends_held_nodes() -> None:
    world = Coordinated(*gpu("a", "b", "c"), script={"a": Does(60)})
    world.at(3, lambda: world.coordinator.request_cancel("enough"))
    assert world.execute().state is RunState.CANCELLED
    assert world.executor.started_nodes() == ["a"]


def test_a_thousand_children_that_share_two_slots_ask_about_once_each() -> None:
    class CountingStore(MemoryRunStore):
        asked = 0

        def take_slots(self, *arguments: object) -> object:  # type: ignore[override]
            self.asked += 1
            return super().take_slots(*arguments)  # type: ignore[arg-type]

    store = CountingStore()
    expansions = {"score": children("score", " ".join(map(str, range(1000))), pools=GPU)}
    world = Coordinated(each("score"), expansions=expansions, store=store, pool_sizes={"gpu": 2}, jobs=8)
    assert world.execute().state is RunState.SUCCEEDED
    assert store.asked <= 2 * 1000
    assert world.executor.most_at_once == 2
    assert world.executor.started_nodes() == [f"score[{index}]" for index in range(1000)]
