"""The tables of the run store. Columns bear the names of the record fields they keep.

`migrations` bring a database here; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from jupyter_dataops.store.codec import (
    failure_from_json,
    items_from_json,
    output_from_json,
    runner_from_json,
    usage_from_json,
)

REVISION: Final = "0010"
"""The newest migration."""

metadata: Final = sa.MetaData()


class Instant(sa.TypeDecorator[datetime]):
    """An aware instant, kept in UTC with its microseconds; always read back as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """The instant in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """The instant as aware UTC; SQLite keeps no offset, and what it holds is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Prose(sa.TypeDecorator[str]):
    """Text that may come from the user's code: what UTF-8 cannot carry is escaped rather than refused."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """The text with each unpaired surrogate written as an escape."""
        return None if value is None else value.encode("utf-8", "backslashreplace").decode()


class Items(sa.TypeDecorator[tuple[Any, ...]]):
    """A tuple, as a JSON array."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_result_value(self, value: Sequence[Any] | None, dialect: sa.Dialect) -> tuple[Any, ...] | None:  # noqa: ARG002
        """The array as a tuple."""
        return None if value is None else tuple(value)


class Structure(sa.TypeDecorator[Any]):
    """A value of our own, as JSON, which `read` brings back."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self.read = read

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:  # noqa: ARG002
        """The JSON as the value it was."""
        return None if value is None else self.read(value)


def state_column(states: type[StrEnum]) -> sa.Enum:
    """The type of a column that keeps a member of `states`, by its value."""
    return sa.Enum(states, native_enum=False, length=20, values_callable=lambda members: [str(m) for m in members])


serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # only INTEGER counts up by itself in SQLite
RunIdType = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")  # a prefix search needs byte order
_Object = sa.JSON(none_as_null=True)


def _run_id() -> sa.Column[str]:
    return sa.Column("run_id", RunIdType, sa.ForeignKey("runs.run_id", ondelete="CASCADE"), primary_key=True)


def to_node_run() -> sa.ForeignKeyConstraint:
    """A row is of a node run, by ``run_id`` and ``node``, and goes with it."""
    return sa.ForeignKeyConstraint(
        ["run_id", "node"], ["node_runs.run_id", "node_runs.node"], ondelete="CASCADE", name="to_node_run"
    )


schema_history: Final = sa.Table(
    "schema_history",
    metadata,
    sa.Column("revision", sa.String(40), primary_key=True),
    sa.Column("version", sa.String(40), nullable=False),
    comment="Which version of this package made each migration: what an older one must name when it refuses",
)

snapshots: Final = sa.Table(
    "snapshots",
    metadata,
    sa.Column("digest", sa.String(200), primary_key=True),
    sa.Column("text", Prose, nullable=False),
)

runs: Final = sa.Table(
    "runs",
    metadata,
    sa.Column("number", serial, primary_key=True, autoincrement=True, comment="Order of creation in this store"),
    sa.Column("run_id", RunIdType, nullable=False, unique=True),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("snapshot", sa.String(200), sa.ForeignKey("snapshots.digest"), nullable=False),
    sa.Column("parameters", _Object, nullable=False),
    sa.Column("state", state_column(RunState), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("parent_run_id", RunIdType),
    sa.Column("options", _Object, nullable=False),
    sa.Column("created_by", Prose, nullable=False),
    sa.Column("token", sa.String(64)),
    sa.Column("runner", Structure(runner_from_json)),
    sa.Column("lease_until", Instant, comment="Where a runner has it and this is NULL, the lease has run out"),
    sa.Column("control", sa.Text),
    sa.Column("started_at", Instant),
    sa.Column("finished_at", Instant),
    sa.Column("reason", Prose),
    sa.Index("runs_of_notebook", "notebook", "number"),
    sa.Index("runs_by_state", "state", "number"),
    sa.Index("runs_by_end", "notebook", "finished_at"),
    sqlite_autoincrement=True,
)

node_runs: Final = sa.Table(
    "node_runs",
    metadata,
    _run_id(),
    sa.Column("node", sa.String(400), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("parent", sa.String(400)),
    sa.Column("key", sa.Text),
    sa.Column("item", Structure(output_from_json)),
    sa.Column("severity", state_column(CheckSeverity)),
    sa.Column("parameters", _Object),
    sa.Column("state", state_column(NodeState), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("infra_failures", sa.Integer, nullable=False),
    sa.Column("opened_after", sa.Integer, nullable=False),
    sa.Column("reason", Prose, nullable=False),
    sa.Column("fingerprint", _Object, nullable=False),
    sa.Column("not_before", Instant),
    sa.Column("queued_at", Instant),
    sa.Column("started_at", Instant),
    sa.Column("finished_at", Instant),
    sa.Column("failure", Structure(failure_from_json)),
    sa.Column("source_run_id", RunIdType),
    sa.Index(
        "node_runs_by_source",
        "source_run_id",
        "node",
        sqlite_where=sa.text("source_run_id IS NOT NULL"),
        # Of PostgreSQL the migration alone says so: to name its dialect here would import it, for every command.
    ),
)

attempts: Final = sa.Table(
    "attempts",
    metadata,
    sa.Column("run_id", RunIdType, primary_key=True),
    sa.Column("node", sa.String(400), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("token", sa.String(64), nullable=False),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("log", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("failure", Structure(failure_from_json)),
    sa.Column("usage", Structure(usage_from_json)),
    to_node_run(),
)

artifacts: Final = sa.Table(
    "artifacts",
    metadata,
    # One content may be described in several ways (a tuple and a list have the same JSON), so its digest is no key.
    sa.Column("artifact_id", sa.String(64), primary_key=True, comment="Digest of the description, not of the content"),
    sa.Column("digest", sa.String(200), nullable=False, index=True),
    sa.Column("serializer", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("shape", Items),
    sa.Column("columns", _Object),
    sa.Column("preview", Prose, nullable=False),
    sa.Column("members", Items, nullable=False),
)

outputs: Final = sa.Table(
    "outputs",
    metadata,
    sa.Column("run_id", RunIdType, primary_key=True),
    sa.Column("node", sa.String(400), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("artifact_id", sa.String(64), sa.ForeignKey("artifacts.artifact_id"), nullable=False, index=True),
    sa.Column("truthy", sa.Boolean),
    sa.Column("needs", Items, nullable=False),
    sa.Column("shares", Items, nullable=False),
    # One value, however many items: written once, with the event, and read whole.
    sa.Column("items", Structure(items_from_json)),
    to_node_run(),
)

results: Final = sa.Table(
    "results",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("run_id", RunIdType, nullable=False),
    sa.Column("node", sa.String(400), nullable=False),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("computed_at", Instant, nullable=False),
    sa.Column("inputs", _Object, nullable=False),
    sa.Column("files", _Object, nullable=False),
    sa.Column("watched", Items, nullable=False),
    sa.Index("results_of_node_run", "run_id", "node"),
    sa.Index("results_of_notebook", "notebook", "node", "computed_at"),
    to_node_run(),
    comment="The newest success under each key",
)

events: Final = sa.Table(
    "events",
    metadata,
    sa.Column("seq", serial, primary_key=True, autoincrement=True),
    sa.Column("run_id", RunIdType, sa.ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    sa.Column("node", sa.String(400)),
    sa.Column("kind", sa.String(60), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("data", _Object, nullable=False),
    sa.Index("events_of_run", "run_id", "seq"),
    sqlite_autoincrement=True,
    comment="Append-only",
)

slots: Final = sa.Table(
    "slots",
    metadata,
    sa.Column("run_id", RunIdType, primary_key=True),
    sa.Column("node", sa.String(400), primary_key=True),
    sa.Column("pool", sa.String(200), primary_key=True),
    sa.Column("slots", sa.Integer, nullable=False),
    sa.Column("token", sa.String(64), nullable=False),
    sa.Index("slots_of_pool", "pool"),
    to_node_run(),
)

audit: Final = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", serial, primary_key=True, autoincrement=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", Prose, nullable=False),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("run_id", RunIdType),  # refers to nothing: it outlives its run
    sa.Column("node", sa.String(400)),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("snapshot", sa.String(200)),
    sa.Column("details", _Object, nullable=False),
    sa.Column("schedule", Prose),
    sa.Index("audit_of_run", "run_id", "seq"),
    sqlite_autoincrement=True,
    comment="Append-only: triggers refuse anything else",
)
