"""Assets in memory: the same contract without a disk, for tests and trials."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from jupyter_dataops.ids import RunId
from jupyter_dataops.records import AssetRecord, AssetUse
from jupyter_dataops.store import publishing
from jupyter_dataops.store.memory import MemoryRunStore


class MemoryAssetStore:
    """An `AssetStore` that is forgotten with the process. Safe to use from several threads.

    Parameters
    ----------
    runs
        Which publish them.
    """

    def __init__(self, runs: MemoryRunStore) -> None:
        self._runs = runs
        self._shelf = runs.shelf
        self._lock = runs.lock

    def get_newest(self) -> Sequence[AssetRecord]:
        """The newest version of each asset, by name."""
        with self._lock:
            newest = {asset.name: asset for asset in self._shelf.assets}
        return [newest[name] for name in sorted(newest)]

    def get_asset(self, name: str, version: int | None = None) -> AssetRecord:
        """One version; see `AssetStore.get_asset`."""
        with self._lock:
            found = self._shelf.versions(name)
            wanted = len(found) if version is None else version
            if not 1 <= wanted <= len(found):
                known = {asset.name for asset in self._shelf.assets}
                raise publishing.asset_not_found(name, version, len(found) or None, known)
            return found[wanted - 1]

    def get_asset_versions(self, name: str, limit: int = 50) -> Sequence[AssetRecord]:
        """The latest versions of an asset, newest first."""
        with self._lock:
            return self._shelf.versions(name)[::-1][:limit]

    def get_published_by(self, run_id: RunId) -> Sequence[AssetRecord]:
        """What a run has published, by name and number."""
        with self._lock:
            found = [asset for asset in self._shelf.assets if asset.run_id == run_id]
        return sorted(found, key=lambda asset: (asset.name, asset.version))

    def get_uses(self, asset: AssetRecord, limit: int = 50, *, notebook: str | None = None) -> Sequence[AssetUse]:
        """Node runs that have to do with a version; see `AssetStore.get_uses`."""
        with self._lock:
            found = (use for use in self._uses(asset) if notebook in (None, use.notebook))
            return list(islice(found, limit))

    def _uses(self, asset: AssetRecord) -> Iterator[AssetUse]:
        wanted = asset.name, asset.version, asset.run_id
        for run in self._runs.get_runs(limit=sys.maxsize):
            for record in sorted(self._runs.get_node_runs(run.run_id), key=lambda record: record.node):
                attempts = self._runs.get_attempts(record.source_run_id or run.run_id, record.node)
                usage = attempts[-1].usage if attempts else None
                if usage is not None and wanted in ((one.name, one.version, one.run_id) for one in usage.loaded):
                    yield AssetUse(
                        run.run_id,
                        record.node,
                        record.state,
                        record.source_run_id,
                        run.notebook,
                        run.state,
                        run.created_at,
                    )

    def close(self) -> None:
        """Do nothing: there are no connections."""
