"""Runs readable in a few lines: ``a_run_of(node("load"), node("clean", FAILED, failure=a_failure()))``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.records import (
    ArtifactRecord,
    AttemptRecord,
    Failure,
    NodeRunRecord,
    OutputRecord,
    RunRecord,
    Usage,
)
from jupyter_dataops.report.models import ExecutedCell, NodePage, RunPage
from jupyter_dataops.states import CheckSeverity, FailureCause, NodeState, RunState
from tests.unit.graph.graphs import graph_of

RUN = RunId("bcd2345678")
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROWS = {"columns": ["", "city", "price"], "rows": [[3, "Bern", -1], [17, "<Genf>", None]], "count": 12}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def node(name: str, state: NodeState = NodeState.SUCCEEDED, **more: Any) -> NodeRunRecord:
    return NodeRunRecord(**{"run_id": RUN, "node": NodeName(name), "position": 0, "state": state, **more})


def ran(name: str, start: float, end: float, state: NodeState = NodeState.SUCCEEDED, **more: Any) -> NodeRunRecord:
    return node(name, state, **{"attempt": 1, "started_at": at(start), "finished_at": at(end), **more})


def check(name: str, state: NodeState, severity: CheckSeverity = CheckSeverity.ERROR, **more: Any) -> NodeRunRecord:
    return node(name, state, severity=severity, **more)


def a_failure(**more: Any) -> Failure:
    values = {"cause": FailureCause.EXCEPTION, "ename": "KeyError", "evalue": "'rain'", "cell_id": "c1", "line": 2}
    return Failure(**{**values, **more})


def a_check_failure() -> Failure:
    facts = {"failing_rows": ROWS, "values": {"df.price.min()": "-1"}}
    return a_failure(cause=FailureCause.CHECK_FAILED, ename="AssertionError", evalue="negative prices", facts=facts)


def an_output(name: str = "df") -> OutputRecord:
    artifact = ArtifactRecord(
        Digest("blake3:00"), "arrow", "pandas.DataFrame", 2048, (3, 2), {"a": "int64"}, "   a\n0  1"
    )
    return OutputRecord(name, artifact)


def attempt(name: str, number: int, start: float, end: float | None, **more: Any) -> AttemptRecord:
    return AttemptRecord(
        **{
            "run_id": RUN,
            "node": NodeName(name),
            "attempt": number,
            "token": Token("t"),
            "notebook": "n",
            "log": "l",
            "started_at": at(start),
            "finished_at": None if end is None else at(end),
            "usage": Usage("3.12.1", {"pandas": "2.2.3"}, 123_456_789),
            **more,
        }
    )


def a_run(state: RunState = RunState.SUCCEEDED, **more: Any) -> RunRecord:
    values: dict[str, Any] = {
        "run_id": RUN,
        "notebook": "/home/jo/etl.ipynb",
        "snapshot": Digest("blake3:abc"),
        "parameters": {},
        "state": state,
        "created_at": START,
        "created_by": "jo@here",
        "started_at": START,
        "finished_at": at(10) if state.is_terminal else None,
    }
    return RunRecord(**{**values, **more})


def a_page(
    *node_runs: NodeRunRecord,
    run: RunRecord | None = None,
    cells: Mapping[str, Sequence[ExecutedCell]] | None = None,
    edges: Sequence[str] = (),
    upstream: Mapping[str, Sequence[str]] | None = None,
    **more: Any,
) -> RunPage:
    """A page on which every node is told in full, with one attempt where it has times."""
    attempts = {
        one.node: [AttemptRecord(RUN, one.node, 1, Token("t"), "n", "l", one.started_at, one.finished_at)]
        for one in node_runs
        if one.attempt and one.started_at
    }
    own = [one.node for one in node_runs if one.parent is None and one.severity is None]
    graph = graph_of(*edges, nodes=own)  # type: ignore[arg-type]  # names instead of letters
    values: dict[str, Any] = {
        "run": run or a_run(),
        "node_runs": node_runs,
        "pages": {
            one.node: NodePage(
                one, attempts.get(one.node, ()), cells=(cells or {}).get(one.node, ()), numbers={"c1": 4}
            )
            for one in node_runs
        },
        "graph": graph,
        "upstream": {NodeName(name): list(graph.predecessors(name)) for name in graph} | (upstream or {}),
        "attempts": attempts,
        "queued_at": {},
        "now": at(20),
        "version": "1.2.3",
    }
    return RunPage(**{**values, **more})
