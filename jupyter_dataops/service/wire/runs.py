"""Runs and their nodes: what was asked for, what has become of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from jupyter_dataops.plan.differences import Kind
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.lineage import AssetRef
from jupyter_dataops.service.wire.pipelines import GraphView
from jupyter_dataops.states import FailureCause, NodeState, RunState


class RunsRequest(Wire):
    """Which runs to list."""

    path: str | None = None
    """Of this notebook, and of its deployed versions, only."""
    limit: int = Field(default=50, ge=1, le=1000)


class RunRequest(Wire):
    """A run of the saved notebook."""

    path: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    select: str | None = None
    changed: bool = False
    jobs: int | None = Field(default=None, ge=1)
    fail_fast: bool = False


class RetryRequest(Wire):
    """A new run from a finished one; or, with `nodes` and the run going on, these nodes tried again in it."""

    run_id: str
    nodes: list[str] = Field(default_factory=list)
    select: str | None = None
    """``NODE`` alone, ``NODE+`` and below, ``+NODE`` up to it, ``state:failed``."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    jobs: int | None = Field(default=None, ge=1)


class RunRef(Wire):
    """A run: its id, a unique prefix of it, or ``last``."""

    run_id: str


class RunSummary(Wire):
    """One run, in a line."""

    run_id: str
    state: RunState
    name: str
    """Of the pipeline."""
    path: str | None
    """Of the notebook; `None`: it lies outside what the front end may see."""
    mode: str
    select: str | None
    parent_run_id: str | None
    parameters: dict[str, Any]
    created_at: datetime
    created_by: str
    started_at: datetime | None
    finished_at: datetime | None
    reason: str | None
    counts: dict[NodeState, int]
    """Nodes of the pipeline itself by state."""
    failed: list[str]
    """Nodes and checks that failed themselves, at most 20."""
    environment: str | None = None
    """Of the configuration, in which it was started."""
    deployment: str | None = None
    """The version that it runs: ``NAME@VERSION``; `None`: the notebook as it was."""
    schedule: str | None = None
    """The schedule that it was started for, by name."""
    notifies: bool = False
    """Somebody is to be told of what becomes of it: see `list_notices`."""


class RunList(Wire):
    """Runs, newest first."""

    runs: list[RunSummary]


class ErrorView(Wire):
    """Why a node failed, in short; see `FailureView`."""

    cause: FailureCause
    ename: str
    evalue: str
    cell_id: str | None
    line: int | None
    """1-based, in that cell."""


class NodeRunView(Wire):
    """One node, child or check in a run, with all that the graph, the list and the timeline show of it."""

    node: str
    """``clean``, ``score[berlin]``, ``etl/clean``, ``check:clean/not_null``."""
    position: int
    parent: str | None
    key: str | None
    severity: Literal["error", "warn"] | None
    """Of a check; `None`: it is a node."""
    state: NodeState
    attempt: int
    reason: str
    waiting: str | None
    """What keeps it from going on right now."""
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    not_before: datetime | None
    error: ErrorView | None
    source_run_id: str | None


class RunView(Wire):
    """A run, whole, as it was at `seq`."""

    run: RunSummary
    graph: GraphView
    """Of the notebook as the run pinned it."""
    nodes: list[NodeRunView]
    """In document order: children, and checks, directly below their node."""
    seq: int
    """Number of its latest event: `watch` goes on from here."""
    edited: list[str]
    """Nodes whose cells differ in the notebook as it is now."""


class Started(Wire):
    """What a request to run, retry or resume led to."""

    run: RunSummary


class NodeRef(Wire):
    """A node run."""

    run_id: str
    node: str


class AttemptRef(NodeRef):
    """One attempt at a node run; by default the latest."""

    attempt: int | None = None


class SourceLine(Wire):
    """One line of a cell."""

    line: int
    text: str


class FailureView(ErrorView):
    """Why an attempt failed, whole."""

    traceback: str
    """The user's own, with ANSI colours."""
    source: list[SourceLine]
    """The lines around the one that failed."""
    cell_index: int | None
    notebook: str | None
    """Path of the notebook that the cell is in, where it is not the run's own."""
    facts: dict[str, Any]
    meaning: str
    """What the cause means, one sentence."""


class AttemptView(Wire):
    """One try."""

    attempt: int
    run_id: str
    """The run that made it: another one's where the node was reused."""
    started_at: datetime
    finished_at: datetime | None
    state: Literal["running", "succeeded", "failed"]
    failure: FailureView | None
    kernel: str
    """How its kernel came to be."""
    python: str
    packages: dict[str, str]
    peak_memory_bytes: int | None
    notebook_path: str | None
    """Of its executed notebook, as the front end opens it; `None`: it lies outside, or is not there."""


