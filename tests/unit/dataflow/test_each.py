from __future__ import annotations

import pytest

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook

DAYS = cell("days = [[1], [2]]", "node:load")


def flow_of(*cells) -> Flow:
    return analyse(read_pipeline(notebook(*cells), "p"))


def codes(*cells) -> list[str]:
    return [problem.code for problem in flow_of(*cells).problems]


def test_the_item_is_bound_by_the_tag_and_the_variable_is_loaded_only_where_cells_use_it():
    flow = flow_of(DAYS, cell("n = len(day)", "node:work", "each:day=days"), cell("print(n)", "node:report"))
    work = flow.nodes["work"]
    assert (work.reads, work.outputs) == ({}, ("n",))
    assert (flow.nodes["load"].outputs, flow.nodes["load"].itemised) == (("days",), {"days"})
    assert [(edge.source, edge.target, edge.names) for edge in flow.edges] == [
        ("load", "work", ("days",)),
        ("work", "report", ("n",)),
    ]
    assert flow.problems == ()
    used = flow_of(DAYS, cell("n = len(day) / len(days)", "node:work", "each:day=days"))
    assert used.nodes["work"].reads == {"days": "load"}


def test_only_the_variable_is_itemised():
    flow = flow_of(cell("days, rate = [1], 2.0", "node:load"), cell("n = day * rate", "node:work", "each:day=days"))
    assert flow.nodes["load"].outputs == ("days", "rate")
    assert flow.nodes["load"].itemised == {"days"}


def test_the_item_does_not_come_from_above_and_is_handed_on_like_any_name():
    flow = flow_of(
        cell("days, day = [1], 5", "node:load"),
        cell("n = day", "node:work", "each:day=days"),
        cell("print(day)", "node:report"),
    )
    assert flow.nodes["work"].reads == {}
    assert flow.nodes["report"].reads == {"day": "work"}
    assert flow.problems == ()


def test_a_declared_item_is_bound():
    assert codes(DAYS, cell("n = 1", "node:work", "each:day=days", "out:day")) == []


@pytest.mark.parametrize(
    "source",
    [
        "total += len(day)",
        "total = total + len(day)",
        "rows[day[0]] = 1",
        "rows.last = day",
        "if len(day) > best:\n    best = len(day)",
        "if day:\n    best = 1",  # who reads it below would see the element before
        "count()",
        "while total:\n    total = None",
        "seen = day in seen",
        "del rows[0]",
        "x = cached()\ndef cached():\n    return x",
    ],
)
def test_what_one_element_would_see_of_another_is_an_error(source):
    load = cell("days, total, best, rows, seen, cached = [[1]], 0, 0, {}, [], int", "node:load")
    setup = cell("n = 0\ndef count():\n    global n\n    n += 1", "setup")
    found = flow_of(
        setup, load, cell(source, "node:work", "each:day=days"), cell("print(best)", "node:report")
    ).problems
    assert {problem.code for problem in found} == {"DO024"}
    assert {(problem.cell_index, problem.node) for problem in found} == {(2, "work")}
    assert all(problem.hint for problem in found)


@pytest.mark.parametrize(
    "source",
    [
        "total = 0\ntotal += len(day)",
        "rows = {}\nrows[day[0]] = 1",
        "n = total + len(day)",
        "if day:\n    n = 1\nelse:\n    n = 2",
        "for n in day:\n    m = n",
        "day = sorted(day)",
        "day[0] = 2",
        "rows = [total for total in day]",
        "def size(x):\n    return len(x)\nn = size(day)",
        "import math\nn = math.pi",
        "days = len(day)",
    ],
)
def test_what_every_element_does_for_itself_is_fine(source):
    load = cell("days, total, rows = [[1]], 0, {}", "node:load")
    assert codes(cell("import math", "node:m"), load, cell(source, "node:work", "each:day=days")) == []


def test_a_name_that_an_earlier_element_may_have_left_is_an_error():
    source = "if day:\n    n = 1\ntry:\n    m = n\nexcept NameError:\n    m = 0"
    assert codes(DAYS, cell(source, "node:work", "each:day=days")) == ["DO024"]
    (problem,) = flow_of(
        DAYS, cell("if day:\n    n = 1", "node:work", "each:day=days"), cell("print(n)", "node:report")
    ).problems
    assert (problem.code, problem.cell_index) == ("DO024", 1)
    assert "may leave 'n' unbound" in problem.message


