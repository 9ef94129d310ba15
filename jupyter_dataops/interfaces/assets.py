"""The seam of assets: where versions that runs have published are found.

Run stores put a version there in the transaction of the event that publishes it (`NodeSucceeded.publishes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from jupyter_dataops.ids import RunId
from jupyter_dataops.records import AssetRecord, AssetUse


class AssetStore(Protocol):
    """Finds what runs have published; safe to use from several threads and processes at once.

    Any method raises `StoreUnavailable` when the store cannot be reached or read.
    """

    def get_newest(self) -> Sequence[AssetRecord]:
        """The newest version of each asset, by name."""
        ...

    def get_asset(self, name: str, version: int | None = None) -> AssetRecord:
        """One version; the newest, unless a number is given. Raises `AssetNotFound`, which says what there is."""
        ...

    def get_asset_versions(self, name: str, limit: int = 50) -> Sequence[AssetRecord]:
        """The latest versions of an asset, newest first; nothing where there is no asset of that name."""
        ...

    def get_published_by(self, run_id: RunId) -> Sequence[AssetRecord]:
        """What a run has published, by name and number."""
        ...

    def get_uses(self, asset: AssetRecord, limit: int = 50, *, notebook: str | None = None) -> Sequence[AssetUse]:
        """Node runs that have to do with a version, those of the newest run first, in one run by node.

        The last attempt of the node has loaded it, or that of the node run whose result it reuses.

        Parameters
        ----------
        limit
            At most so many.
        notebook
            Only those of its runs.
        """
        ...

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        ...
