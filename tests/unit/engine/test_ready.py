from __future__ import annotations

from datetime import timedelta

import pytest

from jupyter_dataops.engine.ready import Ready
from jupyter_dataops.engine.trigger_rules import Verdict
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import NodeState
from tests.support.clock import START

A, B, C, D = map(NodeName, "abcd")


def ready(slots: int = 1, rule: str = "all_success", **upstream: str) -> Ready:
    """``ready(a="", b="a", c="ab")``: a letter per upstream node."""
    graph = {NodeName(node): [NodeName(source) for source in sources] for node, sources in upstream.items()}
    return Ready(graph, dict.fromkeys(graph, TriggerRule(rule)), slots)


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
    for node in (C, B, A):
        queue.queue(node)
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
    for node in queue.get_waiting():
        queue.finish(node, NodeState.CANCELLED)
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
