"""The way up to `panel`, which stands above this package and is not there for those who use no widget."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_dataops.config import Settings
    from jupyter_dataops.panel.widget import Panel


def make_panel(notebook: Path, settings: Settings, *, run_id: str | None = None, is_read_only: bool = False) -> Panel:
    """The widget; see `panel.making`, which is imported now: it takes half a second."""
    making = importlib.import_module("jupyter_dataops.panel.making")
    made: Panel = making.make_panel(notebook, settings, run_id=run_id, is_read_only=is_read_only)
    return made
