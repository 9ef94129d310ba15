"""What becomes of schedules when another version is live: those that it describes are there, and no others of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.api.environments import configured_parameters
from jupyter_dataops.api.fire_parameters import possible_parameters
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.config.document import ENVIRONMENTS, SCHEDULES, Document
from jupyter_dataops.config.schedules import Change, WantedSchedule, difference, read_schedules, schedule_facts
from jupyter_dataops.errors import ConfigError, DataOpsError, ScheduleExists, UsageError
from jupyter_dataops.ids import new_schedule_id
from jupyter_dataops.records import ScheduleChange, ScheduleRecord
from jupyter_dataops.records.schedules import PAUSED_BY_VERSION, bringer_of, brought_by
from jupyter_dataops.schedules.as_json import policy_from_json, policy_to_json, trigger_from_json, trigger_to_json
from jupyter_dataops.schedules.policies import Catchup
from jupyter_dataops.schedules.text import format_trigger
from jupyter_dataops.store.codec import to_json

_PAUSED: Final = "paused"
_DESCRIBED_BY: Final = "described by"


class Fate(StrEnum):
    """What becomes of one schedule."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    LEFT = "left"
    """The version describes it, and it stays as it is: `Told.because` says why."""


class Told(Struct, frozen=True):
    """What becomes of one schedule, as people are told."""

    name: str
    fate: Fate
    trigger: str = ""
    """Of one that is added."""
    changes: tuple[Change, ...] = ()
    because: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the move; empty values are left out."""
        changes = [{"key": one.key, "old": to_json(one.old), "new": to_json(one.new)} for one in self.changes]
        found = {"trigger": self.trigger, "changes": changes, "because": self.because}
        return {"name": self.name, "change": self.fate.value, **{key: value for key, value in found.items() if value}}


class Target(Struct, frozen=True):
    """Which version is to be live where."""

    deployment: str
    environment: str
    notebook: str
    """Absolute path of the notebook that the version was made from."""
    label: str
    """What describes the schedules, for people."""

    @property
    def origin(self) -> str:
        """See `ScheduleRecord.origin`."""
        return brought_by(self.deployment, self.environment)


class SchedulePlan(Struct, frozen=True):
    """What a move of the live pointer does to schedules."""

    changes: tuple[ScheduleChange, ...] = ()
    """In the order in which they can be done: names are given up first."""
    told: tuple[Told, ...] = ()

    def to_json(self) -> list[dict[str, Any]]:
        """What is told, as it is kept with the move."""
        return [one.to_json() for one in self.told]


def wanted_of(tables: Mapping[str, Any], target: Target) -> Mapping[str, WantedSchedule | DataOpsError]:
    """The schedules that a version describes for an environment, by the names that they have in the store.

    A table without ``env`` holds in every environment; its schedule is called after both. One that says
    ``deployed = false`` is about the notebook as it is, and none of a version's business. Instead of one that is not
    possible, such as one of a newer version of this package, there is the error that says so.
    """
    found: dict[str, WantedSchedule | DataOpsError] = {}
    for name, table in tables.items():
        if table.get("deployed") is False or table.get("env") not in (None, target.environment):
            continue
        named = name if "env" in table else f"{name}-{target.environment}"
        if named in found:
            twice = f"two schedules are called '{named}' in {target.environment}"
            found[named] = ConfigError(twice, where=target.label, hint="rename one of them")
            continue
        try:
            found[named] = _read(name, table, named, target)
        except DataOpsError as error:
            found[named] = error
    return found


def _read(name: str, table: Mapping[str, Any], named: str, target: Target) -> WantedSchedule:
    environments: dict[str, Any] = {target.environment: {}} if "env" in table else {}
    values = {SCHEDULES: {name: {**table, "notebook": target.notebook}}, ENVIRONMENTS: environments}
    one = read_schedules(Document(Path(target.label), values))[name]
    return replace(one, name=named, environment=target.environment, deployed=True)


def check_against(pipeline: Pipeline, record: ScheduleRecord) -> None:
    """Return if a run of the version could be made as the schedule says. Raises `UsageError`, or a kind of it."""
    configured = configured_parameters(pipeline.settings, pipeline.parameters)
    try:
        for parameters in possible_parameters(record, pipeline.parameters):
            pipeline.plan({**configured, **parameters}, select=record.options.get("select"))
    except UsageError as error:
        raise type(error)(f"schedule '{record.name}': {error.message}", where=error.where, hint=error.hint) from error


class Planning(Struct, frozen=True):
    """All that decides what becomes of schedules."""

    wanted: Mapping[str, WantedSchedule | DataOpsError]
    """See `wanted_of`."""
    target: Target
    pipeline: Pipeline
    """Of the version, with the settings of the environment."""
    present: Mapping[str, ScheduleRecord]
    """Those that are there, whoever added them."""
    earlier: Mapping[str, ScheduleRecord]
    """Those that this deployment brought to the environment, also where they were removed: the latest of each name."""
    now: datetime

    def plan(self, *, strictly: bool = True) -> SchedulePlan:
        """What is to be done.

        Schedules that a person added, another deployment or another file are left alone. One that the configuration
        file beside the notebook describes for the same environment is taken over. Who paused one finds it paused.

        Parameters
        ----------
        strictly
            Whether what cannot be done is refused; else it is left as it is, and told.

        Raises
        ------
        ScheduleExists
            A name is another schedule's.
        ConfigError, ParameterError, InvalidSchedule
            A schedule is not possible, or gives what the version does not take.
        """
        done = [*self._removed(), *(self._one(name, one, strictly=strictly) for name, one in self.wanted.items())]
        fates = list(Fate)
        return SchedulePlan(
            tuple(change for change, _ in done if change is not None),
            tuple(sorted((one for _, one in done if one), key=lambda one: (fates.index(one.fate), one.name))),
        )

    def _removed(self) -> Iterator[tuple[ScheduleChange, Told]]:
        for name, record in self.present.items():
            if record.origin == self.target.origin and name not in self.wanted:
                yield ScheduleChange(record, replace(record, removed_at=self.now)), Told(name, Fate.REMOVED)

    def _one(
        self, name: str, wanted: WantedSchedule | DataOpsError, *, strictly: bool
    ) -> tuple[ScheduleChange | None, Told | None]:
        before = self.present.get(name)
        try:
            if isinstance(wanted, DataOpsError):
                raise wanted
            if before is not None and not self._may_take(before):
                raise self._taken(before)
            after = self._after(wanted, before or self.earlier.get(name))
            check_against(self.pipeline, after)
        except DataOpsError as error:
            if strictly:
                raise
            return None, Told(name, Fate.LEFT, because=error.message)
        if before is None:
            because = "paused, as it was" if after.is_paused and not wanted.paused else ""
            told = Told(name, Fate.ADDED, format_trigger(wanted.trigger), because=because)
            return ScheduleChange(self.earlier.get(name), after), told
        old, new = _facts(before), _facts(after)
        (changes,) = difference({name: new}, {name: old}).changed.values() or ((),)
        return (ScheduleChange(before, after), Told(name, Fate.CHANGED, changes=changes)) if changes else (None, None)

    def _may_take(self, present: ScheduleRecord) -> bool:
        """Whether it is this deployment's; or described by a file for just this notebook and environment."""
        if present.origin is None or bringer_of(present.origin) is not None:
            return present.origin == self.target.origin
        return (present.notebook, present.environment) == (self.target.notebook, self.target.environment)

    def _taken(self, present: ScheduleRecord) -> ScheduleExists:
        if present.origin is None:
            whose = f"{present.created_by or 'somebody'} added one of that name by hand"
        else:
            whose = f"one of that name is described by {present.origin}"
        return ScheduleExists(
            f"schedule '{present.name}' is not {self.target.deployment}'s to change: {whose}",
            where=self.target.label,
            hint=f"rename one of them, or `jupyter dataops schedule remove {present.name}`",
        )

    def _after(self, wanted: WantedSchedule, before: ScheduleRecord | None) -> ScheduleRecord:
        """What is to be there, new or made of what there is, or was."""
        now = self.now
        known = before or ScheduleRecord(
            schedule_id=new_schedule_id(),
            name=wanted.name,
            notebook=wanted.notebook,
            trigger={},
            created_at=now,
            created_by=self.pipeline.settings.actor,
            considered_until=now,
        )
        after = replace(
            known,
            name=wanted.name,
            notebook=wanted.notebook,
            trigger=trigger_to_json(wanted.trigger),
            policy=policy_to_json(wanted.policy),
            parameters=dict(wanted.parameters),
            options=dict(wanted.facts["options"]),
            environment=self.target.environment,
            deployed=True,
            origin=self.target.origin,
            removed_at=None,
        )
        is_same = (known.trigger, known.policy) == (to_json(after.trigger), to_json(after.policy))
        if not is_same or known.removed_at is not None:
            after = replace(after, considered_until=now)  # it never fires for a time before
        return self._paused(wanted, after)

    def _paused(self, wanted: WantedSchedule, after: ScheduleRecord) -> ScheduleRecord:
        """A pause of a person stays; one of a version comes and goes with it."""
        if wanted.paused and not after.is_paused:
            return replace(after, paused_at=self.now, paused_because=PAUSED_BY_VERSION)
        if not wanted.paused and after.is_paused and after.paused_because == PAUSED_BY_VERSION:
            until = after.considered_until if wanted.policy.catchup is Catchup.ALL else self.now
            return replace(after, paused_at=None, paused_because=None, resumed_at=self.now, considered_until=until)
        return after


