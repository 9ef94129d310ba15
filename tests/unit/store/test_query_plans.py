"""No question to the store looks through a whole table: SQLite itself says how it would answer each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from jupyter_dataops.errors import RunNotFound
from jupyter_dataops.events import NodeQueued, NodeRetrying, NodeStarted, RunFinished
from jupyter_dataops.ids import NodeName, RunId, Token
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.states import RunState
from jupyter_dataops.store.sql import SqlRunStore, open_sql_store
from tests.support.stores import (
    LEASE,
    RUN,
    TOKEN,
    a_cancel_request,
    a_crash,
    a_failure,
    a_node,
    a_resumption,
    a_run,
    a_start,
    an_expansion,
    at,
    keep,
    play,
)

IN_ORDER = ("FROM runs ORDER BY runs.number DESC LIMIT", "FROM audit WHERE audit.seq >")
"""These walk a table in the order of its key, as far as somebody reads."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlRunStore]:
    opened = open_sql_store(tmp_path)
    yield opened
    opened.close()


def do_everything(store: RunStore) -> None:
    """Every method is called, and every kind of change made."""
    key: dict[str, Any] = {"run_id": RUN, "at": at(5)}
    play(store, "earlier", nodes=2)
    keep(store, a_run(), a_node("a"), a_node("b", position=1))
    store.apply(a_start(), None)
    begun = NodeStarted(**key, node=NodeName("b"), attempt=1, token=Token("t"), notebook="n", log="l", reason="asked")
    store.apply_all([NodeQueued(**key, node=NodeName(node), reason="ready") for node in "ab"], TOKEN)
    store.take_slots(RUN, TOKEN, NodeName("b"), {"gpu": 1}, {}, at(5))
    store.apply_all([begun, an_expansion("a")], TOKEN)
    store.renew_lease(RUN, TOKEN, LEASE + timedelta(seconds=9))
    store.apply(
        NodeRetrying(**key, node=NodeName("b"), failure=a_failure(), not_before=at(6), reason="once more"), TOKEN
    )
    store.apply(a_crash(lease_until=LEASE + timedelta(seconds=9)), TOKEN)
    store.apply(a_resumption(token="new"), None)
    store.apply(a_cancel_request(), None)
    store.apply(RunFinished(**key, state=RunState.CRASHED, reason="gone"), Token("new"))
    run = store.find_run("last")
    store.find_run(RUN[:3])
    with suppress(RunNotFound):
        store.find_run("nothing")
    store.get_active_runs()
    store.get_runs()
    store.get_runs(run.notebook)
    store.count_failed_checks([RUN, RunId("earlier")])
    store.get_queued_runs()
    store.get_overviews([RUN, RunId("earlier")])
    store.get_changes(RUN)
    store.get_changes(RUN, 3)
    store.get_node_runs(RUN)
    store.get_node_runs(RUN, [NodeName("b")])
    store.get_attempts(RUN)
    store.get_attempts(RUN, NodeName("b"))
    store.get_snapshot(run.snapshot)
    store.get_events(RUN, after=3)
    store.get_events(RUN, kinds=("NodeQueued",))
    store.get_happenings(0)
    store.get_last_seq()
    store.get_audit()
    store.get_audit(RUN)


def test_every_statement_finds_its_rows_by_an_index(store: SqlRunStore) -> None:
    engine = store._transactions._reader
    said: dict[str, Any] = {}

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            said.setdefault(" ".join(statement.split()), parameters[0] if many else parameters)

    sa.event.listen(engine, "before_cursor_execute", note)
    do_everything(store)
    sa.event.remove(engine, "before_cursor_execute", note)
    assert len(said) > 30
    scans = {}
    with engine.connect() as connection:
        for statement, parameters in said.items():
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            if any(step.startswith("SCAN") for step in plan) and not any(known in statement for known in IN_ORDER):
                scans[statement] = plan
    assert scans == {}
