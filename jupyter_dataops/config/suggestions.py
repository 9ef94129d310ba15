"""What somebody who misspelt a name may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def close_to(word: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?`` for the closest of `known`, or an empty text.

    Examples
    --------
    >>> close_to("prdo", ["dev", "prod"]), close_to("x", ["dev"])
    ("did you mean 'prod'?", '')
    """
    close = difflib.get_close_matches(word, list(known), 1)
    return f"did you mean '{close[0]}'?" if close else ""
