"""What is stored of assets: values that pipelines publish for others, under a name and a number."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records.outcomes import ArtifactRecord
from jupyter_dataops.states import NodeState, RunState


class AssetRecord(Struct, frozen=True):
    """One version of an asset. Never changed, and never removed."""

    name: str
    version: int
    """From 1, in order of publication; of one name, each number is there once."""
    variable: str
    """Under which the artifact has the value."""
    artifact: ArtifactRecord
    run_id: RunId
    """The run that published it."""
    node: NodeName
    """By its name in that run."""
    source_run_id: RunId
    """The run that computed it; another than `run_id` where that reused a result."""
    notebook: str
    """Absolute path of the run's notebook."""
    pipeline: str
    """The pipeline's name; empty: not known."""
    published_at: datetime

    @property
    def label(self) -> str:
        """Name and number.

        Examples
        --------
        >>> from datetime import UTC
        >>> from jupyter_dataops.ids import Digest
        >>> artifact, at = ArtifactRecord(Digest("blake3:00"), "json", "int", 2), datetime(2026, 1, 31, tzinfo=UTC)
        >>> run = RunId("bcd2345678")
        >>> AssetRecord("sales", 3, "df", artifact, run, NodeName("clean"), run, "/etl.ipynb", "etl", at).label
        'sales@3'
        """
        return f"{self.name}@{self.version}"


class AssetUse(Struct, frozen=True):
    """A node run that has loaded a version of an asset, or reuses the result of one that has."""

    run_id: RunId
    node: NodeName
    """By its name in the run."""
    node_state: NodeState
    source_run_id: RunId | None
    """The run that loaded the version and computed the result that is reused here; `None`: the run itself did."""
    notebook: str
    """Absolute path of the run's notebook."""
    run_state: RunState
    created_at: datetime
    """When the run was made."""
