import pytest

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.lint import check_pipeline
from jupyter_dataops.lint.beyond import NOT_YET
from jupyter_dataops.spec.models import Severity
from jupyter_dataops.spec.notebook import read_pipeline
from jupyter_dataops.spec.tags import GRAMMAR
from tests.support.notebooks import cell, notebook
from tests.unit.lint.flows import check, codes


@pytest.mark.parametrize("tag", ["resource:GPU=1", "resource:memory=2"])
def test_what_has_no_effect_yet_is_said(tag):
    found = check(notebook(cell("x = 1", "node:a", tag)))
    severity, _ = NOT_YET[tag.partition(":")[0]]
    assert [(one.code, one.severity, one.cell_index, one.node) for one in found] == [("DO019", severity, 0, "a")]


@pytest.mark.parametrize(
    "tag",
    [
        "each:i=x",
        "notebook:s.ipynb",
        "secret:TOKEN",
        "pool:db",
        "tolerate:1",
        "step:a",
        "timeout:1m",
        "cache:on",
        "asset:x",
    ],
)
def test_what_is_acted_on_is_not(tag):
    assert "DO019" not in codes(notebook(cell("x = 1", "node:a", tag)))
    assert codes(notebook(cell("x = 1", "node:a"), cell("assert x", "check:a", "severity:warn"))) == []


def test_kales_options_for_kubernetes_are_only_information():
    (found,) = check(notebook(cell("x = 1", "step:a", "limit:cpu:1")))
    assert (found.code, found.severity) == ("DO019", Severity.INFO)
    assert "'limit:cpu:1'" in found.message


def test_skipped_cells_and_text_are_not_looked_at():
    text = {**cell("# hi", "resource:GPU=1"), "cell_type": "markdown"}
    found = check(notebook(cell("x = 1", "node:a"), cell("y", "node:b", "skip", "resource:GPU=1"), text))
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
    assert codes(notebook(cell("x = 1", "node:a", "notebook:gone.ipynb", "out:y"))) == []


SUB = notebook(cell("n = 1", "parameters"), cell("y = n", "node:make"), cell("z = 1", "setup"))


@pytest.mark.parametrize(
    ("sub", "name", "expected"),
    [
        (SUB, "y", []),
        (SUB, "n", ["DO028"]),  # a parameter: no node hands it on
        (SUB, "z", ["DO028"]),
        (SUB, "total", ["DO028"]),
        (notebook(cell("n = 1", "parameters"), cell("import math"), cell("y = n")), "y", []),
        (notebook(cell("n = 1", "parameters"), cell("import math"), cell("y = n")), "math", ["DO028"]),
    ],
)
def test_what_a_node_hands_on_is_bound_by_a_node_of_the_notebook_that_it_runs(sub, name, expected):
    given = notebook(cell("n = 1", "node:a", "notebook:./sub.ipynb", f"out:{name}"))
    found = check(given, open_notebook=lambda path: read_pipeline(sub, path) if path == "sub.ipynb" else None)
    assert [one.code for one in found] == expected


def test_a_misspelt_output_of_a_sub_notebook_is_answered_with_the_closest():
    given = notebook(cell("n = 1", "node:a", "notebook:sub.ipynb", "out:yy"))
    (found,) = check(given, open_notebook=lambda path: read_pipeline(SUB, path))
    assert found.hint == "did you mean 'y'?"
    assert "'out:' of node 'a' names 'yy', which no node of 'sub.ipynb' binds" in found.message


def parameter_problems(source, *tags):
    inner = notebook(cell("amounts = [1]\nlimit = 2", "parameters"), cell("x = amounts", "node:n"))
    spec = read_pipeline(notebook(cell(source, "node:a", "notebook:sub.ipynb", *tags)), "p")
    found = check_pipeline(spec, analyse(spec), lambda path: read_pipeline(inner, path))
    return [(one.message, one.hint) for one in found if one.code == "DO029"]


def test_a_name_close_to_a_parameter_that_gets_no_value_is_told():
    message = "node 'a' binds 'amount', which is no parameter of 'sub.ipynb'"
    assert parameter_problems("amount = [3]") == [(message, "did you mean 'amounts'?")]


@pytest.mark.parametrize("source", ["amounts = [3]", "amount = 3\namounts = [amount]", "cities = [3]"])
def test_a_parameter_that_gets_its_value_is_not_missed(source):
    assert parameter_problems(source) == []
