"""One node run with all that is known of it, and what it was given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from jupyter_dataops.api.attempts import attempts_at, has_ended, loaded_in, node_run
from jupyter_dataops.api.explaining import place_of
from jupyter_dataops.api.reasons import changes_in
from jupyter_dataops.api.reporting import inputs_given
from jupyter_dataops.api.scopes import Scope
from jupyter_dataops.ids import NodeName, RunId, checked_by, parts_of
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.plan.earlier import CHANGED
from jupyter_dataops.plan.executions import cells_of
from jupyter_dataops.records import AssetRecord, AttemptRecord, LoadedAsset, NodeRunRecord, OutputRecord
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.pictures import Picture
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.views import artifact_view, difference_views, failure_view
from jupyter_dataops.service.wire.lineage import AssetRef
from jupyter_dataops.service.wire.runs import (
    ArtifactView,
    AttemptView,
    DifferenceView,
    FailureView,
    Inputs,
    NodeDetail,
    NodeRef,
)


def get_node(desk: Desk, request: NodeRef, _actor: str | None) -> NodeDetail:
    """All that is known of one node run. Raises `RunNotFound`, `NodeNotFound`."""
    run_id = desk.find_run(request.run_id).run_id
    record = node_run(desk.store, run_id, request.node)
    picture = desk.picture(run_id)  # after the record, so that it has the node: one may come into being between the two
    scope, local = picture.past.scope_of(record.node), parts_of(record.node).local
    node = scope.analysed.spec.nodes.get(local) if scope else None
    attempts = attempts_at(desk.store, record)
    below = [one for one in map(picture.record, picture.names()) if one is not None]
    return NodeDetail(
        run_id=picture.run_id,
        node=picture.view(record.node),
        description=node.description if node else "",
        cells=[cell.id for cell in cells_of(scope.analysed.spec, local)] if scope else [],
        attempts=[_attempt(desk.store, one, picture, scope, desk.places) for one in attempts],
        inputs=_inputs(desk.store, record, scope),
        outputs=[artifact_view(name, record.node, one.artifact) for name, one in record.outputs.items()],
        published=[
            _asset(one, desk.places) for one in desk.stores.assets.get_published_by(run_id) if one.node == record.node
        ],
        loaded=[_asset(one, desk.places) for one in loaded_in(attempts)],
        checks=[
            picture.view(one.node) for one in below if one.severity is not None and checked_by(one.node) == record.node
        ],
        children=[picture.view(one.node) for one in below if one.severity is None and one.parent == record.node],
        changes=_changes(desk, picture, record),
    )


def _asset(asset: AssetRecord | LoadedAsset, places: Places) -> AssetRef:
    return AssetRef(
        asset=asset.name,
        version=asset.version,
        label=asset.label,
        run_id=asset.run_id,
        path=places.shown(Path(asset.notebook)),
        notebook=Path(asset.notebook).name,
    )


def _changes(desk: Desk, picture: Picture, record: NodeRunRecord) -> list[DifferenceView]:
    run = picture.run
    if record.source_run_id is None and run.parent_run_id is None and run.options.get("mode") != CHANGED:
        return []  # It was planned from no other: what would be read for it, of ten thousand others too, says nothing.
    return difference_views(changes_in(run.run_id, desk.store, [record.node]).get(record.node, ()))


def get_inputs(desk: Desk, request: NodeRef, _actor: str | None) -> Inputs:
    """What a node run was given. Raises `RunNotFound`, `NodeNotFound`."""
    run_id = desk.find_run(request.run_id).run_id
    record = node_run(desk.store, run_id, request.node)
    picture = desk.picture(run_id)
    return Inputs(inputs=_inputs(desk.store, record, picture.past.scope_of(record.node)))


def _inputs(store: RunStore, record: NodeRunRecord, scope: Scope | None) -> list[ArtifactView]:
    given = inputs_given(record, scope, StoredOutputs(store, record.run_id))
    return [artifact_view(one.name, one.producer, one.artifact) for one in given]


class StoredOutputs(Mapping[NodeName, Mapping[str, OutputRecord]]):
    """What the node runs of a run have handed on, each read when it is asked for: few of many are."""

    def __init__(self, store: RunStore, run_id: RunId) -> None:
        self._store = store
        self._run_id = run_id
        self._found: dict[NodeName, Mapping[str, OutputRecord] | None] = {}

    def __getitem__(self, node: NodeName) -> Mapping[str, OutputRecord]:
        if node not in self._found:
            records = self._store.get_node_runs(self._run_id, [node])
            self._found[node] = records[0].outputs if records and records[0].state.has_outputs else None
        outputs = self._found[node]
        if outputs is None:
            raise KeyError(node)
        return outputs

    def __iter__(self) -> Iterator[NodeName]:
        return (one.node for one in self._store.get_changes(self._run_id).node_runs if one.state.has_outputs)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _attempt_state(store: RunStore, attempt: AttemptRecord) -> Literal["running", "failed", "succeeded"]:
    if not has_ended(store, attempt):
        return "running"
    return "failed" if attempt.failure or attempt.finished_at is None else "succeeded"


def _attempt(
    store: RunStore, attempt: AttemptRecord, picture: Picture, scope: Scope | None, places: Places
) -> AttemptView:
    usage = attempt.usage
    return AttemptView(
        attempt=attempt.attempt,
        run_id=attempt.run_id,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        state=_attempt_state(store, attempt),
        failure=failure_of(attempt, scope, Path(picture.run.notebook), places),
        kernel=usage.kernel if usage else "",
        python=usage.python if usage else "",
        packages=dict(usage.packages) if usage else {},
        peak_memory_bytes=usage.peak_memory_bytes if usage else None,
        notebook_path=_shown_notebook(attempt, places),
    )


def failure_of(
    one: AttemptRecord | NodeRunRecord, scope: Scope | None, notebook: Path, places: Places
) -> FailureView | None:
    """Why it failed, if it did, and where in its notebook; `notebook` is the run's own."""
    if one.failure is None:
        return None
    place = place_of(one.failure, scope, one.node)
    return failure_view(one.failure, place, other_notebook(place.notebook if place else "", notebook, places))


def other_notebook(path: str, notebook: Path, places: Places) -> str | None:
    """What the front end calls the notebook at a path from the run's own; `None` where it is that one."""
    return places.shown(notebook.parent / path) if path else None


def _shown_notebook(attempt: AttemptRecord, places: Places) -> str | None:
    path = Path(attempt.notebook)
    return places.shown(path) if attempt.has_files and path.is_file() else None
