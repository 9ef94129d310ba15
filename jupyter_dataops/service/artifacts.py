"""Stored values, shown."""

from __future__ import annotations

from jupyter_dataops.api.attempts import node_run
from jupyter_dataops.artifacts.peeking import Peeker, Table
from jupyter_dataops.errors import ArtifactMissing
from jupyter_dataops.records import ArtifactRecord, NodeRunRecord
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.views import artifact_view
from jupyter_dataops.service.wire.runs import ArtifactPreview, ArtifactRef, TableView


def preview_artifact(desk: Desk, request: ArtifactRef, _actor: str | None) -> ArtifactPreview:
    """A stored value as far as it can be shown without running code that came with it; else what was noted of it then.

    Raises
    ------
    RunNotFound, NodeNotFound, ArtifactMissing, ArtifactCorrupt
    """
    run = desk.find_run(request.run_id)
    record = node_run(desk.store, run.run_id, request.node)
    artifact = _artifact(record, request)
    found = Peeker(desk.artifacts_of(run)).peek(artifact)
    described = artifact_view(request.name, record.node, artifact)
    if isinstance(found, Table):
        table = TableView(
            columns=list(found.columns),
            dtypes=list(found.dtypes),
            rows=[list(row) for row in found.rows],
            row_count=found.row_count,
        )
        is_cut = found.is_cut or found.row_count > len(found.rows)
        return ArtifactPreview(artifact=described, table=table, text=None, is_cut=is_cut)
    if found is None:
        is_cut = artifact.preview.endswith(("…", "..."))
        return ArtifactPreview(artifact=described, table=None, text=artifact.preview, is_cut=is_cut)
    return ArtifactPreview(artifact=described, table=None, text=found.text, is_cut=found.is_cut)


def _artifact(record: NodeRunRecord, request: ArtifactRef) -> ArtifactRecord:
    output = record.outputs.get(request.name)
    if output is not None and request.digest in (None, output.artifact.digest):
        return output.artifact
    for one in record.outputs.values():
        for item in one.items or ():
            if item.output.artifact.digest == request.digest:
                return item.output.artifact
    raise ArtifactMissing(
        f"node '{record.node}' has no output '{request.name}'",
        where=f"run {record.run_id}",
        hint=f"its outputs: {', '.join(record.outputs) or 'none'}",
    )
