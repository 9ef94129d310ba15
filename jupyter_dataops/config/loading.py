"""Settings for a notebook: the one place that reads configuration files and the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.config.document import SCHEDULES, Document
from jupyter_dataops.config.layers import Layer, Layered, Origin, OriginKind, pile
from jupyter_dataops.config.rows import ROWS
from jupyter_dataops.config.settings import Settings
from jupyter_dataops.errors import ConfigError
from jupyter_dataops.spec.suggestions import suggestion

FILE_NAME: Final = "dataops.toml"
ENVIRONMENT_VARIABLE: Final = "DATAOPS_ENV"
FILE_VARIABLE: Final = "DATAOPS_CONFIG"
NO_FILE: Final = "none"
"""What `FILE_VARIABLE` says where no file counts."""


class Configuration(Struct, frozen=True):
    """Settings, and how they came about."""

    settings: Settings
    layered: Layered
    """Every value that was given, with its origin."""
    document: Document | None = None
    """The file that was found."""
    chosen_by: Origin | None = None
    """What chose the environment; `None`: none is chosen."""


def load_settings(
    start: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    environment: str | None = None,
    **arguments: str | float | Mapping[str, Any] | None,
) -> Settings:
    """Settings for a notebook in folder `start` (default: the working directory).

    Parameters
    ----------
    environment
        The table ``[env.NAME]`` that counts; by default what ``DATAOPS_ENV`` says, an empty text for none.

    Raises
    ------
    ConfigError
        A key is unknown or a value unsuitable; the file is not TOML; there is no such environment.
    """
    return load_configuration(start, environ, environment=environment, **arguments).settings


def load_configuration(
    start: Path | None = None,
    environ: Mapping[str, str] | None = None,
    *,
    environment: str | None = None,
    **arguments: str | float | Mapping[str, Any] | None,
) -> Configuration:
    """The same as `load_settings`, with where each value comes from."""
    environ = os.environ if environ is None else environ
    here = Path.cwd() if start is None else start.absolute()
    chosen_by = Origin(OriginKind.ARGUMENT)
    if environment is None:
        environment, chosen_by = (
            environ.get(ENVIRONMENT_VARIABLE, ""),
            Origin(OriginKind.VARIABLE, ENVIRONMENT_VARIABLE),
        )
    layers = [Layer(Origin(OriginKind.DEFAULT), _defaults(environ), here)]
    document = find_document(here, environ.get(FILE_VARIABLE, ""))
    if document is not None:
        layers += document.layers(environment)
    elif environment and environ.get(FILE_VARIABLE) != NO_FILE:
        raise ConfigError(
            f"there is no environment '{environment}', because there is no {FILE_NAME}",
            where=f"{here} and above",
            hint=f"write one with a table [env.{environment}], or choose no environment",
        )
    variables = {key: environ[row.variable] for key, row in ROWS.items() if environ.get(row.variable)}
    layers.append(Layer(Origin(OriginKind.VARIABLE), variables, Path.cwd()))
    layers.append(Layer(Origin(OriginKind.ARGUMENT), arguments, Path.cwd()))
    layered = pile(layers)
    return Configuration(layered.settings(environment), layered, document, chosen_by if environment else None)


def chosen_environment(environ: Mapping[str, str] | None = None) -> str:
    """The environment that ``DATAOPS_ENV`` chooses; empty: none."""
    return (os.environ if environ is None else environ).get(ENVIRONMENT_VARIABLE, "")


def find_document(start: Path, said: str = "") -> Document | None:
    """The configuration file for a notebook in folder `start`: the nearest above, unless one is `said`.

    Raises
    ------
    ConfigError
        What was said is not there; the file cannot be understood.
    """
    if said == NO_FILE:
        return None
    if said:
        path = Path(said).expanduser().absolute()
        if not path.is_file():
            raise ConfigError("there is no such file", where=str(path), hint=f"correct {FILE_VARIABLE}, or unset it")
        return _document(path) or Document(path, {}, "tool.dataops")
    for folder in (start, *start.parents):
        for name in (FILE_NAME, "pyproject.toml"):
            path = folder / name
            if path.is_file() and (document := _document(path)) is not None:
                return document
    return None


def require_notebooks(document: Document) -> None:
    """Return if the notebook of every ``[schedules.NAME]`` is there: a misspelt one would never run.

    Raises
    ------
    ConfigError
        One is not; the message names its table, and what may be meant.
    """
    for name, table in document.schedules.items():
        said = table.get("notebook")
        if isinstance(said, str) and not (document.path.parent / Path(said).expanduser()).exists():
            raise ConfigError(
                f"schedule '{name}' is about the notebook '{said}', which is not there",
                where=f"{document.path}, [{document.table(f'{SCHEDULES}.{name}')}]",
                hint=_meant(said, document.path.parent) or "a relative path is relative to the folder of that file",
            )


def _meant(said: str, folder: Path) -> str:
    """What a path that leads nowhere may mean, in its own folder, or in that of the file."""
    path = Path(said).expanduser()
    places = {*(path.parent / one.name for one in (folder / path.parent).glob(f"*{path.suffix}"))}
    places |= {Path(one.name) for one in folder.glob(f"*{path.suffix}")}
    # All have the suffix in common, which would make all of them alike.
    close = suggestion(said.removesuffix(path.suffix), [str(place.with_suffix("")) for place in places])
    return close.replace("'?", f"{path.suffix}'?")


def environments_here() -> tuple[str, ...]:
    """The environments that can be chosen in the working directory; none where the configuration is faulty."""
    try:
        document = find_document(Path.cwd(), os.environ.get(FILE_VARIABLE, ""))
    except ConfigError:
        return ()
    return document.environments if document is not None else ()


def _document(path: Path) -> Document | None:
    """What the file says to us; `None`: a project's file that says nothing."""
    found = _read(path)
    if path.name != "pyproject.toml":
        return Document(path, found)
    own = found.get("tool", {}).get("dataops")
    return None if own is None else Document(path, own, "tool.dataops")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"not valid TOML: {error}", where=str(path), hint="correct the file") from error


def environment_of(settings: Settings) -> dict[str, str]:
    """Environment variables that give another process exactly these settings, whatever files it finds.

    Examples
    --------
    >>> environment_of(Settings(store="s", jobs=2, pools={"gpu": 2}))["DATAOPS_POOLS"]
    'gpu=2'
    """
    spelled = {row.variable: row.text(getattr(settings, key)) for key, row in ROWS.items()}
    return {**spelled, FILE_VARIABLE: NO_FILE, ENVIRONMENT_VARIABLE: settings.environment}


def withhold_private(environ: MutableMapping[str, str] = os.environ) -> None:
    """Processes that are started from here on do not see what is private in the settings of this one.

    Call once the settings are loaded: they cannot be loaded again.
    """
    for row in ROWS.values():
        if row.is_private:
            environ.pop(row.variable, None)


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
