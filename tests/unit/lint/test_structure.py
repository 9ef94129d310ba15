import pytest

from jupyter_dataops.spec.models import Severity
from tests.support.notebooks import cell, notebook
from tests.unit.lint.flows import check, codes


def test_a_cycle_is_printed_with_arrows_and_names_the_tag_to_remove():
    given = notebook(cell("x = 1", "node:a", "after:c"), cell("y = x", "node:b"), cell("z = y", "node:c"))
    (found,) = check(given, ("a", "b"), ("b", "c"))
    assert found.code == "DO001"
    path = found.message.removeprefix("nodes wait for each other: ").split(" → ")
    assert path[0] == path[-1]
    assert sorted(path[1:]) == ["a", "b", "c"]
    assert (found.hint, found.cell_index, found.node) == ("remove the tag 'after:c' from node 'a'", 0, "a")


def test_a_node_after_itself_is_a_cycle():
    (found,) = check(notebook(cell("x = 1", "node:a"), cell("x += 1", "after:a")))
    assert (found.code, found.message, found.cell_index) == ("DO001", "nodes wait for each other: a → a", 1)


def test_a_cycle_of_data_alone_asks_to_move_cells():
    (found,) = check(notebook(cell("x", "node:a"), cell("y", "node:b")), ("a", "b"), ("b", "a"))
    assert (found.code, found.hint) == ("DO001", "move cells so that each node only needs what is above it")


def test_a_diamond_is_no_cycle():
    names = "abcd"
    given = notebook(*[cell("x", f"node:{name}") for name in names])
    assert codes(given, ("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")) == []


def test_an_unknown_node_is_answered_with_the_closest():
    given = notebook(cell("x = 1", "node:load"), cell("y", "node:b"), cell("z", "after:laod"))
    (found,) = check(given)
    assert (found.code, found.cell_index, found.node) == ("DO002", 2, "b")
    assert found.message == "node 'b' is to run after 'laod', which is no node"
    assert found.hint == "did you mean 'load'?"


def test_an_unknown_node_like_no_other_is_answered_with_all():
    (found,) = check(notebook(cell("x = 1", "node:load"), cell("y", "node:b", "after:zzz")))
    assert found.hint == "the nodes are: load, b"


def test_a_node_whose_cells_are_skipped_is_named_as_such():
    (found,) = check(notebook(cell("x = 1", "node:load", "skip"), cell("y", "node:b", "after:load")))
    assert found.hint == "all cells of 'load' are tagged 'skip': remove the reference, or that tag"


def test_a_check_of_an_unknown_node_is_an_error():
    found = check(notebook(cell("x = 1", "node:load"), cell("assert x", "check:lod/full")))
    assert [one.code for one in found] == ["DO002"]
    assert found[0].message == "a check is meant for 'lod', which is no node"


def test_each_parameters_cell_but_the_first_is_an_error():
    given = notebook(
        cell("a = 1", "parameters"), cell("b = 1", "parameters"), cell("c = 1", "parameters"), cell("x", "node:a")
    )
    assert [(one.code, one.cell_index) for one in check(given)] == [("DO013", 1), ("DO013", 2)]
    assert "cell 2 (c1)" in check(given)[0].message
    assert "cell 1 (c0)" in check(given)[0].message


@pytest.mark.parametrize("given", [notebook(), notebook(cell("x = 1")), notebook(cell("x = 1", "node:a", "skip"))])
def test_a_notebook_without_nodes_is_an_error(given):
    (found,) = check(given)
    assert (found.code, found.severity, found.cell_index) == ("DO020", Severity.ERROR, None)


def test_another_language_is_an_error():
    (found,) = check(notebook(cell("1", "node:a"), kernel="julia-1.11", language="julia"))
    assert found.code == "DO021"
    assert found.message == "the notebook's kernel 'julia-1.11' runs julia, not Python"


def test_waiting_for_a_node_below_is_a_warning():
    (found,) = check(notebook(cell("1", "node:a", "after:b"), cell("2", "node:b")))
    assert (found.code, found.severity, found.cell_index) == ("DO022", Severity.WARNING, 0)


def test_waiting_for_a_node_above_is_no_warning():
    assert codes(notebook(cell("1", "node:a"), cell("2", "node:b", "after:a"))) == []


def test_a_check_above_cells_of_its_node_runs_in_another_order_than_the_page():
    check_cell = cell("assert x", "check:a/positive")
    (found,) = check(notebook(cell("x = 1", "node:a"), check_cell, cell("y = 1", "node:a")))
    assert (found.code, found.severity, found.cell_index, found.node) == ("DO022", Severity.WARNING, 1, "a")
    assert found.message == "check 'positive' stands above cell 3 of node 'a', and runs after it"
    assert check(notebook(cell("x = 1", "node:a"), cell("y = 1", "node:a"), check_cell)) == ()
