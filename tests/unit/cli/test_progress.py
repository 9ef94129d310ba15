from __future__ import annotations

from typing import Any

from jupyter_dataops.cli.progress import (
    Progress,
    count_states,
    elapsed_s,
    event_detail,
    most_telling,
    node_detail,
    progress_after,
)
from jupyter_dataops.events import NodeFailed, NodeStarted, NodeSucceeded, RunFinished, RunStarted
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.states import NodeState, RunState
from tests.unit.cli.fakes import START, a_failure, an_output, node_record, run_record, seconds

RUN = RunId("bcd2345678")
CLEAN = NodeName("clean")


class Job:
    node = CLEAN


def started(attempt: int = 1) -> NodeStarted:
    return NodeStarted(run_id=RUN, at=START, node=CLEAN, attempt=attempt, token=Token("t"), notebook="n", log="l")


def progress_of(*events: Any) -> Progress:
    progress = Progress(run_record(), {CLEAN: node_record("clean")})
    for event in events:
        progress = progress_after(progress, event)
    return progress


def test_events_move_the_run_and_its_nodes() -> None:
    begun = RunStarted(run_id=RUN, at=START, token=Token("t"), control="c")
    done = NodeSucceeded(run_id=RUN, at=START + seconds(3), node=CLEAN)
    progress = progress_of(begun, started(), done)
    assert progress.run.state is RunState.RUNNING
    assert progress.nodes[CLEAN].state is NodeState.SUCCEEDED
    assert progress.nodes[CLEAN].duration_s == 3
    ended = progress_after(progress, RunFinished(run_id=RUN, at=START, state=RunState.SUCCEEDED, reason="done"))
    assert ended.run.state is RunState.SUCCEEDED


def test_finished_cells_count_within_one_attempt() -> None:
    cell: Any = CellFinished(Job(), 2, 5)  # type: ignore[arg-type]
    assert progress_of(started(), cell).cells == {CLEAN: (2, 5)}
    assert progress_of(started(), cell, started(attempt=2)).cells == {}


def test_a_failed_node_shows_its_error_first() -> None:
    failed = NodeFailed(run_id=RUN, at=START, node=CLEAN, failure=a_failure(), reason="no retries are left")
    assert event_detail(failed) == "ZeroDivisionError: division by zero; no retries are left"
    again = NodeFailed(
        run_id=RUN, at=START, node=CLEAN, failure=a_failure(), reason="ZeroDivisionError: division by zero"
    )
    assert event_detail(again) == "ZeroDivisionError: division by zero"
    assert node_detail(progress_of(started(), failed).nodes[CLEAN]) == "ZeroDivisionError: division by zero"


def test_a_succeeded_node_shows_what_it_hands_on() -> None:
    outputs = {"df": an_output(), "n": an_output("n")}
    assert event_detail(NodeSucceeded(run_id=RUN, at=START, node=CLEAN, outputs=outputs)) == "hands on df, n"


def test_when_not_all_fit_failed_and_running_nodes_are_shown_in_document_order() -> None:
    states = [NodeState.SUCCEEDED, NodeState.RUNNING, NodeState.PENDING, NodeState.FAILED]
    nodes = [node_record(str(index), state) for index, state in enumerate(states)]
    assert [node.node for node in most_telling(nodes, 2)] == ["1", "3"]
    assert most_telling(nodes, 4) == nodes
    assert most_telling(nodes, -3) == []


def test_states_are_counted_in_their_own_order() -> None:
    nodes = [node_record("a", NodeState.FAILED), node_record("b"), node_record("c", NodeState.FAILED)]
    assert list(count_states(nodes).items()) == [(NodeState.PENDING, 1), (NodeState.FAILED, 2)]


def test_time_runs_from_the_start_to_the_end_or_now() -> None:
    assert elapsed_s(None, None, START) is None
    assert elapsed_s(START, None, START + seconds(2)) == 2
    assert elapsed_s(START, START + seconds(1), START + seconds(9)) == 1
