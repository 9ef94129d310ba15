"""Assets: what pipelines have published for others."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jupyter_dataops.errors import AssetNotFound
from jupyter_dataops.records import AssetRecord, AssetUse
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.views import artifact_view
from jupyter_dataops.service.wire.assets import (
    AssetList,
    AssetRequest,
    AssetsRequest,
    AssetUseView,
    AssetVersions,
    AssetVersionView,
    AssetView,
)

MOST_USES: Final = 20
"""How many node runs that have loaded a version are told."""


def list_assets(desk: Desk, request: AssetsRequest, _actor: str | None) -> AssetList:
    """The newest version of each asset, by name."""
    notebook = None if request.path is None else str(desk.places.absolute(request.path))
    found = [asset for asset in desk.stores.assets.get_newest() if notebook in (None, asset.notebook)]
    return AssetList(assets=[_asset_view(asset, desk.places) for asset in found])


def list_asset_versions(desk: Desk, request: AssetRequest, _actor: str | None) -> AssetVersions:
    """Versions of one asset, newest first. Raises `AssetNotFound`."""
    store, name = desk.stores.assets, request.asset
    notebook = None if request.path is None else str(desk.places.absolute(request.path))
    if notebook is None:
        store.get_asset(name)
        found = store.get_asset_versions(name, request.limit)
    else:
        found = [one for one in store.get_asset_versions(name, request.limit) if one.notebook == notebook]
        if not found:
            # Who asks for one notebook is not told what others publish.
            raise AssetNotFound(f"{request.path} has published no asset '{name}'", hint="`list_assets` has those of it")
    return AssetVersions(asset=name, versions=[_version_view(asset, desk, notebook) for asset in found])


def _version_view(asset: AssetRecord, desk: Desk, notebook: str | None) -> AssetVersionView:
    uses = desk.stores.assets.get_uses(asset, MOST_USES + 1, notebook=notebook)
    shown = [_use_view(one, desk.places) for one in uses[:MOST_USES]]
    return AssetVersionView(**_told(asset, desk.places), loaded_by=shown, is_cut=len(uses) > MOST_USES)


def _use_view(use: AssetUse, places: Places) -> AssetUseView:
    return AssetUseView(
        run_id=use.run_id,
        run_state=use.run_state,
        node=use.node,
        source_run_id=use.source_run_id,
        path=places.shown(Path(use.notebook)),
        notebook=Path(use.notebook).name,
        created_at=use.created_at,
    )


def _asset_view(asset: AssetRecord, places: Places) -> AssetView:
    return AssetView(**_told(asset, places))


def _told(asset: AssetRecord, places: Places) -> dict[str, Any]:
    return {
        "asset": asset.name,
        "version": asset.version,
        "label": asset.label,
        "artifact": artifact_view(asset.variable, asset.node, asset.artifact),
        "node": asset.node,
        "run_id": asset.run_id,
        "path": places.shown(Path(asset.notebook)),
        "notebook": Path(asset.notebook).name,
        "pipeline": asset.pipeline or None,
        "published_at": asset.published_at,
    }
