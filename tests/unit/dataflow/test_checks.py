from __future__ import annotations

import pytest

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook

LOAD = cell("rows = [1]", "node:load")
CLEAN = cell("clean = rows + [2]", "node:clean")


def flow_of(*cells) -> Flow:
    return analyse(read_pipeline(notebook(*cells), "p"))


def found(*cells) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.cell_index) for problem in flow_of(*cells).problems]


def test_a_check_reads_what_its_node_hands_on_and_binds_nothing():
    flow = flow_of(LOAD, CLEAN, cell("total = sum(clean)\nassert total < limit and rows", "check:clean/sum"))
    check = flow.checks["check:clean/sum"]
    assert (check.reads, check.binds, check.outputs) == ({"clean": "clean", "rows": "load"}, frozenset(), ())
    assert flow.nodes["clean"].outputs == ("clean",)
    assert list(flow.nodes) == ["load", "clean"]
    assert [(edge.source, edge.target) for edge in flow.edges] == [("load", "clean")]
    assert flow.first_cells["check:clean/sum"] == 2


def test_a_check_sees_its_nodes_value_wherever_it_stands():
    again = cell("clean = clean + [3]", "node:again")
    flow = flow_of(LOAD, CLEAN, again, cell("assert clean", "check:clean"), cell("assert clean", "check:load"))
    assert flow.checks["check:clean/check_1"].reads == {"clean": "clean"}
    assert flow.checks["check:load/check_1"].reads == {"clean": "again"}


def test_what_its_node_binds_only_perhaps_comes_from_above_too():
    maybe = cell("if len(rows) > 5:\n    rows = rows[:5]", "node:cut")
    flow = flow_of(LOAD, maybe, cell("assert rows", "check:cut"))
    assert flow.checks["check:cut/check_1"].reads == {"rows": "cut"}
    assert flow.nodes["cut"].reads == {"rows": "load"}
    assert flow.nodes["cut"].outputs == ("rows",)


def test_setup_and_imports_of_nodes_and_other_checks_reach_a_check():
    flow = flow_of(
        cell("def positive(values):\n    return min(values) > 0"),
        cell("import math\nrows = [math.pi]", "node:load"),
        cell("import pandas as pd\nassert positive(rows)", "check:load/a"),
        cell("assert math.isfinite(rows[0]) and pd", "check:load/b"),
    )
    assert flow.checks["check:load/a"].from_setup == {"positive"}
    assert flow.checks["check:load/b"].imports == ("import math", "import pandas as pd")
    assert flow.problems == ()


def test_an_import_in_a_check_is_copied_into_nodes_below():
    flow = flow_of(LOAD, cell("import math\nassert rows", "check:load"), cell("print(math.pi)", "node:report"))
    assert flow.nodes["report"].imports == ("import math",)
    assert flow.problems == ()


def test_cells_of_one_check_share_their_names_and_those_of_others_do_not():
    a = [
        cell("def bad(row):\n    return row < low\nlow = 0", "check:load/a"),
        cell("assert not bad(rows[0])", "check:load/a"),
    ]
    assert found(LOAD, *a) == []
    assert found(LOAD, *a, cell("assert not bad(rows[0])", "check:load/b")) == [("DO026", 3)]


def test_a_check_that_reads_what_nobody_binds_is_told_so():
    assert found(LOAD, cell("assert rows_clean", "check:load")) == [("DO006", 1)]
    assert found(LOAD, cell("assert (", "check:load")) == [("DO005", 1)]
    assert ("DO008", 1) in found(LOAD, cell("from math import *", "check:load"))


def test_names_with_an_underscore_stay_in_the_node_that_is_checked():
    (problem,) = flow_of(cell("_rows = [1]", "node:load"), cell("assert _rows", "check:load")).problems
    assert (problem.code, problem.cell_index, problem.node) == ("DO006", 1, "load")
    assert problem.message.startswith("cell 2 (check 'check_1' of node 'load') uses '_rows'")


