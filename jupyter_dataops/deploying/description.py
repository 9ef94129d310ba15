"""Deployments as the documented JSON objects of the verbs, and of other faces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import to_builtins

from jupyter_dataops.deploying.deploy import Outcome
from jupyter_dataops.deploying.diff import VersionDiff
from jupyter_dataops.deploying.pointing import Foreseen
from jupyter_dataops.records import MoveRecord, VersionRecord


def describe_version(version: VersionRecord, live: Sequence[MoveRecord] = ()) -> dict[str, Any]:
    """One version, and the environments in which it is live."""
    return {
        "name": version.name,
        "version": version.number,
        "digest": version.digest,
        "notebook": version.notebook,
        "created_at": version.created_at.isoformat(),
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
        "at": move.at.isoformat(),
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
        "schedules": [one.to_json() for one in outcome.schedules],
        "remarks": list(outcome.remarks),
    }


def describe_foreseen(foreseen: Foreseen) -> dict[str, Any]:
    """What a deployment, promotion or rollback would do."""
    return {
        "name": foreseen.name,
        "version": foreseen.number,
        "environment": foreseen.environment,
        "digest": foreseen.digest,
        "is_new": foreseen.is_new,
        "is_live": foreseen.is_live,
        "previous": foreseen.previous,
        "test": None,
        "schedules": [one.to_json() for one in foreseen.schedules],
        "remarks": list(foreseen.remarks),
    }


def describe_diff(before: VersionRecord, after: VersionRecord, found: VersionDiff) -> dict[str, Any]:
    """What differs between two versions."""
    return {"name": before.name, "from": before.number, "to": after.number, **to_builtins(found)}
