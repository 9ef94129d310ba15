"""What is stored of deployments: versions, where one is live, and how it came to be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from jupyter_dataops.ids import Digest
from jupyter_dataops.states import MoveKind


class VersionRecord(Struct, frozen=True):
    """A version of a deployment. Never changed: what it runs from is in its bundle."""

    name: str
    """Of the deployment."""
    number: int
    """From 1, in the order in which this store got them."""
    digest: Digest
    """Address of the bundle."""
    notebook: str
    """Absolute path of the notebook that it was made from, where that was made."""
    created_at: datetime
    created_by: str
    details: Mapping[str, Any] = field(default_factory=dict)
    """What `versions` shows without opening the bundle, JSON-able: ``nodes``, ``files``, ``pipeline``, and the
    notebook's ``project``, where that has a name; see `jupyter_dataops.deploying.origin`."""

    @property
    def label(self) -> str:
        """How it is named: ``NAME@NUMBER``.

        Examples
        --------
        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 31, tzinfo=UTC)
        >>> VersionRecord("flights", 3, Digest("sha256:00"), "/home/ana/flights.ipynb", at, "ana@here").label
        'flights@3'
        """
        return f"{self.name}@{self.number}"


class MoveRecord(Struct, frozen=True):
    """Somebody made a version the live one of an environment. Never changed and never removed."""

    seq: int
    """Grows over the whole store."""
    name: str
    environment: str
    number: int
    """The version that is live from then on."""
    previous: int | None
    """The one that was before; `None`: none was."""
    kind: MoveKind
    at: datetime
    by: str
    """``USER@HOST``, or what the setting ``actor`` says."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON-able: ``test_run_id``, ``promoted_from``, ``schedules``, ``remarks``."""
