"""Records and events readable in one line, and work for other processes that share a store."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jupyter_dataops.events import NodeQueued, NodeStarted, NodeSucceeded, RunFinished, RunStarted
from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import ArtifactRecord, Failure, NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.states import FailureCause, NodeState, RunState
from jupyter_dataops.store.sql import open_sql_store

RUN = RunId("bcd2345678")
TOKEN = Token("the runner's")


def at(seconds: float = 0) -> datetime:
    return datetime(2026, 1, 31, 23, 59, 58, 123456, tzinfo=UTC) + timedelta(seconds=seconds)


def a_run(run_id: str = RUN, state: RunState = RunState.QUEUED, **fields: Any) -> RunRecord:
    return RunRecord(
        **{
            "run_id": run_id,
            "notebook": "/home/ana/etl.ipynb",
            "snapshot": Digest("sha256:00"),
            "parameters": {},
            "state": state,
            "created_at": at(),
            **fields,
        }
    )


def a_node(node: str = "a", state: NodeState = NodeState.PENDING, run_id: str = RUN, **fields: Any) -> NodeRunRecord:
    return NodeRunRecord(**{"run_id": run_id, "node": node, "position": 0, "state": state, **fields})


def an_output(name: str = "df", **fields: Any) -> OutputRecord:
    return OutputRecord(name, ArtifactRecord(Digest(f"sha256:{name}"), "json", "int", 3), **fields)


def a_failure(cause: FailureCause = FailureCause.EXCEPTION) -> Failure:
    return Failure(cause, "KeyError", "'größe'", "\x1b[31mTraceback\x1b[0m", "c3", 7, ("KeyError", "LookupError"))


def keep(store: RunStore, run: RunRecord, *node_runs: NodeRunRecord, snapshot: str = "{}") -> None:
    store.create_run(run, node_runs, snapshot, run.created_at)


def play(store: RunStore, run_id: str, nodes: int) -> None:
    """A whole run: created, taken, each node executed, finished."""
    names = [NodeName(f"n{position}") for position in range(nodes)]
    token = Token(f"of {run_id}")
    keep(store, a_run(run_id), *(a_node(name, run_id=run_id, position=p) for p, name in enumerate(names)))
    key = {"run_id": RunId(run_id), "at": at(1)}
    store.apply(RunStarted(**key, token=token, control="here"), None)
    for name in names:
        store.apply(NodeQueued(**key, node=name, reason="ready"), token)
        store.apply(NodeStarted(**key, node=name, attempt=1, token=Token("t"), notebook="n", log="l"), token)
        store.apply(NodeSucceeded(**key, node=name, outputs={"df": an_output()}), token)
    store.apply(RunFinished(**key, state=RunState.SUCCEEDED, reason="all good"), token)


def processes() -> ForkServerContext:
    """Processes that start in milliseconds, without inheriting threads or connections."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.stores"])
    return context


def in_processes(count: int, work: Callable[..., None], *arguments: Any) -> list[int | None]:
    """Exit codes of `count` processes that all do ``work(index, barrier, *arguments)``."""
    context = processes()
    barrier = context.Barrier(count)
    started = [context.Process(target=work, args=(index, barrier, *arguments)) for index in range(count)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    codes = [process.exitcode for process in started]
    for process in started:
        process.close()
    return codes


def open_only(index: int, barrier: Any, folder: Path) -> None:
    barrier.wait()
    store = open_sql_store(folder)
    store.get_runs()
    store.close()


def open_without_alembic(index: int, barrier: Any, folder: Path) -> None:
    open_sql_store(folder).close()
    assert "alembic" not in sys.modules


def play_one(index: int, barrier: Any, folder: Path, nodes: int) -> None:
    barrier.wait()
    store = open_sql_store(folder)
    play(store, f"r{index}", nodes)
    store.close()


def die_before_event(index: int, barrier: Any, folder: Path) -> None:
    """Take the run, and be killed between the change and its event row."""
    store = open_sql_store(folder)

    def kill(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("INSERT INTO events"):
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "before_cursor_execute", kill)
    store.apply(RunStarted(run_id=RUN, at=at(), token=TOKEN, control="here"), None)
