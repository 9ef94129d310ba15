"""Finding what is deployed: versions by what people call them, what is live where, what a version is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from jupyter_dataops.api.bundles import Bundles, Contents
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DeploymentNotFound, UsageError
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import DeploymentStore
from jupyter_dataops.records import MoveRecord, VersionRecord
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.store.deployment_lookup import deployment_not_found, version_not_found
from jupyter_dataops.wiring import Layout, open_deployment_store

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_SHORTEST_DIGEST: Final = 6
_VERSION: Final = re.compile(r"v?\d+|[0-9a-f]{6,}")
"""A number, or the beginning of a digest."""
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")


def opened(settings: Settings) -> closing[DeploymentStore]:
    """The deployment store, open for as long as the context lasts."""
    return closing(open_deployment_store(settings))


def bundles_of(settings: Settings) -> Bundles:
    """The bundles beside it."""
    return Bundles(Layout.of(settings))


def default_name(pipeline: str) -> str:
    """The name under which a pipeline of that name is deployed.

    Examples
    --------
    >>> default_name("Flights, daily"), default_name("2026")
    ('Flights-daily', 'p-2026')
    """
    plain = _NO_NAME.sub("-", pipeline).strip("-.") or "pipeline"
    return (plain if plain[0].isalpha() or plain[0] == "_" else f"p-{plain}")[:100]


def require_name(name: str, what: str = "deployment") -> None:
    """Return if a deployment, or environment, may be called so. Raises `UsageError`."""
    if not NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' cannot be the name of a {what}",
            hint="letters, digits, _ . and -, a letter or _ first, at most 100",
        )


def split_label(text: str) -> tuple[str, str | None] | None:
    """Name and version of a text that may mean a deployment; `None`: it cannot.

    Examples
    --------
    >>> split_label("flights@3"), split_label("flights"), split_label("etl/flights.ipynb")
    (('flights', '3'), ('flights', None), None)
    """
    name, mark, version = text.partition("@")
    if not NAME.fullmatch(name) or (mark and not re.fullmatch(r"v?\w+", version)):
        return None
    return name, version or None


def find_version(name: str, wanted: str, store: DeploymentStore) -> VersionRecord:
    """The version meant by a number, with or without ``v``, or by the beginning of its digest.

    Raises
    ------
    DeploymentNotFound
        None is meant, or several are.
    """
    number = wanted.removeprefix("v")
    if number.isdecimal() and len(number) < _SHORTEST_DIGEST:
        return store.get_version(name, int(number))
    found = store.find_digest(name, wanted) if len(wanted) >= _SHORTEST_DIGEST else []
    if len(found) == 1:
        return found[0]
    if found:
        labels = ", ".join(one.label for one in found)
        raise DeploymentNotFound(f"'{wanted}' begins the digests of {labels}", hint="write more of it, or the number")
    newest = next(iter(store.get_versions(name, 1)), None)
    raise version_not_found(name, wanted, store.get_names(), newest.number if newest else None)


def find_live(name: str, environment: str, store: DeploymentStore) -> tuple[VersionRecord, MoveRecord]:
    """The live version of a deployment in an environment, and how it came to be.

    Raises
    ------
    DeploymentNotFound
        There is no such deployment, or none of its versions is live there.
    """
    move = next(iter(store.get_live(name, environment)), None)
    if move is not None:
        return store.get_version(name, move.number), move
    if not store.get_versions(name, 1):
        raise deployment_not_found(name, store.get_names())
    elsewhere = [one.environment for one in store.get_live(name)]
    there = f"it is live in {', '.join(elsewhere)}" if elsewhere else "it is live nowhere"
    raise DeploymentNotFound(
        f"no version of {name} is live in '{environment}'",
        hint=f"{there}; `jupyter dataops deploy NOTEBOOK --env {environment}`, or `promote`, makes one live",
    )


def find_name(pipeline: str | Path, environment: str, store: DeploymentStore) -> str:
    """The deployment meant by its name, or by the path of the notebook that it was made from.

    Raises
    ------
    DeploymentNotFound
        There is none; or several of the notebook, of which not just one is live in that environment.
    """
    if (parts := split_label(str(pipeline))) is not None and parts[1] is None:
        if store.get_versions(parts[0], 1):
            return parts[0]
        if not Path(str(pipeline)).suffix:
            raise deployment_not_found(parts[0], store.get_names())
    names = store.find_deployments(str(pipeline))
    live = [name for name in names if store.get_live(name, environment)]
    if len(live) == 1 or len(names) == 1:
        return (live or names)[0]
    if not names:
        raise DeploymentNotFound(
            f"the notebook {pipeline} is not deployed",
            hint=f"jupyter dataops deploy {Path(str(pipeline)).name} --env {environment}",
        )
    raise DeploymentNotFound(
        f"the notebook {pipeline} is deployed as {', '.join(names)}", hint="name the deployment that is meant"
    )


def list_versions(settings: Settings, name: str | None = None, limit: int = 50) -> Sequence[VersionRecord]:
    """The latest versions, newest first. Raises `DeploymentNotFound` where there is no such deployment."""
    with opened(settings) as store:
        found = store.get_versions(name, limit)
        if name is not None and not found:
            raise deployment_not_found(name, store.get_names())
        return found


def without_files(settings: Settings, versions: Iterable[VersionRecord]) -> frozenset[Digest]:
    """Those whose bundle is not there: they cannot run until the same contents are deployed again."""
    bundles = bundles_of(settings)
    return frozenset(one.digest for one in versions if not bundles.is_there(one.digest))


def list_names(settings: Settings) -> Sequence[str]:
    """Every deployment, by name."""
    with opened(settings) as store:
        return store.get_names()


def find_either(settings: Settings, name: str, wanted: str) -> VersionRecord:
    """The version meant by a number, the beginning of a digest, or an environment in which it is live.

    Raises
    ------
    DeploymentNotFound
    """
    with opened(settings) as store:
        environments = [one.environment for one in store.get_live(name)]
        if wanted in environments:
            return find_live(name, wanted, store)[0]
        if not _VERSION.fullmatch(wanted) and store.get_versions(name, 1):
            raise DeploymentNotFound(
                f"'{wanted}' is no version of {name}, and none is live in an environment of that name",
                hint=suggestion(wanted, environments)
                or f"name its number, the beginning of its digest, or where it is live: {', '.join(environments)}",
            )
        return find_version(name, wanted, store)


def find_live_version(settings: Settings, name: str, environment: str) -> VersionRecord:
    """The version that is live in an environment. Raises `DeploymentNotFound`."""
    with opened(settings) as store:
        return find_live(name, environment, store)[0]


def list_live(settings: Settings, name: str | None = None) -> Sequence[MoveRecord]:
    """What is live where, and how it came to be."""
    with opened(settings) as store:
        return store.get_live(name)


def list_moves(settings: Settings, name: str, environment: str | None = None, limit: int = 50) -> Sequence[MoveRecord]:
    """The history of a deployment's live pointers, newest first."""
    with opened(settings) as store:
        return store.get_moves(name, environment, limit)


def read_contents(settings: Settings, version: VersionRecord) -> Contents:
    """What a version is made of, verified. Raises `ArtifactMissing`, `ArtifactCorrupt`."""
    return bundles_of(settings).read(version.digest)
