"""A run as the JSON object that ``run --json`` and ``show --json`` print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.ids import member_name, parts_of
from jupyter_dataops.records import NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.report.facts import schedule_of
from jupyter_dataops.report.tree import node_and_check


def describe_run(run: RunRecord, nodes: Sequence[NodeRunRecord]) -> dict[str, Any]:
    """Exactly the documented keys; times are ISO 8601, what is not there yet is null."""
    return {
        "run_id": run.run_id,
        "state": run.state.value,
        "notebook": run.notebook,
        "parent_run_id": run.parent_run_id,
        "environment": run.options.get("environment") or None,
        "parameters": dict(run.parameters),
        "deployment": describe_deployment(run),
        "schedule": schedule_of(run),
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
        "nodes": [_describe_node(node) for node in nodes if node.severity is None],
        "checks": [_describe_check(node) for node in nodes if node.severity is not None],
    }


def describe_deployment(run: RunRecord) -> dict[str, Any] | None:
    """The version that a run runs; `None` where it runs a notebook as that was."""
    said = deployment_of(run)
    return None if said is None else {"name": said.name, "version": said.version, "environment": said.environment}


def _describe_node(node: NodeRunRecord) -> dict[str, Any]:
    return {
        "node": node_of(node.node),
        "key": node.key,
        **_describe_state(node),
        "outputs": {name: describe_output(output) for name, output in node.outputs.items()},
    }


def _describe_check(check: NodeRunRecord) -> dict[str, Any]:
    node, name = node_and_check(check.node)
    return {
        "check": check.node,
        "node": node,
        "key": check.key,
        "name": name,
        "severity": check.severity.value if check.severity else None,
        **_describe_state(check),
        "facts": dict(check.failure.facts) if check.failure else {},
    }


def _describe_state(node: NodeRunRecord) -> dict[str, Any]:
    failure = node.failure
    return {
        "state": node.state.value,
        "attempt": node.attempt,
        "reason": node.reason,
        "started_at": iso(node.started_at),
        "finished_at": iso(node.finished_at),
        "duration_s": node.duration_s,
        "cause": failure.cause.value if failure else None,
        "error": {"ename": failure.ename, "evalue": failure.evalue} if failure else None,
    }


def node_of(name: str) -> str:
    """`name` without the key of the child of an ``each:`` node.

    Examples
    --------
    >>> node_of("etl[de]/score[3]"), node_of("etl[de]/clean")
    ('etl[de]/score', 'etl[de]/clean')
    """
    parts = parts_of(name)
    return parts.local if parts.group is None else member_name(parts.group, parts.local)


def describe_output(output: OutputRecord) -> dict[str, Any]:
    """One output, without its content."""
    artifact = output.artifact
    return {
        "type": artifact.type,
        "size_bytes": artifact.size_bytes,
        "shape": list(artifact.shape) if artifact.shape is not None else None,
        "columns": dict(artifact.columns) if artifact.columns is not None else None,
        "digest": artifact.digest,
        "serializer": artifact.serializer,
        "preview": artifact.preview,
    }


def iso(moment: datetime | None) -> str | None:
    """A moment as text; `None` where it has not come."""
    return moment.isoformat() if moment else None
