import pytest

from jupyter_dataops.lint.beyond import NOT_YET
from jupyter_dataops.spec.models import Severity
from jupyter_dataops.spec.notebook import read_pipeline
from jupyter_dataops.spec.tags import GRAMMAR
from tests.support.notebooks import cell, notebook
from tests.unit.lint.flows import check


@pytest.mark.parametrize(
    "tag",
    ["each:i=x", "notebook:s.ipynb", "cache:on", "asset:x", "secret:TOKEN", "pool:db", "resource:GPU=1", "step:a"],
)
def test_what_has_no_effect_yet_is_said(tag):
    found = check(notebook(cell("x = 1", "node:a", tag)))
    key = tag.partition(":")[0]
    assert [(one.code, one.severity, one.cell_index, one.node) for one in found] == (
        [("DO019", NOT_YET[key][0], 0, "a")] if key in NOT_YET else []
    )


def test_checks_and_their_severity_have_no_effect_yet():
    found = check(notebook(cell("x = 1", "node:a"), cell("assert x", "check:a", "severity:warn")))
    assert [(one.code, one.severity) for one in found] == [("DO019", Severity.WARNING), ("DO019", Severity.INFO)]


def test_kales_options_for_kubernetes_are_only_information():
    (found,) = check(notebook(cell("x = 1", "step:a", "limit:cpu:1")))
    assert (found.code, found.severity) == ("DO019", Severity.INFO)
    assert "'limit:cpu:1'" in found.message


def test_a_default_without_effect_is_said_too():
    (found,) = check(notebook(cell("x = 1", "node:a"), dataops={"cache": "on", "retries": 2}))
    assert (found.code, found.cell_index) == ("DO019", None)
    assert "metadata.dataops.cache" in found.message


def test_skipped_cells_and_text_are_not_looked_at():
    text = {**cell("# hi", "pool:db"), "cell_type": "markdown"}
    found = check(notebook(cell("x = 1", "node:a"), cell("y", "node:b", "skip", "pool:db"), text))
    assert [one.code for one in found] == ["DO010"]  # of the Markdown cell


def test_only_tags_of_the_language_are_listed():
    assert set(NOT_YET) <= set(GRAMMAR)


def sub_notebook_problems(folder, path="sub.ipynb"):
    """Messages about a node that runs `path`; `folder` maps each notebook's path to the one it runs in turn."""

    def open_notebook(wanted):
        if wanted not in folder:
            return None
        inner = folder[wanted]
        return read_pipeline(notebook(cell("x", "node:n", *([f"notebook:{inner}"] if inner else []))), wanted)

    found = check(notebook(cell("x = 1", "node:a", f"notebook:{path}")), open_notebook=open_notebook)
    return [one.message for one in found if one.code == "DO015"]


def test_a_missing_sub_notebook_is_an_error():
    assert sub_notebook_problems({}) == ["node 'a': there is no notebook 'sub.ipynb'"]


def test_a_sub_notebook_that_is_there_is_fine():
    assert sub_notebook_problems({"sub.ipynb": None}, "./sub.ipynb") == []


def test_paths_are_relative_to_the_notebook_that_names_them():
    assert sub_notebook_problems({"lib/a.ipynb": "../b.ipynb", "b.ipynb": None}, "lib/a.ipynb") == []
    assert sub_notebook_problems({"lib/a.ipynb": "b.ipynb", "b.ipynb": None}, "lib/a.ipynb") == [
        "node 'a': there is no notebook 'lib/b.ipynb'"
    ]


def test_notebooks_that_run_each_other_are_an_error():
    assert sub_notebook_problems({"sub.ipynb": "other.ipynb", "other.ipynb": "sub.ipynb"}) == [
        "node 'a': notebooks run each other in a circle: sub.ipynb → other.ipynb → sub.ipynb"
    ]


def test_without_a_way_to_open_them_sub_notebooks_are_not_looked_at():
    assert [one.code for one in check(notebook(cell("x = 1", "node:a", "notebook:gone.ipynb")))] == ["DO019"]
