"""What every store does when a run publishes assets: which records there will be, what is said of them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from jupyter_dataops.errors import AssetNotFound
from jupyter_dataops.events import Event, NodeReused, NodeSucceeded
from jupyter_dataops.ids import NodeName, RunId, checked_by
from jupyter_dataops.records import ArtifactRecord, AssetRecord, NodeRunRecord
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.states import NodeState


def published(event: Event) -> Mapping[str, str]:
    """Assets to variables, of those that the event publishes."""
    return event.publishes if isinstance(event, NodeSucceeded | NodeReused) else {}


def publisher(node_run: NodeRunRecord) -> NodeName:
    """The node whose values are published when `node_run` has ended well: of a check, the one that it checks."""
    return node_run.node if node_run.severity is None else checked_by(node_run.node)


def computed_in(node_run: NodeRunRecord) -> RunId:
    """The run whose result the node run has."""
    is_reused = node_run.state is NodeState.REUSED and node_run.source_run_id is not None
    return node_run.source_run_id or node_run.run_id if is_reused else node_run.run_id


def is_new(latest: AssetRecord | None, node_run: NodeRunRecord, variable: str, artifact: ArtifactRecord) -> bool:
    """Whether what the node run has is the next version, after the latest that its node has published.

    What was computed is, also where it came out the same. What was reused is where another result was published since:
    the newest version is what the pipeline stands at, and not what it computed last.
    """
    if latest is None:
        return True
    if latest.source_run_id == computed_in(node_run):
        return False
    is_same = (latest.artifact.digest, latest.variable) == (artifact.digest, variable)
    return not (is_same and node_run.state is NodeState.REUSED)


def signal_of(asset: AssetRecord) -> tuple[str, Mapping[str, Any]]:
    """What triggers that wait for the asset are told: the signal's source, and its verdict."""
    verdict = {"version": asset.version, "run_id": asset.run_id, "node": asset.node, "digest": asset.artifact.digest}
    return f"asset:{asset.name}", verdict


def asset_not_found(name: str, version: int | None, newest: int | None, known: Collection[str]) -> AssetNotFound:
    """Nothing is published under that name, or not under that number.

    Parameters
    ----------
    newest
        Number of the newest version; `None`: there is no asset of that name.
    """
    if newest is None:
        hint = suggestion(name, sorted(known)) or (
            "`jupyter dataops assets` lists those of this store" if known else f"tag a node `asset:{name}`, and run it"
        )
        return AssetNotFound(f"no run has published an asset '{name}' in this store", hint=hint)
    there = "there is only version 1" if newest == 1 else f"there are versions 1 to {newest}"
    return AssetNotFound(f"asset '{name}' has no version {version}", hint=f"{there}: `jupyter dataops assets {name}`")
