"""What every deployment store says when it does not find something, or refuses. Pure."""

from __future__ import annotations

from collections.abc import Collection

from jupyter_dataops.errors import DeploymentNotFound, LiveMoved
from jupyter_dataops.interfaces import Move
from jupyter_dataops.records import MoveRecord
from jupyter_dataops.spec.suggestions import suggestion


def deployment_not_found(name: str, known: Collection[str]) -> DeploymentNotFound:
    """No deployment has that name."""
    hint = suggestion(name, known) or "make one with `jupyter dataops deploy NOTEBOOK --env ENV`"
    return DeploymentNotFound(f"there is no deployment '{name}'", hint=hint, deployment=name)


def version_not_found(name: str, number: int | str, known: Collection[str], newest: int | None) -> DeploymentNotFound:
    """The deployment, or that version of it, is not there."""
    if newest is None:
        return deployment_not_found(name, known)
    there = "there is only version 1" if newest == 1 else f"there are versions 1 to {newest}"
    return DeploymentNotFound(
        f"deployment '{name}' has no version {number}", hint=f"{there}: `jupyter dataops versions {name}`"
    )


def live_moved(move: Move, present: MoveRecord | None) -> LiveMoved:
    """Another version is live than its author thought."""
    was = f"version {move.expected}" if move.expected is not None else "no version"
    now = f"version {present.number}, by {present.by}" if present else "none"
    return LiveMoved(
        f"the live version of {move.name} in {move.environment} was moved meanwhile: {was} was live, now it is {now}",
        hint=f"look at it with `jupyter dataops versions {move.name}`, and ask again",
        present=present.number if present else None,
    )
