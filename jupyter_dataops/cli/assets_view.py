"""Assets of a run, in lines: what its nodes have published, and loaded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_dataops.records import LoadedAsset

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run

PUBLISHED_SHAPE = '{"name", "version", "node"}'
LOADED_SHAPE = '{"name", "version", "node", "run_id", "notebook", "store"}'


def published_lines(run: Run, nodes: Collection[str]) -> Iterator[str]:
    """A line for each version that one of `nodes` has published."""
    for asset in run.published_assets():
        if asset.node in nodes:
            yield f"{asset.node} published {asset.label}"


def loaded_lines(run: Run, nodes: Collection[str]) -> Iterator[str]:
    """A line for each version that one of `nodes` has loaded, with the run that it is from."""
    for node, loaded in run.loaded_assets().items():
        for asset in loaded if node in nodes else ():
            yield f"{node} loaded {asset.label}, published by run {asset.run_id} of {Path(asset.notebook).name}"


def describe_assets(run: Run) -> dict[str, Any]:
    """What the run has published and loaded, as JSON."""
    return {
        "published": [{"name": one.name, "version": one.version, "node": one.node} for one in run.published_assets()],
        "loaded": [_describe_loaded(one, node) for node, found in run.loaded_assets().items() for one in found],
    }


def _describe_loaded(asset: LoadedAsset, node: str) -> dict[str, Any]:
    return {
        "name": asset.name,
        "version": asset.version,
        "node": node,
        "run_id": asset.run_id,
        "notebook": asset.notebook,
        "store": asset.store or None,
    }
