"""Files in the form in which only what matters is left: the same for inputs that mean the same. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from jupyter_dataops.spec.kale import METADATA_KEY
from jupyter_dataops.spec.notebook import source_of, tags_of

_TEXT: Final = (".py", ".pyi", ".md", ".Rmd", ".qmd", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".sql")
"""Files in which the way a line ends is no part of what it says. Of data nobody knows that."""
_OF_NOTEBOOK: Final = ("dataops", METADATA_KEY)
_MINOR: Final = 5


def canonical_file(path: str, data: bytes) -> bytes:
    r"""What of a file counts.

    Examples
    --------
    >>> canonical_file("a.py", b"x = 1\r\n"), canonical_file("a.bin", b"\r\n")
    (b'x = 1\n', b'\r\n')
    """
    if path.endswith(_TEXT):
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def canonical_notebook(notebook: Mapping[str, Any]) -> bytes:
    """The notebook without outputs, counts, and whatever else a front end notes in it as it goes.

    Its cells keep their ids, by which an error finds its way back; they are no part of a version all the same.
    """
    seen: dict[str, int] = {}
    cells = [_cell(cell, index, seen) for index, cell in enumerate(notebook.get("cells", ()))]
    kept = {"nbformat": 4, "nbformat_minor": _MINOR, "metadata": _metadata(notebook), "cells": cells}
    return (json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _cell(raw: Mapping[str, Any], index: int, seen: dict[str, int]) -> dict[str, Any]:
    wanted = raw.get("id")
    name = wanted if isinstance(wanted, str) and wanted and wanted not in seen else f"cell-{index}"
    seen[name] = index
    tags = list(tags_of(raw))
    kept: dict[str, Any] = {
        "cell_type": raw["cell_type"],
        "id": name,
        "metadata": {"tags": tags} if tags else {},
        "source": source_of(raw),
    }
    if raw["cell_type"] == "code":
        kept |= {"outputs": [], "execution_count": None}
    elif raw.get("attachments"):
        kept["attachments"] = raw["attachments"]
    return kept


def _metadata(notebook: Mapping[str, Any]) -> dict[str, Any]:
    said = _mapping(notebook.get("metadata"))
    kernelspec, language = _mapping(said.get("kernelspec")), _mapping(said.get("language_info"))
    kept: dict[str, Any] = {key: said[key] for key in _OF_NOTEBOOK if said.get(key)}
    # Which version of Python the author happened to save it with is no part of it, nor how a kernel is titled.
    named = {key: kernelspec[key] for key in ("name", "language") if kernelspec.get(key)}
    if named:
        kept["kernelspec"] = {**named, "display_name": named.get("name", "")}
    if language.get("name"):
        kept["language_info"] = {"name": language["name"]}
    return kept


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
