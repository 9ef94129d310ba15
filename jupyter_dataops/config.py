"""Settings: defaults < ``dataops.toml`` < environment < arguments.

Merging is pure; `load_settings` alone reads files and the environment.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
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
    lease_s: float = 30.0
    """How long a runner that gives no sign of life still counts as alive, seconds; it gives three in that time."""
    pools: Mapping[str, int] = field(default_factory=dict)
    """Pool to its number of slots, shared by all runs of the store; a pool that is not named has one."""
    fork: bool = True
    """Whether kernels are forked, where they can be; otherwise each is started by itself."""
    no_preload: tuple[str, ...] = ()
    """Top-level modules that are not to be imported before kernels are forked."""
    actor: str = "unknown"
    """Who asks for what is done, for the audit trail."""


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


def _lease_s(value: Any, _base: Path) -> float:
    try:
        seconds = float(str(value))
    except ValueError:
        raise ValueError("must be a number of seconds") from None
    if not 0 < seconds < math.inf:
        raise ValueError("must be a number of seconds above 0")
    return seconds


def _pools(value: Any, _base: Path) -> Mapping[str, int]:
    sizes = _sizes(value) if isinstance(value, str) else value
    if not isinstance(sizes, Mapping):
        raise ValueError('must be a table of sizes, "[pools]" with lines such as "gpu = 2"')  # noqa: TRY004 - as all here
    for name, size in sizes.items():
        if not _POOL_NAME.fullmatch(name):
            raise ValueError(
                f"has a pool {name!r}, which no tag can name: letters, digits, _ and -, a letter or _ first"
            )
        if type(size) is not int or size < 1:
            raise ValueError(f"gives pool '{name}' the size {size!r}: a whole number, at least 1, is needed")
    return dict(sizes)


def _sizes(text: str) -> dict[str, int | str]:
    """What ``gpu=2, database=4`` says."""
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return {name.strip(): int(size) if size.strip().isdecimal() else size.strip() for name, _, size in pairs}


def _fork(value: Any, _base: Path) -> bool:
    known = {True: True, False: False, "1": True, "0": False, "true": True, "false": False, "on": True, "off": False}
    try:
        return known[value if isinstance(value, bool) else str(value).strip().lower()]
    except KeyError:
        raise ValueError("must be on or off, or true or false") from None


def _no_preload(value: Any, _base: Path) -> tuple[str, ...]:
    names = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name.isidentifier() for name in names):
        raise ValueError('must be names of top-level modules, as in ["tensorflow"]')
    return tuple(names)


def _actor(value: Any, _base: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a name")
    if not value.isprintable():
        raise ValueError("must be a name on one line")
    return value.strip()


_POOL_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_READERS: Final[Mapping[str, Callable[[Any, Path], Any]]] = MappingProxyType(
    {
        "store": _store,
        "jobs": _jobs,
        "lease_s": _lease_s,
        "pools": _pools,
        "fork": _fork,
        "no_preload": _no_preload,
        "actor": _actor,
    }
)
_ENVIRONMENT: Final = MappingProxyType(
    {
        "DATAOPS_STORE": "store",
        "DATAOPS_JOBS": "jobs",
        "DATAOPS_LEASE_S": "lease_s",
        "DATAOPS_POOLS": "pools",
        "DATAOPS_FORK": "fork",
        "DATAOPS_NO_PRELOAD": "no_preload",
        "DATAOPS_ACTOR": "actor",
    }
)


def environment_of(settings: Settings) -> dict[str, str]:
    """Environment variables that give another process exactly these settings, whatever ``dataops.toml`` it finds.

    Examples
    --------
    >>> environment_of(Settings(store="s", jobs=2, pools={"gpu": 2}))["DATAOPS_POOLS"]
    'gpu=2'
    """
    spelled = {
        "store": settings.store,
        "jobs": str(settings.jobs),
        "lease_s": repr(settings.lease_s),
        "pools": ",".join(f"{name}={size}" for name, size in settings.pools.items()),
        "fork": "on" if settings.fork else "off",
        "no_preload": ",".join(settings.no_preload),
        "actor": settings.actor,
    }
    return {variable: spelled[key] for variable, key in _ENVIRONMENT.items()}


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
    missing = [one.name for one in fields(Settings) if one.name not in merged and _is_required(one)]
    if missing:
        raise ConfigError(f"no value for setting '{missing[0]}'", hint="give one as an argument")
    return Settings(**merged)


def _is_required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def load_settings(
    start: Path | None = None,
    environ: Mapping[str, str] | None = None,
    **arguments: str | float | Mapping[str, int] | None,
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
    return {"store": str(Path(data_dir) / "dataops"), "jobs": available_cpus(), "actor": _user_at_host()}


def _user_at_host() -> str:
    import getpass  # noqa: PLC0415 - with socket 10 ms that --help need not pay
    import socket  # noqa: PLC0415 - as above

    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = f"user-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"


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
