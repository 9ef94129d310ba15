"""A panel for a notebook: what `Pipeline.panel` and `Run.panel` call."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_dataops.api.paths import absolute_path
from jupyter_dataops.config import Settings
from jupyter_dataops.panel.widget import Panel

if TYPE_CHECKING:
    from jupyter_dataops.panel.seams import Source


def make_panel(notebook: Path, settings: Settings, *, run_id: str | None = None, is_read_only: bool = False) -> Panel:
    """A panel over the folder of `notebook`; its front end calls it by its name."""
    path = absolute_path(notebook)
    folder = path.parent

    def open_source() -> Source:
        from jupyter_dataops.panel.folder import FolderSource  # noqa: PLC0415 - in a thread: the cell need not wait

        return FolderSource(folder, settings)

    key = folder, settings.store, settings.actor, settings.jobs, settings.environment
    return Panel(path.name, key, open_source, folder=_seen_from_here(folder), run_id=run_id, is_read_only=is_read_only)


def _seen_from_here(folder: Path) -> str | None:
    """`folder` relative to the one of the notebook that runs this, as JupyterLab tells its kernels."""
    here = os.environ.get("JPY_SESSION_NAME")
    if not here or not os.path.isabs(here):  # noqa: PTH117 - a name, or a path of the front end's
        return None
    try:
        return Path(os.path.relpath(folder, Path(here).parent)).as_posix()
    except ValueError:  # on another drive
        return None
