"""Bringing a database forward to the schema of this version.

One revision per file in `versions`, each written by hand and never changed once released: what it makes must not follow
the tables in `schema` as those go on. What all of them make of an empty SQLite database is in `NEW` too: a new store is
made from that script, in a fortieth of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from jupyter_dataops.errors import StoreTooNew
from jupyter_dataops.store.schema import REVISION, schema_history

NEW: Final = Path(__file__).with_name("new_sqlite.sql")
"""Statements with a blank line between them; a test compares what they make with what the migrations make."""


def is_current(connection: sa.Connection) -> bool:
    """Whether the database has the schema of this version. Two short queries, no import."""
    return _revision(connection) == REVISION


def bring_forward(connection: sa.Connection) -> None:
    """The database has the schema of this version. The caller's transaction keeps other writers out.

    Raises
    ------
    StoreTooNew
        The database is of a revision that this version does not know.
    """
    # Looked at again, now that nobody else can write: of several processes that open a new store, one makes it.
    present = _revision(connection)
    if present is None and connection.dialect.name == "sqlite":
        _make_new(connection)
    else:
        migrate(connection, present)


def _make_new(connection: sa.Connection) -> None:
    for statement in NEW.read_text("utf-8").split("\n\n"):
        connection.exec_driver_sql(statement)
    connection.execute(sa.text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": REVISION})
    _note(connection, [f"{number:04}" for number in range(1, int(REVISION) + 1)])


def migrate(connection: sa.Connection, present: str | None) -> None:
    """The database of the revision `present`, or an empty one, has the schema of this version."""
    from alembic.config import Config  # noqa: PLC0415  # 0.2 s that only an old store has to pay
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise _too_new(connection, present)
    context = MigrationContext.configure(connection, opts={"transactional_ddl": True})
    with Operations.context(context):
        for script in reversed(list(scripts.iterate_revisions(REVISION, present or "base"))):
            script.module.upgrade()
            _note(connection, [script.revision])
    context.stamp(scripts, REVISION)


def _note(connection: sa.Connection, revisions: Sequence[str]) -> None:
    """Who looks at the store later finds which version brought it to these revisions."""
    present = version("jupyter-dataops")
    connection.execute(schema_history.insert(), [{"revision": revision, "version": present} for revision in revisions])


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision


def _too_new(connection: sa.Connection, revision: str) -> StoreTooNew:
    wanted = connection.scalar(sa.select(schema_history.c.version).where(schema_history.c.revision == revision))
    newer = f'"jupyter-dataops>={wanted}"' if wanted else "--upgrade jupyter-dataops"
    return StoreTooNew(
        f"The store was written by jupyter-dataops {wanted or 'of a newer version'}, and this is older: "
        f"{version('jupyter-dataops')}",
        where=connection.engine.url.render_as_string(),
        hint=f"pip install {newer}",
        revision=revision,
        version=wanted,
    )
