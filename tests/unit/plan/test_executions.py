from __future__ import annotations

from typing import Any

import pytest

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.plan.executions import ACTS, Execution, execution_of
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.spec.notebook import read_pipeline
from jupyter_dataops.spec.parameters import read_parameters
from jupyter_dataops.states import CheckSeverity
from tests.support.notebooks import cell, notebook

CELLS = (
    cell("limit = 3\nshop = 'Bern'", "parameters"),
    cell(
        "import math\nFACTOR = 2\nUNUSED = 9\n\ndef scaled(x):\n    return x * FACTOR + limit\n\nprint('hi')", "setup"
    ),
    cell("rows = [1, 2]", "node:load"),
    cell("total = scaled(sum(rows))", "node:add"),
    cell("# more\nprint(total)", "node:add"),
    cell("total > 0", "check:add/positive"),
)


def execution(node: str, *cells: dict[str, Any], given: dict[str, Any] | None = None, **fields: Any) -> Execution:
    spec = read_pipeline(notebook(*(cells or CELLS)), "p")
    record = NodeRunRecord(RunId("run1"), fields.pop("called", NodeName(node)), 0, **fields)
    return execution_of(
        spec, analyse(spec), NodeName(node), record, given or {}, parameters=read_parameters(spec), inputs={}
    )


def test_code_is_all_cells_of_the_node() -> None:
    assert execution("add").code == "total = scaled(sum(rows))\n\n# more\nprint(total)"


def test_comments_and_layout_do_not_count() -> None:
    tidied = [*CELLS[:4], cell("print( total )  # shown", "node:add"), CELLS[5]]
    assert execution("add", *tidied).forms == execution("add").forms
    assert execution("add", *tidied).code != execution("add").code


def test_setup_is_what_the_node_reaches_and_what_acts() -> None:
    assert set(execution("add").setup) == {"scaled", "FACTOR", ACTS}
    assert set(execution("load").setup) == {ACTS}


def test_parameters_are_those_that_it_reaches_with_given_values_or_defaults() -> None:
    assert execution("add").parameters == {"limit": "3"}
    assert execution("add", given={"limit": 5, "shop": "x"}).parameters == {"limit": "5"}
    assert execution("load").parameters == {}


def test_a_check_reads_from_its_node() -> None:
    check = execution("check:add/positive", severity=CheckSeverity.ERROR)
    assert (check.code, check.reads) == ("total > 0", {"total": "add"})


@pytest.mark.parametrize(
    ("node", "called", "source"),
    [
        ("add", "add[x]", "load"),
        ("add", "etl/add", "etl/load"),
        ("add", "etl[de]/add[x]", "etl[de]/load"),
    ],
)
def test_where_variables_come_from_is_named_as_in_the_run(node: str, called: str, source: str) -> None:
    assert execution(node, called=NodeName(called)).reads == {"rows": source}


def test_a_check_in_a_sub_pipeline_reads_from_its_sibling() -> None:
    check = execution("check:add/positive", called=NodeName("etl/check:add/positive"), severity=CheckSeverity.ERROR)
    assert check.reads == {"total": "etl/add"}


def test_the_run_that_computed_the_result_is_named() -> None:
    assert execution("add", source_run_id=RunId("run0")).run_id == "run0"


def test_gates_say_when_it_may_run() -> None:
    made = execution("b", cell("x = 1", "node:a"), cell("y = 1", "node:b", "when:x", "trigger:all_done"))
    assert made.gates == "trigger:all_done when:x"
