"""The widget's module and style sheet, as the front end's build leaves them in this package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jupyter_dataops.errors import EnvironmentRefused

FOLDER: Final = Path(__file__).parents[1] / "static"


def static_file(name: str, folder: Path = FOLDER) -> Path:
    """The path of a built file. Raises `EnvironmentRefused` in a checkout whose front end is not built."""
    path = folder / name
    if not path.is_file():
        raise EnvironmentRefused(
            "the panel is not built", where=str(path), hint="run `make build` in the checkout, then restart the kernel"
        )
    return path
