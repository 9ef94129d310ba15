from __future__ import annotations

from typing import Any

from jupyter_dataops.cli.progress import (
    Progress,
    elapsed_s,
    event_detail,
    most_telling,
    node_detail,
    row_detail,
)
from jupyter_dataops.engine.failures import RUNNER_DIED
from jupyter_dataops.events import (
    NodeExpanded,
    NodeFailed,
    NodeHeld,
    NodeQueued,
    NodeReopened,
    NodeRetrying,
    NodeStarted,
    NodeSucceeded,
    RunCrashed,
    RunFinished,
    RunResumed,
)
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.records import RunnerRecord
from jupyter_dataops.report.tree import Row, rows_of
from jupyter_dataops.states import NodeState, RunState
from tests.unit.cli.fakes import START, a_failure, a_start, an_output, node_record, run_record, seconds

RUN = RunId("bcd2345678")
CLEAN = NodeName("clean")


class Job:
    node = CLEAN


def started(attempt: int = 1) -> NodeStarted:
    return NodeStarted(
        run_id=RUN, at=START, node=CLEAN, attempt=attempt, token=Token("t"), notebook="n", log="l", reason="asked"
    )


def queued() -> NodeQueued:
    return NodeQueued(run_id=RUN, at=START, node=CLEAN, reason="its upstream is done")


def progress_of(*events: Any) -> Progress:
    progress = Progress(run_record(), {CLEAN: node_record("clean")})
    for event in events:
        progress.apply(event)
    return progress


def test_events_move_the_run_and_its_nodes() -> None:
    done = NodeSucceeded(run_id=RUN, at=START + seconds(3), node=CLEAN)
    progress = progress_of(a_start(), started(), done)
    assert progress.run.state is RunState.RUNNING
    assert progress.nodes[CLEAN].state is NodeState.SUCCEEDED
    assert progress.nodes[CLEAN].duration_s == 3
    progress.apply(RunFinished(run_id=RUN, at=START, state=RunState.SUCCEEDED, reason="done"))
    assert progress.run.state is RunState.SUCCEEDED


def test_what_a_node_expands_to_joins_the_others_and_moves_like_them() -> None:
    children = tuple(node_record(f"clean[{key}]", parent=CLEAN, key=key) for key in "ab")
    expanded = NodeExpanded(run_id=RUN, at=START, node=CLEAN, children=children, parameters=None)
    done = NodeSucceeded(run_id=RUN, at=START, node=NodeName("clean[b]"))
    rows = rows_of(progress_of(queued(), expanded, done).nodes.values())
    assert [(row.node_run.node, row.node_run.state, row.progress) for row in rows] == [
        ("clean", NodeState.RUNNING, (1, 2)),
        ("clean[a]", NodeState.PENDING, None),
        ("clean[b]", NodeState.SUCCEEDED, None),
    ]
    assert row_detail(rows[0]) == "· 1 pending"
    assert event_detail(expanded) == "expands to 2"


def test_ten_thousand_children_cost_no_more_each_than_ten() -> None:
    progress = progress_of(queued())
    children = tuple(node_record(f"clean[{key}]", parent=CLEAN, key=str(key)) for key in range(10_000))
    progress.apply(NodeExpanded(run_id=RUN, at=START, node=CLEAN, children=children, parameters=None))
    before = progress.nodes
    progress.apply(NodeSucceeded(run_id=RUN, at=START, node=children[0].node))
    assert progress.nodes is before, "copied for one event"


def test_a_crashed_run_that_is_resumed_goes_on() -> None:
    crashed = RunCrashed(run_id=RUN, at=START, reason="its runner died", lease_until=START)
    resumed = RunResumed(
        run_id=RUN, at=START, token=Token("u"), control="c", runner=RunnerRecord("h", 2, 0.0), lease_until=START,
        by="jo@here",
    )  # fmt: skip
    progress = progress_of(a_start(), crashed)
    assert (progress.run.state, event_detail(crashed)) == (RunState.CRASHED, "its runner died")
    progress.apply(resumed)
    assert (progress.run.state, event_detail(resumed)) == (RunState.RUNNING, f"run {RUN}, resumed by jo@here")


def test_a_retry_says_once_why_there_is_one() -> None:
    reason = "RunnerDied: its runner died; retry 1 of 2"
    retrying = NodeRetrying(run_id=RUN, at=START, node=CLEAN, failure=RUNNER_DIED, not_before=START, reason=reason)
    assert event_detail(retrying) == reason


def test_what_somebody_asked_for_says_who() -> None:
    reopened = NodeReopened(run_id=RUN, at=START, node=CLEAN, reason="tried again", by="jo@here")
    assert event_detail(reopened) == "tried again (asked by jo@here)"


def test_a_node_that_is_held_says_for_what_it_waits() -> None:
    held = NodeHeld(run_id=RUN, at=START, node=CLEAN, reason="pool `gpu`: both slots are taken")
    assert event_detail(held) == "pool `gpu`: both slots are taken"
    assert node_detail(progress_of(queued(), held).nodes[CLEAN]) == "pool `gpu`: both slots are taken"


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
    rows = [Row(node_record(str(index), state)) for index, state in enumerate(states)]
    assert [row.node_run.node for row in most_telling(rows, 2)] == ["1", "3"]
    assert most_telling(rows, 4) == rows
    assert most_telling(rows, -3) == []


def test_time_runs_from_the_start_to_the_end_or_now() -> None:
    assert elapsed_s(None, None, START) is None
    assert elapsed_s(START, None, START + seconds(2)) == 2
    assert elapsed_s(START, START + seconds(1), START + seconds(9)) == 1
