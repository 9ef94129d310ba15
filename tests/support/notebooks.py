"""Notebooks readable in one line: ``notebook(cell("x = 1", "node:a"), text("# Title"))``."""

from __future__ import annotations

from typing import Any


def cell(source: str, *tags: str, cell_id: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": "code",
        "metadata": {"tags": list(tags)} if tags else {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
    if cell_id is not None:
        made["id"] = cell_id
    return made


def text(source: str, cell_type: str = "markdown") -> dict[str, Any]:
    return {"cell_type": cell_type, "metadata": {}, "source": source}


def notebook(
    *cells: dict[str, Any], kernel: str = "python3", language: str = "python", **metadata: Any
) -> dict[str, Any]:
    """nbformat 4.5 JSON; cells without an id get ``c0``, ``c1``, ..."""
    with_ids = [{"id": f"c{index}", **made} for index, made in enumerate(cells)]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": kernel, "display_name": kernel, "language": language},
            "language_info": {"name": language},
            **metadata,
        },
        "cells": with_ids,
    }
