from __future__ import annotations

from typing import get_args

from jupyter_dataops.events import NodeEvent, RunFinished, RunStarted
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.store.moves import NODE_TARGETS, needs_token, refused
from tests.support.stores import RUN, TOKEN, a_node, a_run, at


def test_every_node_event_has_a_target() -> None:
    assert set(NODE_TARGETS) == set(get_args(NodeEvent))


def test_every_node_state_but_pending_is_reached_by_one_event() -> None:
    assert sorted(NODE_TARGETS.values()) == sorted(set(NodeState) - {NodeState.PENDING})


def test_taking_a_run_needs_no_token_and_finishing_one_does() -> None:
    assert not needs_token(RunStarted(run_id=RUN, at=at(), token=TOKEN, control="here"))
    assert needs_token(RunFinished(run_id=RUN, at=at(), state=RunState.FAILED, reason="over"))


def test_a_refusal_says_what_where_and_what_to_do() -> None:
    event = RunFinished(run_id=RUN, at=at(), state=RunState.FAILED, reason="over")
    text = str(refused(a_run(state=RunState.RUNNING, token=TOKEN), None, event, None))
    assert "no longer, the one that has it" in text
    assert f"run {RUN}" in text
    assert f"jupyter dataops show {RUN}" in text


def test_a_refusal_over_a_node_names_it() -> None:
    event = next(iter(NODE_TARGETS))(run_id=RUN, at=at(), node="a", reason="ready")
    error = refused(a_run(state=RunState.FAILED, token=TOKEN), a_node(), event, TOKEN)
    assert error.where == f"node a, run {RUN}"
    assert "while its run is failed" in error.message
