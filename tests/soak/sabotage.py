"""Damage done on purpose, to see that it is noticed: a soak that cannot find anything proves nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jupyter_dataops.api.run import Run
from jupyter_dataops.kernels.kernel_process import RUN_VARIABLE

Damage = Callable[[Path, Run], AbstractContextManager[None]]
"""Does its worst to a copy of a store, and to a run in it that has succeeded, for as long as the context lasts."""


@dataclass(frozen=True, slots=True)
class Sabotage:
    """One way in which a store, or the machine, may be wrong."""

    name: str
    noticed_by: str
    """A part of what must be said about it."""
    damage: Damage


def in_database(*statements: str) -> Damage:
    """Statements of SQL; ``:run`` is the run."""

    @contextmanager
    def damage(store: Path, run: Run) -> Iterator[None]:
        with closing(sqlite3.connect(store / "runs.sqlite")) as connection:
            for statement in statements:
                connection.execute(statement, {"run": run.run_id})
            connection.commit()
        yield

    return damage


@contextmanager
def a_lost_output(store: Path, run: Run) -> Iterator[None]:
    """The content of an output is gone."""
    digest = run["end"].outputs["end"].artifact.digest.partition(":")[2]
    next((store / "artifacts").rglob(f"{digest}*")).unlink()
    yield


@contextmanager
def a_damaged_output(store: Path, run: Run) -> Iterator[None]:
    """A byte of an output is another."""
    digest = run["end"].outputs["end"].artifact.digest.partition(":")[2]
    path = next((store / "artifacts").rglob(f"{digest}*"))
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    yield


@contextmanager
def a_process_left(store: Path, run: Run) -> Iterator[None]:
    """A kernel has outlived its run."""
    environment = {**os.environ, RUN_VARIABLE: run.run_id}
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.kill()


@contextmanager
def a_draft_left(store: Path, run: Run) -> Iterator[None]:
    """A value was being stored when its writer died."""
    (store / "artifacts" / "tmp").mkdir(exist_ok=True)
    (store / "artifacts" / "tmp" / "1-2").touch()
    yield


@contextmanager
def a_connection_file_left(store: Path, run: Run) -> Iterator[None]:
    """The key to a kernel lies about."""
    (store / "runs" / run.run_id / "end" / "1" / ".connection.json").touch()
    yield


_END = "WHERE run_id = :run AND node = 'end'"
_LATE = "SELECT run_id, 'end', 'NodeQueued', at, '{}' FROM events WHERE run_id = :run AND kind = 'RunFinished'"
_INSERT = "INSERT INTO events (run_id, node, kind, at, data)"

SABOTAGES: Final = (
    Sabotage(
        "a state without its event",
        "its record says skipped",
        in_database(f"UPDATE node_runs SET state = 'skipped' {_END}"),
    ),
    Sabotage(
        "an event without its state",
        "moved `end` from",
        in_database(f"DELETE FROM events {_END} AND kind = 'NodeQueued'"),
    ),
    Sabotage(
        "an attempt begun twice",
        "began while another was running",
        in_database(f"UPDATE events SET kind = 'NodeStarted' {_END} AND kind = 'NodeQueued'"),
    ),
    Sabotage("an event after the end", "befell `end` while it was succeeded", in_database(f"{_INSERT} {_LATE}")),
    Sabotage(
        "a run taken by two",
        "RunStarted moved it from",
        in_database(
            f"{_INSERT} SELECT run_id, node, kind, at, data FROM events WHERE run_id = :run AND kind = 'RunStarted'"
        ),
    ),
    Sabotage(
        "a run made twice",
        "not created exactly once",
        in_database(
            f"{_INSERT} SELECT run_id, node, kind, at, data FROM events WHERE run_id = :run AND kind = 'RunCreated'"
        ),
    ),
    Sabotage(
        "an event about nobody",
        "which does not exist",
        in_database(f"UPDATE events SET node = 'nobody' {_END} AND kind = 'NodeSucceeded'"),
    ),
    Sabotage(
        "another end than the events say",
        "its record says failed",
        in_database("UPDATE runs SET state = 'failed' WHERE run_id = :run"),
    ),
    Sabotage(
        "a node that never ended",
        "it is succeeded, `end` is running",
        in_database(f"UPDATE node_runs SET state = 'running' {_END}"),
    ),
    Sabotage(
        "an end without a reason",
        "ended without time or reason",
        in_database("UPDATE runs SET reason = NULL WHERE run_id = :run"),
    ),
    Sabotage("a node without a reason", "without a reason", in_database(f"UPDATE node_runs SET reason = '' {_END}")),
    Sabotage(
        "a failure without its cause",
        "failed without a failure",
        in_database(f"UPDATE node_runs SET state = 'failed', failure = NULL {_END}"),
    ),
    Sabotage("a lost attempt", "there are 0 attempts", in_database(f"DELETE FROM attempts {_END}")),
    Sabotage(
        "an attempt that never ended",
        "are unfinished than its events say",
        in_database(f"UPDATE attempts SET finished_at = NULL {_END}"),
    ),
    Sabotage("one token for all", "have one token", in_database("UPDATE attempts SET token = 'x' WHERE run_id = :run")),
    Sabotage(
        "a lost log", "has lost its nowhere.jsonl", in_database(f"UPDATE attempts SET log = '/nowhere.jsonl' {_END}")
    ),
    Sabotage(
        "a lost action",
        "but the audit trail has",
        in_database("DROP TRIGGER audit_is_not_removed", "DELETE FROM audit WHERE run_id = :run"),
    ),
    Sabotage("a lost output", "is lost: the store has no content", a_lost_output),
    Sabotage("a damaged output", "is lost: the content stored at", a_damaged_output),
    Sabotage("a process left", "is left", a_process_left),
    Sabotage("a draft left", "the temporary file", a_draft_left),
    Sabotage("a connection file left", "the temporary file", a_connection_file_left),
    Sabotage(
        "a slot left",
        "slots of the pool `gpu` are still with `end`",
        in_database("INSERT INTO slots (pool, run_id, node, slots, token) VALUES ('gpu', :run, 'end', 1, 'x')"),
    ),
)
"""Every way that `tests.support.invariants` knows."""


@contextmanager
def damaged(sabotage: Sabotage, store: Path, run: Run) -> Iterator[Path]:
    """A copy of `store` with that damage done."""
    copy = store.with_name("damaged")
    shutil.copytree(store, copy)
    try:
        with sabotage.damage(copy, run):
            yield copy
    finally:
        shutil.rmtree(copy)
