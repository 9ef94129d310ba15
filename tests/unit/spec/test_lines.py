"""At which line of its file a cell begins."""

from __future__ import annotations

import json

import pytest

from jupyter_dataops.spec.lines import line_of_cell
from tests.support.notebooks import cell, notebook, text

CELLS = (
    text('# Title\nwith "cells": [ in it'),
    cell("x = 1\ny = 2", "node:é", "pool:a"),
    cell("", "node:b"),
    cell("z = 3"),
)
SOURCES = [one["source"] for one in CELLS]


def lines_of(written: str, tag: str = "") -> list[int | None]:
    return [line_of_cell(written, SOURCES, index, tag) for index in range(len(CELLS))]


@pytest.mark.parametrize("indent", [1, 4])
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("before", [{}, {"a": {"cells": [1, {"cells": []}]}, "b": None}])
def test_the_line_is_that_of_the_source(indent: int, ascii_only: bool, before: dict[str, object]) -> None:
    written = json.dumps({**before, **notebook(*CELLS)}, indent=indent, ensure_ascii=ascii_only)

    expected = [number for number, line in enumerate(written.splitlines(), 1) if '"source"' in line]

    assert lines_of(written) == expected


@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_line_of_a_tag_is_its_own(ascii_only: bool) -> None:
    written = json.dumps(notebook(*CELLS), indent=1, ensure_ascii=ascii_only)
    listed = written.splitlines()

    assert '"pool:a"' in listed[line_of_cell(written, SOURCES, 1, "pool:a") - 1]  # type: ignore[operator]
    assert "node:" in listed[line_of_cell(written, SOURCES, 1, "node:é") - 1]  # type: ignore[operator]
    assert '"source"' in listed[line_of_cell(written, SOURCES, 1, "node:gone") - 1]  # type: ignore[operator]


def test_a_notebook_on_one_line_has_one_line() -> None:
    assert lines_of(json.dumps(notebook(*CELLS))) == [1, 1, 1, 1]


def test_in_a_text_notebook_the_source_is_looked_for_in_order() -> None:
    written = "# %%\nx = 1\n\n# %%\ny = 2\n\n# %%\nx = 1\n"

    assert [line_of_cell(written, ["x = 1", "y = 2", "x = 1", "gone", ""], index) for index in range(6)] == [
        2, 5, 8, None, None, None,
    ]  # fmt: skip
