from __future__ import annotations

import pytest

from jupyter_dataops.api.reading import AnalysedNotebook
from tests.support.notebooks import cell, notebook, text


def found(*cells) -> list[tuple[str, str]]:
    analysed = AnalysedNotebook("", notebook(cell("y = 1", "node:z"), *cells), "p")
    return [(one.message, one.hint) for one in analysed.diagnostics if one.code == "DO010"]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("parameter", "parameters"), ("Parameters", "parameters"), ("setups", "setup"), ("node total", "node:total"),
     ("node=total", "node:total"), ("timeout 10m", "timeout:10m")],
)  # fmt: skip
def test_a_tag_that_was_meant_to_be_ours_is_named_with_the_right_one(wrong, meant):
    assert found(cell("x = 1", wrong)) == [
        (f"tag '{wrong}' is not known and has no effect", f"did you mean '{meant}'?")
    ]


@pytest.mark.parametrize(
    "other", ["hide-input", "raises-exception", "note", "imports", "functions", "skip", "remove_cell"]
)
def test_tags_of_others_and_right_ones_are_left_alone(other):
    assert found(cell("x = 1", other)) == []


def test_our_tag_on_a_markdown_cell_is_named():
    markdown = {**text("# Load"), "metadata": {"tags": ["node:load", "slideshow"]}}
    ((message, hint),) = found(markdown)
    assert message == "tag 'node:load' stands on a cell that is not code and has no effect"
    assert "code cell" in hint


def test_a_tolerance_without_elements_has_no_effect():
    assert found(cell("x = 1", "node:a", "tolerate:10%")) == [
        (
            "tag 'tolerate:10%' has no effect: node 'a' runs once",
            "it is for nodes with 'each:ITEM=VARIABLE': remove it, or add that tag",
        )
    ]
    assert found(cell("xs = [1]", "node:a"), cell("y = x", "node:b", "each:x=xs", "tolerate:10%")) == []
