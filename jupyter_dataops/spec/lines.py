"""Where the cells of a notebook stand in its file, for tools that know files and lines alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

_DECODER: Final = json.JSONDecoder()
_BLANK: Final = re.compile(r"[ \t\n\r]*")


def line_of_cell(text: str, sources: Sequence[str], index: int, tag: str = "") -> int | None:
    r"""The 1-based line at which cell `index` begins in the file's `text`; `None` where that cannot be told.

    Parameters
    ----------
    text
        Of an ``.ipynb`` file, or of a text notebook.
    sources
        Of all cells: a text notebook has them one after the other.
    tag
        The line of this tag, if the file has it; else it is that of the cell's source.

    Examples
    --------
    >>> notebook = '{"cells": [\n {"metadata": {"tags": ["node:a"]},\n  "source": "x = 1"},\n {"source": ["y"]}]}'
    >>> line_of_cell(notebook, ["x = 1", "y"], 0), line_of_cell(notebook, ["x = 1", "y"], 0, "node:a")
    (3, 2)
    >>> line_of_cell("# %% tags=[]\nx = 1\n\n# %%\ny = 2\n", ["x = 1", "y = 2"], 1)
    5
    """
    try:
        begin, end = list(_cells(text))[index]
    except (ValueError, IndexError):
        return _line_of_source(text, sources, index)
    cell = text[begin:end]
    told = cell.find(json.dumps(tag, ensure_ascii=cell.isascii())) if tag else -1
    found = re.search(r'^\s*"source"\s*:|[{,]\s*"source"\s*:', cell, re.MULTILINE)
    # The end of what was found: white space before it may be lines.
    return text.count("\n", 0, begin + (told if told >= 0 else found.end() if found else 0)) + 1


def _cells(text: str) -> Iterator[tuple[int, int]]:
    """Begin and end of each cell. Raises `ValueError` for a file that is not JSON."""
    at = _after(text, 0, "{")
    while True:
        key, at = _DECODER.raw_decode(text, at)
        at = _after(text, at, ":")
        if key == "cells":
            break
        at = _after(text, _DECODER.raw_decode(text, at)[1], ",")
    at = _after(text, at, "[")
    while True:
        end = _DECODER.raw_decode(text, at)[1]
        yield at, end
        if text[_blank(text, end)] == "]":
            return
        at = _after(text, end, ",")


def _after(text: str, at: int, mark: str) -> int:
    """What follows `mark`, which comes next."""
    at = _blank(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"no {mark} at {at}")
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _line_of_source(text: str, sources: Sequence[str], index: int) -> int | None:
    at = 0
    for source in sources[:index]:
        at = max(text.find(source, at), at)
    found = text.find(sources[index], at) if index < len(sources) and sources[index] else -1
    return text.count("\n", 0, found) + 1 if found >= 0 else None
