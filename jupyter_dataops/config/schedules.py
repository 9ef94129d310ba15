"""The tables ``[schedules.NAME]``: which schedules a project wants, and how that differs from what there is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from jupyter_dataops.config import tables
from jupyter_dataops.config.document import SCHEDULES, Document
from jupyter_dataops.errors import ConfigError, InvalidSchedule
from jupyter_dataops.schedules.as_json import policy_to_json
from jupyter_dataops.schedules.policies import Catchup, OnFold, OnGap, Overlap, Policy
from jupyter_dataops.schedules.templates import check_templates
from jupyter_dataops.schedules.text import format_trigger, parse_trigger
from jupyter_dataops.schedules.triggers import EPOCH, Asset, At, Condition, Cron, File, Interval, Trigger
from jupyter_dataops.schedules.zones import checked_zone
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.spec.values import parse_duration

_Word = TypeVar("_Word", bound=StrEnum)

Facts = Mapping[str, Any]
"""What is compared of a schedule: plain values by the names of their keys."""


class WantedSchedule(Struct, frozen=True):
    """One schedule, as a file describes it."""

    name: str
    notebook: str
    """Absolute path."""
    trigger: Trigger
    policy: Policy = field(default_factory=Policy)
    environment: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    """How its runs are asked for: ``jobs``, ``fail_fast``, ``select``, ``changed``."""
    deployed: bool = False
    paused: bool | None = None
    """`None`: as somebody has left it."""

    @property
    def facts(self) -> Facts:
        """What it says, to be compared."""
        found = schedule_facts(
            self.notebook, self.trigger, self.policy, self.environment, self.parameters, self.options, self.deployed
        )
        return found if self.paused is None else {**found, "paused": self.paused}


def schedule_facts(  # noqa: PLR0917 - what a schedule is
    notebook: str,
    trigger: Trigger,
    policy: Policy,
    environment: str | None,
    parameters: Mapping[str, Any],
    options: Mapping[str, Any],
    deployed: bool,
) -> Facts:
    """A schedule's values by their names, each as people read it."""
    return {
        "notebook": notebook,
        "trigger": format_trigger(trigger),
        "env": environment,
        "deployed": deployed,
        "parameters": dict(parameters),
        "options": {key: value for key, value in options.items() if value not in (None, False)},
        **policy_to_json(policy),
    }


class Change(Struct, frozen=True):
    """One value that is another one."""

    key: str
    old: Any
    new: Any


class Difference(Struct, frozen=True):
    """What is to be done so that there is what is wanted."""

    added: tuple[str, ...]
    changed: Mapping[str, tuple[Change, ...]]
    removed: tuple[str, ...]
    same: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def difference(wanted: Mapping[str, Facts], existing: Mapping[str, Facts]) -> Difference:
    """How `existing` differs from `wanted`, by the keys that the latter has.

    Examples
    --------
    >>> found = difference({"a": {"env": "prod"}, "b": {}}, {"a": {"env": "dev", "paused": True}, "c": {}})
    >>> found.added, found.changed, found.removed
    (('b',), {'a': (Change(key='env', old='dev', new='prod'),)}, ('c',))
    """
    changes = {
        name: tuple(
            Change(key, existing[name].get(key), value)
            for key, value in facts.items()
            if existing[name].get(key) != value
        )
        for name, facts in wanted.items()
        if name in existing
    }
    return Difference(
        added=tuple(name for name in wanted if name not in existing),
        changed={name: found for name, found in changes.items() if found},
        removed=tuple(name for name in existing if name not in wanted),
        same=tuple(name for name, found in changes.items() if not found),
    )


def read_schedules(document: Document, names: Collection[str] | None = None) -> Mapping[str, WantedSchedule]:
    """The schedules of a file, by name; or those of them that are called so.

    Raises
    ------
    ConfigError
        A key is unknown or a value unsuitable; the message says in which table, and what to do.
    """
    return {name: _Reader(document, name).schedule() for name in document.schedules if names is None or name in names}


def _moment(value: Any, zone: str | None) -> datetime:
    """An instant; a local one is of the zone `tz`."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a time such as 2026-01-31T06:00:00+01:00") from None
    if not isinstance(value, datetime):
        raise ValueError("must be a time such as 2026-01-31T06:00:00+01:00")  # noqa: TRY004 - as all here
    if value.utcoffset() is not None:
        return value
    if zone is None:
        raise ValueError("has no zone: write 2026-01-31T06:00:00+01:00, or name the zone in `tz`")
    return value.replace(tzinfo=ZoneInfo(checked_zone(zone)))


def _moments(value: Any, zone: str | None) -> tuple[datetime, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(_moment(one, zone) for one in listed)


def _duration(value: Any, _zone: str | None) -> timedelta:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError('must be a duration such as "10m"')  # noqa: TRY004 - as all here
    try:
        return timedelta(seconds=parse_duration(str(value)))
    except ValueError:
        raise ValueError('must be a duration such as "10m"') from None


def _text(value: Any, _zone: str | None) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text")
    return value


def _switch(value: Any, _zone: str | None) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004 - as all here
    return value


def _count(value: Any, _zone: str | None) -> int:
    if type(value) is not int or value < 1:
        raise ValueError("must be a whole number, at least 1")
    return value


def _word(kind: type[_Word]) -> Callable[[Any, str | None], _Word]:
    def read(value: Any, _zone: str | None) -> _Word:
        try:
            return kind(value)
        except ValueError:
            hint = suggestion(str(value), [*kind])
            raise ValueError(f"must be one of {', '.join(kind)}{f': {hint}' if hint else ''}") from None

    return read


def _table(value: Any, _zone: str | None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a table of values")  # noqa: TRY004 - as all here
    return {name: tables.parameter(name, one, Path()) for name, one in value.items()}


_TRIGGERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "cron": ("tz", "on_gap", "on_fold"),
        "every": ("from",),
        "at": ("tz",),
        "file": ("poll",),
        "asset": (),
        "condition": ("poll",),
        "trigger": ("tz",),
    }
)
"""What makes it fire, of which a schedule has one, and the keys that say more about it."""
_POLICY: Final = ("overlap", "catchup", "catchup_max", "misfire_grace", "jitter", "starts_at", "ends_at", "max_runs")
_OPTIONS: Final = ("jobs", "fail_fast", "select", "changed")
_KEYS: Final[Mapping[str, Callable[[Any, str | None], Any]]] = MappingProxyType(
    {
        "notebook": _text,
        "cron": _text,
        "every": _duration,
        "at": _moments,
        "file": _text,
        "asset": _text,
        "condition": _text,
        "trigger": _text,
        "tz": _text,
        "on_gap": _word(OnGap),
        "on_fold": _word(OnFold),
        "from": _moment,
        "poll": _duration,
        "env": _text,
        "deployed": _switch,
        "parameters": _table,
        "paused": _switch,
        "overlap": _word(Overlap),
        "catchup": _word(Catchup),
        "catchup_max": _count,
        "misfire_grace": _duration,
        "jitter": _duration,
        "starts_at": _moment,
        "ends_at": _moment,
        "max_runs": _count,
        "jobs": _count,
        "fail_fast": _switch,
        "select": _text,
        "changed": _switch,
    }
)
"""Every key of a schedule's table, and how its value is read; a new one is a row."""


