import pytest

from jupyter_dataops.spec.models import Role
from jupyter_dataops.spec.notebook import read_pipeline
from jupyter_dataops.spec.propose import propose_tags
from jupyter_dataops.spec.rewrite import with_tags
from tests.support.notebooks import cell, notebook, text


def proposed(*cells):
    return {proposal.cell_index: proposal.tags[-1] for proposal in propose_tags(notebook(*cells))}


def test_each_heading_section_becomes_a_node():
    assert proposed(
        text("# Report"), cell("import csv\n%matplotlib inline"),
        text("## 1. Load the data"), cell("rows = open('r.csv').readlines()"), cell("rows.pop()"),
        text("just words"), cell("rows.sort()"),
        text("## 2. Résumé"), cell("print(rows)"),
    ) == {1: "setup", 3: "node:load_the_data", 8: "node:resume"}  # fmt: skip


def test_literal_constants_at_the_top_become_parameters():
    assert proposed(cell("import csv"), cell("month = 6\nname: str = 'x'"), cell("limit = -1"), text("# A"), cell("print(month)")) == {
        0: "setup", 1: "parameters", 4: "node:a",
    }  # fmt: skip


@pytest.mark.parametrize("source", ["total = 0", "found = []", "found = {}", "x = y = 1"])
def test_what_is_filled_or_assigned_again_is_no_constant(source):
    below = cell("total = 1\nx = 2\nfound.append(total)")
    assert "parameters" not in proposed(cell(source), text("# A"), below).values()


def test_constants_below_the_first_work_are_part_of_it():
    assert proposed(text("# A"), cell("print(1)"), cell("n = 3")) == {1: "node:a"}


def test_definitions_become_setup_and_the_section_goes_on_below_them():
    assert proposed(text("# A"), cell("x = input()"), cell("def f(y):\n    x = y\n    return x"), cell("z = f(x)")) == {
        1: "node:a", 2: "setup", 3: "node:a",
    }  # fmt: skip


def test_a_function_that_reads_what_a_node_binds_stays_in_its_section():
    assert proposed(text("# A"), cell("x = input()"), cell("def f():\n    return x"), cell("f()")) == {1: "node:a"}
    chain = [cell("x = input()"), cell("def f():\n    return x"), cell("def g():\n    return f()")]
    assert proposed(text("# A"), *chain) == {1: "node:a"}


def test_a_function_defined_twice_stays_where_it_is():
    twice = [cell("def f():\n    return 1"), cell("print(f())"), cell("def f():\n    return 2"), cell("print(f())")]
    assert proposed(text("# A"), *twice) == {1: "node:a"}


@pytest.mark.parametrize("source", ["!pip install x", "%run other.ipynb", "%%bash\nls", "x = !ls", "not python at all"])
def test_magics_that_work_and_foreign_code_belong_to_a_node(source):
    assert proposed(text("# A"), cell(source)) == {1: "node:a"}


def test_equal_headings_give_different_nodes():
    assert proposed(text("# A"), cell("print(1)"), text("# A"), cell("print(2)"), text("# 🚀"), cell("print(3)")) == {
        1: "node:a", 3: "node:a_2", 5: "node:node",
    }  # fmt: skip


def test_code_above_the_first_heading_is_a_node_called_start():
    assert proposed(cell("x = input()"), text("# A"), cell("print(x)")) == {0: "node:start", 2: "node:a"}


def test_without_headings_each_cell_becomes_a_node():
    assert proposed(cell("# Read it\nx = input()"), cell("_t = y = x + '1'"), cell("print(y)"), cell("# just a comment")) == {
        0: "node:read_it", 1: "node:y", 2: "node:cell_3",
    }  # fmt: skip


def test_a_heading_inside_a_code_fence_is_no_heading():
    assert proposed(text("# Yes\n```\n# no\n```"), cell("print(1)")) == {1: "node:yes"}


@pytest.mark.parametrize("tag", ["node:a", "step:a", "setup", "parameters", "imports"])
def test_a_tagged_notebook_gets_no_proposals(tag):
    assert proposed(cell("import os", tag), text("# A"), cell("print(1)")) == {}


def test_tags_of_others_are_kept():
    (proposal,) = propose_tags(notebook(text("# A"), cell("print(1)", "hide-input")))
    assert proposal.tags == ("hide-input", "node:a")
    assert proposal.reason == "it begins the section 'A'"


def test_an_empty_notebook_gets_no_proposals():
    assert propose_tags(notebook()) == ()


def test_applied_proposals_read_as_a_pipeline_without_problems():
    cells = [
        text("# Flights"), cell("import csv\nimport math"), cell("year = 2013"), text("## Load"), cell("rows = [year]"),
        cell("def mean(values):\n    return sum(values) / len(values)"), cell("rows.append(1)"), text("## Mean!"),
        cell("print(mean(rows))"),
    ]  # fmt: skip
    plain = notebook(*cells)
    tagged = with_tags(plain, {one.cell_index: one.tags for one in propose_tags(plain)})
    spec = read_pipeline(tagged, "p")
    assert spec.problems == ()
    assert {name: [one.index for one in node.cells] for name, node in spec.nodes.items()} == {
        "load": [4, 6],
        "mean": [8],
    }
    assert [one.index for one in spec.cells_with(Role.SETUP)] == [1, 5]
    assert [one.index for one in spec.cells_with(Role.PARAMETERS)] == [2]
