"""The deployment store in memory: the same contract without a disk."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from jupyter_dataops.interfaces import Move, NewVersion
from jupyter_dataops.records import MoveRecord, VersionRecord
from jupyter_dataops.store.codec import to_json
from jupyter_dataops.store.deployment_lookup import live_moved, version_not_found
from jupyter_dataops.store.memory_schedules import MemoryScheduleStore


class MemoryDeploymentStore:
    """A `DeploymentStore` that is forgotten with the process, and keeps no audit. Safe to use from several threads.

    Parameters
    ----------
    schedules
        Where the schedules are that versions describe.
    """

    def __init__(self, schedules: MemoryScheduleStore | None = None) -> None:
        self._lock = threading.RLock()
        self._schedules = schedules
        self._versions: list[VersionRecord] = []
        self._moves: list[MoveRecord] = []

    def add_version(self, new: NewVersion, at: datetime) -> VersionRecord:
        """The version, stored; see `DeploymentStore.add_version`."""
        with self._lock:
            own = [one for one in self._versions if one.name == new.name]
            present = next((one for one in own if one.digest == new.digest), None)
            if present is not None:
                return present
            added = VersionRecord(
                name=new.name,
                number=len(own) + 1,
                digest=new.digest,
                notebook=new.notebook,
                created_at=at,
                created_by=new.created_by,
                details=to_json(new.details),
            )
            self._versions.append(added)
            return added

    def get_version(self, name: str, number: int) -> VersionRecord:
        """One version. Raises `DeploymentNotFound`."""
        with self._lock:
            own = [one for one in self._versions if one.name == name]
            if not 1 <= number <= len(own):
                raise version_not_found(name, number, self.get_names(), len(own) or None)
            return own[number - 1]

    def get_versions(self, name: str | None = None, limit: int = 50) -> Sequence[VersionRecord]:
        """The latest versions, newest first."""
        with self._lock:
            return [one for one in reversed(self._versions) if name in (None, one.name)][:limit]

    def find_digest(self, name: str, start: str) -> Sequence[VersionRecord]:
        """Versions whose digest begins so."""
        own = self.get_versions(name, limit=len(self._versions))
        return [one for one in own if one.digest.rpartition(":")[2].startswith(start)]

    def find_deployments(self, notebook: str) -> Sequence[str]:
        """Names of deployments of the notebook."""
        with self._lock:
            return sorted({one.name for one in self._versions if one.notebook == notebook})

    def get_names(self) -> Sequence[str]:
        """Every deployment, by name."""
        with self._lock:
            return sorted({one.name for one in self._versions})

    def move_live(self, move: Move, at: datetime) -> MoveRecord:
        """Move the live pointer; see `DeploymentStore.move_live`."""
        with self._lock:
            self.get_version(move.name, move.number)
            present = next(iter(self.get_live(move.name, move.environment)), None)
            if (present.number if present else None) != move.expected:
                raise live_moved(move, present)
            made = MoveRecord(
                seq=len(self._moves) + 1,
                name=move.name,
                environment=move.environment,
                number=move.number,
                previous=move.expected,
                kind=move.kind,
                at=at,
                by=move.by,
                details=to_json(move.details),
            )
            if self._schedules is not None:
                self._schedules.apply_changes(move.schedules, move.by, at)
            self._moves.append(made)
            return made

    def get_live(self, name: str | None = None, environment: str | None = None) -> Sequence[MoveRecord]:
        """What is live where."""
        with self._lock:
            latest = {(one.name, one.environment): one for one in self._moves}
        kept = (one for one in latest.values() if name in (None, one.name) and environment in (None, one.environment))
        return sorted(kept, key=lambda one: (one.name, one.environment))

    def get_moves(self, name: str, environment: str | None = None, limit: int = 50) -> Sequence[MoveRecord]:
        """The history of live pointers, newest first."""
        with self._lock:
            own = [one for one in reversed(self._moves) if one.name == name]
        return [one for one in own if environment in (None, one.environment)][:limit]

    def close(self) -> None:
        """Nothing is left to release."""
