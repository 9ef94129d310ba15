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
from jupyter_dataops.store import migrations
from jupyter_dataops.store.schema import REVISION, metadata
from jupyter_dataops.store.sql import DATABASE_NAME, open_sql_store
from tests.support.stores import in_processes, open_only


def execute(folder: Path, *statements: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)
    rows: list[tuple[object, ...]] = []
    for statement in statements:
        rows += connection.execute(statement).fetchall()
    connection.close()
    return rows


def test_the_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    open_sql_store(tmp_path).close()
    engine = sa.create_engine(f"sqlite:///{tmp_path / DATABASE_NAME}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_schema_names_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]


def test_the_store_says_which_version_made_its_schema(tmp_path: Path) -> None:
    open_sql_store(tmp_path).close()
    rows = execute(tmp_path, "SELECT revision, version FROM schema_history")
    assert rows == [(REVISION, version("jupyter-dataops"))]


def test_eight_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    assert in_processes(8, open_only, tmp_path / "new") == [0] * 8
    assert len(execute(tmp_path / "new", "SELECT revision FROM schema_history")) == 1


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


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / DATABASE_NAME)
    connection.execute("CREATE TABLE events (mine INTEGER)")  # the last table to be made is in the way
    connection.close()
    with pytest.raises(Exception, match="events already exists"):
        open_sql_store(tmp_path)
    assert execute(tmp_path, "SELECT name FROM sqlite_master WHERE type = 'table'") == [("events",)]
