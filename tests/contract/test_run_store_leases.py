"""What every run store does about runners that die, nodes that expand or are tried again, pools and the audit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.errors import ConfigError, DataOpsError, IllegalMove, NodeNotFound, RunNotFound, StoreError
from jupyter_dataops.events import (
    Event,
    NodeCancelled,
    NodeExpanded,
    NodeFailed,
    NodeHeld,
    NodeQueued,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    NodeSucceeded,
    RunFinished,
)
from jupyter_dataops.ids import Digest, NodeName, RunId, Token, check_name, child_name, member_name
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import AuditRecord, Failure, SlotHolder, Usage
from jupyter_dataops.states import CheckSeverity, FailureCause, NodeState, RunState
from tests.support.stores import (
    BY,
    LEASE,
    LEASE_S,
    RUN,
    TOKEN,
    a_cancel_request,
    a_crash,
    a_failure,
    a_node,
    a_reopening,
    a_resumption,
    a_run,
    a_runner,
    a_start,
    an_expansion,
    an_itemised_output,
    an_output,
    at,
    children_of,
    keep,
    play,
)

NEW = Token("the new runner's")
KEY: dict[str, Any] = {"run_id": RUN, "at": at(5)}
NODE: dict[str, Any] = {**KEY, "node": "a"}
SUCCEEDED = NodeSucceeded(**NODE, outputs={"df": an_output()})
FAILED = NodeFailed(**NODE, failure=a_failure(), reason="raised")
FINISHED = RunFinished(**KEY, state=RunState.SUCCEEDED, reason="over")
USAGE = Usage("3.11.2", {"pandas": "2.2"}, 10**8)


def running(run_id: str = RUN, lease_until: datetime | None = LEASE, token: Token = TOKEN) -> Any:
    return a_run(run_id, RunState.RUNNING, token=token, runner=a_runner(), lease_until=lease_until)


def started(attempt: int = 1, node: str = "a") -> NodeStarted:
    return NodeStarted(
        **KEY, node=NodeName(node), attempt=attempt, token=Token("t"), notebook="n", log="l", reason="asked"
    )


def winners(count: int, act: Callable[[int], object]) -> list[int]:
    """Which of `count` threads, that all act at once, were not refused."""
    barrier, won = threading.Barrier(count), []

    def take(index: int) -> None:
        barrier.wait(timeout=30)
        try:
            act(index)
        except IllegalMove:
            return
        won.append(index)

    threads = [threading.Thread(target=take, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won


# --- leases ----------------------------------------------------------------------------------------------------------


def test_taking_a_run_says_who_has_it_and_until_when(store: RunStore) -> None:
    keep(store, a_run(created_by=BY))
    store.apply(a_start(seconds=5), None)
    run = store.get_run(RUN)
    assert (run.created_by, run.runner, run.lease_until) == (BY, a_runner(), at(5 + LEASE_S))


def test_the_runner_renews_its_lease_without_an_event(store: RunStore) -> None:
    keep(store, running())
    before = store.get_events(RUN)
    store.renew_lease(RUN, TOKEN, at(500))
    assert store.get_run(RUN) == replace(running(), lease_until=at(500))
    assert store.get_events(RUN) == before


def test_a_lease_that_ran_out_may_be_renewed_while_nobody_took_the_run(store: RunStore) -> None:
    keep(store, running(lease_until=at(-1000)))
    store.renew_lease(RUN, TOKEN, LEASE)
    assert store.get_run(RUN).lease_until == LEASE


def test_a_run_that_is_being_cancelled_still_has_its_runner(store: RunStore) -> None:
    keep(store, running())
    store.apply(a_cancel_request(), None)
    store.renew_lease(RUN, TOKEN, at(500))
    assert store.get_run(RUN).lease_until == at(500)


@pytest.mark.parametrize("state", [state for state in RunState if state not in ("running", "cancelling")])
def test_a_run_that_is_not_at_work_has_no_lease_to_renew(store: RunStore, state: RunState) -> None:
    run = a_run(state=state, token=TOKEN, lease_until=LEASE)
    keep(store, run)
    with pytest.raises(IllegalMove, match=f"the run is {state}"):
        store.renew_lease(RUN, TOKEN, at(500))
    assert store.get_run(RUN) == run


def test_only_the_runner_renews_its_lease(store: RunStore) -> None:
    keep(store, running())
    with pytest.raises(IllegalMove, match="no longer, the one that has it"):
        store.renew_lease(RUN, NEW, at(500))
    with pytest.raises(RunNotFound):
        store.renew_lease(RunId("nosuch"), TOKEN, at(500))
    assert store.get_run(RUN) == running()


# --- crashed, resumed ------------------------------------------------------------------------------------------------


def test_a_dead_runner_is_told_by_its_token_and_lease(store: RunStore) -> None:
    keep(store, running())
    store.apply(a_crash(lease_until=LEASE), TOKEN)
    run = store.get_run(RUN)
    assert (run.state, run.reason, run.finished_at) == (RunState.CRASHED, "its process is gone", at(5))
    assert (run.control, run.runner) == (None, a_runner())


def test_a_runner_that_renewed_its_lease_meanwhile_has_not_crashed(store: RunStore) -> None:
    keep(store, running())
    found = store.get_run(RUN).lease_until
    store.renew_lease(RUN, TOKEN, at(500))
    with pytest.raises(IllegalMove, match="renewed the lease meanwhile"):
        store.apply(a_crash(lease_until=found), TOKEN)
    with pytest.raises(IllegalMove, match="renewed the lease meanwhile"):
        store.apply(a_crash(lease_until=None), TOKEN)
    assert store.get_run(RUN).state == RunState.RUNNING


def test_a_crash_is_not_said_of_the_runner_that_took_over(store: RunStore) -> None:
    keep(store, running(token=NEW))
    with pytest.raises(IllegalMove, match="another took the run"):
        store.apply(a_crash(), TOKEN)
    assert store.get_run(RUN).state == RunState.RUNNING


def test_a_runner_that_never_had_a_lease_counts_as_dead(store: RunStore) -> None:
    keep(store, running(lease_until=None))
    store.apply(a_crash(lease_until=None), TOKEN)
    assert store.get_run(RUN).state == RunState.CRASHED


def test_a_crash_is_found_once(store: RunStore) -> None:
    keep(store, running())
    assert len(winners(8, lambda _: store.apply(a_crash(), TOKEN))) == 1
    assert [event.kind for event in store.get_events(RUN)] == ["RunCreated", "RunCrashed"]


def test_a_resumed_run_is_the_same_run_with_a_new_runner(store: RunStore) -> None:
    keep(store, replace(running(), started_at=at(1)), a_node(state=NodeState.RUNNING, attempt=1))
    store.apply(a_crash(), TOKEN)
    store.apply(a_resumption(token=NEW, seconds=90), None)
    run = store.get_run(RUN)
    assert (run.state, run.token, run.lease_until) == (RunState.RUNNING, NEW, at(90 + LEASE_S))
    assert (run.started_at, run.finished_at, run.reason) == (at(1), None, None)
    assert [node_run.state for node_run in store.get_node_runs(RUN)] == [NodeState.RUNNING]


@pytest.mark.parametrize(
    "late",
    [
        SUCCEEDED,
        FAILED,
        an_expansion(),
        NodeHeld(**NODE, reason="full"),
        FINISHED,
        a_crash(lease_until=at(5 + LEASE_S)),
    ],
    ids=lambda event: type(event).__name__,
)
def test_the_dead_runner_that_comes_back_has_its_writes_refused(store: RunStore, late: Event) -> None:
    keep(store, running(), a_node(state=NodeState.RUNNING, attempt=1))
    store.apply(a_crash(), TOKEN)
    for refusal in ("cannot become|while its run is crashed|renewed", "no longer, the one that has it|another took"):
        before = store.get_run(RUN), store.get_node_runs(RUN), store.get_events(RUN)
        with pytest.raises(IllegalMove, match=refusal):
            store.apply(late, TOKEN)
        with pytest.raises(IllegalMove):
            store.renew_lease(RUN, TOKEN, at(500))
        assert (store.get_run(RUN), store.get_node_runs(RUN), store.get_events(RUN)) == before
        if store.get_run(RUN).state == RunState.CRASHED:
            store.apply(a_resumption(token=NEW), None)


@pytest.mark.parametrize("take", [a_start, a_resumption])
def test_of_many_runners_that_take_a_run_at_once_one_wins(store: RunStore, take: Callable[..., Event]) -> None:
    keep(store, a_run() if take is a_start else replace(running(), state=RunState.CRASHED))
    (winner,) = winners(8, lambda index: store.apply(take(token=f"{index}"), None))
    assert store.get_run(RUN).token == str(winner)
    assert len(store.get_events(RUN)) == 2


def test_a_cancelled_run_whose_runner_is_dead_ends_with_the_dead_runners_token(store: RunStore) -> None:
    keep(store, running(), a_node(state=NodeState.RUNNING, attempt=1))
    store.apply(a_cancel_request(), None)
    store.apply(NodeCancelled(**NODE, reason="asked"), TOKEN)
    store.apply(RunFinished(**KEY, state=RunState.CANCELLED, reason="asked"), TOKEN)
    assert store.get_run(RUN).state == RunState.CANCELLED


def test_runs_at_work_come_oldest_first(store: RunStore) -> None:
    for number, state in enumerate(RunState):
        keep(store, a_run(f"r{number}", state, token=TOKEN))
    keep(store, running("last"))
    assert [run.state for run in store.get_active_runs()] == [RunState.RUNNING, RunState.CANCELLING, RunState.RUNNING]
    assert store.get_active_runs()[-1] == running("last")


# --- the end ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED])
def test_a_run_does_not_end_while_a_node_is_not_done(store: RunStore, state: RunState) -> None:
    at_work = RunState.CANCELLING if state == RunState.CANCELLED else RunState.RUNNING
    keep(store, replace(running(), state=at_work), *(a_node(s, s, position=p) for p, s in enumerate(NodeState)))
    with pytest.raises(
        IllegalMove, match=r"4 of its nodes are not done \(pending, queued, running, retrying\)"
    ) as caught:
        store.apply(replace(FINISHED, state=state), TOKEN)
    assert caught.value.undone == ("pending", "queued", "running", "retrying")
    assert store.get_run(RUN).state == at_work


def test_a_crash_is_said_whatever_the_nodes_do(store: RunStore) -> None:
    keep(store, running(), a_node())
    store.apply(replace(FINISHED, state=RunState.CRASHED), TOKEN)
    assert store.get_run(RUN).state == RunState.CRASHED


def test_a_node_reopened_before_the_end_keeps_the_run_going(store: RunStore) -> None:
    keep(store, running(), a_node(state=NodeState.FAILED, attempt=3, infra_failures=2, finished_at=at(1)))
    store.apply(a_reopening(), None)
    with pytest.raises(IllegalMove, match="not done") as caught:
        store.apply(FINISHED, TOKEN)
    assert caught.value.undone == ("a",)
    (node_run,) = store.get_node_runs(RUN)
    assert (node_run.state, node_run.opened_after, node_run.infra_failures) == (NodeState.PENDING, 3, 0)


def test_a_node_is_not_reopened_after_the_end(store: RunStore) -> None:
    keep(store, running(), a_node(state=NodeState.FAILED, attempt=1))
    store.apply(FINISHED, TOKEN)
    with pytest.raises(IllegalMove, match="while its run is succeeded"):
        store.apply(a_reopening(), None)
    assert store.get_node_runs(RUN)[0].state == NodeState.FAILED


@pytest.mark.parametrize("state", [state for state in RunState if state != RunState.RUNNING])
def test_a_node_is_reopened_only_while_its_run_is_running(store: RunStore, state: RunState) -> None:
    keep(store, replace(running(), state=state), a_node(state=NodeState.FAILED, attempt=1))
    with pytest.raises(IllegalMove, match=f"while its run is {state}"):
        store.apply(a_reopening(), None)
    assert len(store.get_audit(RUN)) == 1


def test_an_end_and_a_reopening_at_once_never_lose_the_node(store: RunStore) -> None:
    for number in range(10):
        run_id = RunId(f"r{number}")
        keep(store, running(run_id), a_node(state=NodeState.FAILED, attempt=1, run_id=run_id))
        facts: list[tuple[Event, Token | None]] = [
            (replace(FINISHED, run_id=run_id), TOKEN),
            (replace(a_reopening(), run_id=run_id), None),
        ]
        assert len(winners(2, lambda index, facts=facts: store.apply(*facts[index]))) == 1
        ended, (node_run,) = store.get_run(run_id).state.is_terminal, store.get_node_runs(run_id)
        assert ended == node_run.state.is_done


# --- children --------------------------------------------------------------------------------------------------------


def test_children_are_there_with_the_event_that_tells_of_them(store: RunStore) -> None:
    keep(store, running(), a_node(state=NodeState.QUEUED))
    store.apply(an_expansion(count=2), TOKEN)
    group, *children = store.get_node_runs(RUN)
    assert (group.state, group.attempt, group.started_at) == (NodeState.RUNNING, 0, at(5))
    assert tuple(children) == children_of("a", 2)
    event = store.get_events(RUN)[-1]
    assert (event.kind, event.node, event.data["children"]) == ("NodeExpanded", "a", ["a[k0]", "a[k1]"])


def test_a_child_is_a_node_run_like_any_other(store: RunStore) -> None:
    keep(store, running(), a_node(state=NodeState.QUEUED))
    store.apply(an_expansion(count=2), TOKEN)
    child = child_name("a", "k1")
    store.apply(NodeQueued(**KEY, node=child, reason="ready"), TOKEN)
    store.apply(started(node=child), TOKEN)
    store.apply(NodeSucceeded(**KEY, node=child, outputs={"x": an_output("x")}, usage=USAGE), TOKEN)
    assert [node_run.state for node_run in store.get_node_runs(RUN)] == ["running", "pending", "succeeded"]
    assert store.get_attempts(RUN)[0].usage == USAGE


def test_an_attempt_that_ends_in_children_is_kept_with_what_it_gave_them(store: RunStore) -> None:
    keep(store, running(), a_node(state=NodeState.QUEUED))
    store.apply(started(), TOKEN)
    given = {"day": "2026-01-01", "n": [1, 2]}
    own = {"own": an_output("own")}
    store.apply(replace(an_expansion(seconds=9), parameters=given, outputs=own, usage=USAGE), TOKEN)
    (attempt,) = store.get_attempts(RUN)
    assert (attempt.finished_at, attempt.failure, attempt.usage) == (at(9), None, USAGE)
    group = store.get_node_runs(RUN)[0]
    assert (group.state, group.parameters, group.started_at, group.outputs) == ("running", given, at(5), own)
    store.apply(replace(SUCCEEDED, outputs={"df": an_output(), **own}), TOKEN)
    assert list(store.get_node_runs(RUN)[0].outputs) == ["df", "own"]
    assert store.get_attempts(RUN) == [attempt]


def test_a_child_that_is_there_already_is_never_overwritten(store: RunStore) -> None:
    keep(store, running(), a_node(state=NodeState.QUEUED))
    store.apply(an_expansion(count=2), TOKEN)
    before = store.get_node_runs(RUN), store.get_events(RUN)
    with pytest.raises(IllegalMove, match="expanded already"):
        store.apply(an_expansion(count=3), TOKEN)
    assert (store.get_node_runs(RUN), store.get_events(RUN)) == before


def test_a_group_that_was_reopened_goes_on_with_the_children_it_has(store: RunStore) -> None:
    keep(store, running(), a_node(state=NodeState.QUEUED))
    store.apply(replace(an_expansion(count=2), outputs={"own": an_output()}), TOKEN)
    for event in (FAILED, a_reopening(), NodeQueued(**NODE, reason="again"), an_expansion(count=0)):
        store.apply(event, None if event == a_reopening() else TOKEN)
    group, *children = store.get_node_runs(RUN)
    assert (group.state, group.outputs, tuple(children)) == (NodeState.RUNNING, {}, children_of("a", 2))


def test_node_runs_come_in_document_order_with_children_and_checks_below_their_node(store: RunStore) -> None:
    keep(
        store,
        running(),
        a_node(check_name("a", "full"), position=1, severity=CheckSeverity.ERROR),
        a_node("b", NodeState.QUEUED, position=2),
        a_node("a", NodeState.QUEUED, position=0),
    )
    inner = tuple(
        a_node(member_name("b[k1]", name), position=position, parent="b[k1]")
        for position, name in enumerate(["x", check_name("x", "c"), "y"])
    )
    store.apply(an_expansion("b", count=2), TOKEN)
    store.apply(NodeQueued(**KEY, node=NodeName("b[k1]"), reason="ready"), TOKEN)
    store.apply(NodeExpanded(**KEY, node=NodeName("b[k1]"), children=inner[::-1], parameters={}), TOKEN)
    store.apply(an_expansion("a", count=2), TOKEN)
    store.apply(NodeQueued(**KEY, node=NodeName("b[k0]"), reason="ready"), TOKEN)
    order = ["a", "a[k0]", "a[k1]", "check:a/full"]
    order += ["b", "b[k0]", "b[k1]", "b[k1]/x", "b[k1]/check:x/c", "b[k1]/y"]
    assert [node_run.node for node_run in store.get_node_runs(RUN)] == order
    store.apply(NodeQueued(**KEY, node=NodeName("a[k1]"), reason="ready"), TOKEN)
    for node in ("b[k0]", "a[k1]"):
        store.apply(started(node=node), TOKEN)
    assert [attempt.node for attempt in store.get_attempts(RUN)] == ["a[k1]", "b[k0]"]
    with pytest.raises(IllegalMove) as caught:
        store.apply(FINISHED, TOKEN)
    assert caught.value.undone == tuple(order)


def test_a_held_node_says_why_and_stays_queued(store: RunStore) -> None:
    keep(store, running(), a_node(state=NodeState.QUEUED, queued_at=at(1), reason="ready"))
    store.apply(NodeHeld(**NODE, reason="pool gpu is full"), TOKEN)
    (node_run,) = store.get_node_runs(RUN)
    assert (node_run.state, node_run.queued_at, node_run.reason) == (NodeState.QUEUED, at(1), "pool gpu is full")


# --- round trips -----------------------------------------------------------------------------------------------------


def test_a_child_and_a_check_come_back_as_they_were_stored(store: RunStore) -> None:
    group = a_node("a", position=0, parameters={"day": "2026-01-01"}, opened_after=2)
    (child,) = children_of("a", 1)
    check = a_node(
        check_name("a", "full"),
        NodeState.FAILED,
        position=1,
        severity=CheckSeverity.WARN,
        failure=Failure(
            FailureCause.CHECK_FAILED,
            "AssertionError",
            "2 rows",
            facts={"failing_rows": {"columns": ["ä"], "rows": [[1], [None]], "count": 2}},
        ),
    )
    keep(store, a_run(), group, child, check)
    assert store.get_node_runs(RUN) == [group, child, check]


def test_a_run_comes_back_with_its_runner(store: RunStore) -> None:
    run = replace(running(), created_by="größe@host")
    keep(store, run)
    assert store.get_run(RUN) == run


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (replace(SUCCEEDED, usage=USAGE), NodeState.SUCCEEDED),
        (replace(FAILED, usage=Usage()), NodeState.FAILED),
        (NodeRetrying(**NODE, failure=a_failure(), not_before=at(9), reason="again", usage=USAGE), NodeState.RETRYING),
        (NodeCancelled(**NODE, reason="asked", usage=USAGE), NodeState.CANCELLED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_an_attempt_took_comes_back(store: RunStore, event: Any, state: NodeState) -> None:
    keep(store, running(), a_node(state=NodeState.QUEUED))
    store.apply(started(), TOKEN)
    store.apply(event, TOKEN)
    assert store.get_node_runs(RUN)[0].state == state
    assert store.get_attempts(RUN)[0].usage == event.usage


@pytest.mark.parametrize("count", [0, 1, 300])
def test_the_items_of_an_output_come_back_in_order(store: RunStore, count: int) -> None:
    keep(store, running(), a_node(state=NodeState.RUNNING, attempt=1))
    made = {"cities": an_itemised_output(count), "plain": an_output("plain")}
    store.apply(replace(SUCCEEDED, outputs=made), TOKEN)
    assert store.get_node_runs(RUN)[0].outputs == made
    told = store.get_events(RUN)[-1].data["outputs"]
    assert told["cities"]["items"] == [f"k{n}" for n in range(count)]
    assert told["plain"]["items"] is None


def test_every_snapshot_of_a_run_is_kept(store: RunStore) -> None:
    store.create_run(a_run(), [], {Digest("sha256:00"): "outer", Digest("sha256:01"): "inner ä"}, at())
    assert store.get_snapshot(Digest("sha256:00")) == "outer"
    assert store.get_snapshot(Digest("sha256:01")) == "inner ä"


# --- slots -----------------------------------------------------------------------------------------------------------


def take(
    store: RunStore,
    node: str = "a",
    run_id: str = RUN,
    wanted: Mapping[str, int] | None = None,
    sizes: Mapping[str, int] | None = None,
    seconds: float = 1,
    token: Token = TOKEN,
) -> list[SlotHolder]:
    """Ask for one slot of the pool ``gpu``, which has one."""
    given = wanted or {"gpu": 1}, sizes or {"gpu": 1}
    return list(store.take_slots(RunId(run_id), token, NodeName(node), *given, at(seconds)))


def at_work(store: RunStore, run_id: str = RUN, **fields: Any) -> None:
    """A run with three queued nodes."""
    keep(
        store,
        replace(running(run_id), **fields),
        *(a_node(name, NodeState.QUEUED, run_id, position=p) for p, name in enumerate("abc")),
    )


def holder(node: str = "a", run_id: str = RUN, pool: str = "gpu", slots: int = 1) -> SlotHolder:
    return SlotHolder(pool, RunId(run_id), NodeName(node), slots, LEASE)


def test_slots_are_taken_once_and_others_learn_who_has_them(store: RunStore) -> None:
    at_work(store)
    at_work(store, "other")
    assert take(store) == []
    assert take(store) == []
    assert take(store, "b") == [holder()]
    assert take(store, "a", "other") == [holder()]


def test_all_slots_are_taken_or_none(store: RunStore) -> None:
    at_work(store)
    sizes = {"gpu": 2, "db": 1}
    assert take(store, "a", wanted={"db": 1}, sizes=sizes) == []
    assert take(store, "b", wanted={"gpu": 2, "db": 1}, sizes=sizes) == [holder("a", pool="db")]
    assert take(store, "c", wanted={"gpu": 2}, sizes=sizes) == []
    assert take(store, "b", wanted={"gpu": 1}, sizes=sizes) == [holder("c", slots=2)]


def test_a_pool_without_a_size_has_one_slot(store: RunStore) -> None:
    at_work(store)
    assert take(store, "a", wanted={"db": 1}) == []
    assert take(store, "b", wanted={"db": 1}) == [holder(pool="db")]


def test_more_slots_than_there_are_is_an_error_that_says_so(store: RunStore) -> None:
    at_work(store)
    with pytest.raises(ConfigError, match="3 slots of the pool 'gpu' are wanted, and it has 1"):
        take(store, wanted={"gpu": 3})


@pytest.mark.parametrize(
    "event",
    [
        SUCCEEDED,
        FAILED,
        NodeRetrying(**NODE, failure=a_failure(), not_before=at(9), reason="again"),
        NodeCancelled(**NODE, reason="asked"),
        an_expansion(),
    ],
    ids=lambda event: type(event).__name__,
)
def test_the_event_that_ends_an_attempt_frees_its_slots_alone(store: RunStore, event: Event) -> None:
    at_work(store)
    sizes = {"gpu": 2}
    take(store, "a", sizes=sizes)
    take(store, "b", sizes=sizes)
    store.apply(started(), TOKEN)
    assert take(store, "c", sizes=sizes) == [holder("a"), holder("b")]
    store.apply(event, TOKEN)
    assert take(store, "c", sizes=sizes) == []
    assert take(store, "c", wanted={"gpu": 2}, sizes=sizes) == [holder("b")]


@pytest.mark.parametrize("event", [a_crash(), RunFinished(**KEY, state=RunState.CRASHED, reason="over")])
def test_the_event_that_ends_a_run_frees_all_its_slots(store: RunStore, event: Event) -> None:
    at_work(store)
    at_work(store, "other")
    for node in "ab":
        take(store, node, sizes={"gpu": 2})
    store.apply(event, TOKEN)
    assert take(store, "a", "other", wanted={"gpu": 2}, sizes={"gpu": 2}) == []


def test_slots_of_a_runner_whose_lease_ran_out_are_free(store: RunStore) -> None:
    at_work(store)
    at_work(store, "other", lease_until=at(999))
    take(store)
    assert take(store, "a", "other", seconds=LEASE_S - 1) == [holder()]
    assert take(store, "a", "other", seconds=LEASE_S) == []


def test_a_runner_that_slept_and_goes_on_does_not_make_the_pool_larger(store: RunStore) -> None:
    at_work(store)
    at_work(store, "other", lease_until=at(999))
    take(store)
    take(store, "a", "other", seconds=LEASE_S)
    store.renew_lease(RUN, TOKEN, at(999))
    assert take(store, "b", seconds=LEASE_S) == [replace(holder("a", "other"), lease_until=at(999))]


def test_a_runner_whose_own_lease_ran_out_still_has_its_slots_for_itself(store: RunStore) -> None:
    at_work(store)
    take(store)
    assert take(store, "b", seconds=LEASE_S + 1) == [holder()]


def test_slots_of_a_runner_that_was_replaced_are_free(store: RunStore) -> None:
    at_work(store)
    at_work(store, "other")
    take(store)
    store.apply(a_crash(), TOKEN)
    store.apply(a_resumption(token=NEW), None)
    with pytest.raises(IllegalMove):
        take(store)
    assert take(store, "b", token=NEW) == []


def test_only_a_runner_at_work_takes_slots(store: RunStore) -> None:
    at_work(store)
    at_work(store, "ended", state=RunState.FAILED)
    refused: list[tuple[type[DataOpsError], Mapping[str, Any]]] = [
        (IllegalMove, {"token": NEW}),
        (IllegalMove, {"run_id": "ended"}),
        (RunNotFound, {"run_id": "nosuch"}),
        (NodeNotFound, {"node": "nosuch"}),
    ]
    for kind, given in refused:
        with pytest.raises(kind):
            take(store, **given)
    assert take(store) == []


def test_many_threads_never_hold_more_slots_than_the_pool_has(store: RunStore) -> None:
    names = [f"n{index}" for index in range(12)]
    keep(store, running(), *(a_node(name, NodeState.QUEUED, position=p) for p, name in enumerate(names)))
    sizes, guard, most, held = {"gpu": 3}, threading.Lock(), [0], [0]

    def work(index: int) -> None:
        store.apply(started(node=names[index]), TOKEN)
        while take(store, names[index], sizes=sizes):
            pass
        with guard:
            held[0] += 1
            most.append(held[0])
        with guard:
            held[0] -= 1
        store.apply(NodeSucceeded(**KEY, node=NodeName(names[index])), TOKEN)

    assert len(winners(12, work)) == 12
    assert max(most) <= 3
    assert {node_run.state for node_run in store.get_node_runs(RUN)} == {NodeState.SUCCEEDED}


# --- audit -----------------------------------------------------------------------------------------------------------


def test_every_action_of_somebody_is_in_the_audit(store: RunStore) -> None:
    made = a_run(created_by=BY, parameters={"n": 1}, options={"jobs": 2})
    keep(store, made, a_node(state=NodeState.FAILED, attempt=1))
    events: list[tuple[Event, Token | None]] = [
        (a_start(), None),
        (a_crash(lease_until=at(5 + LEASE_S)), TOKEN),
        (a_resumption(token=NEW, seconds=6), None),
        (a_reopening(seconds=7), None),
        (a_cancel_request(seconds=8), None),
    ]
    for event, token in events:
        store.apply(event, token)
    asked = {"parameters": {"n": 1}, "options": {"jobs": 2}, "parent_run_id": None}
    runner = {"host": a_runner().host, "pid": a_runner().pid, "started": a_runner().started}
    expected = [
        (at(), "run", None, asked),
        (at(6), "resume", None, {"runner": runner}),
        (at(7), "retry_node", "a", {"reason": "once more"}),
        (at(8), "cancel", None, {"reason": "asked"}),
    ]
    found = store.get_audit(RUN)
    assert [(record.at, record.action, record.node, record.details) for record in found] == expected
    assert {(record.by, record.run_id, record.notebook, record.snapshot) for record in found} == {
        (BY, RUN, made.notebook, made.snapshot)
    }
    assert [type(record) for record in found] == [AuditRecord] * 4


def test_a_retry_is_told_from_a_run(store: RunStore) -> None:
    keep(store, a_run(parent_run_id="parent"))
    (record,) = store.get_audit()
    assert (record.action, record.details["parent_run_id"]) == ("retry", "parent")


def test_the_audit_comes_in_order_of_one_run_or_all_and_after_what_was_seen(store: RunStore) -> None:
    for run_id in ("r1", "r2"):
        play(store, run_id, nodes=1)
    keep(store, a_run())
    store.apply(a_cancel_request(), None)
    records = store.get_audit()
    assert [(record.run_id, record.action) for record in records] == [
        ("r1", "run"), ("r2", "run"), (RUN, "run"), (RUN, "cancel"),
    ]  # fmt: skip
    assert [record.seq for record in records] == sorted({record.seq for record in records})
    assert store.get_audit(RUN) == records[2:]
    assert store.get_audit(after=records[1].seq) == records[2:]
    assert store.get_audit(RUN, after=records[2].seq) == records[3:]
    assert store.get_audit(RunId("nosuch")) == []


def test_what_is_refused_leaves_no_action(store: RunStore) -> None:
    keep(store, running(), a_node())
    before = store.get_audit()
    refused: list[Event] = [a_reopening(), a_resumption(), NodeSkipped(**NODE, reason="?"), an_expansion()]
    for event in refused:
        with pytest.raises(IllegalMove):
            store.apply(event, None)
    with pytest.raises(StoreError):
        keep(store, running())
    assert store.get_audit() == before
