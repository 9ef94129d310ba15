from __future__ import annotations

from datetime import timedelta

import pytest

from jupyter_dataops.engine.models import NodeWork
from jupyter_dataops.engine.ready import Ready
from jupyter_dataops.engine.trigger_rules import Verdict
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import NodeState
from tests.support.clock import START
from tests.support.coordinated import check, children, each, left_out, node

A, B, C, D = map(NodeName, "abcd")


def ready(slots: int = 1, rule: str = "all_success", **upstream: str) -> Ready:
    """``ready(a="", b="a", c="ab")``: a letter per upstream node."""
    return ready_of(*(node(name, *sources, trigger=rule) for name, sources in upstream.items()), slots=slots)


def ready_of(*work: NodeWork, slots: int = 1) -> Ready:
    queue = Ready(slots)
    queue.add(work)
    return queue


def decided(queue: Ready) -> list[tuple[str, Verdict]]:
    found = []
    while (each := queue.take_decided()) is not None:
        found.append(each)
    return found


def test_nodes_without_upstream_are_decided_at_once_in_document_order() -> None:
    assert decided(ready(b="", a="", c="ab")) == [("b", Verdict.RUN), ("a", Verdict.RUN)]


def test_each_decision_comes_up_once() -> None:
    queue = ready(a="", b="", c="ab", rule="one_done")
    queue.finish(A, NodeState.FAILED)
    queue.finish(B, NodeState.SUCCEEDED)
    assert decided(queue) == [("c", Verdict.RUN)]
    assert decided(queue) == []


def test_a_node_is_decided_when_its_last_upstream_is_done() -> None:
    queue = ready(a="", b="", c="ab")
    decided(queue)
    queue.finish(A, NodeState.REUSED)
    assert decided(queue) == []
    queue.finish(B, NodeState.SUCCEEDED)
    assert decided(queue) == [("c", Verdict.RUN)]


def test_an_upstream_node_may_be_named_twice() -> None:
    queue = ready(a="", b="aa")
    decided(queue)
    queue.finish(A, NodeState.SUCCEEDED)
    assert decided(queue) == [("b", Verdict.RUN)]


def test_a_decided_node_that_was_settled_otherwise_does_not_come_up() -> None:
    queue = ready(a="", b="")
    queue.finish(A, NodeState.REUSED)
    assert decided(queue) == [("b", Verdict.RUN)]


def test_queued_nodes_get_free_slots_in_document_order() -> None:
    queue = ready(slots=2, a="", b="", c="")
    for name in (C, B, A):
        queue.queue(name)
    assert [queue.take_next(), queue.take_next(), queue.take_next()] == [A, B, None]
    queue.finish(A, NodeState.SUCCEEDED)
    assert queue.take_next() == C


def test_a_deferred_node_frees_its_slot_and_is_due_at_its_instant() -> None:
    queue = ready(a="", b="")
    queue.queue(A)
    queue.queue(B)
    assert queue.take_next() == A
    due = START + timedelta(seconds=5)
    queue.defer(A, due)
    assert queue.take_next() == B
    assert queue.next_due == due
    assert queue.take_due(due - timedelta(microseconds=1)) is None
    assert queue.take_due(due) == A
    assert (queue.next_due, queue.take_due(due)) == (None, None)


def test_a_node_cancelled_while_deferred_or_queued_never_comes_up_again() -> None:
    queue = ready(a="", b="")
    queue.queue(A)
    queue.take_next()
    queue.defer(A, START)
    queue.queue(B)
    for name in queue.get_waiting():
        queue.finish(name, NodeState.CANCELLED)
    assert queue.next_due is None
    assert queue.take_due(START) is None
    assert queue.take_next() is None
    assert queue.is_over


def test_waiting_are_all_but_running_and_done_nodes() -> None:
    queue = ready(slots=1, a="", b="", c="", d="a")
    queue.finish(C, NodeState.SKIPPED)
    queue.queue(A)
    queue.queue(B)
    queue.take_next()
    assert queue.get_waiting() == [B, D]
    assert not queue.is_over


