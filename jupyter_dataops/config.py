"""Settings: defaults < ``dataops.toml`` < environment < arguments.

Merging is pure; `load_settings` alone reads files and the environment.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jupyter_dataops.errors import ConfigError

FILE_NAME: Final = "dataops.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured."""

    store: str
    """Folder of the run store: database, artifacts, executed notebooks and logs."""
    jobs: int
    """How many nodes may run at the same time."""


def _store(value: Any, base: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be the path of a folder")
    if "://" in value:
        raise ValueError("must be the path of a folder; database URLs are not supported yet")
    return str((base / Path(value).expanduser()).absolute())


def _jobs(value: Any, _base: Path) -> int:
    try:
        jobs = int(str(value))
    except ValueError:
        raise ValueError("must be a whole number") from None
    if jobs < 1:
        raise ValueError("must be at least 1")
    return jobs


_READERS: Final[Mapping[str, Callable[[Any, Path], Any]]] = MappingProxyType({"store": _store, "jobs": _jobs})
_ENVIRONMENT: Final = MappingProxyType({"DATAOPS_STORE": "store", "DATAOPS_JOBS": "jobs"})


def merge(*layers: tuple[str, Mapping[str, Any], Path]) -> Settings:
    """Settings from `layers`, later ones winning.

    Parameters
    ----------
    layers
        (name of the source for messages, its values, folder that relative paths are relative to). `None` values are
        as if absent.

    Raises
    ------
    ConfigError
        A key is unknown or a value unsuitable; the message names the source.

    Examples
    --------
    >>> base = Path("/somewhere")
    >>> merge(("defaults", {"store": "s", "jobs": 2}, base), ("arguments", {"jobs": 4, "store": None}, base)).jobs
    4
    """
    merged: dict[str, Any] = {}
    for source, values, base in layers:
        for key, value in values.items():
            if value is None:
                continue
            if key not in _READERS:
                close = difflib.get_close_matches(key, _READERS, 1)
                hint = f"did you mean '{close[0]}'?" if close else f"known settings: {', '.join(_READERS)}"
                raise ConfigError(f"unknown setting '{key}'", where=source, hint=hint)
            try:
                merged[key] = _READERS[key](value, base)
            except ValueError as error:
                raise ConfigError(
                    f"setting '{key}' {error}; it is {value!r}", where=source, hint="correct it there"
                ) from None
    missing = [field.name for field in fields(Settings) if field.name not in merged]
    if missing:
        raise ConfigError(f"no value for setting '{missing[0]}'", hint="give one as an argument")
    return Settings(**merged)


def load_settings(
    start: Path | None = None, environ: Mapping[str, str] | None = None, **arguments: str | int | None
) -> Settings:
    """Settings for a notebook in folder `start` (default: the working directory).

    Raises
    ------
    ConfigError
        See `merge`; also for a ``dataops.toml`` that is not TOML.
    """
    environ = os.environ if environ is None else environ
    here = Path.cwd() if start is None else start.absolute()
    layers = [("defaults", _defaults(environ), here)]
    found = _find(here)
    if found is not None:
        layers.append((str(found[0]), found[1], found[0].parent))
    from_environment = {key: environ[name] for name, key in _ENVIRONMENT.items() if environ.get(name)}
    layers.append(("environment variable", from_environment, Path.cwd()))
    layers.append(("argument", arguments, Path.cwd()))
    return merge(*layers)


def _defaults(environ: Mapping[str, str]) -> dict[str, Any]:
    data_dir = environ.get("JUPYTER_DATA_DIR")
    if data_dir is None:
        from jupyter_core.paths import jupyter_data_dir  # noqa: PLC0415 - 20 ms that --help need not pay

        data_dir = jupyter_data_dir()
    return {"store": str(Path(data_dir) / "dataops"), "jobs": available_cpus()}


def available_cpus() -> int:
    """How many CPUs this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def _find(start: Path) -> tuple[Path, dict[str, Any]] | None:
    for folder in (start, *start.parents):
        own = folder / FILE_NAME
        if own.is_file():
            return own, _read(own)
        project = folder / "pyproject.toml"
        if project.is_file():
            table = _read(project).get("tool", {}).get("dataops")
            if table is not None:
                return project, table
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML: {error}", where=str(path), hint="correct the file") from error
