"""What of a configuration belongs to a version, and what to the place where it runs.

A version takes along what changes its results: parameters and retries, at the top and of every environment, and its
schedules. Where things lie, who is told and what is allowed (store, pools, sources of secrets, notifications, policy)
is the environment's, and is read when a version runs: so a password may change without a new version.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from jupyter_dataops.config import Settings
from jupyter_dataops.config.document import ENVIRONMENTS, Document
from jupyter_dataops.config.layers import Layer, Origin, OriginKind, pile

OF_VERSION: Final = ("parameters", "retry")
"""Settings that a version takes along."""


def tables_of(document: Document | None) -> dict[str, Any]:
    """What of a configuration file concerns a version; empty tables are left out."""
    if document is None:
        return {}
    found = _kept(document.values)
    environments = {name: _kept(table) for name, table in document.values.get(ENVIRONMENTS, {}).items()}
    environments = {name: table for name, table in environments.items() if table}
    return found | ({ENVIRONMENTS: environments} if environments else {})


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: values[key] for key in OF_VERSION if values.get(key)}


def schedules_of(document: Document | None, notebook: Path) -> dict[str, Any]:
    """The schedules in a configuration file that are of the notebook, by name."""
    return {} if document is None else dict(_schedules(document, notebook))


def _schedules(document: Document, notebook: Path) -> Iterator[tuple[str, Any]]:
    for name, table in document.schedules.items():
        said = table.get("notebook")
        if isinstance(said, str) and os.path.normpath(document.path.parent / said) == os.path.normpath(notebook):
            # The place of the notebook is the bundle's business.
            yield name, {key: value for key, value in table.items() if key != "notebook"}


def with_tables(settings: Settings, tables: Mapping[str, Any], environment: str | None, label: str) -> Settings:
    """`settings` of the place where a version runs, with what the version took along for that environment."""
    origin = Origin(OriginKind.FILE, label)
    own = {key: value for key, value in tables.items() if key in OF_VERSION}
    layers = [Layer(origin, own, Path())]
    if environment is not None:
        layers.append(Layer(origin, tables.get(ENVIRONMENTS, {}).get(environment, {}), Path()))
    read = pile(layers)
    taken: dict[str, dict[str, Any]] = {key: {} for key in OF_VERSION}
    for (key, *entry), given in read.entries.items():
        taken[key][entry[0]] = given.value
    return replace(settings, parameters=taken["parameters"], retry=taken["retry"], environment=environment or "")
