"""The page `docs/performance.md`: the text of `performance.md` here, with the tables of every work in its place.

A table comes from the command alone; those of works that were not measured this time stay as they are on the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

TEMPLATE = Path(__file__).with_name("performance.md")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_MARK = re.compile(r"<!-- bench: (\w+) -->")
_FILLED = re.compile(r"<!-- bench: (\w+) -->\n\n(.*?)\n\n<!-- end -->", re.DOTALL)
_MISSING = "(not measured yet)"


def write_page(measured: Mapping[str, str]) -> None:
    """The page shows what was measured."""
    known = tables_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    PAGE.write_text(filled(TEMPLATE.read_text(encoding="utf-8"), {**known, **measured}), encoding="utf-8")


def filled(template: str, tables: Mapping[str, str]) -> str:
    """The template with each work's tables below its mark.

    >>> filled("<!-- bench: chain -->", {"chain": "3 s"})
    '<!-- bench: chain -->\\n\\n3 s\\n\\n<!-- end -->'
    """
    return _MARK.sub(lambda mark: f"{mark[0]}\n\n{tables.get(mark[1], _MISSING).strip()}\n\n<!-- end -->", template)


def tables_of(page: str) -> dict[str, str]:
    """Work to the tables on a page.

    >>> tables_of(filled("# Page\\n\\n<!-- bench: chain -->\\n", {"chain": "3 s"}))
    {'chain': '3 s'}
    """
    return dict(_FILLED.findall(page))


def works_on(template: str) -> list[str]:
    """The works that have a place."""
    return _MARK.findall(template)
