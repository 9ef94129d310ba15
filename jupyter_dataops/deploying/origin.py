"""Whose a deployment is: the notebook's that it was made from. Another one does not take its place unasked.

A notebook is known by its place: its absolute path or, in a project that has a name, its path from the folder of the
configuration file. So it is the same one in every clone of the project, wherever that lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jupyter_dataops.config.document import PROJECT, Document
from jupyter_dataops.deploying.versions import default_name
from jupyter_dataops.errors import AnotherNotebook
from jupyter_dataops.interfaces import NewVersion
from jupyter_dataops.records import VersionRecord

_NO_NAME: Final = "NAME"


def place_in_project(document: Document | None, notebook: Path) -> Mapping[str, Any]:
    """The details of a version that say where in which project its notebook lies; none without a project's name."""
    if document is None or document.project is None:
        return {}
    path = notebook.relative_to(document.path.parent).as_posix()
    return {PROJECT: {"name": document.project, "path": path}}


def require_same_notebook(present: VersionRecord | None, coming: NewVersion, environment: str) -> None:
    """Return if `coming` may come after `present`: what is live, or else the newest version there is.

    The very same contents may, wherever they were made: nothing would be replaced.

    Raises
    ------
    AnotherNotebook
        `present` was made from a notebook at another place.
    """
    if present is None or present.digest == coming.digest or _is_same(present, coming):
        return
    gone = "" if Path(present.notebook).exists() else " (no longer there)"
    raise AnotherNotebook(
        f"the deployment '{present.name}' is of another notebook: {present.label} was made from "
        f"{present.notebook}{gone}, by {present.created_by}",
        where=f"{coming.notebook}, to be live in {environment}",
        hint=f"give this one a name of its own: --name {_own_name(present.name, coming.notebook)}; or, if it is to "
        f"take the place of that one, because the project has moved, or this is another checkout of it: --takeover"
        f"{_unasked(present, coming)}",
    )


def _is_same(present: VersionRecord, coming: NewVersion) -> bool:
    project = coming.details.get(PROJECT)
    if project is not None and project == present.details.get(PROJECT):
        return True
    return Path(present.notebook).resolve() == Path(coming.notebook).resolve()


def _unasked(present: VersionRecord, coming: NewVersion) -> str:
    """What the project's name does for it; empty: both have one, and they differ."""
    known, own = (one.details.get(PROJECT, {}).get("name") for one in (present, coming))
    if own is None:
        return f'; no checkout is asked again once its dataops.toml says {PROJECT} = "{known or _NO_NAME}"'
    if known is None:
        return f', this once: {present.label} was made before dataops.toml said {PROJECT} = "{own}"'
    return ""


def _own_name(name: str, notebook: str) -> str:
    return default_name(f"{Path(notebook).parent.name}-{name}")
