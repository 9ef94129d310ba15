"""Changes of one run that are told together: all of them happen, in order, or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.errors import IllegalMove, NodeNotFound, StoreError
from jupyter_dataops.events import Event, NodeFailed, NodeQueued, NodeReused, NodeStarted, NodeSucceeded, RunFinished
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.wiring import Stores
from tests.support.stores import (
    RUN,
    TOKEN,
    a_failure,
    a_node,
    a_reopening,
    a_run,
    a_start,
    an_expansion,
    an_output,
    at,
    keep,
)

KEY: dict[str, Any] = {"run_id": RUN, "at": at(5)}


@pytest.fixture
def store(kept: Stores) -> RunStore:
    """With a run that is at work on `a`, `b` and `c`; `a` runs, and has a slot of a pool."""
    runs = kept.runs
    keep(runs, a_run(), *(a_node(name, position=place) for place, name in enumerate("abc")))
    runs.apply(a_start(), None)
    runs.apply_all([queued("a"), started("a")], TOKEN)
    runs.take_slots(RUN, TOKEN, NodeName("a"), {"gpu": 1}, {}, at(5))
    return runs


def queued(node: str) -> NodeQueued:
    return NodeQueued(**KEY, node=NodeName(node), reason="ready")


def started(node: str, attempt: int = 1) -> NodeStarted:
    return NodeStarted(
        **KEY, node=NodeName(node), attempt=attempt, token=Token("t"), notebook="n", log="l", reason="asked"
    )


def succeeded(node: str) -> NodeSucceeded:
    return NodeSucceeded(**KEY, node=NodeName(node), outputs={"x": an_output("x")})


def reused(node: str) -> NodeReused:
    return NodeReused(**KEY, node=NodeName(node), source_run_id=RunId("earlier"), outputs={}, reason="it holds")


FINISHED = RunFinished(**KEY, state=RunState.SUCCEEDED, reason="over")
ONWARD: list[Event] = [succeeded("a"), queued("b"), started("b")]


def everything(store: RunStore) -> tuple[Any, ...]:
    """All that the store says of the run, and who holds the slot of the pool."""
    holders = store.take_slots(RUN, TOKEN, NodeName("c"), {"gpu": 1}, {}, at(5))
    if not holders:  # It was free: whoever asked has it now.
        return ("free",)
    told = store.get_run(RUN), store.get_node_runs(RUN), store.get_attempts(RUN), store.get_audit(RUN), holders
    return (*told, [(event.kind, event.node) for event in store.get_events(RUN)])


def test_changes_told_together_are_what_they_are_one_by_one(store: RunStore, tmp_path: Path) -> None:
    store.apply_all(ONWARD, TOKEN)
    records = {record.node: record for record in store.get_node_runs(RUN)}
    assert [records[node].state for node in "abc"] == [NodeState.SUCCEEDED, NodeState.RUNNING, NodeState.PENDING]
    assert records[NodeName("a")].outputs == {"x": an_output("x")}
    assert [(event.kind, event.node) for event in store.get_events(RUN)][-3:] == [
        ("NodeSucceeded", "a"),
        ("NodeQueued", "b"),
        ("NodeStarted", "b"),
    ]
    assert len(store.get_attempts(RUN, NodeName("b"))) == 1


def test_a_run_may_end_with_its_last_nodes(store: RunStore) -> None:
    store.apply_all([succeeded("a"), reused("b"), reused("c"), FINISHED], TOKEN)
    assert store.get_run(RUN).state is RunState.SUCCEEDED


@pytest.mark.parametrize(
    ("last", "token"),
    [
        (started("c"), TOKEN),  # it was not queued
        (succeeded("a"), TOKEN),  # it has succeeded, just before
        (started("b", attempt=2), TOKEN),
        (FINISHED, TOKEN),  # not all are done
        (queued("c"), Token("another's")),
        (queued("nobody"), TOKEN),
    ],
    ids=lambda value: type(value).__name__,
)
def test_where_one_is_refused_nothing_has_happened(store: RunStore, last: Event, token: Token) -> None:
    before = everything(store)
    with pytest.raises((IllegalMove, NodeNotFound)):
        store.apply_all([*ONWARD, last], token)
    assert everything(store) == before


def test_children_go_where_what_follows_is_refused(store: RunStore) -> None:
    before = everything(store)
    with pytest.raises(IllegalMove):
        store.apply_all([queued("b"), an_expansion("b"), queued("b[k0]"), started("c")], TOKEN)
    assert everything(store) == before
    store.apply_all([queued("b"), an_expansion("b"), queued("b[k0]")], TOKEN)
    assert [record.node for record in store.get_node_runs(RUN)][:3] == ["a", "b", "b[k0]"]


def test_an_action_goes_where_what_follows_is_refused(store: RunStore) -> None:
    store.apply(NodeFailed(**KEY, node=NodeName("a"), failure=a_failure(), reason="bad"), TOKEN)
    with pytest.raises(IllegalMove):
        store.apply_all([a_reopening("a"), started("a")], TOKEN)
    assert [record.action for record in store.get_audit(RUN)] == ["run"]
    assert store.get_node_runs(RUN)[0].state is NodeState.FAILED


def test_what_cannot_be_stored_takes_the_others_with_it(store: RunStore) -> None:
    before = everything(store)
    unspeakable = NodeSucceeded(**KEY, node=NodeName("b"), outputs={"x": an_output("x", shares=(object(),))})
    with pytest.raises(StoreError):
        store.apply_all([*ONWARD, unspeakable], TOKEN)
    assert everything(store) == before


def test_the_numbers_of_events_go_on_after_a_refusal(store: RunStore) -> None:
    with pytest.raises(IllegalMove):
        store.apply_all([*ONWARD, started("c")], TOKEN)
    seen = store.get_events(RUN)[-1].seq
    store.apply_all(ONWARD, TOKEN)
    assert [event.kind for event in store.get_events(RUN, seen)] == ["NodeSucceeded", "NodeQueued", "NodeStarted"]


def test_nothing_told_is_nothing_done(store: RunStore) -> None:
    before = everything(store)
    store.apply_all([], TOKEN)
    assert everything(store) == before
