"""Deployments: versions, what is live where, and what differs."""

from __future__ import annotations

from pathlib import Path

from jupyter_dataops.config.loading import find_document
from jupyter_dataops.deploying.diff import compare
from jupyter_dataops.deploying.moving import find_before
from jupyter_dataops.deploying.versions import bundles_of, find_live, find_version
from jupyter_dataops.records import MoveRecord, VersionRecord
from jupyter_dataops.service.deployment_views import diff_view, live_view, move_view, version_detail, version_view
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.wire.deployments import (
    DeploymentDetail,
    DeploymentList,
    DeploymentRef,
    DeploymentRequest,
    DeploymentsRequest,
    DeploymentView,
    DiffRequest,
    VersionDetail,
    VersionDiffView,
    VersionRef,
)
from jupyter_dataops.store.deployment_lookup import deployment_not_found


def list_deployments(desk: Desk, request: DeploymentsRequest, _actor: str | None) -> DeploymentList:
    """Deployments by name, and the environments that there are."""
    store = desk.deployments
    notebook = None if request.path is None else desk.places.absolute(request.path)
    names = store.get_names() if notebook is None else store.find_deployments(str(notebook))
    live = store.get_live()
    found = [(name, newest) for name in names for newest in store.get_versions(name, 1)]
    return DeploymentList(
        deployments=[
            DeploymentView(
                name=name,
                newest=version_view(newest, live, desk.places),
                live=[move_view(move, desk.places) for move in live if move.name == name],
            )
            for name, newest in found
        ],
        environments=_environments(desk, notebook),
    )


def _environments(desk: Desk, notebook: Path | None) -> list[str]:
    folder = desk.places.root if notebook is None else notebook.parent
    document = find_document(folder) if folder is not None else None
    return list(document.environments) if document is not None else []


def get_deployment(desk: Desk, request: DeploymentRequest, _actor: str | None) -> DeploymentDetail:
    """One deployment, whole. Raises `DeploymentNotFound`."""
    store = desk.deployments
    versions = store.get_versions(request.deployment, request.versions)
    if not versions:
        raise deployment_not_found(request.deployment, store.get_names())
    live = store.get_live(request.deployment)
    moves = store.get_moves(request.deployment, limit=request.moves) if request.moves else ()
    return DeploymentDetail(
        name=request.deployment,
        versions=[version_view(version, live, desk.places) for version in versions],
        live=[live_view(move, find_before(move, store), desk.places) for move in live],
        moves=[move_view(move, desk.places) for move in moves],
    )


def get_version(desk: Desk, request: VersionRef, _actor: str | None) -> VersionDetail:
    """One version, and what it is made of. Raises `DeploymentNotFound`, `ArtifactMissing`, `ArtifactCorrupt`."""
    live, version = _version(desk, request, request.version)
    return version_detail(version_view(version, live, desk.places), bundles_of(desk.settings).read(version.digest))


def diff_versions(desk: Desk, request: DiffRequest, _actor: str | None) -> VersionDiffView:
    """What differs between two versions. Raises as `get_version` does."""
    live, before = _version(desk, request, request.before)
    _, after = _version(desk, request, request.after)
    bundles = bundles_of(desk.settings)
    found = compare(bundles.read(before.digest), bundles.read(after.digest))
    return diff_view(version_view(before, live, desk.places), version_view(after, live, desk.places), found)


def _version(desk: Desk, request: DeploymentRef, wanted: str) -> tuple[list[MoveRecord], VersionRecord]:
    """What is live, and the version meant by a number, a digest's beginning or an environment."""
    store = desk.deployments
    live = list(store.get_live(request.deployment))
    if wanted in {one.environment for one in live}:
        return live, find_live(request.deployment, wanted, store)[0]
    return live, find_version(request.deployment, wanted, store)
