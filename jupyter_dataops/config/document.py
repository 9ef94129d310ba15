"""A configuration file: its project, what stands at its top, its environments, its schedules. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.config.forms import NAME
from jupyter_dataops.config.layers import Layer, Origin, OriginKind, read
from jupyter_dataops.config.rows import ROWS
from jupyter_dataops.errors import ConfigError
from jupyter_dataops.spec.suggestions import suggestion

PROJECT: Final = "project"
ENVIRONMENTS: Final = "env"
SCHEDULES: Final = "schedules"
_NO_SETTINGS: Final = (PROJECT, ENVIRONMENTS, SCHEDULES)
"""Keys of the file's top that hold whatever the environment is."""
_NAMING: Final = "letters, digits, _ and -, a letter or _ first"


class Document(Struct, frozen=True):
    """What a file says, parsed and no more."""

    path: Path
    values: Mapping[str, Any]
    prefix: str = ""
    """The table that is ours, where the file is not."""

    def __post_init__(self) -> None:
        self._require_known_keys()
        self._require_project_name()
        for name in self.environments:
            read(self._environment(name))
        read(self._top())

    @property
    def project(self) -> str | None:
        """What the project is called, in every clone of it; `None`: it has no name."""
        found: str | None = self.values.get(PROJECT)
        return found

    @property
    def environments(self) -> tuple[str, ...]:
        """Their names, in the file's order."""
        return tuple(self.values.get(ENVIRONMENTS, {}))

    @property
    def schedules(self) -> Mapping[str, Mapping[str, Any]]:
        """Name to table, not yet read; see `jupyter_dataops.config.schedules`."""
        found: Mapping[str, Mapping[str, Any]] = self.values.get(SCHEDULES, {})
        return found

    def layers(self, environment: str) -> Iterator[Layer]:
        """What counts in an environment (empty: in none), from below. Raises `ConfigError` where there is no such."""
        yield self._top()
        if not environment:
            return
        if environment not in self.environments:
            hint = suggestion(environment, self.environments)
            if not hint and self.environments:
                hint = f"the environments are: {', '.join(self.environments)}"
            raise ConfigError(
                f"there is no environment '{environment}'",
                where=str(self.path),
                hint=hint or f"write a table [{self.table(ENVIRONMENTS)}.{environment}] there",
            )
        yield self._environment(environment)

    def table(self, name: str = "") -> str:
        """The full name of a table of ours."""
        return ".".join(filter(None, (self.prefix, name)))

    def _origin(self, table: str = "") -> Origin:
        return Origin(OriginKind.FILE, str(self.path), self.table(table))

    def _top(self) -> Layer:
        own = {key: value for key, value in self.values.items() if key not in _NO_SETTINGS}
        return Layer(self._origin(), own, self.path.parent)

    def _environment(self, name: str) -> Layer:
        return Layer(self._origin(f"{ENVIRONMENTS}.{name}"), self.values[ENVIRONMENTS][name], self.path.parent)

    def _require_known_keys(self) -> None:
        known = (*_NO_SETTINGS, *ROWS)
        for key in self.values:
            if key not in known:
                hint = suggestion(key, known) or f"the settings are: {', '.join(known)}"
                raise ConfigError(f"unknown setting '{key}'", where=str(self._origin()), hint=hint)
        for key, example in ((ENVIRONMENTS, "prod"), (SCHEDULES, "nightly")):
            found = self.values.get(key, {})
            if not isinstance(found, Mapping):
                hint = "choose one with --env or DATAOPS_ENV" if key == ENVIRONMENTS else "give each a table"
                raise ConfigError(
                    f"'{key}' must be a table of tables, such as [{self.table(key)}.{example}]; it is {found!r}",
                    where=str(self._origin()),
                    hint=hint,
                )
            for name, table in found.items():
                self._require_table(key, name, table)
        for name, table in self.values.get(ENVIRONMENTS, {}).items():
            for key in _NO_SETTINGS:
                if key in table:
                    raise ConfigError(
                        f"'{key}' cannot stand in an environment",
                        where=str(self._origin(f"{ENVIRONMENTS}.{name}")),
                        hint=f"write {'it' if key == PROJECT else f'[{self.table(key)}.NAME]'} at the top"
                        + (f", with env = '{name}' in it" if key == SCHEDULES else ""),
                    )

    def _require_project_name(self) -> None:
        said = self.values.get(PROJECT)
        if said is not None and not (isinstance(said, str) and NAME.fullmatch(said)):
            raise ConfigError(
                f"'{PROJECT}' must be a name, such as \"sales\": {_NAMING}; it is {said!r}",
                where=str(self._origin()),
                hint="correct it there",
            )

    def _require_table(self, key: str, name: str, table: Any) -> None:
        if not isinstance(table, Mapping):
            close = suggestion(name, ROWS)
            raise ConfigError(
                f"[{self.table(key)}] has '{name}', which must be a table; it is {table!r}",
                where=str(self.path),
                hint=f"write [{self.table(key)}.NAME] above it{f'; {close}' if close else ''}",
            )
        if not NAME.fullmatch(name):
            raise ConfigError(
                f"[{self.table(key)}] has {name!r}, which is no name: {_NAMING}",
                where=str(self.path),
                hint="choose another name",
            )
