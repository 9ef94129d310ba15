"""Errors as the front end shows them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.wire.watching import Refusal

_PATH: Final = re.compile(r"(?<![\w.:/<>\\-])/[^\s'\"`,;:()<>]+/[^\s'\"`,;:()<>]+")
"""An absolute path in a text."""


def refusal_of(error: DataOpsError, places: Places) -> Refusal:
    """What, where, and what to do; paths of files only as `places` show them, else by their last part."""

    def hide(text: str) -> str:
        return _PATH.sub(lambda found: _name(found[0], places), text)

    return Refusal(code=error.code, message=hide(error.message), where=hide(error.where), hint=hide(error.hint))


def _name(path: str, places: Places) -> str:
    return places.shown(Path(path)) or Path(path).name
