"""Whose a deployment is: the notebook's that it was made from. Another one does not take its place unasked."""

from __future__ import annotations

from pathlib import Path

from jupyter_dataops.deploying.versions import default_name
from jupyter_dataops.errors import UsageError
from jupyter_dataops.ids import Digest
from jupyter_dataops.records import VersionRecord


def require_same_origin(present: VersionRecord | None, digest: Digest, notebook: str, environment: str) -> None:
    """Return if a version of the notebook may come after `present`: what is live, or else the newest there is.

    The very same contents may, wherever they were made: nothing would be replaced.

    Raises
    ------
    UsageError
        `present` was made from a notebook at another place.
    """
    if present is None or present.digest == digest or _is_same(present.notebook, notebook):
        return
    gone = "" if Path(present.notebook).exists() else " (no longer there)"
    raise UsageError(
        f"the deployment '{present.name}' is of another notebook: {present.label} was made from "
        f"{present.notebook}{gone}, by {present.created_by}",
        where=f"{notebook}, to be live in {environment}",
        hint=f"give this one a name of its own: --name {_own_name(present.name, notebook)}; or, if it is to take the "
        "place of that one, because the project has moved, or this is another checkout of it: --takeover",
    )


def _is_same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def _own_name(name: str, notebook: str) -> str:
    return default_name(f"{Path(notebook).parent.name}-{name}")