def test_cells_of_the_node_count_together():
    between = [cell("n = total", "node:work", "each:day=days"), cell("total = len(day)", "node:work")]
    assert codes(cell("days, total = [[1]], 0", "node:load"), *between) == ["DO024"]


def test_a_declared_change_is_passed_on_from_element_to_element_too():
    load = cell("days, rows = [[1]], []", "node:load")
    assert codes(load, cell("rows.append(day)", "node:work", "each:day=days", "out:rows")) == ["DO024"]


def test_conditions_are_looked_at_before_the_first_element():
    load = cell("days, fresh = [[1]], True", "node:load")
    assert codes(load, cell("fresh = day", "node:work", "each:day=days", "when:fresh")) == []


def test_every_input_is_watched_since_siblings_read_it_too():
    setup = cell("cache = []\ndef f():\n    pass", "setup")
    load = cell("days, rows, rate = [[1]], [], 1", "node:load")
    work = cell("rows.append(day)\ncache.append(day)\nf()\nn = rate", "node:work", "each:day=days")
    assert flow_of(setup, load, work).nodes["work"].watched == {"rows", "cache"}


def test_the_item_is_watched_where_others_see_it():
    work = cell("day.append(3)\nn = 1", "node:work", "each:day=days")
    assert flow_of(DAYS, work).nodes["work"].watched == frozenset()
    assert flow_of(DAYS, work, cell("print(days)", "node:report")).nodes["work"].watched == {"day"}
    assert flow_of(DAYS, cell("day.append(len(days))", "node:work", "each:day=days")).nodes["work"].watched == {
        "day",
        "days",
    }
    assert flow_of(DAYS, cell("print(days)", "node:report"), work).nodes["work"].watched == frozenset()


def test_a_visible_change_of_an_element_that_others_see_is_an_error():
    report = cell("print(days)", "node:report")
    for work in (
        cell("day[0] = 3", "node:work", "each:day=days"),
        cell("day.append(3)", "node:work", "each:day=days", "out:day"),
    ):
        (problem,) = flow_of(DAYS, work, report).problems
        assert problem.code == "DO024"
        assert "an element of 'days'" in problem.message
        assert codes(DAYS, work) == []


def test_a_function_or_class_that_others_read_is_an_error_and_an_import_is_copied():
    for source in ("def size(x):\n    return 1", "class size:\n    pass"):
        work = cell(f"import math\n{source}\nn = size(day)", "node:work", "each:day=days")
        assert codes(DAYS, work, cell("print(n, math.pi)", "node:report")) == []
        (problem,) = flow_of(DAYS, work, cell("print(size)", "node:report")).problems
        assert (problem.code, problem.cell_index) == ("DO025", 1)
    assert flow_of(DAYS, work, cell("math", "node:report")).nodes["report"].imports == ("import math",)


def test_an_each_over_what_an_each_has_handed_on_is_itemised_too():
    flow = flow_of(
        DAYS,
        cell("n = len(day)", "node:work", "each:day=days"),
        cell("m = one", "node:more", "each:one=n"),
        cell("print(m)", "node:report"),
    )
    assert flow.nodes["work"].itemised == {"n"}
    assert flow.problems == ()


def test_a_check_of_an_each_node_reads_its_lists():
    flow = flow_of(DAYS, cell("n = len(day)", "node:work", "each:day=days"), cell("assert all(n)", "check:work"))
    assert flow.checks["check:work/check_1"].reads == {"n": "work"}
    assert flow.problems == ()


def test_an_unbound_variable_is_an_error():
    assert codes(cell("n = day", "node:work", "each:day=days")) == ["DO006", "DO012"]
    assert codes(cell("days = [1]", "setup"), cell("n = day", "node:work", "each:day=days")) == ["DO012"]


def test_the_item_may_have_the_name_of_the_variable():
    flow = flow_of(DAYS, cell("n = len(days)", "node:work", "each:days=days"), cell("print(days)", "node:report"))
    assert (flow.nodes["work"].reads, flow.nodes["load"].itemised) == ({}, {"days"})
    assert flow.nodes["report"].reads == {"days": "work"}
    assert flow.problems == ()


def test_an_item_that_is_bound_anew_is_watched_too_where_others_see_it():
    flow = flow_of(DAYS, cell("day = day.pop()", "node:work", "each:day=days"), cell("print(days)", "node:report"))
    assert flow.nodes["work"].watched & flow.nodes["work"].binds == {"day"}
    assert "day" not in flow_of(DAYS, cell("n = day", "node:work", "each:day=days")).nodes["work"].binds
