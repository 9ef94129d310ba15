"""Writing rows of which some may be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import sqlalchemy as sa


def insert_once(connection: sa.Connection, table: sa.Table, found: Sequence[Mapping[str, Any]]) -> int:
    """Rows whose key was not there are now; how many these were."""
    return connection.execute(_insert_of_new(connection.dialect.name, table), found).rowcount if found else 0


@cache
def _insert_of_new(dialect: str, table: sa.Table) -> sa.Insert:
    # SQLite and PostgreSQL both have it, in one spelling; the engine has imported its own of the two already.
    made: sa.Insert = import_module(f"sqlalchemy.dialects.{dialect}").insert(table).on_conflict_do_nothing()
    return made.execution_options(preserve_rowcount=True)
