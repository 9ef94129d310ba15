"""What every run store does, whichever keeps it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from jupyter_dataops.errors import ArtifactMissing, IllegalMove, NodeNotFound, RunNotFound, StoreError
from jupyter_dataops.events import (
    Event,
    NodeCancelled,
    NodeEvent,
    NodeFailed,
    NodeHeld,
    NodeQueued,
    NodeRetrying,
    NodeReused,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    NodeUpstreamFailed,
    RunEvent,
    RunFinished,
)
from jupyter_dataops.ids import Digest, Token
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import ArtifactRecord, OutputRecord
from jupyter_dataops.states import NODE_MOVES, RUN_MOVES, FailureCause, NodeState, RunState
from tests.support.stores import (
    LEASE,
    RUN,
    TOKEN,
    a_cancel_request,
    a_crash,
    a_failure,
    a_node,
    a_reopening,
    a_resumption,
    a_run,
    a_start,
    an_expansion,
    an_output,
    at,
    keep,
    play,
)

OTHER = Token("another's")
KEY: dict[str, Any] = {"run_id": RUN, "at": at(5)}
NODE: dict[str, Any] = {**KEY, "node": "a"}


def started(node_state: NodeState = NodeState.PENDING, attempt: int = 0) -> tuple[Any, Any]:
    return a_run(state=RunState.RUNNING, token=TOKEN), a_node(state=node_state, attempt=attempt)


def start_event(attempt: int, seconds: float = 5) -> NodeStarted:
    return NodeStarted(
        run_id=RUN,
        node="a",
        at=at(seconds),
        attempt=attempt,
        token=Token(f"t{attempt}"),
        notebook=f"/out/a.{attempt}.ipynb",
        log=f"/out/a.{attempt}.jsonl",
        reason="asked",
    )


def everything(store: RunStore) -> tuple[Any, ...]:
    """All that the store says of the run."""
    return (
        store.get_run(RUN),
        store.get_node_runs(RUN),
        store.get_attempts(RUN),
        store.get_events(RUN),
        store.get_audit(RUN),
    )


# --- moves -----------------------------------------------------------------------------------------------------------


RUN_EVENTS: list[tuple[Event, set[RunState]]] = [
    (a_start(), {RunState.QUEUED}),
    (a_resumption(), {RunState.CRASHED}),
    (a_crash(), {RunState.QUEUED, RunState.RUNNING}),
    (a_cancel_request(), {RunState.QUEUED, RunState.RUNNING}),
    (RunFinished(**KEY, state=RunState.SUCCEEDED, reason="over"), {RunState.RUNNING}),
    (RunFinished(**KEY, state=RunState.FAILED, reason="over"), {RunState.RUNNING}),
    (RunFinished(**KEY, state=RunState.CANCELLED, reason="over"), {RunState.CANCELLING}),
    (
        RunFinished(**KEY, state=RunState.CRASHED, reason="over"),
        {RunState.QUEUED, RunState.RUNNING, RunState.CANCELLING},
    ),
]
"""Every event of a run, and in which states it may happen."""

NODE_EVENTS: list[tuple[Event, set[NodeState]]] = [
    (NodeQueued(**NODE, reason="ready"), {NodeState.PENDING, NodeState.RETRYING}),
    (NodeHeld(**NODE, reason="pool gpu is full"), {NodeState.QUEUED}),
    (start_event(2), {NodeState.QUEUED}),
    (an_expansion(), {NodeState.QUEUED, NodeState.RUNNING}),
    (NodeSucceeded(**NODE, outputs={"df": an_output()}), {NodeState.RUNNING}),
    (NodeRetrying(**NODE, failure=a_failure(), not_before=at(9), reason="again"), {NodeState.RUNNING}),
    (NodeFailed(**NODE, failure=a_failure(), reason="raised"), {NodeState.RUNNING}),
    (
        NodeReused(**NODE, source_run_id=RUN, outputs={"df": an_output()}, reason="same"),
        {NodeState.PENDING, NodeState.QUEUED},
    ),
    (NodeSkipped(**NODE, reason="when"), {NodeState.PENDING}),
    (NodeUpstreamFailed(**NODE, reason="b failed"), {NodeState.PENDING}),
    (a_reopening(), {NodeState.FAILED, NodeState.UPSTREAM_FAILED, NodeState.SKIPPED}),
    (
        NodeCancelled(**NODE, reason="asked"),
        {NodeState.PENDING, NodeState.QUEUED, NodeState.RUNNING, NodeState.RETRYING},
    ),
]
"""Every event of a node, and in which states it may happen."""

QUEUED, _, _, _, SUCCEEDED, RETRYING, FAILED, REUSED, _, _, _, CANCELLED = [event for event, _ in NODE_EVENTS]


def described(value: Any) -> str:
    return f"{type(value).__name__}-{value.state}" if isinstance(value, RunFinished) else type(value).__name__


@pytest.mark.parametrize("before", RunState)
@pytest.mark.parametrize(("event", "allowed"), RUN_EVENTS, ids=described)
def test_a_run_moves_only_as_the_table_says(
    store: RunStore, before: RunState, event: Event, allowed: set[RunState]
) -> None:
    keep(store, a_run(state=before, token=TOKEN, lease_until=LEASE))
    if before in allowed:
        store.apply(event, TOKEN)
        assert store.get_run(RUN).state in RUN_MOVES[before]
        assert [event.kind for event in store.get_events(RUN)][1:] == [type(event).__name__]
        return
    untouched = everything(store)
    with pytest.raises(IllegalMove, match=f"A run that is {before} cannot become") as caught:
        store.apply(event, TOKEN)
    assert (caught.value.run, caught.value.node, caught.value.undone) == (RUN, None, ())
    assert everything(store) == untouched


@pytest.mark.parametrize("before", NodeState)
@pytest.mark.parametrize(("event", "allowed"), NODE_EVENTS, ids=described)
def test_a_node_moves_only_as_the_table_says(
    store: RunStore, before: NodeState, event: Event, allowed: set[NodeState]
) -> None:
    keep(store, *started(before, attempt=1))
    if before in allowed:
        store.apply(event, TOKEN)
        after = store.get_node_runs(RUN)[0].state
        assert after == before or after in NODE_MOVES[before]
        assert [event.kind for event in store.get_events(RUN)][1:] == [type(event).__name__]
        return
    untouched = everything(store)
    with pytest.raises(IllegalMove, match=f"A node that is {before} cannot become") as caught:
        store.apply(event, TOKEN)
    assert (caught.value.run, caught.value.node, caught.value.facts["from"]) == (RUN, "a", before)
    assert everything(store) == untouched


def test_the_tables_above_have_every_event() -> None:
    assert {type(event) for event, _ in RUN_EVENTS} == set(get_args(RunEvent))
    assert {type(event) for event, _ in NODE_EVENTS} == set(get_args(NodeEvent))


@pytest.mark.parametrize("state", RunState)
def test_nodes_change_only_while_their_run_is_at_work(store: RunStore, state: RunState) -> None:
    keep(store, a_run(state=state, token=TOKEN), a_node())
    if state in (RunState.RUNNING, RunState.CANCELLING):
        store.apply(CANCELLED, TOKEN)
        assert store.get_node_runs(RUN)[0].state == NodeState.CANCELLED
        return
    with pytest.raises(IllegalMove, match=f"while its run is {state}"):
        store.apply(CANCELLED, TOKEN)
    assert store.get_node_runs(RUN)[0].state == NodeState.PENDING


def test_a_run_does_not_finish_in_a_state_that_is_no_end(store: RunStore) -> None:
    keep(store, a_run())
    with pytest.raises(IllegalMove):
        store.apply(RunFinished(**KEY, state=RunState.RUNNING, reason="?"), None)


# --- tokens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", [OTHER, None])
@pytest.mark.parametrize(
    "event",
    [
        QUEUED,
        CANCELLED,
        RunFinished(**KEY, state=RunState.FAILED, reason="over"),
        NodeHeld(**NODE, reason="full"),
        an_expansion(),
    ],
    ids=described,
)
def test_only_the_runner_that_has_the_run_may_write_to_it(store: RunStore, event: Event, token: Token | None) -> None:
    keep(store, *started())
    untouched = everything(store)
    with pytest.raises(IllegalMove, match="no longer, the one that has it"):
        store.apply(event, token)
    assert everything(store) == untouched


def test_taking_a_run_gives_it_the_token_and_the_place_to_wake(store: RunStore) -> None:
    keep(store, a_run())
    store.apply(replace(a_start(), control="ipc:x"), None)
    run = store.get_run(RUN)
    assert (run.token, run.control, run.started_at) == (TOKEN, "ipc:x", at(5))


def test_anyone_may_ask_for_a_run_to_stop(store: RunStore) -> None:
    keep(store, *started())
    store.apply(a_cancel_request(), None)
    assert store.get_run(RUN).state == RunState.CANCELLING


def test_a_run_that_nobody_took_ends_without_a_token(store: RunStore) -> None:
    keep(store, a_run(), a_node())
    store.apply(a_cancel_request(), None)
    store.apply(CANCELLED, None)
    store.apply(RunFinished(**KEY, state=RunState.CANCELLED, reason="asked"), None)
    assert store.get_run(RUN).state == RunState.CANCELLED


def test_of_many_that_take_a_run_at_once_one_wins(store: RunStore) -> None:
    keep(store, a_run())
    barrier, outcomes = threading.Barrier(8), []

    def take(index: int) -> None:
        barrier.wait(timeout=30)
        try:
            store.apply(a_start(token=f"{index}"), None)
            outcomes.append(index)
        except IllegalMove:
            outcomes.append(None)

    threads = [threading.Thread(target=take, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [outcome for outcome in outcomes if outcome is not None]
    assert len(outcomes) == 8
    assert store.get_run(RUN).token == str(winner)
    assert [event.kind for event in store.get_events(RUN)] == ["RunCreated", "RunStarted"]


# --- attempts --------------------------------------------------------------------------------------------------------


def test_every_attempt_stays_readable_with_how_it_ended(store: RunStore) -> None:
    keep(store, *started())
    lost = a_failure(FailureCause.KERNEL_DIED)
    for event in (
        QUEUED,
        start_event(1, seconds=1),
        NodeRetrying(run_id=RUN, node="a", at=at(2), failure=lost, not_before=at(3), reason="again"),
        QUEUED,
        start_event(2, seconds=4),
        NodeSucceeded(run_id=RUN, node="a", at=at(6), outputs={}),
    ):
        store.apply(event, TOKEN)
    first, second = store.get_attempts(RUN)
    assert (first.attempt, first.finished_at, first.failure) == (1, at(2), lost)
    assert (second.attempt, second.finished_at, second.failure) == (2, at(6), None)
    assert (second.token, second.notebook, second.log) == ("t2", "/out/a.2.ipynb", "/out/a.2.jsonl")
    (node_run,) = store.get_node_runs(RUN)
    assert (node_run.attempt, node_run.infra_failures, node_run.failure) == (2, 1, None)
    assert node_run.duration_s == 2


@pytest.mark.parametrize("attempt", [0, 1, 3])
def test_an_attempt_starts_only_with_the_next_number(store: RunStore, attempt: int) -> None:
    keep(store, *started(NodeState.QUEUED, attempt=1))
    with pytest.raises(IllegalMove, match="the next one is 2"):
        store.apply(start_event(attempt), TOKEN)
    assert store.get_attempts(RUN) == []


def test_a_repeated_report_of_an_attempt_is_refused(store: RunStore) -> None:
    keep(store, *started(NodeState.QUEUED))
    store.apply(start_event(1), TOKEN)
    store.apply(SUCCEEDED, TOKEN)
    untouched = everything(store)
    for late in (SUCCEEDED, FAILED, RETRYING):
        with pytest.raises(IllegalMove):
            store.apply(late, TOKEN)
    assert everything(store) == untouched


def test_cancelling_between_attempts_leaves_the_last_one_as_it_ended(store: RunStore) -> None:
    keep(store, *started(NodeState.QUEUED))
    store.apply(start_event(1), TOKEN)
    store.apply(RETRYING, TOKEN)
    ended = store.get_attempts(RUN)
    store.apply(NodeCancelled(run_id=RUN, node="a", at=at(60), reason="asked"), TOKEN)
    assert store.get_attempts(RUN) == ended


def test_attempts_come_in_document_order_and_of_one_node_where_asked(store: RunStore) -> None:
    run, _ = started()
    keep(store, run, a_node("z", NodeState.QUEUED, position=0), a_node("a", NodeState.QUEUED, position=1))
    store.apply(start_event(1), TOKEN)
    store.apply(replace(start_event(1), node="z"), TOKEN)
    assert [attempt.node for attempt in store.get_attempts(RUN)] == ["z", "a"]
    assert [attempt.node for attempt in store.get_attempts(RUN, "a")] == ["a"]


# --- events ----------------------------------------------------------------------------------------------------------


def test_events_are_kept_in_order_and_never_change(store: RunStore) -> None:
    keep(store, a_run())
    seen = list(store.get_events(RUN))
    play(store, "another", nodes=1)
    store.apply(a_start(), None)
    store.apply(a_cancel_request(), None)
    events = store.get_events(RUN)
    assert [event.kind for event in events] == ["RunCreated", "RunStarted", "RunCancelRequested"]
    assert events[:1] == seen
    assert [event.seq for event in events] == sorted({event.seq for event in events})
    assert store.get_events(RUN, after=events[0].seq) == events[1:]
    assert store.get_events(RUN, after=events[-1].seq) == []


def test_an_event_keeps_all_its_fields_as_json(store: RunStore) -> None:
    keep(store, *started(NodeState.RUNNING, attempt=1))
    store.apply(RETRYING, TOKEN)
    event = store.get_events(RUN)[-1]
    assert (event.node, event.kind, event.at) == ("a", "NodeRetrying", at(5))
    assert event.data["not_before"] == "2026-02-01T00:00:07.123456+00:00"
    assert event.data["failure"]["cause"] == "exception"
    assert event.data["failure"]["mro"] == ["KeyError", "LookupError"]
    assert event.data["reason"] == "again"


def test_the_first_event_says_how_the_run_was_asked_for(store: RunStore) -> None:
    keep(store, a_run(parameters={"country": "de"}, options={"jobs": 2}, parent_run_id="parent"))
    (event,) = store.get_events(RUN)
    assert (event.kind, event.at) == ("RunCreated", at())
    assert event.data == {"parameters": {"country": "de"}, "options": {"jobs": 2}, "parent_run_id": "parent"}


def test_an_event_that_cannot_be_stored_changes_nothing(store: RunStore) -> None:
    keep(store, *started(NodeState.RUNNING, attempt=1))
    untouched = everything(store)
    unfit = OutputRecord("df", ArtifactRecord(Digest("sha256:0"), "json", "int", 3, columns={"c": object()}))
    with pytest.raises(StoreError, match="type object cannot be stored"):
        store.apply(NodeSucceeded(**NODE, outputs={"df": unfit}), TOKEN)
    assert everything(store) == untouched


# --- round trips -----------------------------------------------------------------------------------------------------


def test_a_run_comes_back_as_it_was_stored(store: RunStore) -> None:
    run = a_run(
        parameters={"größe": 1.5, "liste": [1, None, {"x": True}], "leer": None, "surrogate": "\ud800"},
        options={"jobs": 4, "select": ["+train"]},
        parent_run_id="parent",
    )
    keep(store, run)
    assert store.get_run(RUN) == run


def test_a_node_run_comes_back_as_it_was_stored(store: RunStore) -> None:
    node_run = a_node(
        "größe",
        NodeState.RETRYING,
        attempt=3,
        infra_failures=1,
        reason="wartet ⏳",
        fingerprint={"code": "sha256:1"},
        not_before=at(1),
        queued_at=at(2),
        started_at=at(3),
        finished_at=at(4.5),
        failure=a_failure(),
        source_run_id="other",
    )
    keep(store, a_run(), node_run)
    assert store.get_node_runs(RUN) == [node_run]


TABLE = ArtifactRecord(
    Digest("blake3:aa"), "arrow", "pandas.DataFrame", 2**40, (3, 2), {"zahl": "int64", "ä": "str"}, "ä 1\n", ("df", "v")
)
OUTPUTS = {
    "zeta": OutputRecord("zeta", TABLE, None, ("helper",), ("raw",)),
    "alpha": OutputRecord("alpha", TABLE, truthy=False),
    "größe": OutputRecord("größe", ArtifactRecord(Digest("blake3:bb"), "json", "list", 0, shape=()), truthy=True),
    "same_bytes": OutputRecord("same_bytes", ArtifactRecord(Digest("blake3:bb"), "json", "tuple", 0), truthy=True),
}


@pytest.mark.parametrize("reused", [False, True])
def test_outputs_come_back_with_all_their_fields_and_in_order(store: RunStore, reused: bool) -> None:
    keep(store, *started(NodeState.PENDING if reused else NodeState.RUNNING))
    if reused:
        store.apply(NodeReused(**NODE, source_run_id="earlier", outputs=OUTPUTS, reason="same"), TOKEN)
    else:
        store.apply(NodeSucceeded(**NODE, outputs=OUTPUTS), TOKEN)
    (node_run,) = store.get_node_runs(RUN)
    assert node_run.outputs == OUTPUTS
    assert list(node_run.outputs) == list(OUTPUTS)
    assert list(node_run.outputs["zeta"].artifact.columns or ()) == ["zahl", "ä"]


def test_times_come_back_in_utc_with_their_microseconds(store: RunStore) -> None:
    keep(store, a_run())
    abroad = at().astimezone(timezone(timedelta(hours=5, minutes=30)))
    store.apply(replace(a_start(), at=abroad), None)
    assert store.get_run(RUN).started_at == at()
    assert store.get_events(RUN)[-1].at == at()


def test_a_reason_with_broken_text_does_not_stop_the_run(store: RunStore) -> None:
    keep(store, *started(NodeState.RUNNING, attempt=1))
    store.apply(NodeFailed(**NODE, failure=a_failure(), reason="ValueError: \ud800"), TOKEN)
    assert store.get_node_runs(RUN)[0].state == NodeState.FAILED


def test_node_runs_come_in_document_order(store: RunStore) -> None:
    keep(store, a_run(), a_node("b", position=2), a_node("c", position=0), a_node("a", position=1))
    assert [node_run.node for node_run in store.get_node_runs(RUN)] == ["c", "a", "b"]


def test_a_snapshot_is_kept_once(store: RunStore) -> None:
    keep(store, a_run("first"), snapshot='{"cells": "ä"}')
    keep(store, a_run("second"), snapshot='{"cells": "ä"}')
    assert store.get_snapshot(Digest("sha256:00")) == '{"cells": "ä"}'


def test_a_run_id_is_never_used_twice(store: RunStore) -> None:
    keep(store, a_run(reason="the first"))
    with pytest.raises(StoreError, match="already"):
        keep(store, a_run(reason="the second"))
    assert store.get_run(RUN).reason == "the first"


def test_a_run_whose_parameters_have_no_json_form_is_refused_whole(store: RunStore) -> None:
    with pytest.raises(StoreError, match="type object cannot be stored") as caught:
        keep(store, a_run(parameters={"x": object()}), snapshot="new")
    assert type(caught.value) is StoreError
    assert store.get_runs() == []
    with pytest.raises(ArtifactMissing):
        store.get_snapshot(Digest("sha256:00"))


# --- finding ---------------------------------------------------------------------------------------------------------


def test_a_run_is_found_by_id_unique_prefix_and_last(store: RunStore) -> None:
    for run_id in ("bcd", "bcdf", "xyz"):
        keep(store, a_run(run_id))
    keep(store, a_run("other", notebook="/home/ana/other.ipynb"))
    assert store.find_run("bcd").run_id == "bcd"
    assert store.find_run("x").run_id == "xyz"
    assert store.find_run("last").run_id == "other"
    assert store.find_run("last", "/home/ana/etl.ipynb").run_id == "xyz"


def test_an_ambiguous_prefix_lists_the_matches(store: RunStore) -> None:
    for run_id in ("bcd2", "bcd3", "xyz"):
        keep(store, a_run(run_id))
    with pytest.raises(RunNotFound, match="'bc': bcd2, bcd3"):
        store.find_run("bc")


def test_an_unknown_run_is_not_found_and_a_like_one_suggested(store: RunStore) -> None:
    keep(store, a_run())
    questions: list[Callable[[], object]] = [
        lambda: store.get_run("bcd2345679"),
        lambda: store.find_run("bcd2345679"),
        lambda: store.get_node_runs("bcd2345679"),
        lambda: store.get_attempts("bcd2345679"),
        lambda: store.get_events("bcd2345679"),
        lambda: store.apply(a_start("bcd2345679"), None),
    ]
    for ask in questions:
        with pytest.raises(RunNotFound, match=f"did you mean {RUN}"):
            ask()


@pytest.mark.parametrize("name", ["%", "_", "", "BCD", "nothing"])
def test_a_name_is_no_pattern(store: RunStore, name: str) -> None:
    keep(store, a_run())
    keep(store, a_run("xyz"))
    with pytest.raises(RunNotFound):
        store.find_run(name)


def test_there_is_no_last_run_before_the_first(store: RunStore) -> None:
    with pytest.raises(RunNotFound, match="no run yet"):
        store.find_run("last")


def test_an_unknown_node_is_not_found_and_a_like_one_suggested(store: RunStore) -> None:
    keep(store, a_run(state=RunState.RUNNING, token=TOKEN), a_node("train"))
    with pytest.raises(NodeNotFound, match="did you mean 'train'"):
        store.apply(NodeQueued(**KEY, node="tain", reason="ready"), TOKEN)
    with pytest.raises(NodeNotFound, match="did you mean 'train'"):
        store.get_attempts(RUN, "tain")


def test_an_unknown_snapshot_is_an_error(store: RunStore) -> None:
    with pytest.raises(ArtifactMissing):
        store.get_snapshot(Digest("sha256:nothing"))


def test_runs_come_newest_first_by_notebook_and_no_more_than_asked(store: RunStore) -> None:
    for index in range(4):
        keep(store, a_run(f"r{index}", notebook=f"/{index % 2}.ipynb"))
    assert [run.run_id for run in store.get_runs()] == ["r3", "r2", "r1", "r0"]
    assert [run.run_id for run in store.get_runs("/1.ipynb")] == ["r3", "r1"]
    assert [run.run_id for run in store.get_runs(limit=1)] == ["r3"]


def test_runs_of_one_environment_are_found_among_all(store: RunStore) -> None:
    for run_id, said in (("old", {}), ("one", {"environment": "prod"}), ("two", {"environment": "dev"})):
        keep(store, a_run(run_id, options=said))
    assert [run.run_id for run in store.get_runs(environment="prod")] == ["one"]
    assert [run.run_id for run in store.get_runs("/home/ana/etl.ipynb", 1, environment="dev")] == ["two"]
    assert store.find_run("last", environment="prod").run_id == "one"
    # What is named by its id is meant, whatever it ran in.
    assert store.find_run("tw", environment="prod").run_id == "two"
    with pytest.raises(RunNotFound, match="There is no run in environment 'test' yet"):
        store.find_run("last", environment="test")


def test_runs_of_versions_are_found_by_their_deployment_and_number(store: RunStore) -> None:
    keep(store, a_run("r0", notebook="/a.ipynb"))
    for index, (name, number) in enumerate((("a", 1), ("a", 2), ("b", 1)), 1):
        deployment = {"name": name, "version": number}
        keep(store, a_run(f"r{index}", notebook=f"/{name}{number}.ipynb", options={"deployment": deployment}))

    def found(*notebook: str, **wanted: Any) -> list[str]:
        return [run.run_id for run in store.get_runs(*notebook, **wanted)]

    assert found(deployments={"a"}) == ["r2", "r1"]
    assert found("/a.ipynb", deployments={"a"}) == ["r2", "r1", "r0"]
    assert found("/a.ipynb", deployments={"a"}, version=1) == ["r1"]
    assert found(deployments={"a", "b"}, version=1) == ["r3", "r1"]
    assert found("/a.ipynb") == ["r0"]


def test_a_run_without_nodes_has_none(store: RunStore) -> None:
    keep(store, a_run())
    assert store.get_node_runs(RUN) == []
    assert store.get_attempts(RUN) == []


# --- change ----------------------------------------------------------------------------------------------------------


def test_the_data_version_differs_after_each_write_and_only_then(store: RunStore) -> None:
    versions = [store.get_data_version()]
    keep(store, a_run())
    versions.append(store.get_data_version())
    store.apply(a_start(), None)
    versions.append(store.get_data_version())
    assert len(set(versions)) == 3
    store.get_events(RUN)
    assert store.get_data_version() == versions[-1]


def test_closing_twice_does_nothing(store: RunStore) -> None:
    store.close()
    store.close()
