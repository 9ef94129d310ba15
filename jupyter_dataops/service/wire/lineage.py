"""Which versions of assets a node run has to do with."""

from __future__ import annotations

from jupyter_dataops.service.wire import Wire


class AssetRef(Wire):
    """A version of an asset, and where it is from."""

    asset: str
    version: int
    label: str
    """``NAME@VERSION``."""
    run_id: str
    """The run that published it."""
    path: str | None
    """Of that run's notebook; `None`: it lies outside what the front end may see."""
    notebook: str
    """That notebook's file name."""
