"""New notebooks from old, differing in nothing but cell tags. Pure: the given JSON is never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_dataops.spec import kale
from jupyter_dataops.spec.notebook import tags_of


def with_tags(notebook: Mapping[str, Any], tags_by_cell_index: Mapping[int, Sequence[str]]) -> dict[str, Any]:
    """The notebook in which the cells named have exactly the tags given, and everything else is as it was.

    Examples
    --------
    >>> cells = [{"cell_type": "code", "source": "x = 1", "metadata": {}}]
    >>> with_tags({"cells": cells}, {0: ["node:load"]})["cells"][0]["metadata"]
    {'tags': ['node:load']}
    """
    cells = [
        _retagged(raw, tags_by_cell_index[index]) if index in tags_by_cell_index else raw
        for index, raw in enumerate(notebook.get("cells", ()))
    ]
    return {**notebook, "cells": cells}


def converted_from_kale(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook with Kale's tags in our words; its options for Kubernetes stay as they are."""
    changed: dict[int, list[str]] = {}
    for index, raw in enumerate(notebook.get("cells", ())):
        before = tags_of(raw)
        translated = [text if kale.is_foreign(text) else kale.from_kale(text) for text in before]
        after = list(dict.fromkeys(text for text in translated if text is not None))
        if raw.get("cell_type") == "code" and after != list(before):
            changed[index] = after
    return with_tags(notebook, changed)


def _retagged(raw: Mapping[str, Any], tags: Sequence[str]) -> dict[str, Any]:
    before = raw.get("metadata")
    metadata = {
        key: value for key, value in (before.items() if isinstance(before, Mapping) else ()) if key != "tags" or tags
    }
    if tags:
        metadata["tags"] = list(tags)
    return {**raw, "metadata": metadata}
