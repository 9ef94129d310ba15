"""The secrets of a pipeline: reading them where a run is made or executed, and keeping them out of what is stored."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.api.secret_sources import read_source
from jupyter_dataops.config import SecretSource, SourceKind
from jupyter_dataops.errors import ConfigError, EnvironmentRefused, InvalidPipeline, ParameterError
from jupyter_dataops.ids import NodeName
from jupyter_dataops.secrets import Masker


def read_secrets(
    parts: Iterable[AnalysedNotebook],
    environ: Mapping[str, str] | None = None,
    *,
    sources: Mapping[str, SecretSource] = MappingProxyType({}),
) -> dict[str, str]:
    """Name to value, of every ``secret:`` that a node of `parts` declares.

    Parameters
    ----------
    environ
        `None` stands for this process's environment.
    sources
        Where the values are; one that is not named is the environment variable of its name.

    Raises
    ------
    EnvironmentRefused
        One is not there, or empty; its file is open to others.
    ConfigError
        One is too short to be masked.
    """
    environ = os.environ if environ is None else environ
    users: dict[str, NodeName] = {}
    for spec in (node for part in parts for node in part.spec.nodes.values()):
        for name in spec.options.secrets:
            users.setdefault(name, spec.name)
    secrets = {name: _read(name, users[name], sources.get(name), environ) for name in sorted(users)}
    try:
        Masker(secrets)
    except ConfigError as error:
        error.where = _place(str(error.facts["secret"]), sources)
        raise
    return secrets


def _read(name: str, node: NodeName, source: SecretSource | None, environ: Mapping[str, str]) -> str:
    own = source or SecretSource(SourceKind.ENV, name)
    value = read_source(own, environ)
    if not value:
        cure = f"set {own.place} where the run is started" if own.kind is SourceKind.ENV else f"put it into {own}"
        raise EnvironmentRefused(
            f"the secret '{name}', which node '{node}' uses, is not set",
            where=_place(name, {} if source is None else {name: source}),
            hint=f"{cure}, or remove the tag 'secret:{name}'",
            secret=name,
        )
    return value


def _place(name: str, sources: Mapping[str, SecretSource]) -> str:
    source = sources.get(name, SecretSource(SourceKind.ENV, name))
    return f"environment variable {source.place}" if source.kind is SourceKind.ENV else str(source)


def require_no_secret(
    secrets: Mapping[str, str], notebooks: Mapping[str, AnalysedNotebook], parameters: Mapping[str, Any]
) -> None:
    """Return if none of `secrets` can be read in what is stored with a run.

    Parameters
    ----------
    notebooks
        By the name to be used in messages.

    Raises
    ------
    InvalidPipeline
        A notebook has one: in a cell, an output that was saved with it, its metadata.
    ParameterError
        A parameter has one.
    """
    masker = Masker(secrets)
    if not masker:
        return
    for parameter, value in parameters.items():
        if secret := _found(masker, {parameter: value}):
            raise ParameterError(
                f"parameter '{parameter}' holds the value of the secret '{secret}', and parameters are stored",
                hint=f"tag a cell of each node that uses it 'secret:{secret}', and read os.environ[{secret!r}] there",
                parameter=parameter,
            )
    for name, analysed in notebooks.items():
        for place, content, cure in _places(analysed.notebook):
            if secret := _found(masker, content):
                raise InvalidPipeline(
                    f"{place} holds the value of the secret '{secret}', and the notebook is stored with each run",
                    where=name,
                    hint=f"{cure.format(secret=secret)}; if the secret is an ordinary word, give it another value",
                    diagnostics=(),
                )


def _places(notebook: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Every part of a notebook, with its name and how to get a secret out of it."""
    for number, cell in enumerate(notebook["cells"], 1):
        where = f"cell {number}"
        yield where, cell.get("source", ""), "read os.environ['{secret}'] there instead"
        yield f"the output of {where}", cell.get("outputs", []), "clear the cell's outputs and save the notebook"
        rest = {key: value for key, value in cell.items() if key not in ("source", "outputs")}
        yield f"the metadata of {where}", rest, "remove it there"
    rest = {key: value for key, value in notebook.items() if key != "cells"}
    yield "the notebook's metadata", rest, "remove it there"


def _found(masker: Masker, content: Any) -> str | None:
    return masker.find("\n".join(_texts(content)).encode("utf-8", "surrogatepass"))


def _texts(content: Any) -> Iterator[str]:
    """Every text in JSON-able data; a list of texts is one, as nbformat writes several lines."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for key, value in content.items():
            yield str(key)
            yield from _texts(value)
    elif isinstance(content, list | tuple):
        if all(isinstance(item, str) for item in content):
            yield "".join(content)
        else:
            for item in content:
                yield from _texts(item)
    else:
        yield json.dumps(content, default=str)
