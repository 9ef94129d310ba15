"""Reading a notebook never fails on what is in it."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.errors import NotebookUnreadable
from jupyter_dataops.spec.models import Role
from jupyter_dataops.spec.notebook import parse_notebook, read_pipeline
from jupyter_dataops.spec.propose import propose_tags
from jupyter_dataops.spec.rewrite import converted_from_kale, with_tags
from jupyter_dataops.spec.tags import GRAMMAR

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
KEYS = [*GRAMMAR, "step", "block", "prev", "limit", "secret"]
TAGS = st.text(max_size=8) | st.builds("{}:{}".format, st.sampled_from(KEYS), st.text("ab1=/.: ", max_size=6))
SOURCES = st.sampled_from(["", "x = 1", "import os", "def f():\n    return x", "x = !ls", "= =", "%time 1", "# A\n"])
CELLS = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "code", "markdown", "raw"]), "source": SOURCES | ANYTHING},
    optional={
        "id": st.sampled_from(["a", "b"]) | ANYTHING,
        "metadata": ANYTHING | st.fixed_dictionaries({"tags": st.lists(TAGS, max_size=4) | ANYTHING}),
    },
)
SETTINGS = st.dictionaries(st.sampled_from([*GRAMMAR, "name", "other"]), ANYTHING, max_size=3)
NOTEBOOKS = st.fixed_dictionaries(
    {"nbformat": st.just(4), "cells": st.lists(CELLS, max_size=6)},
    optional={"metadata": ANYTHING | st.fixed_dictionaries({"dataops": SETTINGS | ANYTHING})},
)


@given(NOTEBOOKS)
def test_every_notebook_can_be_read(notebook):
    spec = read_pipeline(parse_notebook(json.dumps(notebook), "n.ipynb"), "n")
    assert [cell.index for cell in spec.cells] == list(range(len(notebook["cells"])))
    assert len({cell.id for cell in spec.cells}) == len(spec.cells)
    owned = [cell for node in spec.nodes.values() for cell in node.cells]
    assert sorted(owned, key=lambda cell: cell.index) == list(spec.cells_with(Role.NODE))


@given(NOTEBOOKS)
def test_every_notebook_can_be_converted_and_tagged(notebook):
    converted_from_kale(notebook)
    proposals = propose_tags(notebook)
    tagged = with_tags(notebook, {one.cell_index: one.tags for one in proposals})
    assert not proposals or propose_tags(tagged) == ()


@given(ANYTHING.map(json.dumps) | st.text())
def test_any_text_is_a_notebook_or_refused_with_a_reason(content):
    with suppress(NotebookUnreadable):
        assert isinstance(parse_notebook(content, "n.ipynb")["cells"], list)
