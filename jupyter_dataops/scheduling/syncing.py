"""Schedules as a file describes them: what is to be done so that the store has these, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from msgspec import Struct

from jupyter_dataops.config import Settings
from jupyter_dataops.config.document import Document
from jupyter_dataops.config.schedules import (
    Difference,
    Facts,
    WantedSchedule,
    difference,
    read_schedules,
    schedule_facts,
)
from jupyter_dataops.errors import IllegalMove, ScheduleExists
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.records.schedules import PAUSED_BY_FILE
from jupyter_dataops.schedules.as_json import policy_from_json, trigger_from_json
from jupyter_dataops.scheduling.schedules import Schedules

_PAUSED = "paused"
_ADOPTED = "described by"
"""The key of a difference: who describes the schedule."""
_EACH_VERSION = "each version of its notebook, in the environment where that is live"


class SyncPlan(Struct, frozen=True):
    """What a synchronisation would do."""

    origin: str
    """The file."""
    difference: Difference
    wanted: Mapping[str, WantedSchedule]
    existing: Mapping[str, ScheduleRecord]
    elsewhere: Mapping[str, str]
    """Schedules of the file that belong to another store, and the environment which has that."""
    deployed: Mapping[str, str]
    """Those that live versions of deployments describe, and which: they change when another one is live."""

    def is_needed(self, *, prune: bool) -> bool:
        """Whether anything would be done."""
        return bool(self.difference.added or self.difference.changed or (prune and self.difference.removed))


def plan_sync(
    document: Document,
    existing: Collection[ScheduleRecord],
    settings: Settings,
    store_of: Callable[[str], str],
) -> SyncPlan:
    """How the schedules of the store of `settings` differ from those of a file.

    Of the file, those count that belong to the environment of `settings`; without one, all whose environment has this
    store. Of the store, those that the file described earlier.

    Parameters
    ----------
    existing
        What is there.
    store_of
        The store of an environment.

    Raises
    ------
    ConfigError
        The file describes an impossible schedule.
    ScheduleExists
        Another file describes a schedule of the same name.
    """
    origin, chosen = str(document.path), settings.environment
    described = read_schedules(document)
    wanted = {name: one for name, one in described.items() if chosen in ("", one.environment)}
    elsewhere = {
        name: one.environment
        for name, one in wanted.items()
        if one.environment and not chosen and Path(store_of(one.environment)) != Path(settings.store)
    }
    wanted = {name: one for name, one in wanted.items() if name not in elsewhere}
    # Which version that is, only an environment says.
    everywhere = {name: _EACH_VERSION for name, one in wanted.items() if one.deployed and not one.environment}
    brought = [one for one in existing if one.deployment is not None]
    deployed = everywhere | {
        name: one.origin or "" for name in wanted for one in brought if _is_of(one, described[name])
    }
    wanted = {name: one for name, one in wanted.items() if name not in deployed}
    ours = {
        one.name: one
        for one in existing
        if one.name in wanted or (one.origin == origin and chosen in ("", one.environment))
    }
    for record in ours.values():
        if record.origin not in (None, origin):
            raise ScheduleExists(
                f"schedule '{record.name}' is described by another file", where=record.origin, hint="rename one of them"
            )
    found = difference(
        {name: {**one.facts, _ADOPTED: origin} for name, one in wanted.items()},
        {name: facts_of_record(one) for name, one in ours.items()},
    )
    return SyncPlan(origin, found, wanted, ours, elsewhere, deployed)


def _is_of(record: ScheduleRecord, table: WantedSchedule) -> bool:
    """Whether a version has described the schedule by that table: one without an environment is called after both."""
    if table.environment is None and record.notebook == table.notebook:
        return record.name in (table.name, f"{table.name}-{record.environment}")
    return record.name == table.name


def facts_of_record(record: ScheduleRecord) -> Facts:
    """A stored schedule's values, to be compared with those of a file."""
    facts = schedule_facts(
        record.notebook,
        trigger_from_json(record.trigger),
        policy_from_json(record.policy),
        record.environment,
        record.parameters,
        record.options,
        record.deployed,
    )
    return {**facts, _PAUSED: record.is_paused, _ADOPTED: record.origin}


def apply_sync(plan: SyncPlan, schedules: Schedules, *, prune: bool) -> None:
    """The store has what the file describes; with `prune`, nothing more of what it described earlier.

    What is changed holds from now on, and never fires backwards.

    Raises
    ------
    IllegalMove, ScheduleExists, ScheduleNotFound
        Somebody has changed a schedule since the plan was made; those before it are done, and another call goes on.
    InvalidPipeline, NotebookUnreadable, ParameterError, InvalidSchedule, ConfigError
        A run of a schedule could not be made.
    """
    for name in plan.difference.added:
        one = plan.wanted[name]
        schedules.add(
            name,
            one.notebook,
            one.trigger,
            policy=one.policy,
            parameters=one.parameters,
            options=one.options,
            environment=one.environment,
            deployed=one.deployed,
            paused=bool(one.paused),
            origin=plan.origin,
        )
    for name, changes in plan.difference.changed.items():
        _require_unchanged(plan.existing[name], schedules)
        _change(plan.wanted[name], plan.origin, {change.key for change in changes}, schedules)
    for name in plan.difference.removed if prune else ():
        _require_unchanged(plan.existing[name], schedules)
        schedules.remove(name)


def _require_unchanged(seen: ScheduleRecord, schedules: Schedules) -> None:
    if schedules.show(seen.name, fires=0).record.version != seen.version:
        raise IllegalMove(f"schedule '{seen.name}' was changed by somebody else meanwhile", hint="look, and try again")


def _change(wanted: WantedSchedule, origin: str, keys: AbstractSet[str], schedules: Schedules) -> None:
    if keys - {_PAUSED}:
        schedules.edit(
            wanted.name,
            trigger=wanted.trigger,
            policy=wanted.policy,
            notebook=wanted.notebook,
            parameters=dict(wanted.parameters),
            options=wanted.facts["options"],
            environment=wanted.environment,
            deployed=wanted.deployed,
            origin=origin,
        )
    if _PAUSED in keys and wanted.paused:
        schedules.pause(wanted.name, PAUSED_BY_FILE)
    elif _PAUSED in keys:
        schedules.resume(wanted.name)