class ArtifactView(Wire):
    """A stored value, described."""

    digest: str
    name: str
    producer: str
    """The node that made it."""
    type: str
    serializer: str
    size_bytes: int
    shape: list[int] | None
    columns: dict[str, str] | None
    preview: str


class Inputs(Wire):
    """What a node run was given."""

    inputs: list[ArtifactView]


class DifferenceView(Wire):
    """One thing that is not as it was when the node last succeeded, or was planned from."""

    kind: Kind
    node: str
    name: str
    sentence: str
    old: Any
    new: Any
    diff: str
    pointed_at: bool


class NodeDetail(Wire):
    """All that is known of one node run but its log and outputs."""

    run_id: str
    node: NodeRunView
    description: str
    cells: list[str]
    """Ids of its cells."""
    attempts: list[AttemptView]
    inputs: list[ArtifactView]
    outputs: list[ArtifactView]
    published: list[AssetRef]
    """Versions of assets that it has published in this run."""
    loaded: list[AssetRef]
    """Versions of assets that its result is made from."""
    checks: list[NodeRunView]
    children: list[NodeRunView]
    changes: list[DifferenceView]


class LogRequest(AttemptRef):
    """A piece of an attempt's log."""

    start: int | None = Field(default=None, ge=0)
    """Byte offset; `None`: what comes last."""
    max_bytes: int = Field(default=262_144, ge=1_024, le=4_194_304)


class LogPiece(Wire):
    """Something printed; may hold several lines, or part of one."""

    at: datetime
    stream: str
    """``stdout``, ``stderr``, ``display``, ``error`` or ``system``."""
    text: str


class LogChunk(Wire):
    """Consecutive pieces of a log."""

    attempt: int
    start: int
    """Byte offset of the first piece."""
    next: int
    """Where to read on."""
    size: int
    """Bytes of the log now."""
    is_complete: bool
    """The attempt has ended: nothing comes after `size`."""
    pieces: list[LogPiece]


class CellOutputs(Wire):
    """One of the user's cells as it was executed."""

    cell_id: str
    source: str
    outputs: list[dict[str, Any]]
    """nbformat outputs; too large ones are replaced by a text that says so. Not trusted."""
    html: str
    """The same as harmless HTML without scripts, for where nothing richer can render."""


class Outputs(Wire):
    """What an attempt's cells displayed."""

    attempt: int
    cells: list[CellOutputs]


class ArtifactRef(Wire):
    """A stored value."""

    run_id: str
    node: str
    """The node that made it."""
    name: str
    digest: str | None = None
    """Which, where the name alone does not say: an element of a value that an ``each:`` runs over."""


class TableView(Wire):
    """The first rows of a table."""

    columns: list[str]
    dtypes: list[str]
    rows: list[list[Any]]
    """JSON scalars; anything else as text."""
    row_count: int


class ArtifactPreview(Wire):
    """A stored value, shown. Nothing that could run code is loaded for it."""

    artifact: ArtifactView
    table: TableView | None
    text: str | None
    """Where it is no table; cut, where it is long."""
    is_cut: bool


class SpanView(Wire):
    """What a node did for a while."""

    node: str
    kind: Literal["queued", "attempt", "waiting", "group"]
    """``group``: what it has expanded to was at work."""
    attempt: int
    state: NodeState
    started_at: datetime
    finished_at: datetime | None
    """`None`: it goes on."""


class Timeline(Wire):
    """When what ran."""

    run_id: str
    spans: list[SpanView]
    critical_path: list[str]
    """Nodes that decided how long the run took, in order."""
    seq: int
    """Number of the run's last event that it tells of."""


class Explanation(Wire):
    """Why a run failed."""

    run_id: str
    verdict: str
    node: str | None
    failure: FailureView | None
    others: list[str]
    compared_with: str | None
    """The run in which the node last succeeded."""
    differences: list[DifferenceView]
    """Most likely cause first."""


class Report(Wire):
    """Where a run's report lies."""

    html: str
    """The page: self-contained, without scripts."""


class Restoring(Wire):
    """How to come to where a node failed: code for the live kernel, and the place in the notebook."""

    code: str
    """Python that restores the node's inputs, setup and parameters in the kernel in which it is executed."""
    node: str
    attempt: int
    names: list[str]
    """What it binds."""
    path: str | None
    """Of the notebook that the cell is in; `None`: it lies outside what the front end may see."""
    cell_id: str | None
    line: int | None
    """1-based, in that cell."""
