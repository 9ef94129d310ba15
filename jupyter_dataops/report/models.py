"""What a run's page is made from. Values only: whoever fills these in has read the store, notebooks and logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import ArtifactRecord, AssetRecord, AttemptRecord, LoadedAsset, NodeRunRecord, RunRecord

if TYPE_CHECKING:
    from jupyter_dataops.graph.build import Graph


class ExecutedCell(Struct, frozen=True):
    """One of the user's cells, as an attempt left it."""

    cell_id: str
    source: str
    outputs: Sequence[Mapping[str, Any]] = ()
    """As in nbformat 4."""


class Input(Struct, frozen=True):
    """A value that a node was given."""

    name: str
    producer: NodeName
    artifact: ArtifactRecord


class NodePage(Struct, frozen=True):
    """Everything about one node run."""

    record: NodeRunRecord
    attempts: Sequence[AttemptRecord] = ()
    description: str = ""
    """Markdown, by the notebook's author."""
    cells: Sequence[ExecutedCell] = ()
    """Of the latest attempt; without outputs where it has not run."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Cell id to the cell's number in its notebook, from 1."""
    inputs: Sequence[Input] = ()
    log: str = ""
    """The end of what the latest attempt printed."""
    log_is_cut: bool = False
    links: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """Attempt to the addresses of its notebook and log, relative to the page."""
    published: Sequence[AssetRecord] = ()
    """Versions of assets that it has published in this run."""
    loaded: Sequence[LoadedAsset] = ()
    """Versions of assets that its result is made from."""


class ParameterValue(Struct, frozen=True):
    """A parameter of the run."""

    name: str
    value: str
    is_given: bool
    """`False`: it had its default."""


class RunPage(Struct, frozen=True):
    """Everything about one run."""

    run: RunRecord
    node_runs: Sequence[NodeRunRecord]
    """All of them, in document order."""
    pages: Mapping[NodeName, NodePage]
    """Those that are told in full."""
    graph: Graph
    """Of the notebook as it was run."""
    upstream: Mapping[NodeName, Sequence[NodeName]]
    """Direct upstream of nodes and checks, in this notebook and in those that its nodes run."""
    attempts: Mapping[NodeName, Sequence[AttemptRecord]]
    queued_at: Mapping[NodeName, Sequence[datetime]]
    """When each node came to wait for a slot, once per attempt."""
    now: datetime
    """When the page was made: up to here goes what has not ended."""
    version: str
    """Of this package."""
    language: str = "python"
    parameters: Sequence[ParameterValue] = ()

    @property
    def checks(self) -> Mapping[NodeName, NodeRunRecord]:
        """Those of its node runs that are checks."""
        return {record.node: record for record in self.node_runs if record.severity is not None}