class _Reader:
    """Reads one table."""

    def __init__(self, document: Document, name: str) -> None:
        self._document = document
        self._name = name
        self._where = f"{document.path}, [{document.table(f'{SCHEDULES}.{name}')}]"
        self._table = document.schedules[name]

    def schedule(self) -> WantedSchedule:
        """What it describes. Raises `ConfigError`."""
        said = self._values()
        if "notebook" not in said:
            raise self._refusal("has no notebook", 'add a line such as notebook = "etl.ipynb"')
        try:
            trigger, policy = self._trigger(said), Policy(**_some(said, _POLICY))
            check_templates(said.get("parameters", {}))
        except InvalidSchedule as error:
            place = f" ({error.where})" if error.where else ""
            raise ConfigError(
                f"schedule '{self._name}': {error.message}{place}",
                where=self._where,
                hint=error.hint or "correct it there",
            ) from error
        return WantedSchedule(
            name=self._name,
            notebook=str((self._document.path.parent / Path(said["notebook"]).expanduser()).absolute()),
            trigger=trigger,
            policy=policy,
            environment=self._environment(said),
            parameters=said.get("parameters", {}),
            options=_some(said, _OPTIONS),
            deployed=said.get("deployed", False),
            paused=said.get("paused"),
        )

    def _values(self) -> dict[str, Any]:
        for key in self._table:
            if key not in _KEYS:
                hint = suggestion(key, _KEYS) or f"the keys are: {', '.join(_KEYS)}"
                raise self._refusal(f"has '{key}', which is not known", hint)
        zone = self._table.get("tz")
        return {key: self._value(key, value, zone) for key, value in self._table.items()}

    def _value(self, key: str, value: Any, zone: Any) -> Any:
        try:
            return _KEYS[key](value, zone if isinstance(zone, str) else None)
        except InvalidSchedule as error:
            raise self._refusal(f"has '{key}': {error.message} ({error.where})", error.hint) from error
        except ValueError as error:
            shown = value.isoformat() if isinstance(value, date) else repr(value)
            raise self._refusal(f"has '{key}', which {error}; it is {shown}", "correct it there") from None

    def _trigger(self, said: Mapping[str, Any]) -> Trigger:
        kinds = [kind for kind in _TRIGGERS if kind in said]
        if len(kinds) != 1:
            what = f"has {' and '.join(kinds)}" if kinds else "has nothing that makes it fire"
            raise self._refusal(what, f"give it one of {', '.join(_TRIGGERS)}; `trigger` combines several")
        (kind,) = kinds
        more = {key for keys in _TRIGGERS.values() for key in keys}
        # A zone is also that of local times in `starts_at` and the like.
        if unused := sorted((more - {"tz"} - set(_TRIGGERS[kind])) & said.keys()):
            raise self._refusal(f"has '{unused[0]}', which says nothing about '{kind}'", f"remove '{unused[0]}'")
        value = said[kind]
        match kind:
            case "cron":
                return Cron(value, said.get("tz", "UTC"), **_some(said, ("on_gap", "on_fold")))
            case "every":
                return Interval(value, said.get("from", EPOCH))
            case "at":
                return At(value, said.get("tz", "UTC"))
            case "file":
                return File(value, **_some(said, ("poll",)))
            case "asset":
                return Asset(value)
            case "condition":
                return Condition(value, **_some(said, ("poll",)))
            case _:
                return parse_trigger(value, said.get("tz", "UTC"))

    def _environment(self, said: Mapping[str, Any]) -> str | None:
        name = said.get("env")
        if name is not None and name not in self._document.environments:
            known = self._document.environments
            hint = suggestion(name, known) or f"the environments are: {', '.join(known) or 'none'}"
            raise self._refusal(f"has the environment '{name}', which is not there", hint)
        return name

    def _refusal(self, what: str, hint: str) -> ConfigError:
        return ConfigError(f"schedule '{self._name}' {what}", where=self._where, hint=hint or "correct it there")


def _some(said: Mapping[str, Any], keys: Collection[str]) -> dict[str, Any]:
    return {key: said[key] for key in keys if key in said}