def _facts(record: ScheduleRecord) -> Mapping[str, Any]:
    facts = schedule_facts(
        record.notebook,
        trigger_from_json(record.trigger),
        policy_from_json(record.policy),
        record.environment,
        to_json(record.parameters),
        record.options,
        record.deployed,
    )
    return {**facts, _PAUSED: record.is_paused, _DESCRIBED_BY: record.origin}


def told_of(details: Mapping[str, Any]) -> Sequence[Told]:
    """What a move of a live pointer did to schedules, by its `MoveRecord.details`."""
    return [
        Told(
            name=one["name"],
            fate=Fate(one["change"]),
            trigger=one.get("trigger", ""),
            changes=tuple(Change(**change) for change in one.get("changes", ())),
            because=one.get("because", ""),
        )
        for one in details.get("schedules", ())
    ]


def in_words(told: Sequence[Told]) -> str:
    """What became of schedules, on one line; empty: nothing.

    Examples
    --------
    >>> in_words([Told("a", Fate.ADDED), Told("b", Fate.REMOVED), Told("c", Fate.ADDED)])
    'schedules: a and c added, b removed'
    """
    by_fate = {fate: [one.name for one in told if one.fate is fate] for fate in Fate}
    said = [f"{_listed(names)} {fate.value}" for fate, names in by_fate.items() if names]
    return f"schedules: {', '.join(said)}" if said else ""


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
