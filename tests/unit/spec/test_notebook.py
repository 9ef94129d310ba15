import copy
import json

import pytest

from jupyter_dataops.errors import NotebookUnreadable
from jupyter_dataops.spec.models import Role
from jupyter_dataops.spec.notebook import as_one_node, parse_notebook, read_pipeline
from jupyter_dataops.states import CheckSeverity
from tests.support.notebooks import cell, notebook, text


def roles(*cells):
    spec = read_pipeline(notebook(*cells), "p")
    return [f"{one.role}:{one.node}" if one.node else str(one.role) for one in spec.cells]


def codes(*cells):
    return [problem.code for problem in read_pipeline(notebook(*cells), "p").problems]


def test_an_untagged_cell_continues_the_block_above():
    assert roles(cell("a"), cell("b", "node:x"), cell("c"), cell("d", "setup"), cell("e"), cell("f", "node:x")) == [
        "setup", "node:x", "node:x", "setup", "setup", "node:x",
    ]  # fmt: skip


def test_a_cell_below_parameters_is_setup():
    assert roles(cell("a", "node:x"), cell("p = 1", "parameters"), cell("b")) == ["node:x", "parameters", "setup"]


@pytest.mark.parametrize(
    "between", [cell("assert 1", "check:x/ok"), cell("1/0", "skip"), text("# hi"), text("raw", "raw")]
)
def test_checks_skipped_cells_and_text_do_not_end_a_block(between):
    assert roles(cell("a", "node:x"), between, cell("b"))[2] == "node:x"
    assert roles(cell("a", "setup"), between, cell("b"))[2] == "setup"


def test_skip_wins_over_every_other_tag():
    assert roles(cell("a", "node:x", "skip"), cell("b")) == ["skip", "setup"]
    assert codes(cell("a", "node:x", "setup", "skip", "retries:2")) == []


@pytest.mark.parametrize(
    "tags",
    [
        ("node:a", "parameters"),
        ("node:a", "node:b"),
        ("setup", "node:a"),
        ("check:a", "node:a"),
        ("setup", "parameters"),
    ],
)
def test_a_cell_with_two_roles_is_an_error(tags):
    (problem,) = read_pipeline(notebook(cell("x = 1", *tags)), "p").problems
    assert problem.code == "DO004"
    assert problem.cell_index == 0
    assert all(tag in problem.message for tag in tags)


def test_checks_know_their_node_and_name():
    spec = read_pipeline(notebook(cell("x = 1", "node:a"), cell("assert x", "check:a/positive", "severity:warn")), "p")
    assert spec.problems == ()
    assert [one.index for one in spec.nodes["a"].cells] == [0]
    (check,) = spec.checks.values()
    assert (check.name, check.node, check.check) == ("check:a/positive", "a", "positive")
    assert (check.severity, check.timeout_s) == (CheckSeverity.WARN, None)
    assert [(one.role, one.node, one.check) for one in check.cells] == [(Role.CHECK, "a", "positive")]


def test_cells_of_one_name_are_one_check():
    spec = read_pipeline(
        notebook(
            cell("x = 1", "node:a"),
            cell("n = x", "check:a/full", "timeout:5s"),
            cell("y = 1", "node:b"),
            cell("assert n", "check:a/full"),
        ),
        "p",
    )
    assert {name: [one.index for one in check.cells] for name, check in spec.checks.items()} == {"check:a/full": [1, 3]}
    assert spec.checks["check:a/full"].timeout_s == 5.0


def test_checks_without_a_name_are_counted_for_each_node_past_names_that_are_given():
    tags = ["check:a", "check:b", "check:a", "check:a/check_2", "check:a"]
    spec = read_pipeline(notebook(cell("x = 1", "node:a"), *[cell("assert x", tag) for tag in tags]), "p")
    assert list(spec.checks) == [
        "check:a/check_1", "check:b/check_1", "check:a/check_3", "check:a/check_2", "check:a/check_4",
    ]  # fmt: skip
    assert all(len(check.cells) == 1 for check in spec.checks.values())


def test_a_check_has_no_option_but_severity_and_timeout():
    given = cell("assert x", "check:a", "severity:warn", "timeout:1m", "retries:2", "owner:ada")
    spec = read_pipeline(notebook(cell("x = 1", "node:a"), given), "p")
    assert [(one.code, one.cell_index, one.node) for one in spec.problems] == [("DO010", 1, "a")] * 2
    assert "'retries:2' has no effect on a check cell" in spec.problems[0].message


