"""What happens to any run is found in order, once, without reading what is stored."""

from __future__ import annotations

from jupyter_dataops.ids import RunId
from jupyter_dataops.interfaces import RunStore
from tests.support.stores import RUN, a_cancel_request, a_node, a_run, keep, play


def test_nothing_has_happened_in_a_new_store(store: RunStore) -> None:
    assert store.get_last_seq() == 0
    assert store.get_happenings(0) == []


def test_happenings_of_all_runs_come_in_order(store: RunStore) -> None:
    play(store, "r1", nodes=1)
    keep(store, a_run("r2"), a_node(run_id="r2"))

    found = store.get_happenings(0)

    assert [(one.run_id, one.node, one.kind) for one in found] == [
        ("r1", None, "RunCreated"),
        ("r1", None, "RunStarted"),
        ("r1", "n0", "NodeQueued"),
        ("r1", "n0", "NodeStarted"),
        ("r1", "n0", "NodeSucceeded"),
        ("r1", None, "RunFinished"),
        ("r2", None, "RunCreated"),
    ]
    assert [one.seq for one in found] == sorted({one.seq for one in found})
    assert found[-1].seq == store.get_last_seq()


def test_happenings_are_those_of_the_events(store: RunStore) -> None:
    play(store, "r1", nodes=2)

    found = [(one.seq, one.node, one.kind, one.at) for one in store.get_happenings(0)]

    assert found == [(one.seq, one.node, one.kind, one.at) for one in store.get_events(RunId("r1"))]


def test_who_asks_again_from_the_last_misses_nothing(store: RunStore) -> None:
    play(store, "r1", nodes=3)
    keep(store, a_run(), a_node())
    whole = store.get_happenings(0)

    pieces, after = [], 0
    while piece := store.get_happenings(after, limit=4):
        assert len(piece) <= 4
        pieces += piece
        after = piece[-1].seq

    assert pieces == whole


def test_nothing_is_told_twice(store: RunStore) -> None:
    keep(store, a_run(), a_node())
    seen = store.get_last_seq()
    store.apply(a_cancel_request(), None)

    assert [(one.run_id, one.kind) for one in store.get_happenings(seen)] == [(RUN, "RunCancelRequested")]
    assert store.get_happenings(store.get_last_seq()) == []
