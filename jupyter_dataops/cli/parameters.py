"""Parameters on the command line, with the meaning that papermill gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from jupyter_dataops.errors import ParameterError
from jupyter_dataops.spec.parameters import parse_value

_F = TypeVar("_F", bound=Callable[..., Any])


def parse_yaml(text: str, where: str) -> dict[str, Any]:
    """The parameters in a YAML mapping; dates stay text, as papermill has it.

    Raises
    ------
    ParameterError
        It is not YAML, or not a mapping.
    """
    import yaml  # noqa: PLC0415 - few calls need it

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012 - pyyaml's own way to be configured
            first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:timestamp"]
            for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    try:
        found = yaml.load(text, Loader=Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ParameterError(f"not YAML: {error}", where=where, hint="write `name: value`, one on each line") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ParameterError(
            "not a mapping of names to values", where=where, hint="write `name: value`, one on each line"
        )
    return {str(name): value for name, value in found.items()}


def collect_parameters(options: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters given by the options of `parameter_options`; files, then ``-y``, ``-p`` and ``-r`` win in turn.

    Raises
    ------
    ParameterError
        A file or YAML text cannot be used.
    """
    given: dict[str, Any] = {}
    for path in options["parameters_file"]:
        given |= parse_yaml(Path(path).read_text("utf-8"), str(path))
    for text in options["parameters_yaml"]:
        given |= parse_yaml(text, "-y")
    given |= {name: parse_value(text) for name, text in options["parameters"]}
    given |= dict(options["parameters_raw"])
    return given


def parameter_options(function: _F) -> _F:
    """Add ``-p``, ``-r``, ``-f`` and ``-y`` to a verb."""
    pair = (str, str)
    for option in (
        click.option(
            "-y", "--parameters-yaml", multiple=True, metavar="YAML", help="Parameters as YAML text. Repeatable."
        ),
        click.option(
            "-f",
            "--parameters-file",
            multiple=True,
            type=click.Path(exists=True, dir_okay=False),
            metavar="FILE",
            help="Parameters from a YAML or JSON file. Repeatable.",
        ),
        click.option(
            "-r",
            "--parameters-raw",
            multiple=True,
            type=pair,
            metavar="NAME VALUE",
            help="A parameter whose value is text as it stands. Repeatable.",
        ),
        click.option(
            "-p",
            "--parameters",
            multiple=True,
            type=pair,
            metavar="NAME VALUE",
            help="A parameter; its value is read as papermill reads it. Repeatable.",
        ),
    ):
        function = option(function)
    return function
