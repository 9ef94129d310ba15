from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.records import RunRecord, SlotHolder
from jupyter_dataops.states import RunState
from jupyter_dataops.store.slots import Request, Taken, answer
from tests.support.stores import LEASE, LEASE_S, RUN, TOKEN, a_run, at

OTHER = RunId("other")
WANTS = Request(RUN, TOKEN, NodeName("a"), {"gpu": 1}, {"gpu": 1}, at(1))
TAKEN = Taken("gpu", OTHER, NodeName("b"), 1, TOKEN)
MINE = Taken("gpu", RUN, NodeName("a"), 1, TOKEN)


def runs(**other: Any) -> dict[RunId, RunRecord]:
    alive = a_run(state=RunState.RUNNING, token=TOKEN, lease_until=LEASE)
    return {RUN: alive, OTHER: replace(alive, **{"run_id": OTHER, **other})}


def test_what_is_free_is_given() -> None:
    assert answer(WANTS, [], runs()).add == (MINE,)


def test_what_a_living_runner_has_is_not_given() -> None:
    refused = answer(WANTS, [TAKEN], runs())
    assert (refused.add, refused.remove) == ((), ())
    assert refused.holders == (SlotHolder("gpu", OTHER, NodeName("b"), 1, LEASE),)


@pytest.mark.parametrize(
    "dead",
    [
        {"state": RunState.CRASHED},
        {"state": RunState.SUCCEEDED},
        {"token": Token("of the runner that took over")},
        {"lease_until": at(1)},
        {"lease_until": None},
    ],
    ids=str,
)
def test_what_a_dead_runner_had_is_taken_from_it(dead: dict[str, Any]) -> None:
    granted = answer(WANTS, [TAKEN], runs(**dead))
    assert (granted.add, granted.remove, granted.holders) == ((MINE,), (TAKEN,), ())


def test_what_the_node_has_already_stays_even_where_the_pool_has_shrunk() -> None:
    two = replace(WANTS, wanted={"gpu": 1, "db": 1})
    mine = [MINE, replace(MINE, pool="db")]
    kept = answer(two, [*mine, TAKEN], runs())
    assert (kept.add, kept.remove, kept.holders) == ((), (), ())


def test_a_node_that_wants_otherwise_than_before_has_what_it_wants_now() -> None:
    changed = answer(replace(WANTS, wanted={"gpu": 2}, sizes={"gpu": 2}), [MINE], runs())
    assert (changed.remove, changed.add) == ((MINE,), (replace(MINE, slots=2),))


def test_only_those_who_are_in_the_way_are_named() -> None:
    in_db = replace(TAKEN, pool="db")
    refused = answer(replace(WANTS, wanted={"gpu": 1, "db": 1}, sizes={"gpu": 2, "db": 1}), [TAKEN, in_db], runs())
    assert [holder.pool for holder in refused.holders] == ["db"]


def test_the_asking_runner_is_alive_whatever_its_lease_says() -> None:
    own = replace(TAKEN, run_id=RUN)
    refused = answer(replace(WANTS, at=at(LEASE_S + 1)), [own], runs())
    assert [holder.node for holder in refused.holders] == ["b"]
