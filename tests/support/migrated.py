"""What the migrations make of an empty SQLite database: ``python -m tests.support.migrated`` writes the script of it anew."""

from __future__ import annotations

import re

import sqlalchemy as sa

from jupyter_dataops.store import migrations, sqlite


def statements_of(connection: sa.Connection) -> str:
    """The statements that make the database's tables, indices and triggers, in the order in which they were made."""
    made = connection.scalars(
        sa.text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
    )
    return "".join(re.sub(r"[ \t]+$", "", sql, flags=re.MULTILINE) + ";\n\n" for sql in made).rstrip("\n") + "\n"


def migrated() -> str:
    """The same of a database that went through every revision."""
    engine = sa.create_engine("sqlite://")
    sqlite.configure(engine)
    try:
        with engine.begin() as connection:
            migrations.migrate(connection, None)
            return statements_of(connection)
    finally:
        engine.dispose()


if __name__ == "__main__":
    migrations.NEW.write_text(migrated(), "utf-8")
