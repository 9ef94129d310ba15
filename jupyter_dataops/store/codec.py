"""Stored values as JSON, and back. Pure.

Times become ISO 8601 in UTC with their microseconds, records objects, tuples arrays, enum members their value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.errors import StoreError
from jupyter_dataops.events import Event
from jupyter_dataops.records import (
    ArtifactRecord,
    Failure,
    ItemRecord,
    LoadedAsset,
    NodeRunRecord,
    OutputRecord,
    RunnerRecord,
    RunRecord,
    Usage,
)
from jupyter_dataops.states import FailureCause

_ELSEWHERE = frozenset({"run_id", "node", "at"})
"""Fields of an event that have columns of their own."""
_PLAIN = frozenset({str, int, float, bool, type(None)})


def to_json(value: Any) -> Any:
    """`value` in JSON's own types.

    Raises
    ------
    StoreError
        It holds something JSON has no word for.

    Examples
    --------
    >>> to_json({"day": date(2026, 1, 31), "shape": (2, 3)})
    {'day': '2026-01-31', 'shape': [2, 3]}
    """
    if type(value) in _PLAIN:  # nearly all are: not to look through the cases for them halves the time
        return value
    match value:
        case Enum():
            return to_json(value.value)
        case None | str() | bool() | int() | float():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Mapping():
            return {_key(key): to_json(item) for key, item in value.items()}
        case list() | tuple():
            return [to_json(item) for item in value]
        case Struct():
            return {name: to_json(getattr(value, name)) for name in value.__struct_fields__}
        case _:
            raise StoreError(
                f"A value of type {type(value).__name__} cannot be stored in a run's record",
                hint="pass text, numbers, true/false, null, lists and objects only",
            )


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise StoreError(f"An object's key must be text to be stored, not {key!r}", hint=f"write it as {str(key)!r}")
    return key


def dumps(value: Any) -> str:
    """`value` as JSON text; what JSON columns are written with.

    Text is kept to ASCII, so that even an unpaired surrogate, which UTF-8 cannot carry, comes back as it was.
    """
    return json.dumps(to_json(value))


def failure_from_json(data: Mapping[str, Any]) -> Failure:
    """The failure that `to_json` wrote."""
    return Failure(**{**data, "cause": FailureCause(data["cause"]), "mro": tuple(data["mro"])})


def usage_from_json(data: Mapping[str, Any]) -> Usage:
    """The usage that `to_json` wrote."""
    return Usage(**{**data, "loaded": tuple(LoadedAsset(**one) for one in data.get("loaded", ()))})


def runner_from_json(data: Mapping[str, Any]) -> RunnerRecord:
    """The runner that `to_json` wrote."""
    return RunnerRecord(**data)


def output_from_json(data: Mapping[str, Any]) -> OutputRecord:
    """The output that `to_json` wrote.

    Examples
    --------
    >>> from jupyter_dataops.ids import Digest
    >>> output = OutputRecord("n", ArtifactRecord(Digest("blake3:00"), "json", "int", 2, shape=(1,)), needs=("f",))
    >>> output_from_json(to_json(output)) == output
    True
    """
    return OutputRecord(
        **{
            **data,
            "artifact": _artifact_from_json(data["artifact"]),
            "needs": tuple(data["needs"]),
            "shares": tuple(data["shares"]),
            "items": None if data["items"] is None else items_from_json(data["items"]),
        }
    )


def items_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[ItemRecord, ...]:
    """The items that `to_json` wrote."""
    return tuple(ItemRecord(item["key"], output_from_json(item["output"])) for item in data)


def _artifact_from_json(data: Mapping[str, Any]) -> ArtifactRecord:
    shape = None if data["shape"] is None else tuple(data["shape"])
    return ArtifactRecord(**{**data, "shape": shape, "members": tuple(data["members"])})


def event_data(event: Event) -> dict[str, Any]:
    """What an event row keeps of `event` besides its kind, run, node and time.

    Of children the names are enough, and of items the keys: their records are stored, and there may be thousands.
    """
    return {name: _told(getattr(event, name)) for name in event.__struct_fields__ if name not in _ELSEWHERE}


def _told(value: Any) -> Any:
    match value:
        case OutputRecord(items=tuple() as items):
            return {**to_json(replace(value, items=None)), "items": [item.key for item in items]}
        case NodeRunRecord():
            return value.node
        case Mapping():
            return {_key(key): _told(item) for key, item in value.items()}
        case tuple():
            return [_told(item) for item in value]
        case _:
            return to_json(value)


def created_data(run: RunRecord) -> dict[str, Any]:
    """What the ``RunCreated`` row keeps of a new run."""
    return {
        "parameters": to_json(run.parameters),
        "options": to_json(run.options),
        "parent_run_id": run.parent_run_id,
    }
