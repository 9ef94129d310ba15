"""Writing a changed notebook back so that nothing but the change differs, not a byte."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from rich.text import Text

from jupyter_dataops.errors import EnvironmentRefused, UsageError
from jupyter_dataops.spec.notebook import source_of, tags_of

_INDENT: Final = re.compile(rb'\A\{\r?\n([ \t]+)"')


def written_like(before: bytes, notebook: Mapping[str, Any]) -> bytes:
    r"""`notebook` as JSON in the manner of the file `before`: indent, line ends, escapes and end of file.

    Examples
    --------
    >>> before = b'{\r\n  "cells": []\r\n}'
    >>> written_like(before, {"cells": []}) == before
    True
    """
    found = _INDENT.match(before)
    indent = found[1].decode() if found else (1 if b"\n" in before.strip() else None)
    escaped = before.isascii() and b"\\u" in before
    text = json.dumps(notebook, indent=indent, ensure_ascii=escaped)
    if before.endswith(b"\n") or not before:
        text += "\n"
    return text.replace("\n", "\r\n" if b"\r\n" in before else "\n").encode()


def write_notebook(source: Path, target: Path, notebook: Mapping[str, Any]) -> None:
    """`target` holds `notebook`, in the manner of the file `source`; it is replaced whole or not at all.

    Raises
    ------
    UsageError
        `source` is a text notebook, whose tags are not written here.
    EnvironmentRefused
        `target` cannot be written.
    """
    if source.suffix != ".ipynb":
        raise UsageError("only .ipynb files can be written", where=str(source), hint="convert it with jupytext first")
    content = written_like(source.read_bytes(), notebook)
    real = target.resolve()  # a link stays a link
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            shutil.copymode(real if real.exists() else source, draft)
            Path(draft).replace(real)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise EnvironmentRefused(
            f"cannot write the notebook: {error.strerror}", where=str(target), hint="choose another place with -o"
        ) from error


class TagChange(Struct, frozen=True):
    """One cell whose tags differ."""

    cell_index: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    source: str
    reason: str = ""


def tag_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[TagChange]:
    """The cells whose tags differ between two versions of a notebook."""
    pairs = enumerate(zip(before["cells"], after["cells"], strict=True))
    return [
        TagChange(index, tuple(tags_of(old)), tuple(tags_of(new)), source_of(old))
        for index, (old, new) in pairs
        if tuple(tags_of(old)) != tuple(tags_of(new))
    ]


def changes_view(changes: Sequence[TagChange]) -> Text:
    """Changes as a listing: the cell and its first line, then each tag that goes (-) or comes (+)."""
    view = Text()
    for change in changes:
        first = next((line for line in change.source.splitlines() if line.strip()), "")
        view.append(f"cell {change.cell_index + 1}", style="bold")
        view.append(f"  {first.strip()}\n", style="dim")
        for tag in change.before:
            if tag not in change.after:
                view.append(f"  - {tag}\n", style="red")
        for tag in change.after:
            if tag not in change.before:
                view.append(f"  + {tag}", style="green")
                view.append(f"   {change.reason}\n" if change.reason else "\n", style="dim")
    return view


def changes_json(changes: Sequence[TagChange]) -> list[dict[str, Any]]:
    """Changes as documented for ``tag --json`` and ``convert --json``."""
    return [
        {
            "cell_index": change.cell_index,
            "before": list(change.before),
            "after": list(change.after),
            "reason": change.reason,
        }
        for change in changes
    ]
