"""What somebody who misspelt a name may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggestion(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the closest of `known`, or an empty string.

    Examples
    --------
    >>> suggestion("one_sucess", ["one_success", "one_failed"]), suggestion("x", ["dev"])
    ("did you mean 'one_success'?", '')
    """
    close = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean '{close[0]}'?" if close else ""
