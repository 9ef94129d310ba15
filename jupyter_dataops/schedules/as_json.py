"""Triggers and policies as JSON values, as the store keeps them: ``from_json(to_json(value)) == value``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.schedules.policies import Catchup, OnFold, OnGap, Overlap, Policy
from jupyter_dataops.schedules.triggers import AllOf, AnyOf, Asset, At, Condition, Cron, File, Interval, Trigger

_SECOND: Final = timedelta(seconds=1)


def trigger_to_json(trigger: Trigger) -> dict[str, Any]:
    """A JSON object: its ``kind``, and the fields of the class. Durations are seconds, instants ISO 8601 in UTC.

    Examples
    --------
    >>> trigger_to_json(Asset("sales"))
    {'kind': 'asset', 'name': 'sales'}
    """
    match trigger:
        case Cron():
            return {
                "kind": "cron",
                "expression": trigger.expression,
                "zone": trigger.zone,
                "on_gap": str(trigger.on_gap),
                "on_fold": str(trigger.on_fold),
            }
        case Interval():
            return {"kind": "interval", "every_s": _seconds(trigger.every), "anchor": trigger.anchor.isoformat()}
        case At():
            times = [moment.isoformat() for moment in trigger.times]
            return {"kind": "at", "times": times, "zone": trigger.zone}
        case File():
            return {"kind": "file", "path": trigger.path, "poll_s": _seconds(trigger.poll)}
        case Asset():
            return {"kind": "asset", "name": trigger.name}
        case Condition():
            return {"kind": "condition", "target": trigger.target, "poll_s": _seconds(trigger.poll)}
        case AnyOf():
            return {"kind": "any", "members": [trigger_to_json(member) for member in trigger.members]}
        case AllOf():
            return {"kind": "all", "members": [trigger_to_json(member) for member in trigger.members]}


def trigger_from_json(value: Mapping[str, Any]) -> Trigger:
    """The trigger that `trigger_to_json` wrote.

    Raises
    ------
    InvalidSchedule
        It is no such object, or names no possible trigger.

    Examples
    --------
    >>> trigger_from_json({"kind": "asset", "name": "sales"})
    Asset(name='sales')
    """
    try:
        return _trigger(value)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InvalidSchedule("this is no trigger", where=repr(value), cause=repr(error)) from error


def _trigger(value: Mapping[str, Any]) -> Trigger:
    match value["kind"]:
        case "cron":
            return Cron(value["expression"], value["zone"], OnGap(value["on_gap"]), OnFold(value["on_fold"]))
        case "interval":
            return Interval(_duration(value["every_s"]), datetime.fromisoformat(value["anchor"]))
        case "at":
            # Those of earlier versions kept no zone.
            times = tuple(datetime.fromisoformat(moment) for moment in value["times"])
            return At(times, value.get("zone", "UTC"))
        case "file":
            return File(value["path"], _duration(value["poll_s"]))
        case "asset":
            return Asset(value["name"])
        case "condition":
            return Condition(value["target"], _duration(value["poll_s"]))
        case "any":
            return AnyOf(tuple(_trigger(member) for member in value["members"]))
        case "all":
            return AllOf(tuple(_trigger(member) for member in value["members"]))
        case kind:
            raise ValueError(f"no such kind: {kind}")


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """A JSON object with a key for each field; ``misfire_grace_s`` and ``jitter_s`` are seconds.

    Examples
    --------
    >>> policy_to_json(Policy())["misfire_grace_s"]
    3600.0
    """
    return {
        "overlap": str(policy.overlap),
        "catchup": str(policy.catchup),
        "catchup_max": policy.catchup_max,
        "misfire_grace_s": _seconds(policy.misfire_grace),
        "jitter_s": _seconds(policy.jitter),
        "starts_at": policy.starts_at and policy.starts_at.isoformat(),
        "ends_at": policy.ends_at and policy.ends_at.isoformat(),
        "max_runs": policy.max_runs,
    }


def policy_from_json(value: Mapping[str, Any]) -> Policy:
    """The policy that `policy_to_json` wrote; a key that is absent has its default.

    Raises
    ------
    InvalidSchedule
        It is no such object, or a value is not possible.
    """
    default = policy_to_json(Policy())
    if unknown := sorted(set(value) - set(default)):
        raise InvalidSchedule(
            "a policy has no such setting", where=", ".join(unknown), hint="there are " + ", ".join(default)
        )
    given = default | dict(value)
    try:
        return Policy(
            overlap=Overlap(given["overlap"]),
            catchup=Catchup(given["catchup"]),
            catchup_max=given["catchup_max"],
            misfire_grace=_duration(given["misfire_grace_s"]),
            jitter=_duration(given["jitter_s"]),
            starts_at=_moment(given["starts_at"]),
            ends_at=_moment(given["ends_at"]),
            max_runs=given["max_runs"],
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidSchedule("this is no policy", where=repr(value), hint=str(error)) from error


def _seconds(duration: timedelta) -> float:
    return duration / _SECOND


def _duration(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
