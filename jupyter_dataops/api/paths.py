"""Paths of notebooks, as users give them and as the store keeps them."""

from __future__ import annotations

import os
from pathlib import Path


def absolute_path(path: str | Path) -> Path:
    """The one path by which runs of a notebook are found again, wherever it is named from; links are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - `Path.absolute` keeps "..", `Path.resolve` follows links


def stored_path(path: str | Path | None) -> str | None:
    """The same as stores keep it; `None` stands for any notebook."""
    return None if path is None else str(absolute_path(path))