def test_a_severity_is_for_checks():
    (problem,) = read_pipeline(notebook(cell("x = 1", "node:a", "severity:warn")), "p").problems
    assert (problem.code, problem.node) == ("DO010", "a")
    assert "check" in problem.hint


def test_a_check_with_two_severities_is_an_error_that_names_it():
    spec = read_pipeline(
        notebook(
            cell("x = 1", "node:a"),
            cell("x", "check:a/full", "severity:warn"),
            cell("x", "check:a/full", "severity:error"),
        ),
        "p",
    )
    (problem,) = spec.problems
    assert problem.code == "DO004"
    assert problem.message.startswith("'check:a/full' is given 'severity:warn' and 'severity:error', on cell 2")
    assert spec.checks["check:a/full"].severity is CheckSeverity.WARN


def test_the_pipelines_timeout_holds_for_checks_too():
    given = notebook(cell("x = 1", "node:a"), cell("x", "check:a"), cell("x", "check:a", "timeout:1s"))
    given["metadata"]["dataops"] = {"timeout": "1m", "retries": 3}
    assert [check.timeout_s for check in read_pipeline(given, "p").checks.values()] == [60.0, 1.0]


def test_a_plain_notebook_is_one_node_but_for_its_parameters():
    given = notebook(cell("import os"), text("hi"), cell("n = 1", "parameters"), cell("y = n"), cell("z", "skip"))
    given["metadata"]["dataops"] = {"retries": 3}
    spec = as_one_node(read_pipeline(given, "p"))
    assert [one.role for one in spec.cells] == [Role.NODE, Role.TEXT, Role.PARAMETERS, Role.NODE, Role.SKIP]
    (main,) = spec.nodes.values()
    assert (main.name, [one.index for one in main.cells], main.options.retry.retries) == ("main", [0, 3], 3)


def test_a_notebook_with_nodes_or_without_code_stays_as_it_is():
    for given in (
        notebook(cell("x"), cell("y", "node:a")),
        notebook(text("hi")),
        notebook(cell("n = 1", "parameters")),
    ):
        spec = read_pipeline(given, "p")
        assert as_one_node(spec) is spec


@pytest.mark.parametrize("role", ["setup", "parameters", "check:a"])
def test_an_option_on_a_cell_of_no_node_is_pointed_out(role):
    assert codes(cell("x = 1", role, "retries:2")) == ["DO010"]


def test_bad_and_close_tags_become_problems_of_their_cell():
    spec = read_pipeline(notebook(text("hi"), cell("x = 1", "node:a", "timeout:soon", "retrys:2", "hide-input")), "p")
    assert [(problem.code, problem.cell_id, problem.cell_index, problem.node) for problem in spec.problems] == [
        ("DO003", "c1", 1, "a"),
        ("DO010", "c1", 1, "a"),
    ]


def test_markdown_above_a_nodes_first_cell_is_its_description():
    spec = read_pipeline(
        notebook(
            text("# Title\n"), cell("import os"), text("## Load"), text("raw", "raw"), text("the rows"),
            cell("x = 1", "node:a"), text("more"), cell("y = 1", "node:a"), cell("z = 1", "node:b"),
            text("no"), cell("w = 1", "node:c", "description:counts"),
        ),
        "p",
    )  # fmt: skip
    assert [node.description for node in spec.nodes.values()] == ["## Load\n\nthe rows", "", "counts"]


def test_a_node_may_stand_in_several_places():
    spec = read_pipeline(notebook(cell("1", "node:a"), cell("2", "node:b"), cell("3", "node:a"), cell("4")), "p")
    assert {name: [one.index for one in node.cells] for name, node in spec.nodes.items()} == {"a": [0, 2, 3], "b": [1]}


def test_cells_without_ids_get_their_place_as_id():
    old = notebook(cell("x = 1", "node:a"), text("hi"), cell("y = 1"))
    for one in old["cells"]:
        del one["id"]
    assert [one.id for one in read_pipeline({**old, "nbformat_minor": 0}, "p").cells] == ["cell-0", "cell-1", "cell-2"]


def test_duplicate_ids_are_made_unique():
    spec = read_pipeline(notebook(*[cell("x", cell_id=given) for given in ("a", "a", "a-1", "a", "cell-5", None)]), "p")
    ids = [one.id for one in spec.cells]
    assert ids[0] == "a"
    assert len(set(ids)) == 6


