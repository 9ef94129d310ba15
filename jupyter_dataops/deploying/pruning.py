"""Clearing away the files of old versions: what nobody runs, and nobody goes back to at once.

A version stays on record, with its history; without its files it cannot run until the same contents are deployed again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing

from msgspec import Struct

from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.moving import find_before
from jupyter_dataops.deploying.versions import bundles_of
from jupyter_dataops.errors import UsageError
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import DeploymentStore
from jupyter_dataops.records import VersionRecord
from jupyter_dataops.store.deployment_lookup import deployment_not_found
from jupyter_dataops.wiring import Stores, open_stores

_ALL = 1_000_000


class Pruned(Struct, frozen=True):
    """A version whose files are not needed."""

    version: VersionRecord
    size_bytes: int


def find_unneeded(settings: Settings, keep: int, name: str | None = None) -> Sequence[Pruned]:
    """Versions whose files may go, newest first.

    Left out are, of each deployment, the `keep` newest, what is live anywhere, what a rollback would make live, what a
    run that has not ended runs; and what was made ready to run, or be live, within the last hour.

    Parameters
    ----------
    name
        Of one deployment; `None`: all of them.

    Raises
    ------
    DeploymentNotFound
    UsageError
        `keep` is less than 1.
    """
    if keep < 1:
        raise UsageError("at least one version is kept", hint="--keep 1")
    with closing(open_stores(settings)) as stores:
        names = stores.deployments.get_names()
        if name is not None and name not in names:
            raise deployment_not_found(name, names)
        return list(_unneeded(stores, settings, names if name is None else [name], keep))


def _unneeded(stores: Stores, settings: Settings, names: Collection[str], keep: int) -> Iterator[Pruned]:
    bundles, store = bundles_of(settings), stores.deployments
    needed = _needed_by_any(stores, keep)
    seen: set[Digest] = set()
    for one in names:
        for version in store.get_versions(one, _ALL):
            if version.digest not in needed and version.digest not in seen and bundles.is_idle(version.digest):
                seen.add(version.digest)
                yield Pruned(version, bundles.size_bytes(version.digest))


def _needed_by_any(stores: Stores, keep: int) -> set[Digest]:
    """One bundle may be of several deployments: all of them have to agree."""
    store = stores.deployments
    return {digest for one in store.get_names() for digest in _needed(one, store, keep)} | _running(stores)


def _needed(name: str, store: DeploymentStore, keep: int) -> Iterator[Digest]:
    versions = {one.number: one.digest for one in store.get_versions(name, _ALL)}
    yield from list(versions.values())[:keep]
    for live in store.get_live(name):
        yield versions[live.number]
        before = find_before(live, store)
        if before is not None:
            yield versions[before]


def _running(stores: Stores) -> set[Digest]:
    """What is run by runs that wait or go on, and by those that crashed and services resume."""
    fires = (one.fire.run_id for one in stores.schedules.get_open_fires() if one.run_state is not None)
    resumed = [stores.runs.get_run(run_id) for run_id in fires if run_id is not None]
    runs = [*stores.runs.get_queued_runs(), *stores.runs.get_active_runs(), *resumed]
    return {said.digest for run in runs if (said := deployment_of(run)) is not None}


def prune(settings: Settings, unneeded: Sequence[Pruned], keep: int) -> Sequence[Pruned]:
    """The files of those versions are gone, but for what is needed again by now; the answer is those that went."""
    bundles, gone = bundles_of(settings), []
    with closing(open_stores(settings)) as stores:
        for one in unneeded:
            digest = one.version.digest
            if digest not in _needed_by_any(stores, keep) and bundles.remove_idle(digest):
                gone.append(one)
    return gone
