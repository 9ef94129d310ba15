"""Records and events readable in one line, and work for other processes that share a store."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from jupyter_dataops.config import Settings
from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.events import (
    NodeExpanded,
    NodeQueued,
    NodeReopened,
    NodeStarted,
    NodeSucceeded,
    RunCancelRequested,
    RunCrashed,
    RunFinished,
    RunResumed,
    RunStarted,
)
from jupyter_dataops.ids import Digest, NodeName, RunId, Token, child_name
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.records import (
    ArtifactRecord,
    Failure,
    ItemRecord,
    NodeRunRecord,
    OutputRecord,
    RunnerRecord,
    RunRecord,
)
from jupyter_dataops.states import FailureCause, NodeState, RunState
from jupyter_dataops.store.database import Database
from jupyter_dataops.store.memory import MemoryRunStore
from jupyter_dataops.store.memory_assets import MemoryAssetStore
from jupyter_dataops.store.memory_deployments import MemoryDeploymentStore
from jupyter_dataops.store.memory_notices import MemoryNoticeStore
from jupyter_dataops.store.memory_schedules import MemoryScheduleStore
from jupyter_dataops.store.sql import open_sql_store
from jupyter_dataops.wiring import Stores, open_stores, stores_in

RUN = RunId("bcd2345678")
TOKEN = Token("the runner's")
BY = "ana@here"
LEASE_S = 60.0
POSTGRESQL = os.environ.get("DATAOPS_TEST_POSTGRESQL")
"""URL of a database of a server on which tests may make others: see ``make postgresql``."""
KINDS = ("sqlite", "memory", *(["postgresql"] if POSTGRESQL else []))


def at(seconds: float = 0) -> datetime:
    return datetime(2026, 1, 31, 23, 59, 58, 123456, tzinfo=UTC) + timedelta(seconds=seconds)


LEASE = at(LEASE_S)


def a_runner(**fields: Any) -> RunnerRecord:
    """A process that is not there."""
    return RunnerRecord(**{"host": "here 00", "pid": 4_000_000, "started": 1769900000.5, **fields})


def a_start(run_id: str = RUN, token: str = TOKEN, seconds: float = 5, **fields: Any) -> RunStarted:
    """Somebody takes the run, for `LEASE_S`."""
    return RunStarted(**_taking(run_id, token, seconds), **fields)


def a_resumption(run_id: str = RUN, token: str = TOKEN, seconds: float = 5, **fields: Any) -> RunResumed:
    """Somebody takes the crashed run, for `LEASE_S`."""
    return RunResumed(**_taking(run_id, token, seconds), by=BY, **fields)


def a_crash(run_id: str = RUN, lease_until: datetime | None = LEASE, seconds: float = 5) -> RunCrashed:
    return RunCrashed(run_id=RunId(run_id), at=at(seconds), reason="its process is gone", lease_until=lease_until)


def a_reopening(node: str = "a", seconds: float = 5) -> NodeReopened:
    return NodeReopened(run_id=RUN, node=NodeName(node), at=at(seconds), reason="once more", by=BY)


def an_expansion(node: str = "a", count: int = 3, seconds: float = 5) -> NodeExpanded:
    return NodeExpanded(
        run_id=RUN, node=NodeName(node), at=at(seconds), children=children_of(node, count), parameters=None
    )


def a_cancel_request(run_id: str = RUN, seconds: float = 5) -> RunCancelRequested:
    return RunCancelRequested(run_id=RunId(run_id), at=at(seconds), reason="asked", by=BY)


def _taking(run_id: str, token: str, seconds: float) -> dict[str, Any]:
    return {
        "run_id": RunId(run_id),
        "token": Token(token),
        "at": at(seconds),
        "control": "here",
        "runner": a_runner(),
        "lease_until": at(seconds + LEASE_S),
    }


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


def an_itemised_output(count: int, name: str = "cities") -> OutputRecord:
    """A list of `count` elements, each stored apart."""
    return an_output(name, items=tuple(ItemRecord(f"k{n}", an_output(f"{name}{n}")) for n in range(count)))


def children_of(node: str, count: int, run_id: str = RUN) -> tuple[NodeRunRecord, ...]:
    """The children to which an ``each:`` node over `count` elements expands."""
    return tuple(
        a_node(child_name(node, f"k{n}"), run_id=run_id, position=n, parent=node, key=f"k{n}", item=an_output(f"x{n}"))
        for n in range(count)
    )


def a_failure(cause: FailureCause = FailureCause.EXCEPTION) -> Failure:
    return Failure(cause, "KeyError", "'größe'", "\x1b[31mTraceback\x1b[0m", "c3", 7, ("KeyError", "LookupError"))


def open_kept(kind: str, folder: Path) -> Stores:
    """New stores of one of `KINDS`."""
    match kind:
        case "memory":
            return stores_in_memory()
        case "postgresql":
            return stores_in(Database(new_database()))
        case _:
            return open_stores(Settings(store=str(folder), jobs=2))


def new_database(*, is_empty: bool = False) -> str:
    """URL of a database of our own, as it is after `Database` was opened on an empty one."""
    return _made(f"t{os.getpid()}_{next(_NUMBERS)}", "template0" if is_empty else _pattern())


@cache
def _pattern() -> str:
    """A database to be copied: to bring each forward from nothing takes half a second."""
    name = f"pattern{os.getpid()}"
    Database(_made(name, "template0")).close()
    return name


def _made(name: str, pattern: str) -> str:
    url = sa.make_url(POSTGRESQL or "")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {pattern}"))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


_NUMBERS = itertools.count()


def stores_in_memory(runs: MemoryRunStore | None = None) -> Stores:
    runs = runs or MemoryRunStore()
    schedules = MemoryScheduleStore(runs)
    deployments = MemoryDeploymentStore(schedules)
    return Stores(runs, schedules, deployments, MemoryNoticeStore(runs), MemoryAssetStore(runs))


def keep(store: RunStore, run: RunRecord, *node_runs: NodeRunRecord, snapshot: str = "{}") -> None:
    store.create_run(run, node_runs, {run.snapshot: snapshot}, run.created_at)


def play(store: RunStore, run_id: str, nodes: int) -> None:
    """A whole run: created, taken, each node executed, finished."""
    names = [NodeName(f"n{position}") for position in range(nodes)]
    token = Token(f"of {run_id}")
    keep(store, a_run(run_id), *(a_node(name, run_id=run_id, position=p) for p, name in enumerate(names)))
    key = {"run_id": RunId(run_id), "at": at(1)}
    store.apply(a_start(run_id, token, seconds=1), None)
    for name in names:
        store.apply(NodeQueued(**key, node=name, reason="ready"), token)
        store.apply(
            NodeStarted(**key, node=name, attempt=1, token=Token("t"), notebook="n", log="l", reason="asked"), token
        )
        store.apply(NodeSucceeded(**key, node=name, outputs={"df": an_output()}), token)
    store.apply(RunFinished(**key, state=RunState.SUCCEEDED, reason="all good"), token)


def processes() -> ForkServerContext:
    """Processes that start in milliseconds, without inheriting threads or connections."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.stores", "tests.support.crash_runner"])
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


