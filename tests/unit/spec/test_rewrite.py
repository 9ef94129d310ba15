import copy

from jupyter_dataops.spec.notebook import read_pipeline
from jupyter_dataops.spec.rewrite import converted_from_kale, with_tags
from tests.support.notebooks import cell, notebook, text


def without_tags(given):
    bare = copy.deepcopy(given)
    for one in bare["cells"]:
        one["metadata"].pop("tags", None)
    return bare


def test_only_the_tags_of_the_named_cells_change():
    given = notebook(cell("x = 1", "old"), text("hi"), cell("y = 2", "kept"), extra={"a": 1})
    before = copy.deepcopy(given)
    changed = with_tags(given, {0: ["node:a"], 1: []})
    assert given == before
    assert without_tags(changed) == without_tags(given)
    assert [one["metadata"].get("tags") for one in changed["cells"]] == [["node:a"], None, ["kept"]]
    assert list(changed) == list(given)


def test_a_cell_without_metadata_can_be_tagged():
    bare = {"cell_type": "code", "source": "x = 1"}
    assert with_tags({"cells": [bare]}, {0: ("setup",)})["cells"] == [{**bare, "metadata": {"tags": ["setup"]}}]


def kale_notebook():
    return notebook(
        cell("import os", "imports"),
        cell("n = 1", "pipeline-parameters"),
        cell("x = n", "block:a", "limit:cpu:1", "hide-input"),
        cell("x += 1", "block:"),
        cell("y = x", "step:b", "prev:a", "cache:enabled"),
        {**text("step:x"), "metadata": {"tags": ["step:x"]}},
        kubeflow_notebook={"pipeline_name": "titanic"},
    )


def test_a_converted_kale_notebook_says_the_same_in_our_words():
    given = kale_notebook()
    converted = converted_from_kale(given)
    assert given == kale_notebook()
    assert without_tags(converted) == without_tags(given)
    assert [one["metadata"].get("tags") for one in converted["cells"]] == [
        ["setup"],
        ["parameters"],
        ["node:a", "limit:cpu:1", "hide-input"],
        None,
        ["node:b", "after:a", "cache:on"],
        ["step:x"],
    ]
    before, after = read_pipeline(given, "p"), read_pipeline(converted, "p")
    assert {name: node.options for name, node in before.nodes.items()} == {
        name: node.options for name, node in after.nodes.items()
    }
    assert [one.role for one in before.cells] == [one.role for one in after.cells]
    assert after.name == "titanic"


def test_converting_twice_changes_nothing_more():
    converted = converted_from_kale(kale_notebook())
    assert converted_from_kale(converted) == converted