@pytest.mark.parametrize(("upstream", "complaint"), [({"a": "b", "b": "a"}, "cycle"), ({"a": "z"}, "do not exist: z")])
def test_a_graph_in_which_a_node_would_wait_for_ever_is_refused(upstream: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ready(**upstream)


def test_no_slots_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one slot"):
        ready(slots=0, a="")


# -- checks


def test_a_checked_nodes_success_is_withheld_until_its_blocking_checks_are_done() -> None:
    queue = ready_of(node("a"), check("a", "x"), check("a", "y"), check("a", "z", warn=True), node("b", "a"))
    decided(queue)
    queue.finish(A, NodeState.SUCCEEDED)
    assert decided(queue) == [("check:a/x", Verdict.RUN), ("check:a/y", Verdict.RUN), ("check:a/z", Verdict.RUN)]
    assert queue.get_standing(A) is NodeState.RUNNING
    queue.finish(NodeName("check:a/x"), NodeState.SUCCEEDED)
    assert decided(queue) == []
    queue.finish(NodeName("check:a/y"), NodeState.REUSED)
    assert decided(queue) == [("b", Verdict.RUN)]


def test_a_node_whose_blocking_check_failed_counts_as_failed_once_all_checks_are_done() -> None:
    queue = ready_of(node("a"), check("a", "x"), check("a", "y"), node("b", "a"), node("c", "a", trigger="one_failed"))
    decided(queue)
    queue.finish(A, NodeState.REUSED)
    queue.finish(NodeName("check:a/x"), NodeState.FAILED)
    assert decided(queue) == [("check:a/y", Verdict.RUN)]
    queue.finish(NodeName("check:a/y"), NodeState.SUCCEEDED)
    assert decided(queue) == [("b", Verdict.FAIL), ("c", Verdict.RUN)]
    assert queue.get_standing(A) is NodeState.FAILED
    assert queue.get_failed_checks(A) == ["check:a/x"]


@pytest.mark.parametrize("state", [NodeState.FAILED, NodeState.SKIPPED, NodeState.CANCELLED])
def test_a_node_without_a_result_does_not_wait_for_its_checks(state: NodeState) -> None:
    queue = ready_of(node("a"), check("a", "x"), node("b", "a", trigger="all_done"))
    queue.finish(A, state)
    assert (B, Verdict.RUN) in decided(queue)


def test_a_check_that_the_plan_leaves_out_keeps_nothing_from_running() -> None:
    queue = ready_of(node("a"), check("a", "x"), node("b", "a"))
    queue.finish(NodeName("check:a/x"), NodeState.SKIPPED)
    queue.finish(A, NodeState.REUSED)
    assert decided(queue) == [("b", Verdict.RUN)]


# -- groups


def group(keys: str = "1 2", **options: object) -> Ready:
    queue = ready_of(each("a", **options), node("b", "a"), slots=2)
    decided(queue)
    queue.queue(A)
    queue.hold(A)
    queue.add(children("a", keys))
    queue.expand(A)
    return queue


def test_a_group_is_complete_once_its_children_are_done_and_holds_no_slot() -> None:
    queue = group()
    assert [name for name, _ in decided(queue)] == ["a[1]", "a[2]"]
    for name in ("a[1]", "a[2]"):
        queue.queue(NodeName(name))
        assert queue.take_next() == name
    queue.finish(NodeName("a[1]"), NodeState.FAILED)
    assert queue.take_complete() is None
    queue.finish(NodeName("a[2]"), NodeState.SUCCEEDED)
    assert (queue.take_complete(), queue.take_complete()) == (A, None)
    assert (queue.count_children(A), queue.count_failed_children(A)) == (2, 1)
    queue.finish(A, NodeState.SUCCEEDED)
    assert decided(queue) == [("b", Verdict.RUN)]


def test_children_stand_at_the_place_of_their_group() -> None:
    queue = ready_of(node("z"), each("a"), node("b"))
    queue.hold(A)
    queue.add(children("a", "1 2"))
    queue.expand(A)
    for name in ("b", "a[2]", "a[1]", "z"):
        queue.queue(NodeName(name))
    order = []
    while (name := queue.take_next()) is not None:
        order.append(name)
        queue.finish(name, NodeState.SUCCEEDED)
    assert order == ["z", "a[1]", "a[2]", "b"]


def test_a_group_of_nothing_is_complete_at_once() -> None:
    assert group(keys="").take_complete() == A


def test_a_held_node_gives_its_slot_away_and_stays_queued() -> None:
    queue = ready(a="", b="")
    for name in (A, B):
        queue.queue(name)
    assert queue.take_next() == A
    queue.hold(A)
    assert queue.get_state(A) is NodeState.QUEUED
    assert queue.take_next() == B
    queue.queue(A)
    assert queue.take_next() is None
    queue.finish(B, NodeState.SUCCEEDED)
    assert queue.take_next() == A


# -- opened again


def finished(*work: NodeWork, **states: NodeState) -> Ready:
    """All of `work` in the given states, in the order given."""
    queue = ready_of(*work)
    for name, state in states.items():
        queue.finish(NodeName(name), state)
    decided(queue)
    return queue


def test_a_reopened_node_is_decided_again_and_names_what_had_ended_because_of_it() -> None:
    queue = finished(
        node("a"),
        node("b", "a"),
        node("c", "a", trigger="all_done"),
        a=NodeState.FAILED,
        b=NodeState.UPSTREAM_FAILED,
        c=NodeState.SUCCEEDED,
    )
    assert queue.is_over
    assert queue.reopen(A) == ["b"]
    assert decided(queue) == [("a", Verdict.RUN)]
    assert queue.reopen(B) == []
    queue.finish(A, NodeState.SUCCEEDED)
    assert decided(queue) == [("b", Verdict.RUN)]
    assert queue.get_state(C) is NodeState.SUCCEEDED


def test_what_another_failure_still_keeps_from_running_stays_as_it_is() -> None:
    work = (node("a"), node("b"), node("c", "a", "b"))
    queue = finished(*work, a=NodeState.FAILED, b=NodeState.FAILED, c=NodeState.UPSTREAM_FAILED)
    assert queue.reopen(A) == []
    assert queue.reopen(B) == ["c"]


def test_what_the_plan_left_out_is_not_opened_with_what_is_above_it() -> None:
    queue = finished(node("a"), left_out("b", "a"), a=NodeState.FAILED, b=NodeState.SKIPPED)
    assert queue.reopen(A) == []


def test_a_decision_that_was_not_heeded_yet_is_taken_back() -> None:
    queue = ready(a="", b="a")
    decided(queue)
    queue.finish(A, NodeState.FAILED)
    queue.reopen(A)
    assert decided(queue) == [("a", Verdict.RUN)]
    queue.finish(A, NodeState.SUCCEEDED)
    assert decided(queue) == [("b", Verdict.RUN)]


def test_a_rule_that_has_let_a_node_run_is_not_asked_again() -> None:
    queue = ready(a="", b="a", rule="one_done")
    queue.finish(A, NodeState.FAILED)
    queue.queue(B)
    queue.reopen(A)
    queue.finish(A, NodeState.SUCCEEDED)
    assert B not in [name for name, _ in decided(queue)]
    assert queue.get_state(B) is NodeState.QUEUED


def test_a_reopened_check_opens_what_waited_for_its_node() -> None:
    queue = ready_of(node("a"), check("a", "x"), node("b", "a"))
    x = NodeName("check:a/x")
    for name, state in ((A, NodeState.SUCCEEDED), (x, NodeState.FAILED), (B, NodeState.UPSTREAM_FAILED)):
        queue.finish(name, state)
    assert queue.reopen(x) == ["b"]
    queue.reopen(B)
    assert decided(queue) == [(x, Verdict.RUN)]
    queue.finish(x, NodeState.SUCCEEDED)
    assert decided(queue) == [("b", Verdict.RUN)]


def test_a_reopened_child_opens_its_failed_group() -> None:
    queue = group()
    for name in ("a[1]", "a[2]"):
        queue.finish(NodeName(name), NodeState.FAILED)
    assert queue.take_complete() == A
    queue.finish(A, NodeState.FAILED)
    assert decided(queue) == [("b", Verdict.FAIL)]
    queue.finish(B, NodeState.UPSTREAM_FAILED)
    assert queue.reopen(NodeName("a[1]")) == ["a"]
    assert queue.reopen(A) == ["b"]
    assert queue.count_failed_children(A) == 1
