"""The content of assets as they are now, for whoever compares it with what it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from functools import partial

from jupyter_dataops.config import Settings
from jupyter_dataops.errors import AssetNotFound
from jupyter_dataops.interfaces import AssetStore
from jupyter_dataops.plan.fingerprint import NO_ASSET
from jupyter_dataops.wiring import has_store, open_asset_store

NewestAssets = Callable[[Collection[str]], Mapping[str, str]]
"""Digest of the newest version of each of these assets, by name, as `Surroundings.assets` has it."""


def newest_assets(settings: Settings) -> NewestAssets:
    """What looks into the store at each call, and opens nothing before."""
    return partial(_newest, settings)


def no_assets_known(_names: Collection[str]) -> Mapping[str, str]:
    """Where it is not known which store they would be loaded from."""
    return {}


def _newest(settings: Settings, names: Collection[str]) -> Mapping[str, str]:
    if not has_store(settings):  # opening it would make it
        return dict.fromkeys(names, NO_ASSET)
    with closing(open_asset_store(settings)) as store:
        return {name: _digest(store, name) for name in names}


def _digest(store: AssetStore, name: str) -> str:
    try:
        found = store.get_asset(name)
    except AssetNotFound:
        return NO_ASSET
    digest = str(found.artifact.digest)
    return f"{digest} {found.variable}" if found.artifact.members else digest  # values stored together have one digest