def test_source_may_be_lines_or_text_with_any_line_ends():
    lines = {**cell("", "node:a"), "source": ["x = 1\r\n", "y = 2\r", "z = 3"]}
    assert read_pipeline(notebook(lines, cell("a\r\nb")), "p").cells[0].source == "x = 1\ny = 2\nz = 3"
    assert read_pipeline(notebook(lines, cell("a\r\nb")), "p").cells[1].source == "a\nb"


def test_an_empty_notebook_is_a_pipeline_without_nodes():
    spec = read_pipeline(notebook(), "p")
    assert (spec.name, spec.cells, spec.nodes, spec.checks, spec.problems) == ("p", (), {}, {}, ())


def test_two_hundred_cells_keep_their_order():
    spec = read_pipeline(notebook(*[cell(f"x{number} = 1", f"node:n{number}") for number in range(200)]), "p")
    assert list(spec.nodes) == [f"n{number}" for number in range(200)]


def test_kernel_and_language_come_from_metadata():
    spec = read_pipeline(notebook(kernel="ir", language="R"), "p")
    assert (spec.kernel_name, spec.language) == ("ir", "r")
    bare = read_pipeline({"cells": [], "metadata": {}}, "p")
    assert (bare.kernel_name, bare.language) == ("python3", "python")
    assert read_pipeline({"cells": [], "metadata": {"language_info": {"name": "julia"}}}, "p").language == "julia"


@pytest.mark.parametrize("odd", [None, "x", [], 3])
def test_odd_metadata_is_tolerated(odd):
    raw = {"cell_type": "code", "source": "x = 1", "metadata": odd, "id": 7}
    spec = read_pipeline({"cells": [raw, {**raw, "metadata": {"tags": odd}}], "metadata": odd}, "p")
    assert [one.role for one in spec.cells] == [Role.SETUP, Role.SETUP]
    assert read_pipeline({"cells": [], "metadata": {"dataops": odd, "kernelspec": odd}}, "p").metadata == {}


def test_reading_changes_nothing():
    given = notebook(cell("x = 1", "node:a", "retries:2"), text("hi"))
    before = copy.deepcopy(given)
    read_pipeline(given, "p")
    assert given == before


def test_cells_show_their_tags_as_written():
    spec = read_pipeline(notebook(cell("x = 1", "step:a", "hide-input", "timeout:60s")), "p")
    assert spec.cells[0].tags == ("step:a", "hide-input", "timeout:60s")


WHOLE = json.dumps(notebook(cell("x = 1", "node:a")), indent=1)


def test_a_notebooks_text_is_parsed():
    assert parse_notebook(WHOLE, "n.ipynb") == json.loads(WHOLE)
    assert parse_notebook("\ufeff" + WHOLE.replace("\n", "\r\n"), "n.ipynb") == json.loads(WHOLE)


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("", "the file is empty", "open it in Jupyter and save it once"),
        (" \n", "the file is empty", "open it in Jupyter"),
        (WHOLE[:-40], "the file is cut off in line", "restore it"),
        (WHOLE[: WHOLE.index('"source"') + 14], "the file is cut off in line", "restore it"),
        (
            WHOLE.replace('"nbformat": 4,', '"nbformat": 4'),
            "not valid JSON: Expecting ',' delimiter, line 3",
            "restore",
        ),
        (WHOLE.replace('"cells"', "\n<<<<<<< HEAD\n\n>>>>>>> x\n"), "unresolved merge conflicts", "nbdime"),
        ("print('hello')", "not a notebook", "name an .ipynb file"),
        ("{}", "JSON but not a notebook", "name an .ipynb file"),
        ('{"nbformat": "4"}', "JSON but not a notebook", "name an .ipynb file"),
        (
            '{"nbformat": 3, "worksheets": []}',
            "old format 3",
            "jupyter nbconvert --to notebook --nbformat 4 --inplace n.ipynb",
        ),
        ('{"nbformat": 5, "cells": []}', "format 5", "newer jupyter-dataops"),
        ('{"nbformat": 4}', "no list of cells", "backup"),
        ('{"nbformat": 4, "cells": [3]}', "cell 1 has no cell type", "restore"),
        ('{"nbformat": 4, "cells": [{"source": ""}]}', "cell 1 has no cell type", "restore"),
        ('{"a":' * 100_000, "nested too deeply", ""),
    ],
)
def test_an_unreadable_file_says_why_and_what_to_do(content, message, hint):
    with pytest.raises(NotebookUnreadable) as caught:
        parse_notebook(content, "n.ipynb")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.where == "n.ipynb"
