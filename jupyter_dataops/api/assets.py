"""Assets: values that pipelines publish for others. Listing them, and loading one, in whatever notebook wants it."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from jupyter_dataops.api.description import describe_output
from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.errors import ArtifactMissing, RunNotFound, UsageError
from jupyter_dataops.ids import RunId
from jupyter_dataops.kernels.usage import note_loaded
from jupyter_dataops.records import AssetRecord, AssetUse, LoadedAsset, OutputRecord
from jupyter_dataops.wiring import Layout, has_store, open_artifact_store, open_asset_store, open_run_store


def load_asset(name: str, version: int | None = None, *, store: str | None = None) -> Any:
    """The value that a run of some pipeline has published as `name` (tag ``asset:NAME=VARIABLE``).

    In a node, that of the store in which the node's run is; elsewhere, of the configured one.

    Parameters
    ----------
    version
        Its number, from 1; by default the newest.
    store
        Folder of another store.

    Raises
    ------
    UsageError
        The name is no text, or the version no whole number.
    AssetNotFound
        There is no such asset, or version; the hint says what there is.
    ArtifactMissing, ArtifactCorrupt
        Its content is gone, or damaged.
    ArtifactError
        It cannot be loaded here: another Python, a package that is missing.

    Examples
    --------
    >>> import tempfile
    >>> load_asset("sales", store=tempfile.mkdtemp())
    Traceback (most recent call last):
    jupyter_dataops.errors.AssetNotFound: no run has published an asset 'sales' in this store
      -> tag a node `asset:sales`, and run it
    """
    _require_named("load_asset", name, version)
    settings = load_settings(store=store)
    asset = find_asset(name, version, settings)
    artifacts = open_artifact_store(_address_of(asset, settings))
    try:
        value = artifacts.get(asset.artifact, asset.variable, {"__name__": "__main__"})
    except ArtifactMissing as error:
        raise ArtifactMissing(
            f"the content of asset {asset.label} is gone: {error.message}",
            where=f"node {asset.node}, run {asset.run_id}",
            hint=f"publish it anew, with a run of {asset.notebook}; or load another version of it",
            asset=asset.name,
            version=asset.version,
            digest=asset.artifact.digest,
        ) from None
    note_loaded(LoadedAsset(asset.name, asset.version, asset.run_id, asset.notebook, store or ""))
    return value


def list_asset_uses(name: str, version: int | None = None, *, store: str | None = None) -> Sequence[AssetUse]:
    """Every node run that has loaded one version of an asset, or reuses what was computed from it; newest run first.

    It is what `Run.loaded_assets` says, asked from the other end: the runs to look at again after a bad version.

    Parameters
    ----------
    version
        Its number, from 1; by default the newest.
    store
        Folder of another store.

    Raises
    ------
    UsageError
        The name is no text, or the version no whole number.
    AssetNotFound
        There is no such asset, or version; the hint says what there is.
    """
    _require_named("list_asset_uses", name, version)
    settings = load_settings(store=store)
    return uses_of(find_asset(name, version, settings), settings, sys.maxsize)


def uses_of(asset: AssetRecord, settings: Settings, limit: int) -> Sequence[AssetUse]:
    """The same of a version, at most so many."""
    with closing(open_asset_store(settings)) as store:
        return store.get_uses(asset, limit)


def _require_named(asked: str, name: str, version: int | None) -> None:
    if not isinstance(name, str):
        raise UsageError(f"the name of an asset is a text, not {name!r}", hint=f'{asked}("sales")')
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise UsageError(f"a version is a whole number, not {version!r}", hint=f"{asked}({name!r}, 1)")


def find_asset(name: str, version: int | None, settings: Settings) -> AssetRecord:
    """One version of an asset, by default the newest. Raises `AssetNotFound`."""
    with closing(open_asset_store(settings)) as store:
        return store.get_asset(name, version)


def list_assets(settings: Settings) -> Sequence[AssetRecord]:
    """The newest version of each asset, by name."""
    with closing(open_asset_store(settings)) as store:
        return store.get_newest()


def published_by(run_id: RunId, settings: Settings) -> Sequence[AssetRecord]:
    """The versions that a run has published, by name and number."""
    if not has_store(settings):
        return ()
    with closing(open_asset_store(settings)) as store:
        return store.get_published_by(run_id)


def list_asset_versions(name: str, settings: Settings, limit: int = 50) -> Sequence[AssetRecord]:
    """The latest versions of an asset, newest first. Raises `AssetNotFound` where there is none."""
    with closing(open_asset_store(settings)) as store:
        store.get_asset(name)
        return store.get_asset_versions(name, limit)


def published_elsewhere(names: Collection[str], notebook: Path, settings: Settings) -> Sequence[AssetRecord]:
    """The newest version of each of these assets that another notebook, which is still there, has published.

    One that is gone was renamed, or moved: its assets are those of its successor.
    """
    if not names or not has_store(settings):
        return ()
    found = [one for one in list_assets(settings) if one.name in names]
    return [one for one in found if one.notebook != str(notebook) and Path(one.notebook).is_file()]


def describe_asset(asset: AssetRecord) -> dict[str, Any]:
    """The version as JSON: with what it is, where it is from, and when."""
    return {
        "name": asset.name,
        "version": asset.version,
        **describe_output(OutputRecord(asset.variable, asset.artifact)),
        "variable": asset.variable,
        "node": asset.node,
        "run_id": asset.run_id,
        "source_run_id": asset.source_run_id,
        "notebook": asset.notebook,
        "pipeline": asset.pipeline or None,
        "published_at": asset.published_at.isoformat(),
    }


def describe_use(use: AssetUse) -> dict[str, Any]:
    """A node run that has to do with a version, as JSON."""
    return {
        "run_id": use.run_id,
        "run_state": use.run_state.value,
        "notebook": use.notebook,
        "created_at": use.created_at.isoformat(),
        "node": use.node,
        "node_state": use.node_state.value,
        "source_run_id": use.source_run_id,
    }


def _address_of(asset: AssetRecord, settings: Settings) -> str:
    """Where its content is: artifacts stay where their run has put them."""
    with closing(open_run_store(settings)) as runs:
        try:
            run = runs.get_run(asset.run_id)
        except RunNotFound:
            return Layout.of(settings).artifacts
        return Layout.of(settings, run).artifacts
