"""What those who watch runs ask of a store: what changed after an event, and how far runs are."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from jupyter_dataops.errors import RunNotFound
from jupyter_dataops.events import NodeFailed, NodeQueued, NodeStarted, NodeSucceeded
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from tests.support.stores import (
    RUN,
    TOKEN,
    a_crash,
    a_failure,
    a_node,
    a_resumption,
    a_run,
    a_start,
    an_expansion,
    an_output,
    at,
    keep,
    play,
)


def names(store: RunStore, after: int) -> set[str]:
    return {record.node for record in store.get_changes(RUN, after).node_runs}


def test_after_nothing_everything_is_new_and_in_document_order(store: RunStore) -> None:
    keep(store, a_run(), a_node("b", position=0), a_node("a", position=1))
    found = store.get_changes(RUN)
    assert [record.node for record in found.node_runs] == ["b", "a"]
    assert (found.run.run_id, found.seq) == (RUN, store.get_events(RUN)[-1].seq)


def test_only_what_events_after_that_changed_is_told_as_it_is_now(store: RunStore) -> None:
    keep(store, a_run(), a_node("a"), a_node("b", position=1))
    store.apply(a_start(), None)
    known = store.get_changes(RUN).seq
    assert names(store, known) == set()
    store.apply(NodeQueued(run_id=RUN, node=NodeName("a"), at=at(6), reason="ready"), TOKEN)
    store.apply(
        NodeStarted(
            run_id=RUN, node=NodeName("a"), at=at(7), attempt=1, token=Token("t"), notebook="n", log="l", reason="r"
        ),
        TOKEN,
    )
    (record,) = store.get_changes(RUN, known).node_runs
    assert (record.node, record.state, record.attempt) == ("a", NodeState.RUNNING, 1)
    assert store.get_changes(RUN, known).seq == known + 2


def test_outputs_are_left_out(store: RunStore) -> None:
    keep(store, a_run(state=RunState.RUNNING, token=TOKEN), a_node("a", NodeState.RUNNING, attempt=1))
    done = NodeSucceeded(run_id=RUN, node=NodeName("a"), at=at(6), outputs={"df": an_output()})
    store.apply(done, TOKEN)
    assert [record.outputs for record in store.get_changes(RUN).node_runs] == [{}]
    assert [record.outputs for record in store.get_changes(RUN, 1).node_runs] == [{}]


def test_what_a_node_expanded_to_is_new(store: RunStore) -> None:
    keep(store, a_run(state=RunState.RUNNING, token=TOKEN), a_node("a", NodeState.QUEUED), a_node("b", position=1))
    known = store.get_changes(RUN).seq
    store.apply(an_expansion(count=3), TOKEN)
    assert names(store, known) == {"a", "a[k0]", "a[k1]", "a[k2]"}
    assert names(store, store.get_changes(RUN).seq) == set()


def test_what_happens_to_the_run_alone_changes_no_node(store: RunStore) -> None:
    keep(store, a_run(), a_node("a"))
    known = store.get_changes(RUN).seq
    store.apply(a_start(), None)
    found = store.get_changes(RUN, known)
    assert (found.run.state, list(found.node_runs), found.seq) == (RunState.RUNNING, [], known + 1)


def test_changes_of_a_run_that_is_not_there_are_refused(store: RunStore) -> None:
    with pytest.raises(RunNotFound):
        store.get_changes(RunId("nobody"))


def test_an_overview_counts_the_pipelines_own_nodes_and_names_what_failed_itself(store: RunStore) -> None:
    failed = {"state": NodeState.FAILED, "failure": a_failure()}
    keep(
        store,
        a_run(),
        a_node("a", **failed, finished_at=at(9)),
        replace(a_node("a[x]", **failed, finished_at=at(8)), parent=NodeName("a"), key="x"),
        replace(a_node("check:b/c", position=2, **failed, finished_at=at(7)), severity=CheckSeverity.ERROR),
        a_node("b", NodeState.SUCCEEDED, position=1),
    )
    keep(store, a_run("other"))
    found = store.get_overviews([RUN, RunId("other"), RunId("nobody")])
    assert list(found) == [RUN]
    assert dict(found[RUN].counts) == {NodeState.FAILED: 1, NodeState.SUCCEEDED: 1}
    assert list(found[RUN].failed) == ["check:b/c", "a[x]"]


def test_node_runs_are_found_by_name_with_their_outputs(store: RunStore) -> None:
    play(store, RUN, nodes=3)
    found = {record.node: list(record.outputs) for record in store.get_node_runs(RUN, [NodeName("n1"), NodeName("x")])}
    assert found == {"n1": ["df"]}
    assert store.get_node_runs(RUN, []) == []


def test_events_are_found_by_kind(store: RunStore) -> None:
    play(store, RUN, nodes=2)
    assert [event.node for event in store.get_events(RUN, kinds=("NodeQueued",))] == ["n0", "n1"]
    first = store.get_events(RUN, kinds=("NodeQueued",))[0].seq
    assert [event.node for event in store.get_events(RUN, first, kinds=("NodeQueued",))] == ["n1"]


def test_queued_runs_are_those_that_nobody_has_taken(store: RunStore) -> None:
    keep(store, a_run("first"), a_node(run_id="first"))
    keep(store, a_run("second"), a_node(run_id="second"))
    store.apply(a_start("first"), None)
    assert [run.run_id for run in store.get_queued_runs()] == ["second"]


def test_a_run_that_nobody_took_can_crash_and_go_on_then(store: RunStore) -> None:
    keep(store, a_run(), a_node())
    store.apply(a_crash(lease_until=None), None)
    assert store.get_run(RUN).state is RunState.CRASHED
    store.apply(a_resumption(seconds=8), None)
    assert (store.get_run(RUN).state, store.get_run(RUN).started_at) == (RunState.RUNNING, at(8))


def test_a_failure_is_told_with_the_record(store: RunStore) -> None:
    keep(store, a_run(state=RunState.RUNNING, token=TOKEN), a_node("a", NodeState.RUNNING, attempt=1))
    store.apply(NodeFailed(run_id=RUN, node=NodeName("a"), at=at(6), failure=a_failure(), reason="it raised"), TOKEN)
    assert [record.failure for record in store.get_changes(RUN, 1).node_runs] == [a_failure()]