@pytest.mark.parametrize(
    ("check", "below", "leaks"),
    [
        ("n = len(rows)", "print(n)", True),
        ("rows = sorted(rows)", "print(rows)", True),
        ("rows[0] = 5", "print(rows)", True),
        ("if not rows:\n    n = 0", "print(n)", True),
        ("count()", "print(counter)", True),
        ("n = len(rows)", "n = 1\nprint(n)", False),
        ("n = len(rows)", "print(len(rows))", False),
        ("import math\nassert math.isfinite(rows[0])", "print(rows)", False),
    ],
)
def test_what_a_check_binds_and_others_read_is_an_error(check, below, leaks):
    setup = cell("counter = 0\ndef count():\n    global counter\n    counter += 1", "setup")
    codes = [code for code, _ in found(setup, LOAD, cell(check, "check:load"), cell(below, "node:report"))]
    assert ("DO026" in codes) == leaks


def test_a_check_between_the_cells_of_a_node_takes_no_part():
    assert found(cell("n = 1", "node:a"), cell("n = 2", "check:a"), cell("m = n", "node:a")) == [("DO026", 2)]


def test_what_a_check_binds_is_nothing_to_those_above_it_or_below_the_next_binding():
    check = cell("n = 2", "check:load")
    assert found(LOAD, cell("n = 1", "node:a"), check, cell("n = 3", "node:b"), cell("print(n)", "node:c")) == []
    assert found(LOAD, cell("n = 1", "node:a"), cell("print(n)", "node:b"), check) == []


def test_a_check_may_read_only_from_what_its_node_waits_for():
    limits = cell("limit = 5", "node:limits")
    check = cell("assert len(rows) < limit", "check:load")
    (problem,) = flow_of(limits, LOAD, check).problems
    assert (problem.code, problem.cell_index, problem.node) == ("DO027", 2, "load")
    assert "'limit' from node 'limits'" in problem.message
    assert "'after:limits'" in problem.hint
    assert found(limits, cell("rows = [1]", "node:load", "after:limits"), check) == []
    assert found(limits, cell("rows = [limit]", "node:load"), CLEAN, cell("clean, limit", "check:clean")) == []


def test_a_check_watches_what_others_below_it_read_and_it_does_not_bind():
    report = cell("print(rows)", "node:report")
    watching = cell("rows.sort()\nassert rows", "check:load")
    assert flow_of(LOAD, watching, report).checks["check:load/check_1"].watched == {"rows"}
    assert flow_of(LOAD, report, watching).checks["check:load/check_1"].watched == frozenset()
    # Every check is given what the node has handed on, whatever another one does with it.
    assert flow_of(LOAD, watching, cell("rows", "check:load")).checks["check:load/check_1"].watched == frozenset()
    fixed = flow_of(cell("n = 1", "node:load"), cell("n", "check:load"), cell("n", "node:b")).checks
    assert fixed["check:load/check_1"].watched == frozenset()


def test_a_node_that_may_change_what_its_own_check_reads_watches_it():
    sort = cell("rows.sort()\nsmallest = rows[0]", "node:sort")
    assert flow_of(LOAD, sort, cell("assert rows[0] == smallest", "check:sort")).nodes["sort"].watched == {"rows"}
    assert flow_of(LOAD, sort, cell("assert rows", "check:load")).nodes["sort"].watched == frozenset()


def test_setup_that_changes_what_a_check_above_it_read_is_an_error():
    assert found(cell("limit = 1"), LOAD, cell("assert limit", "check:load"), cell("limit = 2", "setup")) == [
        ("DO018", 3)
    ]


def test_a_check_of_no_node_is_analysed_like_any_other():
    assert flow_of(LOAD, cell("assert rows", "check:lod")).checks["check:lod/check_1"].reads == {"rows": "load"}
