import pytest

from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook
from tests.unit.lint.flows import check, codes

SALES = notebook(cell("clean = [1]", "node:clean", "asset:sales=clean"))


def beside(**notebooks):
    return lambda path: read_pipeline(notebooks[path[:-6]], path) if path[:-6] in notebooks else None


def test_two_nodes_that_publish_one_asset_are_both_named_with_their_cells():
    given = notebook(
        cell("sales = [1]", "node:a", "asset:sales"),
        cell("clean = [2]", "node:b"),
        cell("clean += [3]", "node:b", "asset:sales=clean"),
    )
    (found,) = check(given)
    assert (found.code, found.severity, found.cell_index, found.node) == ("DO031", "error", 2, "b")
    assert found.message == "Cell 3, node 'b' publishes asset 'sales', and so does cell 1, node 'a'"
    assert found.hint == "give one of them another name: 'asset:NAME=clean'"


def test_each_further_node_is_told_of_the_first():
    cells = [cell(f"sales = {number}", f"node:n{number}", "asset:sales") for number in range(3)]
    assert [(one.node, "node 'n0'" in one.message) for one in check(notebook(*cells))] == [("n1", True), ("n2", True)]


@pytest.mark.parametrize(
    "cells",
    [
        (cell("x = 1", "node:a", "asset:sales=x", "asset:copy=x"), cell("y = 1", "node:b", "asset:other=y")),
        (cell("x = 1", "node:a", "asset:x"), cell("x = 2", "node:b", "skip", "asset:x")),
        (cell("x = 1", "node:a", "asset:x"), cell("x += 1", "node:a", "asset:x")),
    ],
)
def test_names_of_their_own_are_fine(cells):
    assert codes(notebook(*cells)) == []


def test_what_a_notebook_below_publishes_counts():
    cells = cell("x = [1]", "node:a", "asset:sales=x"), cell("y = 1", "node:b", "notebook:sub.ipynb")
    (found,) = check(notebook(*cells), open_notebook=beside(sub=SALES))
    assert (found.code, found.node, found.cell_index) == ("DO031", "b", 1)
    told = (
        "Node 'clean' of 'sub.ipynb', which cell 2, node 'b' runs publishes asset 'sales', and so does cell 1, node 'a'"
    )
    assert found.message == told


def test_a_notebook_that_two_nodes_run_publishes_as_one():
    cells = cell("y = 1", "node:a", "notebook:sub.ipynb"), cell("y = 2", "node:b", "notebook:./sub.ipynb")
    assert codes(notebook(*cells), open_notebook=beside(sub=SALES)) == []


def test_notebooks_that_run_each_other_are_looked_at_once():
    ring = notebook(cell("x = 1", "node:x", "notebook:ring.ipynb", "asset:x"))
    cells = cell("y = 1", "node:a", "notebook:ring.ipynb"), cell("x = 1", "node:b", "asset:x")
    assert codes(notebook(*cells), open_notebook=beside(ring=ring)) == ["DO015", "DO031"]


def files(*there):
    return {"has_file": there.__contains__}


def test_a_file_that_is_not_there_is_told_at_its_tag():
    given = notebook(cell("x = 1", "node:a"), cell("open('data/prices.csv')", "node:a", "in:data/prices.csv"))
    (found,) = check(given, **files())
    assert (found.code, found.severity, found.cell_index) == ("DO032", "warning", 1)
    assert found.message == "node 'a' reads the file 'data/prices.csv', which is not there"
    assert (codes(given, **files("data/prices.csv")), codes(given)) == ([], [])


def test_a_file_that_a_node_makes_need_not_be_there():
    given = notebook(cell("1", "node:a", "out:./made.csv"), cell("2", "node:b", "in:made.csv"))
    assert codes(given, **files()) == []


def test_a_kernel_that_is_not_installed_is_told_at_its_tag():
    given = notebook(cell("x = 1", "node:a", "kernel:r-4"))
    (found,) = check(given, has_kernel={"python3"}.__contains__)
    assert (found.code, found.severity, found.tag) == ("DO033", "warning", "kernel:r-4")
    assert found.message == "node 'a' wants the kernel 'r-4', which is not installed here"
    assert (codes(given, has_kernel={"r-4"}.__contains__), codes(given)) == ([], [])
