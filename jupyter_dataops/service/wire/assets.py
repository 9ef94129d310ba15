"""Assets: values that pipelines have published for others, in versions."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.runs import ArtifactView
from jupyter_dataops.states import RunState


class AssetsRequest(Wire):
    """Which assets to list."""

    path: str | None = None
    """Of this notebook only: it has published the newest version."""


class AssetRequest(Wire):
    """One asset, with its latest versions."""

    asset: str
    path: str | None = None
    """Only versions that this notebook has published."""
    limit: int = Field(default=50, ge=1, le=500)


class AssetView(Wire):
    """One version of an asset."""

    asset: str
    version: int
    label: str
    """``NAME@VERSION``."""
    artifact: ArtifactView
    """What it is; the name there is that of the variable."""
    node: str
    """That published it, by its name in the run."""
    run_id: str
    path: str | None
    """Of the run's notebook; `None`: it lies outside what the front end may see."""
    notebook: str
    """That notebook's file name."""
    pipeline: str | None
    """The pipeline's name."""
    published_at: datetime


class AssetUseView(Wire):
    """A node run that has loaded a version, or reuses the result of one that has."""

    run_id: str
    run_state: RunState
    node: str
    source_run_id: str | None
    """The run that loaded it, where this one reuses its result."""
    path: str | None
    """Of the run's notebook; `None`: it lies outside what the front end may see."""
    notebook: str
    """That notebook's file name."""
    created_at: datetime


class AssetVersionView(AssetView):
    """One version of an asset, and who has loaded it."""

    loaded_by: list[AssetUseView]
    """Those of the newest runs first; the first 20."""
    is_cut: bool
    """There are more."""


class AssetList(Wire):
    """The newest version of each asset, by name."""

    assets: list[AssetView]


class AssetVersions(Wire):
    """Versions of one asset, newest first."""

    asset: str
    versions: list[AssetVersionView]
