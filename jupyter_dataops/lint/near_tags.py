"""``DO010``: tags that nobody acts on, though somebody seems to have meant one of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from jupyter_dataops.lint.models import Subject
from jupyter_dataops.lint.structure import cell_tagged
from jupyter_dataops.spec.models import Cell, Problem, Role, Tolerance
from jupyter_dataops.spec.notebook import read_tags
from jupyter_dataops.spec.tags import GRAMMAR, Tag, format_tag

_BARE: Final = [key for key, row in GRAMMAR.items() if row.form is None]
_SPLIT: Final = re.compile(rf"({'|'.join(key for key in GRAMMAR if key not in _BARE)})[ =]+(\S.*)")
"""A key and a value with something else than a colon between them."""


def check_near_tags(subject: Subject) -> Iterator[Problem]:
    """Bare tags a letter or two from ours, a missing colon, and our tags where they mean nothing."""
    for node in subject.spec.nodes.values():
        tolerance = node.options.tolerance
        if node.options.each is None and tolerance != Tolerance():
            cell = cell_tagged(subject.spec, node.name, "tolerate", tolerance)
            tag = format_tag(Tag("tolerate", tolerance))
            hint = "it is for nodes with 'each:ITEM=VARIABLE': remove it, or add that tag"
            yield _problem(cell, tag, f"tag '{tag}' has no effect: node '{node.name}' runs once", hint)
    for cell in subject.spec.cells:
        if cell.role is Role.TEXT:
            for text in cell.tags:
                if read_tags([text]):
                    hint = "put it on a code cell: Markdown and raw cells are not run"
                    yield _problem(
                        cell, text, f"tag '{text}' stands on a cell that is not code and has no effect", hint
                    )
            continue
        for text in cell.tags:
            meant = _meant(text)
            if meant is not None:
                hint = f"did you mean '{meant}'?"
                yield _problem(cell, text, f"tag '{text}' is not known and has no effect", hint)


def _meant(text: str) -> str | None:
    """Our tag that `text` seems to be."""
    if text in GRAMMAR or ":" in text:
        return None  # right, or the grammar's own business
    split = _SPLIT.fullmatch(text)
    if split is not None:
        return f"{split[1]}:{split[2]}"
    close = get_close_matches(text.lower(), _BARE, 1, cutoff=0.85)
    return close[0] if close and not read_tags([text]) else None


def _problem(cell: Cell, tag: str, message: str, hint: str) -> Problem:
    return Problem("DO010", message, hint, cell.id, cell.index, cell.node, tag=tag)
