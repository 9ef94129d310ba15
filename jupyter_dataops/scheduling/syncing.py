"""Schedules as a file describes them: what is to be done so that the store has these, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from jupyter_dataops.config import Settings
from jupyter_dataops.config.document import Document
from jupyter_dataops.config.schedules import (
    Change,
    Difference,
    Facts,
    WantedSchedule,
    difference,
    read_schedules,
    schedule_facts,
)
from jupyter_dataops.errors import ScheduleExists
from jupyter_dataops.ids import new_schedule_id
from jupyter_dataops.interfaces import ScheduleStore
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.schedules.as_json import policy_from_json, policy_to_json, trigger_from_json, trigger_to_json
from jupyter_dataops.schedules.policies import Catchup

PAUSED_BECAUSE = "its file says so"
_ADOPTED = "described by"
"""The key of a difference: who describes the schedule."""


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What a synchronisation would do."""

    origin: str
    """The file."""
    difference: Difference
    wanted: Mapping[str, WantedSchedule]
    existing: Mapping[str, ScheduleRecord]
    elsewhere: Mapping[str, str]
    """Schedules of the file that belong to another store, and the environment which has that."""

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
    return SyncPlan(origin, found, wanted, ours, elsewhere)


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
    return {**facts, "paused": record.is_paused, _ADOPTED: record.origin}


def apply_sync(plan: SyncPlan, store: ScheduleStore, by: str, at: datetime, *, prune: bool) -> None:
    """The store has what the file describes; with `prune`, nothing more of what it described earlier.

    What is changed holds from `at` on, and never fires backwards.

    Raises
    ------
    IllegalMove, ScheduleExists, ScheduleNotFound
        Somebody has changed a schedule since the plan was made; those before it are done, and another call goes on.
    """
    for name in plan.difference.added:
        store.add_schedule(_record(plan.wanted[name], plan.origin, by, at), by, at)
    for name, changes in plan.difference.changed.items():
        before = plan.existing[name]
        store.change_schedule(before, _changed(before, plan.wanted[name], changes, plan.origin, at), "edit", by, at)
    for name in plan.difference.removed if prune else ():
        before = plan.existing[name]
        store.change_schedule(before, replace(before, removed_at=at), "remove", by, at)


def _record(wanted: WantedSchedule, origin: str, by: str, at: datetime) -> ScheduleRecord:
    return ScheduleRecord(
        schedule_id=new_schedule_id(),
        name=wanted.name,
        notebook=wanted.notebook,
        trigger=trigger_to_json(wanted.trigger),
        created_at=at,
        considered_until=at,
        policy=policy_to_json(wanted.policy),
        parameters=wanted.parameters,
        options=wanted.options,
        environment=wanted.environment,
        deployed=wanted.deployed,
        origin=origin,
        paused_at=at if wanted.paused else None,
        paused_because=PAUSED_BECAUSE if wanted.paused else None,
        created_by=by,
    )


def _changed(
    before: ScheduleRecord, wanted: WantedSchedule, changes: Collection[Change], origin: str, at: datetime
) -> ScheduleRecord:
    """`before` as the file has it; its name, id and history stay."""
    new = _record(wanted, origin, before.created_by, at)
    after = replace(
        before,
        notebook=new.notebook,
        trigger=new.trigger,
        policy=new.policy,
        parameters=new.parameters,
        options=new.options,
        environment=new.environment,
        deployed=new.deployed,
        origin=origin,
        considered_until=max(before.considered_until, at),
    )
    if wanted.paused is None or wanted.paused == before.is_paused:
        return after
    if wanted.paused:
        return replace(after, paused_at=at, paused_because=PAUSED_BECAUSE)
    only = {change.key for change in changes} == {"paused"}
    # Fires of the pause are run where the policy says so, and the schedule is otherwise the same.
    until = before.considered_until if only and wanted.policy.catchup is Catchup.ALL else after.considered_until
    return replace(after, paused_at=None, paused_because=None, considered_until=until)
