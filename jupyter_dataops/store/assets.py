"""The assets in the database of the run store."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_dataops.ids import RunId
from jupyter_dataops.records import AssetRecord, AssetUse
from jupyter_dataops.store import asset_changes
from jupyter_dataops.store.database import Database


class SqlAssetStore:
    """An `AssetStore` in a database that runs are kept in, too; closed with it. Not to be used across a fork."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._transactions = database.transactions

    def get_newest(self) -> Sequence[AssetRecord]:
        """The newest version of each asset, by name."""
        return self._transactions.read(asset_changes.select_newest)

    def get_asset(self, name: str, version: int | None = None) -> AssetRecord:
        """One version; see `AssetStore.get_asset`."""
        return self._transactions.read(lambda connection: asset_changes.select_asset(connection, name, version))

    def get_asset_versions(self, name: str, limit: int = 50) -> Sequence[AssetRecord]:
        """The latest versions of an asset, newest first."""
        return self._transactions.read(lambda connection: asset_changes.select_versions(connection, name, limit))

    def get_published_by(self, run_id: RunId) -> Sequence[AssetRecord]:
        """What a run has published, by name and number."""
        return self._transactions.read(lambda connection: asset_changes.select_published_by(connection, run_id))

    def get_uses(self, asset: AssetRecord, limit: int = 50, *, notebook: str | None = None) -> Sequence[AssetUse]:
        """Node runs that have to do with a version; see `AssetStore.get_uses`."""
        return self._transactions.read(lambda connection: asset_changes.select_uses(connection, asset, limit, notebook))

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        self._database.close()
