"""The seam of deployments: where versions, and which one is live where, are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct, field

from jupyter_dataops.ids import Digest
from jupyter_dataops.records.deployments import MoveRecord, VersionRecord
from jupyter_dataops.records.schedules import ScheduleChange
from jupyter_dataops.states import MoveKind


class NewVersion(Struct, frozen=True):
    """A version that has no number yet; see `VersionRecord`."""

    name: str
    digest: Digest
    notebook: str
    created_by: str
    details: Mapping[str, Any] = field(default_factory=dict)


class Move(Struct, frozen=True):
    """A move of a live pointer; see `MoveRecord`."""

    name: str
    environment: str
    number: int
    expected: int | None
    """The version that is live as far as its author knows; `None`: none is."""
    kind: MoveKind
    by: str
    details: Mapping[str, Any] = field(default_factory=dict)
    schedules: Sequence[ScheduleChange] = ()
    """What becomes of the schedules that the version describes, and of those that another one did, in this order."""


class DeploymentStore(Protocol):
    """Keeps versions and live pointers; safe to use from several threads and processes at once.

    Any method raises `StoreUnavailable` when the store cannot be reached or written; nothing is half written then.
    """

    def add_version(self, new: NewVersion, at: datetime) -> VersionRecord:
        """The version, stored with the next number of its deployment, and an audit record (``add_version``).

        A deployment has each digest once: where it is there already, that record is returned, and nothing is written.
        """
        ...

    def get_version(self, name: str, number: int) -> VersionRecord:
        """One version. Raises `DeploymentNotFound`."""
        ...

    def get_versions(self, name: str | None = None, limit: int = 50) -> Sequence[VersionRecord]:
        """The latest versions, newest first; of one deployment, or of all."""
        ...

    def find_digest(self, name: str, start: str) -> Sequence[VersionRecord]:
        """Versions of a deployment whose digest's hexadecimal digits begin so, newest first."""
        ...

    def find_deployments(self, notebook: str) -> Sequence[str]:
        """Names of deployments that have a version made from the notebook at that path, by name."""
        ...

    def get_names(self) -> Sequence[str]:
        """Every deployment, by name."""
        ...

    def move_live(self, move: Move, at: datetime) -> MoveRecord:
        """Make the version the live one, with its schedules, and with a record in the history, in one transaction.

        The audit has the move, whose kind is the action, and each change of a schedule. From then on `get_live` says
        so, to every process. A schedule that comes back fires from now on, whatever happened while it was not there.

        Raises
        ------
        LiveMoved
            Another version than `Move.expected` is live. Nothing changed.
        IllegalMove, ScheduleNotFound, ScheduleExists
            A schedule is not as it was read, or another one has its name. Nothing changed.
        DeploymentNotFound
            There is no such version.
        """
        ...

    def get_live(self, name: str | None = None, environment: str | None = None) -> Sequence[MoveRecord]:
        """The moves that made present live versions so, by name and environment.

        Costs the same however often pointers have been moved.
        """
        ...

    def get_moves(self, name: str, environment: str | None = None, limit: int = 50) -> Sequence[MoveRecord]:
        """The history of a deployment's live pointers, newest first."""
        ...

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        ...
