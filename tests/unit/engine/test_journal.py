"""A store in trouble: nothing is lost, nothing is said twice, and in the end somebody is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from jupyter_dataops.engine.journal import PAUSES_S
from jupyter_dataops.errors import IllegalMove, StoreUnavailable
from jupyter_dataops.events import Event, NodeStarted, NodeSucceeded, RunFinished
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.interfaces import NodeJob
from jupyter_dataops.states import RunState
from jupyter_dataops.store.memory import MemoryRunStore
from tests.support.coordinated import Coordinated, check, children, each, make_job, node
from tests.support.executor import Does, raises
from tests.support.failing_store import Call, Fault, failing

WORK = (
    node("a", retries=1),
    each("score", "a"),
    check("score", "x"),
    node("b", "score", pools={"gpu": 1}),
    node("c", "score", pools={"gpu": 1}),
)
EXPANSIONS = {"score": children("score", "1 2")}
SCRIPT = {"a": [raises(seconds=0), Does(0)]}


def world_with(befall: Callable[[Call], Fault | None]) -> Coordinated:
    return Coordinated(*WORK, expansions=EXPANSIONS, script=SCRIPT, jobs=2, store=failing(MemoryRunStore(), befall))


def undisturbed() -> Coordinated:
    world = Coordinated(*WORK, expansions=EXPANSIONS, script=SCRIPT, jobs=2)
    world.execute()
    return world


def events(world: Coordinated) -> list[tuple[str, str | None]]:
    return [(event.kind, event.node) for event in world.store.get_events(world.run_id)]


@pytest.mark.parametrize("fault", Fault)
def test_a_call_that_fails_once_leaves_the_same_history_whichever_it_is(fault: Fault) -> None:
    expected, calls = undisturbed(), []

    def note(call: Call) -> None:
        calls.append(call.method)

    world_with(note).execute()
    for number, method in enumerate(calls, 1):
        if method == "create_run":
            continue
        world = world_with(lambda call, number=number: fault if call.number == number else None)  # type: ignore[misc]
        world.execute()
        assert events(world) == events(expected), (number, method)
        assert world.states() == expected.states(), (number, method)
        assert len(world.executor.started) == len(expected.executor.started)


def test_a_store_that_is_away_for_a_while_is_waited_for_with_growing_pauses() -> None:
    left = 4

    def refuse_a_few(call: Call) -> Fault | None:
        nonlocal left
        if left and (call.tells(NodeSucceeded) or (call.method == "get_events" and left < 4)):
            left -= 1
            return Fault.REFUSED
        return None

    world = world_with(refuse_a_few)
    assert world.execute().state is RunState.SUCCEEDED
    assert world.pauses == list(PAUSES_S[:4])


def test_a_store_that_stays_away_ends_the_run_after_about_a_minute() -> None:
    def refuse(call: Call) -> Fault | None:
        return Fault.REFUSED if call.tells(NodeStarted) else None

    world = world_with(refuse)
    with pytest.raises(StoreUnavailable):
        world.execute()
    assert 45 < sum(world.pauses) < 90
    assert world.executor.started == []
    assert world.executor.is_closed
    assert world.run().state is RunState.CRASHED


def test_a_write_that_arrives_after_it_was_looked_for_is_not_taken_for_a_refusal() -> None:
    store = MemoryRunStore()
    is_late = []

    def commit_late(call: Call) -> Fault | None:
        if call.events and is_late == [False]:
            # The try before comes through just now, between the look and the next try.
            is_late.append(True)
            store.apply_all(call.events, call.arguments[1])
            return None
        if call.tells(NodeSucceeded) and not is_late:
            is_late.append(False)
            return Fault.REFUSED
        return None

    world = Coordinated(node("a"), store=failing(store, commit_late))
    assert world.execute().state is RunState.SUCCEEDED
    assert world.history("a") == ["NodeQueued", "NodeStarted", "NodeSucceeded"]


def test_a_refusal_in_doubt_is_still_a_refusal() -> None:
    store = MemoryRunStore()

    def lose_the_run(call: Call) -> Fault | None:
        if not call.tells(NodeSucceeded):
            return None
        run = store.get_run(call.events[0].run_id)
        if run.state is RunState.RUNNING:
            end = RunFinished(run_id=run.run_id, at=run.created_at, state=RunState.CRASHED, reason="found dead")
            store.apply(end, run.token)
        return Fault.REFUSED if not world.pauses else None

    world = Coordinated(node("a"), store=failing(store, lose_the_run))
    with pytest.raises(IllegalMove):
        world.execute()
    assert (world.run().state, world.run().reason) == (RunState.CRASHED, "found dead")


def test_what_cannot_be_written_is_not_shown() -> None:
    def refuse(call: Call) -> Fault | None:
        return Fault.REFUSED if call.tells(NodeStarted) else None

    world = world_with(refuse)
    with pytest.raises(StoreUnavailable):
        world.execute()
    assert not [event for event in world.seen if isinstance(event, NodeStarted)]


class CountingStore(MemoryRunStore):
    """Keeps what was told together."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[list[str]] = []

    def apply_all(self, events: Sequence[Event], token: Token | None) -> None:
        self.told.append([f"{type(event).__name__} {getattr(event, 'node', '')}".strip() for event in events])
        super().apply_all(events, token)


def test_what_follows_from_one_message_is_told_together() -> None:
    store = CountingStore()
    Coordinated(node("a"), node("b", "a"), store=store).execute()
    assert store.told == [
        ["RunStarted"],
        ["NodeQueued a", "NodeStarted a"],
        ["NodeSucceeded a", "NodeQueued b", "NodeStarted b"],
        ["NodeSucceeded b"],
        ["RunFinished"],
    ]


def test_so_much_at_once_does_not_keep_other_runs_out() -> None:
    store = CountingStore()
    Coordinated(
        node("bad"), *(node(f"n{n}", "bad") for n in range(1000)), script={"bad": raises()}, store=store
    ).execute()
    assert max(map(len, store.told)) <= 200
    assert len(store.told) < 12


def test_a_slot_is_free_in_the_store_before_it_is_asked_for_again() -> None:
    store = CountingStore()
    world = Coordinated(node("a", pools={"gpu": 1}), node("b", pools={"gpu": 1}), jobs=1, store=store)
    assert world.execute().state is RunState.SUCCEEDED
    assert not world.history("b").count("NodeHeld")


def test_what_was_noted_is_not_lost_where_the_runner_fails_of_its_own_fault() -> None:
    def breaks(name: NodeName, *rest: Any) -> NodeJob:
        if name == "b":
            raise RuntimeError("a mistake of ours")
        return make_job(name, *rest)

    world = Coordinated(node("a"), node("b", "a"), make_job=breaks)
    with pytest.raises(RuntimeError):
        world.execute()
    assert world.states() == {"a": "succeeded", "b": "queued"}
    assert world.run().state is RunState.CRASHED
