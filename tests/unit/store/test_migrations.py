from __future__ import annotations

import sqlite3
from importlib.metadata import version
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from jupyter_dataops.errors import StoreTooNew
from jupyter_dataops.events import NodeSkipped, RunFinished
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.states import FailureCause, RunState
from jupyter_dataops.store import migrations
from jupyter_dataops.store.database import DATABASE_NAME
from jupyter_dataops.store.schema import REVISION, metadata
from jupyter_dataops.store.sql import open_sql_store
from tests.support.migrated import migrated, statements_of
from tests.support.published import loaded_of, publish
from tests.support.stores import (
    BY,
    RUN,
    TOKEN,
    a_crash,
    a_failure,
    a_node,
    a_resumption,
    a_run,
    an_output,
    at,
    in_processes,
    keep,
    open_kept,
    open_only,
    play,
)

STORE_0001 = Path(__file__).with_name("store_0001.sql")
"""What version 0.1.0 wrote: a run that succeeded, one that was running, and its retry, still queued."""

REVISIONS = tuple(f"{number:04}" for number in range(1, int(REVISION) + 1))


def execute(folder: Path, *statements: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)
    rows: list[tuple[object, ...]] = []
    for statement in statements:
        rows += connection.execute(statement).fetchall()
    connection.close()
    return rows


def restore_0001(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """A store of the first version is in `folder`; its rows by table."""
    connection = sqlite3.connect(folder / DATABASE_NAME)
    connection.executescript(STORE_0001.read_text("utf-8"))
    connection.close()
    return rows_by_table(folder, "runs", "node_runs", "attempts", "artifacts", "outputs", "events", "snapshots")


def rows_by_table(folder: Path, *tables: str) -> dict[str, list[tuple[object, ...]]]:
    return {table: execute(folder, f"SELECT * FROM {table} ORDER BY rowid") for table in tables}


def columns(folder: Path, table: str) -> list[object]:
    return [row[1] for row in execute(folder, f"PRAGMA table_info({table})")]


def test_a_store_of_the_first_version_is_brought_forward_without_loss(tmp_path: Path) -> None:
    before = restore_0001(tmp_path)
    old = {table: columns(tmp_path, table) for table in before}
    open_sql_store(tmp_path).close()
    for table, rows in before.items():
        kept = ", ".join(f'"{column}"' for column in old[table])
        assert execute(tmp_path, f"SELECT {kept} FROM {table} ORDER BY rowid") == rows


def test_what_the_first_version_wrote_reads_as_records_of_today(tmp_path: Path) -> None:
    restore_0001(tmp_path)
    store = open_sql_store(tmp_path)
    assert [run.run_id for run in store.get_runs()] == ["queued2345", RUN, "first"]
    assert store.get_run("queued2345") == a_run("queued2345", parent_run_id=RUN)
    made, pending = store.get_node_runs(RUN)
    assert made.outputs == {"df": an_output(truthy=True, needs=("f",), shares=("raw",))}
    assert pending == a_node("b", position=1, fingerprint={"code": "sha256:1"})
    first, second = store.get_attempts(RUN)
    assert (first.failure, first.usage, second.usage) == (a_failure(FailureCause.KERNEL_DIED), None, None)
    assert len(store.get_events(RUN)) == 8
    assert store.get_audit() == []
    store.close()


def test_a_run_of_the_first_version_that_was_running_counts_as_crashed_and_can_be_resumed(tmp_path: Path) -> None:
    restore_0001(tmp_path)
    store = open_sql_store(tmp_path)
    (run,) = store.get_active_runs()
    assert (run.run_id, run.runner, run.lease_until, run.created_by) == (RUN, None, None, "")
    store.apply(a_crash(lease_until=run.lease_until), TOKEN)
    store.apply(a_resumption(token="new"), None)
    new = Token("new")
    store.apply(NodeSkipped(run_id=RUN, at=at(6), node=NodeName("b"), reason="not asked for"), new)
    store.apply(RunFinished(run_id=RUN, at=at(7), state=RunState.SUCCEEDED, reason="all good"), new)
    assert store.get_run(RUN).state == RunState.SUCCEEDED
    assert [(record.action, record.by) for record in store.get_audit()] == [("resume", BY)]
    store.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET by = 'nobody'",
        "DELETE FROM audit",
        "REPLACE INTO audit SELECT seq, at, 'nobody', action, run_id, node, notebook, snapshot, details, schedule FROM audit",
        (
            "INSERT INTO audit SELECT seq, at, 'nobody', action, run_id, node, notebook, snapshot, details, schedule FROM audit"
            " WHERE true ON CONFLICT (seq) DO UPDATE SET by = 'nobody'"
        ),
    ],
)
def test_the_database_itself_refuses_to_change_the_audit(tmp_path: Path, change: str) -> None:
    store = open_sql_store(tmp_path)
    keep(store, a_run(created_by=BY))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        execute(tmp_path, change)
    assert [record.by for record in store.get_audit()] == [BY]
    store.close()


