"""Errors as the front end shows them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.wire.watching import Refusal

_PATH: Final = re.compile(
    r"""
    (?P<quote>['"`]) (?P<quoted> / (?:(?!(?P=quote))[^\n])* ) (?P=quote)
    |
    (?<![\w.:/<>\\-])
    / (?: [^\s'"`,;:()<>/]+ (?:[ ]+[^\s'"`,;:()<>/]+){0,3} / )+  # a folder's name may have a few blanks
    [^\s'"`,;:()<>/]+
    """,
    re.VERBOSE,
)
"""An absolute path in a text: whatever stands in quotes, else as far as it can be told from the words around it."""


def refusal_of(error: DataOpsError, places: Places | None = None) -> Refusal:
    """What, where, and what to do; paths of files only as `places` show them, else by their last part."""
    message, where, hint = (shown_text(text, places) for text in (error.message, error.where, error.hint))
    return Refusal(code=error.code, message=message, where=where, hint=hint)


def shown_text(text: str, places: Places | None) -> str:
    """The text with paths of files only as `places` show them, else by their last part."""
    return _PATH.sub(lambda found: _hidden(found, places), text)


def _hidden(found: re.Match[str], places: Places | None) -> str:
    path, quote = Path(found["quoted"] or found[0]), found["quote"] or ""
    if len(path.parts) <= 2:  # `/`, or `/tmp`: no file of anybody's
        return found[0]
    shown = places.shown(path) if places is not None else None
    return f"{quote}{shown or path.name}{quote}"
