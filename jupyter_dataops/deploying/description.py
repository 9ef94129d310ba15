"""Deployments as the documented JSON objects of the verbs, and of other faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from jupyter_dataops.deploying.deploy import Outcome
from jupyter_dataops.deploying.diff import VersionDiff
from jupyter_dataops.records import MoveRecord, VersionRecord

VERSION_SHAPE: Final = (
    '{"name", "version", "digest", "notebook", "created_at", "created_by", "live": [ENVIRONMENT], "nodes", "files"}'
)
MOVE_SHAPE: Final = '{"name", "environment", "version", "previous", "kind", "at", "by", "details"}'


def describe_version(version: VersionRecord, live: Sequence[MoveRecord] = ()) -> dict[str, Any]:
    """One version, and the environments in which it is live."""
    return {
        "name": version.name,
        "version": version.number,
        "digest": version.digest,
        "notebook": version.notebook,
        "created_at": _iso(version.created_at),
        "created_by": version.created_by,
        "live": [one.environment for one in live if (one.name, one.number) == (version.name, version.number)],
        "nodes": version.details.get("nodes"),
        "files": list(version.details.get("files", ())),
    }


def describe_move(move: MoveRecord) -> dict[str, Any]:
    """One move of a live pointer."""
    return {
        "name": move.name,
        "environment": move.environment,
        "version": move.number,
        "previous": move.previous,
        "kind": move.kind.value,
        "at": _iso(move.at),
        "by": move.by,
        "details": dict(move.details),
    }


def describe_outcome(outcome: Outcome) -> dict[str, Any]:
    """What came of a deployment."""
    test = outcome.test
    return {
        "name": outcome.version.name,
        "version": outcome.version.number,
        "environment": outcome.environment,
        "digest": outcome.version.digest,
        "is_new": outcome.is_new,
        "is_live": outcome.is_live,
        "previous": outcome.previous,
        "test": None if test is None else {"run_id": test.run_id, "state": test.state.value},
        "remarks": list(outcome.remarks),
    }


def describe_diff(before: VersionRecord, after: VersionRecord, found: VersionDiff) -> dict[str, Any]:
    """What differs between two versions."""
    return {"name": before.name, "from": before.number, "to": after.number, **_plain(asdict(found))}


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _iso(moment: datetime) -> str:
    return moment.isoformat()
