"""A run as the JSON object that ``run --json`` and ``show --json`` print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jupyter_dataops.records import NodeRunRecord, OutputRecord, RunRecord


def describe_run(run: RunRecord, nodes: Sequence[NodeRunRecord]) -> dict[str, Any]:
    """Exactly the documented keys; times are ISO 8601, what is not there yet is null."""
    return {
        "run_id": run.run_id,
        "state": run.state.value,
        "notebook": run.notebook,
        "parent_run_id": run.parent_run_id,
        "parameters": dict(run.parameters),
        "started_at": _iso(run.started_at),
        "finished_at": _iso(run.finished_at),
        "nodes": [_describe_node(node) for node in nodes],
    }


def _describe_node(node: NodeRunRecord) -> dict[str, Any]:
    failure = node.failure
    return {
        "node": node.node,
        "key": None,
        "state": node.state.value,
        "attempt": node.attempt,
        "reason": node.reason,
        "started_at": _iso(node.started_at),
        "finished_at": _iso(node.finished_at),
        "duration_s": node.duration_s,
        "cause": failure.cause.value if failure else None,
        "error": {"ename": failure.ename, "evalue": failure.evalue} if failure else None,
        "outputs": {name: describe_output(output) for name, output in node.outputs.items()},
    }


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


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
