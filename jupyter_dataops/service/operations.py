"""What can be asked for: one row for each operation. Routes, comm messages, OpenAPI and TypeScript follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from jupyter_dataops.service.wire import Wire, assets, backfills, deployments, notices, pipelines, runs, schedules

Method = Literal["GET", "POST"]
Action = Literal["read", "write", "execute"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a browser may ask for."""

    name: str
    module: str
    """Of this package: its function called as the operation answers it. Imported when that is first asked for."""
    method: Method
    route: str
    """Below ``/dataops/v1/``; fields of the request in braces are part of the path, the others query or body."""
    request: type[Wire]
    response: type[Wire]
    action: Action
    """What the user must be allowed to do with the resource ``dataops``: ``write`` changes what will run by itself."""
    summary: str


_NODE: Final = "runs/{run_id}/nodes/{node}"
_DEPLOYMENT: Final = "deployments/{deployment}"
_SCHEDULE: Final = "schedules/{schedule}"
_ROWS: Final = (
    Operation(
        "preview",
        "preview",
        "POST",
        "preview",
        pipelines.NotebookSource,
        pipelines.Preview,
        "read",
        "What a notebook says, saved or not",
    ),
    Operation("grammar", "tags", "GET", "grammar", pipelines.Nothing, pipelines.Grammar, "read", "The tag language"),
    Operation(
        "spell_tags",
        "tags",
        "POST",
        "tags",
        pipelines.TagsRequest,
        pipelines.Tags,
        "read",
        "Tags from what a form says",
    ),
    Operation(
        "propose_tags",
        "tags",
        "POST",
        "proposals",
        pipelines.NotebookSource,
        pipelines.Proposals,
        "read",
        "Tags for an untagged notebook",
    ),
    Operation(
        "plan",
        "runs",
        "POST",
        "plan",
        pipelines.PlanRequest,
        pipelines.PlanView,
        "read",
        "What a run would do, and why",
    ),
    Operation("list_runs", "runs", "GET", "runs", runs.RunsRequest, runs.RunList, "read", "Runs, newest first"),
    Operation(
        "create_run", "runs", "POST", "runs", runs.RunRequest, runs.Started, "execute", "Start a run of a notebook"
    ),
    Operation("get_run", "runs", "GET", "runs/{run_id}", runs.RunRef, runs.RunView, "read", "One run with its nodes"),
    Operation(
        "cancel", "runs", "POST", "runs/{run_id}/cancel", runs.RunRef, runs.Started, "execute", "Ask a run to stop"
    ),
    Operation(
        "retry",
        "runs",
        "POST",
        "runs/{run_id}/retry",
        runs.RetryRequest,
        runs.Started,
        "execute",
        "Run again what failed, and what is below",
    ),
    Operation(
        "plan_retry",
        "runs",
        "POST",
        "runs/{run_id}/retry/plan",
        runs.RetryRequest,
        pipelines.PlanView,
        "read",
        "What a retry would do, and why",
    ),
    Operation(
        "resume",
        "runs",
        "POST",
        "runs/{run_id}/resume",
        runs.RunRef,
        runs.Started,
        "execute",
        "Go on with a crashed run",
    ),
    Operation(
        "explain",
        "reports",
        "GET",
        "runs/{run_id}/explanation",
        runs.RunRef,
        runs.Explanation,
        "read",
        "Why a run failed",
    ),
    Operation(
        "timeline", "timeline", "GET", "runs/{run_id}/timeline", runs.RunRef, runs.Timeline, "read", "When what ran"
    ),
    Operation(
        "report", "reports", "GET", "runs/{run_id}/report", runs.RunRef, runs.Report, "read", "The report of a run"
    ),
    Operation(
        "list_notices",
        "notices",
        "GET",
        "runs/{run_id}/notices",
        runs.RunRef,
        notices.NoticeList,
        "read",
        "Whom a run has told, or is to tell, of what",
    ),
    Operation(
        "get_node", "nodes", "GET", _NODE, runs.NodeRef, runs.NodeDetail, "read", "All that is known of a node run"
    ),
    Operation(
        "get_log", "logs", "GET", f"{_NODE}/log", runs.LogRequest, runs.LogChunk, "read", "What an attempt printed"
    ),
    Operation(
        "get_outputs",
        "outputs",
        "GET",
        f"{_NODE}/outputs",
        runs.AttemptRef,
        runs.Outputs,
        "read",
        "What an attempt displayed",
    ),
    Operation(
        "get_inputs", "nodes", "GET", f"{_NODE}/inputs", runs.NodeRef, runs.Inputs, "read", "What a node was given"
    ),
    Operation(
        "restore",
        "restoring",
        "GET",
        f"{_NODE}/restore",
        runs.AttemptRef,
        runs.Restoring,
        "execute",
        "How to come to where a node failed, in a live kernel",
    ),
    Operation(
        "preview_artifact",
        "artifacts",
        "GET",
        "artifacts/{run_id}/{node}/{name}/preview",
        runs.ArtifactRef,
        runs.ArtifactPreview,
        "read",
        "A stored value, shown",
    ),
    Operation(
        "list_assets",
        "assets",
        "GET",
        "assets",
        assets.AssetsRequest,
        assets.AssetList,
        "read",
        "What pipelines have published, in its newest version",
    ),
    Operation(
        "list_asset_versions",
        "assets",
        "GET",
        "assets/{asset}",
        assets.AssetRequest,
        assets.AssetVersions,
        "read",
        "Versions of an asset, newest first",
    ),
    Operation(
        "list_schedules",
        "schedules",
        "GET",
        "schedules",
        schedules.SchedulesRequest,
        schedules.ScheduleList,
        "read",
        "Schedules by name, with their next and latest fires",
    ),
    Operation(
        "add_schedule",
        "schedules",
        "POST",
        "schedules",
        schedules.AddSchedule,
        schedules.ScheduleKept,
        "write",
        "Run a notebook again and again",
    ),
    Operation(
        "preview_trigger",
        "triggers",
        "POST",
        "triggers",
        schedules.TriggerRequest,
        schedules.TriggerReading,
        "read",
        "What the text of a trigger means, and when it fires",
    ),
    Operation(
        "get_schedule",
        "schedules",
        "GET",
        _SCHEDULE,
        schedules.ScheduleRequest,
        schedules.ScheduleDetail,
        "read",
        "One schedule with its fires",
    ),
    Operation(
        "edit_schedule",
        "schedules",
        "POST",
        f"{_SCHEDULE}/edit",
        schedules.EditSchedule,
        schedules.ScheduleKept,
        "write",
        "Change a schedule, from now on",
    ),
    Operation(
        "remove_schedule",
        "schedules",
        "POST",
        f"{_SCHEDULE}/remove",
        schedules.ScheduleRef,
        schedules.ScheduleRemoved,
        "write",
        "Remove a schedule; its runs are left alone",
    ),
    Operation(
        "pause_schedule",
        "schedules",
        "POST",
        f"{_SCHEDULE}/pause",
        schedules.PauseSchedule,
        schedules.ScheduleView,
        "execute",
        "Start nothing until it is resumed",
    ),
    Operation(
        "resume_schedule",
        "schedules",
        "POST",
        f"{_SCHEDULE}/resume",
        schedules.ScheduleRef,
        schedules.ScheduleView,
        "execute",
        "Go on with a paused schedule",
    ),
    Operation(
        "run_schedule",
        "schedules",
        "POST",
        f"{_SCHEDULE}/run",
        schedules.RunSchedule,
        schedules.Fired,
        "execute",
        "Start a run of a schedule now",
    ),
    Operation(
        "plan_backfill",
        "schedules",
        "POST",
        f"{_SCHEDULE}/backfill/plan",
        backfills.BackfillRequest,
        backfills.BackfillView,
        "read",
        "Which fires of the past a backfill would run",
    ),
    Operation(
        "backfill",
        "schedules",
        "POST",
        f"{_SCHEDULE}/backfill",
        backfills.BackfillRequest,
        backfills.BackfillView,
        "execute",
        "Run the fires of a range of the past",
    ),
    Operation(
        "list_deployments",
        "deployments",
        "GET",
        "deployments",
        deployments.DeploymentsRequest,
        deployments.DeploymentList,
        "read",
        "What is deployed, and live where",
    ),
    Operation(
        "deploy",
        "deploys",
        "POST",
        "deployments",
        deployments.DeployRequest,
        deployments.Deploying,
        "write",
        "Make a version of a notebook, test it, and make it live",
    ),
    Operation(
        "get_deployment",
        "deployments",
        "GET",
        _DEPLOYMENT,
        deployments.DeploymentRequest,
        deployments.DeploymentDetail,
        "read",
        "Versions of a deployment, and the history of what was live",
    ),
    Operation(
        "get_version",
        "deployments",
        "GET",
        f"{_DEPLOYMENT}/versions/{{version}}",
        deployments.VersionRef,
        deployments.VersionDetail,
        "read",
        "What a version is made of",
    ),
    Operation(
        "diff_versions",
        "deployments",
        "GET",
        f"{_DEPLOYMENT}/diff",
        deployments.DiffRequest,
        deployments.VersionDiffView,
        "read",
        "What differs between two versions",
    ),
    Operation(
        "promote",
        "deploys",
        "POST",
        f"{_DEPLOYMENT}/promote",
        deployments.PromoteRequest,
        deployments.MoveView,
        "write",
        "Make live elsewhere what is live in one environment",
    ),
    Operation(
        "rollback",
        "deploys",
        "POST",
        f"{_DEPLOYMENT}/rollback",
        deployments.RollbackRequest,
        deployments.MoveView,
        "write",
        "Make an earlier version live again",
    ),
    Operation(
        "get_deploy_outcome",
        "deploys",
        "GET",
        "runs/{run_id}/deployment",
        deployments.OutcomeRequest,
        deployments.DeployOutcome,
        "read",
        "What came of the version that a run tests",
    ),
)

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType({row.name: row for row in _ROWS})
"""Every operation, by its name."""
