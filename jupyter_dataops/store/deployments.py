"""The deployment store in the database of the run store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from jupyter_dataops.crash_points import reach
from jupyter_dataops.interfaces import Move, NewVersion
from jupyter_dataops.records import MoveRecord, VersionRecord
from jupyter_dataops.store import schedule_changes, schema
from jupyter_dataops.store.database import Database
from jupyter_dataops.store.deployment_lookup import live_moved, version_not_found
from jupyter_dataops.store.deployment_schema import live, moves, versions
from jupyter_dataops.store.rows import columns_of

_VERSION = columns_of(versions, VersionRecord)
_MOVE = columns_of(moves, MoveRecord)
_AFTER_HEX = chr(ord("f") + 1)


class SqlDeploymentStore:
    """A `DeploymentStore` in a database. Closing it closes the database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._transactions = database.transactions

    def add_version(self, new: NewVersion, at: datetime) -> VersionRecord:
        """The version, stored; see `DeploymentStore.add_version`."""
        found = self._transactions.write(lambda connection: _add_version(connection, new, at))
        reach("version added")
        return found

    def get_version(self, name: str, number: int) -> VersionRecord:
        """One version. Raises `DeploymentNotFound`."""
        return self._transactions.read(lambda connection: _get_version(connection, name, number))

    def get_versions(self, name: str | None = None, limit: int = 50) -> Sequence[VersionRecord]:
        """The latest versions, newest first."""
        query = sa.select(*_VERSION)
        if name is None:
            query = query.order_by(versions.c.seq.desc())
        else:
            query = query.where(versions.c.name == name).order_by(versions.c.number.desc())
        return self._versions(query.limit(limit))

    def find_digest(self, name: str, start: str) -> Sequence[VersionRecord]:
        """Versions whose digest begins so; see `DeploymentStore.find_digest`."""
        digest = versions.c.digest
        begins = sa.and_(digest >= f"sha256:{start}", digest < f"sha256:{start}{_AFTER_HEX}")
        query = sa.select(*_VERSION).where(versions.c.name == name, begins)
        return self._versions(query.order_by(versions.c.number.desc()))

    def find_deployments(self, notebook: str) -> Sequence[str]:
        """Names of deployments of the notebook."""
        query = sa.select(versions.c.name).distinct().where(versions.c.notebook == notebook).order_by(versions.c.name)
        return self._transactions.read(lambda connection: list(connection.scalars(query)))

    def get_names(self) -> Sequence[str]:
        """Every deployment, by name."""
        query = sa.select(versions.c.name).where(versions.c.number == 1).order_by(versions.c.name)
        return self._transactions.read(lambda connection: list(connection.scalars(query)))

    def move_live(self, move: Move, at: datetime) -> MoveRecord:
        """Move the live pointer; see `DeploymentStore.move_live`."""
        made = self._transactions.write(lambda connection: _move_live(connection, move, at))
        reach("after live moved")
        return made

    def get_live(self, name: str | None = None, environment: str | None = None) -> Sequence[MoveRecord]:
        """What is live where; see `DeploymentStore.get_live`."""
        return self._transactions.read(lambda connection: _get_live(connection, name, environment))

    def get_moves(self, name: str, environment: str | None = None, limit: int = 50) -> Sequence[MoveRecord]:
        """The history of live pointers, newest first."""
        query = sa.select(*_MOVE).where(moves.c.name == name)
        if environment is not None:
            query = query.where(moves.c.environment == environment)
        query = query.order_by(moves.c.seq.desc()).limit(limit)
        return self._transactions.read(lambda one: [MoveRecord(**row) for row in one.execute(query).mappings()])

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        self.database.close()

    def _versions(self, query: sa.Select[Any]) -> list[VersionRecord]:
        return self._transactions.read(lambda one: [VersionRecord(**row) for row in one.execute(query).mappings()])


def _add_version(connection: sa.Connection, new: NewVersion, at: datetime) -> VersionRecord:
    known = sa.select(*_VERSION).where(versions.c.name == new.name, versions.c.digest == new.digest)
    present = connection.execute(known).mappings().first()
    if present is not None:
        return VersionRecord(**present)
    newest = sa.select(versions.c.number).where(versions.c.name == new.name).order_by(versions.c.number.desc())
    number = (connection.scalar(newest.limit(1)) or 0) + 1
    connection.execute(
        versions.insert().values(
            name=new.name,
            number=number,
            digest=new.digest,
            notebook=new.notebook,
            created_at=at,
            created_by=new.created_by,
            details=new.details,
        )
    )
    added = _get_version(connection, new.name, number)
    _note(connection, "add_version", added, at, new.created_by, {"version": number, "deployment": new.name})
    return added


def _get_version(connection: sa.Connection, name: str, number: int) -> VersionRecord:
    query = sa.select(*_VERSION).where(versions.c.name == name, versions.c.number == number)
    found = connection.execute(query).mappings().first()
    if found is None:
        known = connection.scalars(sa.select(versions.c.name).where(versions.c.number == 1)).all()
        newest = sa.select(versions.c.number).where(versions.c.name == name).order_by(versions.c.number.desc())
        raise version_not_found(name, number, known, connection.scalar(newest.limit(1)))
    return VersionRecord(**found)


def _get_live(connection: sa.Connection, name: str | None, environment: str | None) -> list[MoveRecord]:
    query = sa.select(*_MOVE).select_from(live.join(moves, live.c.seq == moves.c.seq))
    if name is not None:
        query = query.where(live.c.name == name)
    if environment is not None:
        query = query.where(live.c.environment == environment)
    found = connection.execute(query.order_by(live.c.name, live.c.environment)).mappings()
    return [MoveRecord(**row) for row in found]


def _move_live(connection: sa.Connection, move: Move, at: datetime) -> MoveRecord:
    version = _get_version(connection, move.name, move.number)
    present = next(iter(_get_live(connection, move.name, move.environment)), None)
    if (present.number if present else None) != move.expected:
        raise live_moved(move, present)
    inserted = connection.execute(
        moves.insert().values(
            name=move.name,
            environment=move.environment,
            number=move.number,
            previous=move.expected,
            kind=move.kind,
            at=at,
            by=move.by,
            details=move.details,
        )
    )
    seq = inserted.inserted_primary_key[0] if inserted.inserted_primary_key else None
    if present is None:
        connection.execute(live.insert().values(name=move.name, environment=move.environment, seq=seq))
    else:
        here = sa.and_(live.c.name == move.name, live.c.environment == move.environment)
        connection.execute(live.update().where(here).values(seq=seq))
    details = {
        "deployment": move.name,
        "environment": move.environment,
        "version": move.number,
        "previous": move.expected,
        **move.details,
    }
    _note(connection, move.kind.value, version, at, move.by, details)
    for change in move.schedules:
        schedule_changes.apply_change(connection, change, move.by, at)
    reach("inside live moved")
    return next(iter(_get_live(connection, move.name, move.environment)))


def _note(  # noqa: PLR0917  # who did what to what, and when
    connection: sa.Connection, action: str, version: VersionRecord, at: datetime, by: str, details: dict[str, Any]
) -> None:
    connection.execute(
        schema.audit.insert().values(
            at=at, by=by, action=action, notebook=version.notebook, snapshot=version.digest, details=details
        )
    )
