"""Sentences of this package as HTML: names stand between backquotes in them."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup

_NAME: Final = re.compile(r"`([^`]+)`")


def marked(text: str) -> Markup:
    """What stands between backquotes is code, and nothing is HTML.

    Examples
    --------
    >>> marked("`load` has changed: <x>")
    Markup('<code>load</code> has changed: &lt;x&gt;')
    """
    parts = enumerate(_NAME.split(text))
    return Markup().join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in parts)
