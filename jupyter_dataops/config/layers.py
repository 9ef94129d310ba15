"""Where values come from, and which of them count. Pure.

A source of values is a `Layer`. Read, it is a `Layered`: single values by their path, such as ``("jobs",)`` or
``("parameters", "country")``, each with its origin. Putting one over another is associative, the same twice is the
same once, and an empty one changes nothing; tests show that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import reduce
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from jupyter_dataops.config.forms import TableForm
from jupyter_dataops.config.rows import ROWS, Row
from jupyter_dataops.config.settings import Settings
from jupyter_dataops.errors import ConfigError
from jupyter_dataops.spec.suggestions import suggestion

Place = tuple[str, ...]
"""The key of a setting, and that of an entry where the setting is a table."""


class OriginKind(StrEnum):
    """What a value comes from; later ones win."""

    DEFAULT = "default"
    FILE = "file"
    VARIABLE = "environment variable"
    ARGUMENT = "argument"


class Origin(Struct, frozen=True):
    """Where one value comes from.

    Examples
    --------
    >>> str(Origin(OriginKind.FILE, "dataops.toml", "env.prod")), str(Origin(OriginKind.VARIABLE, "DATAOPS_JOBS"))
    ('dataops.toml, [env.prod]', 'environment variable DATAOPS_JOBS')
    """

    kind: OriginKind
    name: str = ""
    """The path of a file, or the name of a variable."""
    table: str = ""
    """In a file: the table, without brackets; empty for its top."""

    def __str__(self) -> str:
        if self.kind is OriginKind.FILE:
            return f"{self.name}, [{self.table}]" if self.table else self.name
        return f"{self.kind} {self.name}".strip()


class Layer(Struct, frozen=True):
    """Values of one source, not yet read. `None` is as if absent."""

    origin: Origin
    values: Mapping[str, Any]
    base: Path
    """What relative paths are relative to."""

    @property
    def gives_whole_tables(self) -> bool:
        """Whether a table here takes the place of all of it below; tables of files add to one another."""
        return self.origin.kind in (OriginKind.VARIABLE, OriginKind.ARGUMENT)

    def origin_of(self, row: Row) -> Origin:
        """Where the setting comes from, if it comes from here."""
        return Origin(OriginKind.VARIABLE, row.variable) if self.origin.kind is OriginKind.VARIABLE else self.origin

    def in_table(self, row: Row) -> Origin:
        """Where entries of the table come from, if they come from here."""
        origin = self.origin_of(row)
        if origin.kind is not OriginKind.FILE:
            return origin
        return Origin(origin.kind, origin.name, f"{origin.table}.{row.key}".lstrip("."))


class Given(Struct, frozen=True):
    """A value, and where it comes from."""

    value: Any
    origin: Origin


class Layered(Struct, frozen=True):
    """Read values of one source, or of several over one another."""

    entries: Mapping[Place, Given] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    """Tables of which nothing counts that lies below."""

    def over(self, lower: Layered) -> Layered:
        """What counts when this lies over `lower`."""
        kept = {place: given for place, given in lower.entries.items() if place[0] not in self.whole}
        return Layered({**kept, **self.entries}, self.whole | lower.whole)

    def settings(self, environment: str = "") -> Settings:
        """The values as `Settings`. Raises `ConfigError` where one is needed and not there."""
        values: dict[str, Any] = {}
        for place, given in self.entries.items():
            if isinstance(ROWS[place[0]].form, TableForm):
                values.setdefault(place[0], {})[place[1]] = given.value
            else:
                values[place[0]] = given.value
        for name in Settings.__struct_fields__[: -len(Settings.__struct_defaults__)]:
            if name not in values:
                raise ConfigError(f"no value for setting '{name}'", hint="give one as an argument")
        return Settings(**values, environment=environment)


NOTHING: Final = Layered()


def merge(layers: Iterable[Layer], environment: str = "") -> Settings:
    """Settings from `layers`, later ones winning.

    Raises
    ------
    ConfigError
        A key is unknown or a value unsuitable; the message says where, and what to do.

    Examples
    --------
    >>> low = Layer(Origin(OriginKind.DEFAULT), {"store": "s", "jobs": 2}, Path("/somewhere"))
    >>> high = Layer(Origin(OriginKind.ARGUMENT), {"jobs": 4, "store": None}, Path("/elsewhere"))
    >>> merge([low, high]).jobs
    4
    """
    return pile(layers).settings(environment)


def pile(layers: Iterable[Layer]) -> Layered:
    """`layers`, read, each over those before it. Raises as `merge` does."""
    return reduce(lambda lower, upper: upper.over(lower), map(read, layers), NOTHING)


def read(layer: Layer) -> Layered:
    """What `layer` says. Raises as `merge` does."""
    entries: dict[Place, Given] = {}
    whole = set()
    for key, value in layer.values.items():
        if value is None:
            continue
        row = ROWS.get(key)
        if row is None:
            hint = suggestion(key, ROWS) or f"the settings are: {', '.join(ROWS)}"
            raise ConfigError(f"unknown setting '{key}'", where=str(layer.origin), hint=hint)
        if not isinstance(row.form, TableForm):
            entries[key,] = Given(_single(row, value, layer), layer.origin_of(row))
            continue
        if layer.gives_whole_tables:
            whole.add(key)
        entries.update(_table(row, row.form, value, layer))
    return Layered(entries, frozenset(whole))


def _single(row: Row, value: Any, layer: Layer) -> Any:
    assert not isinstance(row.form, TableForm)
    try:
        return row.form.read(value, layer.base)
    except ValueError as error:
        raise _unsuitable(row, f"{error}; it is {value!r}", layer.origin_of(row)) from None


def _table(row: Row, form: TableForm, value: Any, layer: Layer) -> Iterator[tuple[Place, Given]]:
    """Values are not shown where they cannot be read: one may be a secret in the wrong place."""
    try:
        found = form.entries(value)
    except ValueError as error:
        raise _unsuitable(row, str(error), layer.origin_of(row)) from None
    for name, entry in found.items():
        try:
            yield (row.key, name), Given(form.read(name, entry, layer.base), layer.in_table(row))
        except ValueError as error:
            raise _unsuitable(row, str(error), layer.in_table(row)) from None


def _unsuitable(row: Row, reason: str, origin: Origin) -> ConfigError:
    return ConfigError(f"setting '{row.key}' {reason}", where=str(origin), hint="correct it there")
