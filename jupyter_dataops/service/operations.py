"""What can be asked for: one row for each operation. Routes, comm messages, OpenAPI and TypeScript follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from jupyter_dataops.service.wire import Wire, pipelines, runs

Method = Literal["GET", "POST"]
Action = Literal["read", "write", "execute"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a browser may ask for."""

    name: str
    method: Method
    route: str
    """Below ``/dataops/v1/``; fields of the request in braces are part of the path, the others query or body."""
    request: type[Wire]
    response: type[Wire]
    action: Action
    """What the user must be allowed to do with the resource ``dataops``."""
    summary: str


_NODE: Final = "runs/{run_id}/nodes/{node}"
_ROWS: Final = (
    Operation(
        "preview",
        "POST",
        "preview",
        pipelines.NotebookSource,
        pipelines.Preview,
        "read",
        "What a notebook says, saved or not",
    ),
    Operation("grammar", "GET", "grammar", pipelines.Nothing, pipelines.Grammar, "read", "The tag language"),
    Operation(
        "spell_tags", "POST", "tags", pipelines.TagsRequest, pipelines.Tags, "read", "Tags from what a form says"
    ),
    Operation(
        "propose_tags",
        "POST",
        "proposals",
        pipelines.NotebookSource,
        pipelines.Proposals,
        "read",
        "Tags for an untagged notebook",
    ),
    Operation(
        "plan", "POST", "plan", pipelines.PlanRequest, pipelines.PlanView, "read", "What a run would do, and why"
    ),
    Operation("list_runs", "GET", "runs", runs.RunsRequest, runs.RunList, "read", "Runs, newest first"),
    Operation("create_run", "POST", "runs", runs.RunRequest, runs.Started, "execute", "Start a run of a notebook"),
    Operation("get_run", "GET", "runs/{run_id}", runs.RunRef, runs.RunView, "read", "One run with its nodes"),
    Operation("cancel", "POST", "runs/{run_id}/cancel", runs.RunRef, runs.Started, "execute", "Ask a run to stop"),
    Operation(
        "retry",
        "POST",
        "runs/{run_id}/retry",
        runs.RetryRequest,
        runs.Started,
        "execute",
        "Run again what failed, and what is below",
    ),
    Operation(
        "plan_retry",
        "POST",
        "runs/{run_id}/retry/plan",
        runs.RetryRequest,
        pipelines.PlanView,
        "read",
        "What a retry would do, and why",
    ),
    Operation(
        "resume", "POST", "runs/{run_id}/resume", runs.RunRef, runs.Started, "execute", "Go on with a crashed run"
    ),
    Operation("explain", "GET", "runs/{run_id}/explanation", runs.RunRef, runs.Explanation, "read", "Why a run failed"),
    Operation("timeline", "GET", "runs/{run_id}/timeline", runs.RunRef, runs.Timeline, "read", "When what ran"),
    Operation("report", "GET", "runs/{run_id}/report", runs.RunRef, runs.Report, "read", "The report of a run"),
    Operation("get_node", "GET", _NODE, runs.NodeRef, runs.NodeDetail, "read", "All that is known of a node run"),
    Operation("get_log", "GET", f"{_NODE}/log", runs.LogRequest, runs.LogChunk, "read", "What an attempt printed"),
    Operation(
        "get_outputs", "GET", f"{_NODE}/outputs", runs.AttemptRef, runs.Outputs, "read", "What an attempt displayed"
    ),
    Operation("get_inputs", "GET", f"{_NODE}/inputs", runs.NodeRef, runs.Inputs, "read", "What a node was given"),
    Operation(
        "restore",
        "GET",
        f"{_NODE}/restore",
        runs.AttemptRef,
        runs.Restoring,
        "execute",
        "How to come to where a node failed, in a live kernel",
    ),
    Operation(
        "preview_artifact",
        "GET",
        "artifacts/{run_id}/{node}/{name}/preview",
        runs.ArtifactRef,
        runs.ArtifactPreview,
        "read",
        "A stored value, shown",
    ),
)

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType({row.name: row for row in _ROWS})
"""Every operation, by its name."""