def test_the_audit_survives_its_run(tmp_path: Path) -> None:
    store = open_sql_store(tmp_path)
    play(store, "gone", nodes=1)
    execute(tmp_path, "PRAGMA foreign_keys = ON", "DELETE FROM runs")
    assert store.get_runs() == []
    assert [(record.run_id, record.action) for record in store.get_audit()] == [("gone", "run")]
    store.close()


def test_the_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    open_sql_store(tmp_path).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / DATABASE_NAME}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_what_earlier_attempts_have_loaded_is_found_by_its_version(tmp_path: Path) -> None:
    kept = open_kept("sqlite", tmp_path)
    publish(kept, "r1", {"sales": "df"})
    publish(kept, "u1", {}, loaded=[loaded_of(kept.assets.get_asset("sales"))])
    publish(kept, "u2", {})
    kept.close()
    execute(
        tmp_path,
        "DROP TABLE asset_loads",
        "DROP INDEX node_runs_by_source",
        "ALTER TABLE fires DROP COLUMN cause",
        "UPDATE alembic_version SET version_num = '0008'",
        "DELETE FROM schema_history WHERE revision > '0008'",
    )
    kept = open_kept("sqlite", tmp_path)
    assert [one.run_id for one in kept.assets.get_uses(kept.assets.get_asset("sales"))] == ["u1"]
    kept.close()


def test_a_new_store_is_made_as_the_migrations_make_it(tmp_path: Path) -> None:
    open_sql_store(tmp_path).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / DATABASE_NAME}")
    with engine.connect() as connection:
        assert statements_of(connection) == migrated(), "python -m tests.support.migrated"
    engine.dispose()
    assert execute(tmp_path, "SELECT version_num FROM alembic_version") == [(REVISION,)]


def test_the_schema_names_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_the_store_says_which_version_made_its_schema(tmp_path: Path) -> None:
    open_sql_store(tmp_path).close()
    rows = execute(tmp_path, "SELECT revision, version FROM schema_history")
    assert rows == [(revision, version("jupyter-dataops")) for revision in REVISIONS]


def test_eight_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    assert in_processes(8, open_only, tmp_path / "new") == [0] * 8
    assert execute(tmp_path / "new", "SELECT revision FROM schema_history") == [(revision,) for revision in REVISIONS]


def test_a_store_of_a_newer_version_is_refused_with_the_version_to_install(tmp_path: Path) -> None:
    open_sql_store(tmp_path).close()
    execute(
        tmp_path,
        "UPDATE alembic_version SET version_num = '9999'",
        "INSERT INTO schema_history VALUES ('9999', '7.1.0')",
    )
    with pytest.raises(StoreTooNew, match=r'pip install "jupyter-dataops>=7\.1\.0"') as caught:
        open_sql_store(tmp_path)
    assert caught.value.revision == "9999"
    assert execute(tmp_path, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_new_store_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / DATABASE_NAME)
    connection.execute("CREATE TABLE events (mine INTEGER)")  # the last table to be made is in the way
    connection.close()
    with pytest.raises(Exception, match="events already exists"):
        open_sql_store(tmp_path)
    assert execute(tmp_path, "SELECT name FROM sqlite_master WHERE type = 'table'") == [("events",)]


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    before = restore_0001(tmp_path)
    execute(tmp_path, "CREATE TABLE assets (mine INTEGER)")  # what one of the last revisions makes is in the way
    made = execute(tmp_path, "SELECT sql FROM sqlite_master ORDER BY rowid")
    with pytest.raises(Exception, match="assets already exists"):
        open_sql_store(tmp_path)
    assert execute(tmp_path, "SELECT sql FROM sqlite_master ORDER BY rowid") == made
    assert rows_by_table(tmp_path, *before) == before
