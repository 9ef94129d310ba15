"""Deployments: versions of a pipeline, where one is live, and how it came to be."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from jupyter_dataops.deploying.diff import Change
from jupyter_dataops.deploying.schedules import Fate
from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.runs import RunSummary
from jupyter_dataops.service.wire.watching import Refusal
from jupyter_dataops.states import MoveKind


class DeploymentsRequest(Wire):
    """Which deployments to list."""

    path: str | None = None
    """Of this notebook only."""


class DeploymentRef(Wire):
    """A deployment, by its name."""

    deployment: str


class DeploymentRequest(DeploymentRef):
    """One deployment, with its latest versions and moves."""

    versions: int = Field(default=50, ge=1, le=500)
    moves: int = Field(default=50, ge=0, le=500)


class VersionRef(DeploymentRef):
    """A version: its number, the beginning of its digest, or an environment in which it is live."""

    version: str


class DiffRequest(DeploymentRef):
    """Two versions, each as `VersionRef` names one."""

    before: str
    after: str


class DeployRequest(Wire):
    """A version of the notebook as it is saved, to be live in an environment."""

    path: str
    environment: str
    name: str | None = None
    """Of the deployment; `None`: that of the pipeline."""
    test: bool = False
    """The version runs first, and is live only if that succeeds."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """Of the test."""
    takeover: bool = False
    """It may take the place of a notebook at another place; without, that is refused, as ``another_notebook``."""


class PromoteRequest(DeploymentRef):
    """The version that is live in one environment, to be live in another."""

    source: str
    target: str
    takeover: bool = False
    """See `DeployRequest`."""


class RollbackRequest(DeploymentRef):
    """An earlier version, to be live again."""

    environment: str
    to: str | None = None
    """Number, or beginning of the digest; `None`: the one before."""


class OutcomeRequest(Wire):
    """The run that tests a version."""

    run_id: str


class ValueChangeView(Wire):
    """One value of a schedule that is another one."""

    key: str
    old: Any
    new: Any


class ScheduleMoveView(Wire):
    """What became of a schedule when a version became live."""

    name: str
    change: Fate
    """``left``: the version describes it, and it stays as it is, `because` of that."""
    trigger: str
    """Of one that was added, as one writes it."""
    changes: list[ValueChangeView]
    because: str


class MoveView(Wire):
    """Somebody made a version the live one of an environment."""

    deployment: str
    environment: str
    version: int
    """Live from then on."""
    previous: int | None
    """Live before; `None`: none was."""
    kind: MoveKind
    at: datetime
    by: str
    test_run_id: str | None
    promoted_from: str | None
    """Environment."""
    schedules: list[ScheduleMoveView]
    remarks: list[str]
    """What whoever went back was warned of: the policy lets no run of the version start."""


class RollbackPlan(Wire):
    """What a rollback would do now."""

    version: int
    """Live, were it done."""
    previous: int
    """Live as yet."""
    schedules: list[ScheduleMoveView]
    """What would become of them."""
    remarks: list[str]
    """As those of the move: the policy lets no run of the version start."""


class LiveView(MoveView):
    """What is live in an environment: how it came to be, and where `rollback` goes from there."""

    back_to: int | None
    """The version that `rollback` makes live again unless it is told another; `None`: there is none before."""


class VersionView(Wire):
    """One version."""

    deployment: str
    version: int
    label: str
    """``NAME@VERSION``."""
    digest: str
    path: str | None
    """Of the notebook that it was made from; `None`: it lies outside what the front end may see."""
    notebook: str
    """That notebook's file name."""
    created_at: datetime
    created_by: str
    nodes: int | None
    files: list[str]
    """By relative path."""
    remarks: list[str]
    """What it could not take along, or find out."""
    live: list[str]
    """Environments."""


class DeploymentView(Wire):
    """One deployment, in a line."""

    name: str
    newest: VersionView
    live: list[MoveView]
    """How what is live in each environment came to be."""


class DeploymentList(Wire):
    """Deployments by name."""

    deployments: list[DeploymentView]
    environments: list[str]
    """That the configuration names, for the notebook's folder, or the root; where it names none, any name is one."""


class DeploymentDetail(Wire):
    """One deployment, whole."""

    name: str
    versions: list[VersionView]
    """Newest first."""
    live: list[LiveView]
    moves: list[MoveView]
    """The history of its live pointers, newest first."""


class FileView(Wire):
    """A file of a version."""

    path: str
    size_bytes: int


class VersionDetail(Wire):
    """One version, and what it is made of."""

    version: VersionView
    notebook: str
    """Path of the pipeline's own notebook among the files."""
    files: list[FileView]
    packages: dict[str, str]
    python: str
    """Empty: not known."""
    settings: dict[str, Any]
    schedules: dict[str, Any]


class CellDiff(Wire):
    """A cell that differs."""

    notebook: str
    change: Change
    index: int
    """0-based, in the newer version; of one that was removed, in the older."""
    node: str | None
    kind: str
    """``code``, ``markdown`` or ``raw``."""
    lines: list[str]
    """What differs: each begins with ``-``, ``+``, a blank, or ``@@``."""
    tags_before: list[str]
    tags_after: list[str]


class FileDiff(Wire):
    """A file that differs."""

    path: str
    change: Change
    lines: list[str]
    """As of a cell; empty: it is no text, or too long."""


class ValueDiff(Wire):
    """A package's version, a setting or a schedule that differs; `null`: it is not there."""

    name: str
    before: Any
    after: Any


class VersionDiffView(Wire):
    """What differs between two versions."""

    before: VersionView
    after: VersionView
    is_same: bool
    cells: list[CellDiff]
    files: list[FileDiff]
    packages: list[ValueDiff]
    settings: list[ValueDiff]
    schedules: list[ValueDiff]


class Deploying(Wire):
    """What came of a request to deploy."""

    state: Literal["live", "testing"]
    """``testing``: it becomes live once `test` succeeds; follow that run, then ask `get_deploy_outcome`."""
    version: VersionView
    environment: str
    is_new: bool
    """False: there was a version with just these contents."""
    previous: int | None
    """What was live before; the same number: nothing has changed."""
    test: RunSummary | None
    schedules: list[ScheduleMoveView]
    """What became of them; nothing yet while the test goes on."""
    told: str
    """One sentence."""


class DeployOutcome(Wire):
    """What came of the version that a run tests."""

    state: Literal["testing", "failed", "live", "refused", "unknown"]
    """``refused``: the test succeeded, and `refusal` says why the version is not live all the same. ``unknown``: it is
    not live (yet), and it is not known why."""
    deployment: str
    version: int
    environment: str | None
    refusal: Refusal | None
    told: str
    """One sentence."""
