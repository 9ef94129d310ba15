"""What only a database can do for deployments: one transaction, the audit, indexes, outliving a crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from jupyter_dataops.errors import DeploymentNotFound, LiveMoved
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import Move, NewVersion
from jupyter_dataops.records import ScheduleChange
from jupyter_dataops.states import MoveKind
from jupyter_dataops.store.database import DATABASE_NAME, Database
from jupyter_dataops.store.deployments import SqlDeploymentStore
from jupyter_dataops.store.schedules import SqlScheduleStore
from jupyter_dataops.store.sql import open_sql_store
from tests.support.crashing import kill_at
from tests.support.schedules import a_schedule
from tests.support.stores import BY, at

ORIGIN = "deployment etl in prod"


def opened_in(folder: Path) -> SqlDeploymentStore:
    return SqlDeploymentStore(Database(folder / DATABASE_NAME))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlDeploymentStore]:
    opened = opened_in(tmp_path)
    yield opened
    opened.close()


def new(digest: str = "aaaaaa") -> NewVersion:
    return NewVersion("etl", Digest(f"sha256:{digest}"), "/home/ana/etl.ipynb", BY)


def to(number: int, expected: int | None, kind: MoveKind = MoveKind.DEPLOY) -> Move:
    return Move("etl", "prod", number, expected, kind, BY)


def with_schedule(move: Move) -> Move:
    return replace(move, schedules=[ScheduleChange(None, a_schedule(origin=ORIGIN))])


def test_who_did_what_is_in_the_audit(store: SqlDeploymentStore, tmp_path: Path) -> None:
    store.add_version(new(), at())
    store.add_version(new(), at(1))
    store.move_live(to(1, None), at(2))
    store.add_version(new("bbbbbb"), at(3))
    store.move_live(to(2, 1, MoveKind.PROMOTE), at(4))
    with pytest.raises(LiveMoved):
        store.move_live(to(1, None), at(5))
    runs = open_sql_store(tmp_path)
    audit = runs.get_audit()
    runs.close()
    assert [(one.action, one.by, one.snapshot[-6:], one.details["version"]) for one in audit] == [
        ("add_version", BY, "aaaaaa", 1),
        ("deploy", BY, "aaaaaa", 1),
        ("add_version", BY, "bbbbbb", 2),
        ("promote", BY, "bbbbbb", 2),
    ]
    assert audit[3].details == {"deployment": "etl", "environment": "prod", "version": 2, "previous": 1}
    assert {one.run_id for one in audit} == {None}


@pytest.mark.parametrize(("point", "is_live"), [("inside live moved", 1), ("after live moved", 2)])
def test_who_dies_while_moving_a_pointer_has_moved_it_or_not(
    store: SqlDeploymentStore, tmp_path: Path, point: str, is_live: int
) -> None:
    store.add_version(new(), at())
    store.add_version(new("bbbbbb"), at())
    store.move_live(to(1, None), at())
    program = (
        "from pathlib import Path; from tests.unit.store.test_deployments import *; "
        f"opened_in(Path({str(tmp_path)!r})).move_live(with_schedule(to(2, 1)), at(9))"
    )
    kill_at(point, program)
    assert [one.number for one in store.get_live("etl")] == [is_live]
    assert len(store.get_moves("etl")) == is_live
    there = SqlScheduleStore(store.database).get_schedules()
    assert [one.name for one in there] == (["nightly"] if is_live == 2 else []), "pointer and schedules go together"


def test_every_statement_finds_its_rows_by_an_index(store: SqlDeploymentStore) -> None:
    engine = store._transactions._reader
    said: dict[str, Any] = {}

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            said.setdefault(" ".join(statement.split()), parameters)

    sa.event.listen(engine, "before_cursor_execute", note)
    store.add_version(new(), at())
    store.add_version(new("bbbbbb"), at())
    store.move_live(to(1, None), at())
    store.move_live(with_schedule(to(2, 1)), at())
    (made,) = SqlScheduleStore(store.database).get_schedules()
    gone = replace(made, removed_at=at())
    store.move_live(replace(to(2, 2), schedules=[ScheduleChange(made, gone)]), at())
    (gone,) = SqlScheduleStore(store.database).get_described(ORIGIN)
    store.move_live(replace(to(2, 2), schedules=[ScheduleChange(gone, replace(gone, removed_at=None))]), at())
    with pytest.raises(LiveMoved):
        store.move_live(to(1, None), at())
    store.get_version("etl", 1)
    store.get_versions()
    store.get_versions("etl")
    store.find_digest("etl", "aaa")
    store.find_deployments("/home/ana/etl.ipynb")
    store.get_live("etl")
    store.get_live("etl", "prod")
    store.get_moves("etl")
    store.get_moves("etl", "prod")
    sa.event.remove(engine, "before_cursor_execute", note)

    scans = {}
    with engine.connect() as connection:
        for statement, parameters in said.items():
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            if any(step.startswith("SCAN") for step in plan):
                scans[statement] = plan
    # All versions, newest first, are read in the order of their key, as far as somebody reads.
    # A deployment looks once at every schedule there ever was.
    known = ("ORDER BY versions.seq DESC LIMIT", "WHERE schedules.origin = ?")
    assert [one for one in scans if not any(part in one for part in known)] == []
    assert len(said) > 12


def test_names_are_found_though_nothing_is(store: SqlDeploymentStore) -> None:
    assert list(store.get_names()) == []
    with pytest.raises(DeploymentNotFound, match="there is no deployment"):
        store.get_version("etl", 1)
