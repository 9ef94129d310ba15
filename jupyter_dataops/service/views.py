"""Stored records as what travels to the front end. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.api.explanation import Place
from jupyter_dataops.api.reading import AnalysedNotebook
from jupyter_dataops.notices.wanted import receivers_of
from jupyter_dataops.plan.differences import Difference
from jupyter_dataops.plan.models import Plan
from jupyter_dataops.records import ArtifactRecord, Failure, NodeRunRecord, RunOverview, RunRecord
from jupyter_dataops.service.wire import pipelines, runs
from jupyter_dataops.spec.models import NodeOptions
from jupyter_dataops.states import CAUSE_MEANINGS

MOST_FAILED = 20
"""How many of what failed a summary names."""


def run_summary(run: RunRecord, overview: RunOverview | None, name: str, path: str | None) -> runs.RunSummary:
    """One run in a line; without `overview` it has no nodes.

    Parameters
    ----------
    path
        What the front end calls its notebook.
    """
    deployed, schedule = deployment_of(run), run.options.get("schedule") or {}
    return runs.RunSummary(
        run_id=run.run_id,
        state=run.state,
        name=name,
        path=path,
        mode=str(run.options.get("mode", "full")),
        select=run.options.get("select"),
        parent_run_id=run.parent_run_id,
        parameters=dict(run.parameters),
        created_at=run.created_at,
        created_by=run.created_by,
        started_at=run.started_at,
        finished_at=run.finished_at,
        reason=run.reason,
        counts=dict(overview.counts) if overview else {},
        failed=list(overview.failed[:MOST_FAILED]) if overview else [],
        environment=run.options.get("environment") or None,
        deployment=f"{deployed.name}@{deployed.version}" if deployed is not None else None,
        schedule=schedule.get("name"),
        notifies=bool(receivers_of(run)),
    )


def node_run_view(record: NodeRunRecord, waiting: str | None) -> runs.NodeRunView:
    """One node run."""
    return runs.NodeRunView(
        node=record.node,
        position=record.position,
        parent=record.parent,
        key=record.key,
        severity=record.severity.value if record.severity else None,
        state=record.state,
        attempt=record.attempt,
        reason=record.reason,
        waiting=waiting,
        queued_at=record.queued_at,
        started_at=record.started_at,
        finished_at=record.finished_at,
        not_before=record.not_before,
        error=error_view(record.failure) if record.failure else None,
        source_run_id=record.source_run_id,
    )


def error_view(failure: Failure) -> runs.ErrorView:
    """Why a node failed, in short."""
    return runs.ErrorView(**_error(failure))


def failure_view(failure: Failure, place: Place | None, notebook: str | None) -> runs.FailureView:
    """Why an attempt failed, whole.

    Parameters
    ----------
    notebook
        What the front end calls the notebook that the cell is in, where it is not the run's own.
    """
    return runs.FailureView(
        **_error(failure),
        traceback=failure.traceback,
        source=[runs.SourceLine(line=line, text=text) for line, text in place.source] if place else [],
        cell_index=place.cell_index if place else None,
        notebook=notebook,
        facts=dict(failure.facts),
        meaning=CAUSE_MEANINGS[failure.cause],
    )


def _error(failure: Failure) -> dict[str, Any]:
    return {
        "cause": failure.cause,
        "ename": failure.ename,
        "evalue": failure.evalue,
        "cell_id": failure.cell_id,
        "line": failure.line,
    }


def artifact_view(name: str, producer: str, artifact: ArtifactRecord) -> runs.ArtifactView:
    """A stored value, described."""
    return runs.ArtifactView(
        digest=artifact.digest,
        name=name,
        producer=producer,
        type=artifact.type,
        serializer=artifact.serializer,
        size_bytes=artifact.size_bytes,
        shape=list(artifact.shape) if artifact.shape is not None else None,
        columns=dict(artifact.columns) if artifact.columns is not None else None,
        preview=artifact.preview,
    )


def difference_views(differences: Iterable[Difference]) -> list[runs.DifferenceView]:
    """What is not as it was."""
    return [
        runs.DifferenceView(
            kind=one.kind,
            node=one.node,
            name=one.name,
            sentence=one.sentence,
            old=one.old,
            new=one.new,
            diff=one.diff,
            pointed_at=one.is_pointed_at,
        )
        for one in differences
    ]


def plan_view(plan: Plan) -> pipelines.PlanView:
    """What would be done with each node, and why."""
    decisions = [
        pipelines.DecisionView(node=one.node, action=one.action, reason=one.reason, source_run_id=one.source_run_id)
        for one in plan.decisions
    ]
    return pipelines.PlanView(mode=plan.mode, decisions=decisions)


def graph_view(analysed: AnalysedNotebook) -> pipelines.GraphView:
    """The notebook's graph, in document order."""
    spec, flow = analysed.spec, analysed.flow
    upstream: dict[str, list[str]] = {name: [] for name in spec.nodes}
    downstream: dict[str, list[str]] = {name: [] for name in spec.nodes}
    for edge in flow.edges:
        upstream[edge.target].append(edge.source)
        downstream[edge.source].append(edge.target)
    checks: dict[str, list[str]] = {}
    for name, check in spec.checks.items():
        checks.setdefault(check.node, []).append(name)
    return pipelines.GraphView(
        nodes=[
            pipelines.NodeView(
                name=name,
                kind=_kind(node.options),
                description=node.description,
                upstream=upstream[name],
                downstream=downstream[name],
                reads=list(flow.nodes[name].reads),
                binds=sorted(flow.nodes[name].binds),
                cells=[cell.id for cell in node.cells],
                tags=list(dict.fromkeys(tag for cell in node.cells for tag in cell.tags)),
                checks=checks.get(name, []),
            )
            for name, node in spec.nodes.items()
        ],
        edges=[
            pipelines.EdgeView(source=one.source, target=one.target, names=list(one.carries), kind=one.kind.value)
            for one in flow.edges
        ],
        checks=[
            pipelines.CheckView(
                name=name,
                node=check.node,
                check=check.check,
                severity=check.severity.value,
                cells=[cell.id for cell in check.cells],
            )
            for name, check in spec.checks.items()
        ],
    )


def _kind(options: NodeOptions) -> Any:
    if options.each is not None:
        return "each"
    return "notebook" if options.notebook is not None else "node"
