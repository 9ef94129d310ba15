from __future__ import annotations

from typing import get_args

from msgspec.structs import replace

from jupyter_dataops.events import NodeEvent, RunFinished
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.store.moves import NODE_TARGETS, needs_nodes_done, needs_token, not_the_runner, refused
from tests.support.stores import (
    RUN,
    TOKEN,
    a_cancel_request,
    a_crash,
    a_node,
    a_reopening,
    a_resumption,
    a_run,
    a_start,
    an_expansion,
    at,
)

FINISHED = RunFinished(run_id=RUN, at=at(), state=RunState.FAILED, reason="over")


def test_every_node_event_has_a_target() -> None:
    assert set(NODE_TARGETS) == set(get_args(NodeEvent))


def test_every_node_state_is_reached_by_an_event() -> None:
    assert set(NODE_TARGETS.values()) == set(NodeState)


def test_what_anyone_may_ask_for_needs_no_token_and_what_a_runner_says_does() -> None:
    assert not any(map(needs_token, (a_start(), a_resumption(), a_cancel_request(), a_reopening())))
    assert all(map(needs_token, (a_crash(), an_expansion(), FINISHED)))


def test_a_run_ends_before_its_nodes_by_a_crash_alone() -> None:
    assert needs_nodes_done(FINISHED)
    assert not any(map(needs_nodes_done, (replace(FINISHED, state=RunState.CRASHED), a_crash(), a_cancel_request())))


def test_a_refusal_over_many_nodes_shows_a_few_and_carries_all() -> None:
    names = tuple(NodeName(f"n{index}") for index in range(10_000))
    error = refused(a_run(state=RunState.RUNNING, token=TOKEN), None, FINISHED, TOKEN, undone=names)
    assert "10000 of its nodes are not done (n0, n1, n2, n3, n4, ...)" in error.message
    assert error.undone == names


def test_the_runner_at_work_is_told_from_the_others() -> None:
    run = a_run(state=RunState.RUNNING, token=TOKEN)
    assert not_the_runner(run, TOKEN) is None
    assert "no longer, the one that has it" in str(not_the_runner(run, Token("other")))
    assert "the run is crashed" in str(not_the_runner(a_run(state=RunState.CRASHED, token=TOKEN), TOKEN))


def test_a_refusal_says_what_where_and_what_to_do() -> None:
    text = str(refused(a_run(state=RunState.RUNNING, token=TOKEN), None, FINISHED, None))
    assert "no longer, the one that has it" in text
    assert f"run {RUN}" in text
    assert f"jupyter dataops show {RUN}" in text


def test_a_refusal_over_a_node_names_it() -> None:
    event = next(iter(NODE_TARGETS))(run_id=RUN, at=at(), node="a", reason="ready")
    error = refused(a_run(state=RunState.FAILED, token=TOKEN), a_node(), event, TOKEN)
    assert error.where == f"node a, run {RUN}"
    assert "while its run is failed" in error.message
