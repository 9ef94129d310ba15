"""What an environment means to a pipeline, and to a run that was started in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from jupyter_dataops.config import Settings, load_configuration, load_settings
from jupyter_dataops.errors import ParameterError, UsageError
from jupyter_dataops.records import RunRecord
from jupyter_dataops.spec.parameters import Parameter, check_parameters


def configured_parameters(settings: Settings, declared: Sequence[Parameter]) -> dict[str, Any]:
    """Of the configured values, those of parameters that the notebook declares; others are for other notebooks.

    Raises
    ------
    ParameterError
        One is not of the declared type.
    """
    names = {parameter.name for parameter in declared}
    found = {name: value for name, value in settings.parameters.items() if name in names}
    try:
        check_parameters(declared, found)
    except ParameterError as error:
        chosen = f" of the environment '{settings.environment}'" if settings.environment else ""
        raise ParameterError(
            error.message,
            where=f"configured parameters{chosen}",
            hint="correct it there: `jupyter dataops config` says in which file and table",
            **error.facts,
        ) from None
    return found


def settings_in(environment: str, start: Path | None = None, store: str | None = None) -> Settings:
    """Settings of an environment, for a notebook in folder `start` (default: the working directory).

    Raises
    ------
    ConfigError
        No file has that environment: every name may be misspelt.
    """
    return load_configuration(start, environment=environment, store=store).settings


def settings_of_live(environment: str, start: Path | None = None, store: str | None = None) -> Settings:
    """The same for what is there already, and is gone on with from wherever a service or a runner happens to be.

    Where no configuration has environments, the defaults hold.

    Raises
    ------
    ConfigError
        There are environments, and this is none of them.
    """
    found = load_configuration(start, environment="", store=store)
    if found.document is not None and found.document.environments:
        return settings_in(environment, start, store)
    return replace(found.settings, environment=environment)


def settings_of(run: RunRecord, settings: Settings) -> Settings:
    """Settings to go on with `run`, or to retry it: those of its environment, with its stores.

    Raises
    ------
    UsageError
        `settings` are of another environment, which somebody chose.
    ConfigError
        Its environment is no longer configured.
    """
    if "environment" not in run.options:  # of an earlier version
        return settings
    own, found = str(run.options["environment"]), settings
    if own != settings.environment:
        if settings.environment:
            raise UsageError(
                f"run {run.run_id} was started in {_named(own)}, not in '{settings.environment}'",
                hint=f"give --env {own}, or leave --env away" if own else "leave --env away, and unset DATAOPS_ENV",
            )
        if "deployment" in run.options:  # its notebook lies in the store, where nothing is configured
            found = settings_of_live(own)
        else:
            found = load_settings(Path(run.notebook).parent, environment=own)
    if "deployment" in run.options:  # what the version has brought along
        found = replace(found, parameters={}, retry=run.options["retry"])
    return replace(found, store=settings.store, actor=settings.actor, artifacts=run.options.get("artifacts"))


def _named(environment: str) -> str:
    return f"environment '{environment}'" if environment else "no environment"