def contend(index: int, barrier: Any, folder: Path, rounds: int) -> None:
    """Make runs, with all that a runner says, and read what the others do meanwhile."""
    barrier.wait()
    store = open_sql_store(folder)
    for number in range(rounds):
        run_id = RunId(f"r{index}x{number}")
        play(store, run_id, nodes=2)
        keep(store, a_run(f"{run_id}y"), a_node(run_id=f"{run_id}y", state=NodeState.QUEUED))
        store.apply(a_start(f"{run_id}y"), None)
        store.renew_lease(RunId(f"{run_id}y"), TOKEN, at(500))
        store.take_slots(RunId(f"{run_id}y"), TOKEN, NodeName("a"), {f"p{index % 4}": 1}, {}, at(1))
        store.apply(a_crash(f"{run_id}y", at(500)), TOKEN)
        assert len(store.get_events(run_id)) == 9
        assert len(store.get_node_runs(run_id)) == 2
        store.get_active_runs()
        store.get_runs()
        store.get_audit()
    store.close()


LOST_THE_RACE = 7
"""Exit code of a process that was refused."""


def take_once(index: int, barrier: Any, folder: Path, event: RunStarted | RunResumed) -> None:
    """Take the run with a token of one's own; see `LOST_THE_RACE`."""
    store = open_sql_store(folder)
    barrier.wait()
    try:
        store.apply(replace(event, token=Token(f"{index}")), None)
    except IllegalMove:
        sys.exit(LOST_THE_RACE)
    finally:
        store.close()


def share_a_slot(index: int, barrier: Any, folder: Path, nodes: int) -> None:
    """Run nodes that all want the one slot of a pool; whoever has it alone has the file ``inside``."""
    store = open_sql_store(folder)
    run_id, token, names = RunId(f"r{index}"), Token(f"t{index}"), [NodeName(f"n{n}") for n in range(nodes)]
    keep(store, a_run(run_id), *(a_node(n, NodeState.QUEUED, run_id, position=p) for p, n in enumerate(names)))
    store.apply(a_start(run_id, token), None)
    barrier.wait()
    key = {"run_id": run_id, "at": at(6)}
    for name in names:
        while store.take_slots(run_id, token, name, {"gpu": 1}, {"gpu": 1}, at(6)):
            pass
        store.apply(
            NodeStarted(**key, node=name, attempt=1, token=Token("t"), notebook="n", log="l", reason="asked"), token
        )
        (folder / "inside").touch(exist_ok=False)
        (folder / "inside").unlink()
        store.apply(NodeSucceeded(**key, node=name), token)
    store.close()


def die_before_event(index: int, barrier: Any, folder: Path) -> None:
    """Take the run, and be killed between the change and its event row."""
    store = open_sql_store(folder)

    def kill(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith("INSERT INTO events"):
            os.kill(os.getpid(), signal.SIGKILL)

    sa.event.listen(sa.Engine, "before_cursor_execute", kill)
    store.apply(a_start(), None)
