"""The rule of the data flow, bullet by bullet, each with a tiny notebook."""

from __future__ import annotations

import time

import pytest

from jupyter_dataops.dataflow import names
from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.dataflow.models import EdgeKind, Flow, Source
from jupyter_dataops.spec.models import Severity
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook


def flow_of(*cells, **metadata) -> Flow:
    return analyse(read_pipeline(notebook(*cells, **metadata), "p"))


def edges(flow: Flow) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, " ".join(edge.names)) for edge in flow.edges}


def codes(flow: Flow) -> list[str]:
    return sorted(problem.code for problem in flow.problems)


def only_problem(flow: Flow, code: str):
    assert codes(flow) == [code], flow.problems
    return flow.problems[0]


# Edges


def test_a_read_makes_an_edge_that_carries_the_name():
    flow = flow_of(cell("x = 1", "node:a"), cell("y = x", "node:b"))
    assert edges(flow) == {("a", "b", "x")}
    assert flow.nodes["a"].outputs == ("x",)
    assert flow.nodes["b"].reads == {"x": "a"}
    assert flow.nodes["b"].outputs == ()
    assert codes(flow) == []


def test_document_order_decides_when_a_name_is_rebound_three_times():
    flow = flow_of(
        cell("df = [1]", "node:a"),
        cell("first = df", "node:reader1"),
        cell("df = [*df, 2]", "node:b"),
        cell("second = df", "node:reader2"),
        cell("df = [*df, 3]", "node:c"),
        cell("third = df", "node:reader3"),
    )
    assert flow.nodes["reader1"].reads == {"df": "a"}
    assert flow.nodes["reader2"].reads == {"df": "b"}
    assert flow.nodes["reader3"].reads == {"df": "c"}
    assert codes(flow) == []


def test_a_plain_rebinding_does_not_wait_for_the_earlier_binder():
    assert edges(flow_of(cell("x = 1", "node:a"), cell("x = 2\nprint(x)", "node:b"))) == set()


@pytest.mark.parametrize(
    "source",
    [
        "if c:\n    x = 2",
        "for x in c:\n    pass",
        "while c:\n    x = 2",
        "try:\n    x = c()\nexcept ValueError:\n    pass",
        "with c:\n    x = 2",
        "match c:\n    case [x]:\n        pass",
        "c and (x := 2)",
        "[x := y for y in c]",
        "if c:\n    del x",
    ],
)
def test_a_binding_that_may_not_happen_also_reads_from_above(source):
    flow = flow_of(cell("c = []", "setup"), cell("x = 1", "node:a"), cell(source, "node:b"), cell("x", "node:d"))
    assert edges(flow) == {("a", "b", "x"), ("b", "d", "x")}


@pytest.mark.parametrize(
    "source",
    [
        "if c:\n    x = 2\nelse:\n    x = 3",
        "try:\n    x = 2\nfinally:\n    pass",
        "try:\n    x = c()\nexcept ValueError:\n    x = 3",
        "try:\n    x = c()\nexcept ValueError:\n    raise",
        "with open(c) as f:\n    x = f.read()",
        "match c:\n    case 1:\n        x = 1\n    case _:\n        x = 2",
        "for y in c:\n    pass\nelse:\n    x = 2",
    ],
)
def test_a_binding_on_every_way_needs_nothing_from_above(source):
    flow = flow_of(cell("c = []", "setup"), cell("x = 1", "node:a"), cell(source, "node:b"), cell("x", "node:d"))
    assert edges(flow) == {("b", "d", "x")}


def test_two_nodes_with_the_same_loop_variable_stay_independent():
    flow = flow_of(
        cell("for i in range(3):\n    print(i)", "node:a"),
        cell("for i in range(3):\n    print(i)\ntry:\n    1\nexcept ValueError as e:\n    pass", "node:b"),
        cell("try:\n    1\nexcept ValueError as e:\n    pass", "node:c"),
    )
    assert edges(flow) == set()
    assert codes(flow) == []


def test_a_fallback_reaches_through_several_nodes():
    flow = flow_of(
        cell("c = 0\nx = 1", "node:a"),
        cell("if c:\n    x = 2", "node:b"),
        cell("if c:\n    x = 3", "node:d"),
        cell("x", "node:e"),
    )
    assert edges(flow) == {("a", "b", "c x"), ("a", "d", "c"), ("b", "d", "x"), ("d", "e", "x")}


@pytest.mark.parametrize(
    "source",
    ["x[0] = 1", "x.a = 1", "x += [1]", "del x[0]", "x[0].y[1] = 2", "(x.a, z) = 1, 2", "for x[0] in [1]: pass"],
)
def test_an_in_place_change_makes_the_node_the_producer(source):
    flow = flow_of(cell("x = [0]", "node:a"), cell(source, "node:b"), cell("x", "node:c"))
    assert edges(flow) == {("a", "b", "x"), ("b", "c", "x")}
    assert flow.nodes["b"].changes == {"x"}


def test_a_diamond_with_mutation_in_one_arm_is_watched_in_both():
    flow = flow_of(
        cell("df = []", "node:load"),
        cell("df.append(1)\na = 1", "node:left"),
        cell("b = len(df)", "node:right"),
        cell("print(a, b)", "node:join"),
    )
    assert flow.nodes["left"].watched == {"df"}
    assert flow.nodes["right"].watched == frozenset()  # nobody reads it further down
    assert ("left", "right", "df") not in edges(flow)


def test_out_declares_an_in_place_change():
    flow = flow_of(
        cell("df = []", "node:load"), cell("df.append(1)", "node:left", "out:df"), cell("print(df)", "node:right")
    )
    assert edges(flow) == {("load", "left", "df"), ("left", "right", "df")}
    assert flow.nodes["left"].watched == frozenset()
    assert codes(flow) == []


def test_a_value_of_setup_that_others_read_is_watched_unless_nobody_can_change_it():
    flow = flow_of(
        cell("cache = {}\nlimit = 3\ndef f(): pass", "setup"),
        cell("cache.get(limit)\nf()", "node:a"),
        cell("cache, limit, f", "node:b"),
    )
    assert flow.nodes["a"].watched == {"cache"}
    assert flow.nodes["a"].from_setup == {"cache", "limit", "f"}


@pytest.mark.parametrize("role", ["setup", "node:a"])
@pytest.mark.parametrize(
    "define",
    ["def f(calls=[]):\n    calls.append(1)\n    return len(calls)", "import lib\n@lib.counted\ndef f():\n    pass"],
)
def test_a_function_that_may_remember_its_calls_is_watched(define, role):
    flow = flow_of(cell(define, role), cell("i = f()", "node:b"), cell("j = f()", "node:c"))
    assert flow.nodes["b"].watched == {"f"}


def test_a_plain_function_needs_no_watching():
    flow = flow_of(cell("def f(n=1, *, m='x'):\n    return n", "setup"), cell("f()", "node:b"), cell("f()", "node:c"))
    assert flow.nodes["b"].watched == set()


def test_a_deleted_name_is_unbound_below():
    problem = only_problem(flow_of(cell("x = 1", "node:a"), cell("del x", "node:b"), cell("x", "node:c")), "DO006")
    assert "cell 2 (node 'b') deletes" in problem.message


# Scopes


def test_a_comprehension_variable_does_not_shadow_the_outer_name():
    flow = flow_of(cell("x = 1", "node:a"), cell("y = [x for x in range(3)]", "node:b"), cell("print(x, y)", "node:c"))
    assert edges(flow) == {("a", "c", "x"), ("b", "c", "y")}


def test_a_function_reads_its_needs_as_bound_at_the_point_of_use():
    flow = flow_of(
        cell("def f():\n    return g() + k\ndef g():\n    return m", "setup"),
        cell("k = m = 1", "node:a"),
        cell("one = f()", "node:b"),
        cell("k = 2", "node:c"),
        cell("two = f()", "node:d"),
    )
    assert edges(flow) == {("a", "b", "k m"), ("c", "d", "k"), ("a", "d", "m")}
    assert codes(flow) == []


def test_a_need_that_the_reader_binds_first_is_its_own():
    flow = flow_of(cell("def f():\n    return k", "setup"), cell("k = 1", "node:a"), cell("k = 2\nf()", "node:b"))
    assert edges(flow) == set()


@pytest.mark.parametrize(
    "make",
    [
        "g = f",
        "g = [f]",
        "from functools import partial\ng = partial(f, 1)",
        "g = {'f': f}['f']",
        "g = make()",
        "g = C()",
        "g = C().fit(1)",
        "g = lambda: f()",
        "g = []\ng.append(f)",
        "g = {}\ng['f'] = f",
        "for g in [f]:\n    pass",
        "(g := f)",
    ],
)
def test_a_value_that_holds_a_function_carries_its_needs(make):
    setup = (
        "def f(x=0):\n    return k\n"
        "def make():\n    def inner():\n        return k\n    return inner\n"
        "class C:\n    def fit(self, x):\n        return self\n    def use(self):\n        return k"
    )
    flow = flow_of(cell(setup, "setup"), cell(make, "node:a"), cell("k = 1", "node:b"), cell("g", "node:c"))
    assert ("b", "c", "k") in edges(flow)


def test_what_a_plain_function_returns_carries_nothing():
    flow = flow_of(
        cell("def f(x):\n    return x * k", "setup"),
        cell("k = 1", "node:a"),
        cell("y = f(2)", "node:b"),
        cell("k = 2", "node:c"),
        cell("print(y)", "node:d"),
    )
    assert edges(flow) == {("a", "b", "k"), ("b", "d", "y")}


def test_using_a_function_that_binds_a_global_binds_it():
    flow = flow_of(
        cell("n = 0\ndef tick():\n    global n\n    n += 1", "setup"),
        cell("tick()", "node:a"),
        cell("tick()", "node:b"),
        cell("print(n)", "node:c"),
    )
    assert edges(flow) == {("a", "b", "n"), ("b", "c", "n")}


def test_a_lambda_given_to_a_call_is_used_at_once():
    flow = flow_of(cell("k = 1", "node:a"), cell("y = sorted([1], key=lambda v: v * k)", "node:b"))
    assert edges(flow) == {("a", "b", "k")}


# Imports


def test_imports_are_copied_and_make_no_edge():
    flow = flow_of(
        cell("import os.path\nfrom math import sqrt as root, pi", "node:a"), cell("os.getcwd()\nroot(4)", "node:b")
    )
    assert edges(flow) == set()
    assert flow.nodes["b"].imports == ("from math import sqrt as root", "import os.path")
    assert codes(flow) == []


def test_submodules_imported_in_different_nodes_are_all_copied():
    flow = flow_of(
        cell("import xml.dom", "node:a"), cell("import xml.sax", "node:b"), cell("xml.dom, xml.sax", "node:c")
    )
    assert set("\n".join(flow.nodes["c"].imports).split("\n")) == {"import xml.dom", "import xml.sax"}


def test_imports_of_setup_need_no_copy():
    flow = flow_of(cell("import math", "setup"), cell("math.pi", "node:a"))
    assert flow.nodes["a"].imports == ()
    assert flow.nodes["a"].from_setup == {"math"}


def test_an_import_that_may_not_happen_is_handed_on_like_a_value():
    source = "try:\n    import orjson as json\nexcept ImportError:\n    import json"
    flow = flow_of(cell(source, "node:a"), cell("json.dumps(1)", "node:b"))
    assert edges(flow) == {("a", "b", "json")}


def test_setting_an_attribute_of_a_module_is_process_state_and_no_edge():
    flow = flow_of(cell("import math", "setup"), cell("math.pi = 3", "node:a"), cell("math.pi", "node:b"))
    assert edges(flow) == set()
    assert codes(flow) == ["DO009"]


# Parameters and setup


def test_a_node_that_rebinds_a_parameter_produces_it_from_there_on():
    flow = flow_of(
        cell("rate = 1", "parameters"),
        cell("a = rate", "node:early"),
        cell("rate = rate * 2", "node:change"),
        cell("b = rate", "node:late"),
    )
    assert edges(flow) == {("change", "late", "rate")}
    assert flow.nodes["early"].from_setup == flow.nodes["change"].from_setup == {"rate"}
    assert flow.producer_above("rate", "late") == "change"
    assert flow.producer_above("rate", "early") is Source.PARAMETERS


def test_setup_that_reads_what_a_node_binds_is_an_error_naming_both_cells():
    problem = only_problem(flow_of(cell("x = 1", "node:a"), cell("y = x", "setup")), "DO018")
    assert "cell 2 (setup)" in problem.message
    assert "cell 1 (node 'a')" in problem.message


def test_setup_that_calls_a_function_which_needs_what_a_node_binds_is_an_error():
    flow = flow_of(cell("def f():\n    return k", "setup"), cell("k = 1", "node:a"), cell("y = f()", "setup"))
    only_problem(flow, "DO018")


@pytest.mark.parametrize("late", ["x = 2", "x[0] = 2", "x.append(2)", "if x:\n    x = 3"])
def test_setup_below_a_reader_must_not_change_what_it_has_read(late):
    flow = flow_of(cell("x = [1]", "setup"), cell("y = x", "node:a"), cell(late, "setup"))
    assert codes(flow) == ["DO018"]


def test_setup_below_must_not_bind_what_a_node_above_expects_unbound():
    flow = flow_of(cell("try:\n    x\nexcept NameError:\n    x = 0", "node:a"), cell("x = 1", "setup"))
    assert codes(flow) == ["DO018"]


def test_setup_below_may_repeat_an_import_and_read_what_setup_binds():
    flow = flow_of(
        cell("import math\nn = 1", "setup"),
        cell("import math\nmath.pi * n", "node:a"),
        cell("import math\nm = math.pi * n", "setup"),
        cell("print(m)", "node:b"),
    )
    assert codes(flow) == []


def test_private_names_do_not_leave_their_node_and_that_is_said():
    problem = only_problem(flow_of(cell("_x = 1", "node:a"), cell("print(_x)", "node:b")), "DO006")
    assert problem.severity is Severity.ERROR
    flow = flow_of(cell("_k = 1\ndef f():\n    return _k", "setup"), cell("f()", "node:b"))
    assert codes(flow) == []
    assert flow.nodes["b"].from_setup == {"f", "_k"}


# Names that nobody binds


def test_a_name_that_nobody_binds_is_reported():
    problem = only_problem(flow_of(cell("print(total)", "node:a")), "DO006")
    assert "'total'" in problem.message
    assert (problem.cell_index, problem.node) == (0, "a")


def test_a_forward_reference_names_the_cell_that_binds_it():
    problem = only_problem(flow_of(cell("print(x)", "node:a"), cell("x = 1", "node:b")), "DO006")
    assert "cell 2 (node 'b')" in problem.message


def test_builtins_and_the_names_of_ipython_are_known():
    assert codes(flow_of(cell("display(len([1]), get_ipython(), __name__)", "node:a"))) == []


def test_a_builtin_that_somebody_binds_is_data():
    flow = flow_of(cell("list = [1]", "node:a"), cell("print(list)", "node:b"))
    assert edges(flow) == {("a", "b", "list")}


# A node in several places


def test_cells_of_a_node_run_together():
    flow = flow_of(cell("x = 1", "node:a"), cell("z = 0", "node:b"), cell("y = x + z", "node:a"))
    assert edges(flow) == {("b", "a", "z")}
    assert codes(flow) == []


@pytest.mark.parametrize("later", ["x = 2", "x.append(1)", "x[0] = 1", "del x", "if x:\n    x = 3"])
def test_a_later_cell_must_not_change_what_a_node_between_has_read(later):
    flow = flow_of(cell("x = [1]", "node:a"), cell("y = x", "node:b"), cell(later, "node:a"))
    problem = only_problem(flow, "DO017")
    assert "cell 3" in problem.message
    assert "cell 2" in problem.message


def test_a_node_cannot_have_two_values_of_one_name():
    flow = flow_of(cell("x = 1", "node:a"), cell("y = x", "node:b"), cell("x = 2", "node:c"), cell("z = x", "node:b"))
    assert codes(flow) == ["DO017"]


def test_a_nodes_own_binding_must_not_hide_one_between():
    flow = flow_of(cell("x = 1", "node:a"), cell("x = 2", "node:b"), cell("print(x)", "node:a"))
    assert codes(flow) == ["DO017"]


def test_a_circle_through_a_node_in_two_places_is_an_error():
    flow = flow_of(cell("x = 1", "node:a"), cell("y = x", "node:b"), cell("z = y", "node:a"))
    assert codes(flow) == ["DO017"]
    assert "→" in flow.problems[0].message


# Tags


def test_order_edges_stand_beside_data_edges():
    flow = flow_of(
        cell("x = 1", "node:a"),
        cell("1", "node:b", "after:a"),
        cell("x", "node:c", "after:a", "after:b", "after:nobody"),
    )
    assert {(edge.source, edge.target): edge.kind for edge in flow.edges} == {
        ("a", "b"): EdgeKind.ORDER,
        ("a", "c"): EdgeKind.BOTH,
        ("b", "c"): EdgeKind.ORDER,
    }


def test_in_and_out_add_what_analysis_cannot_see():
    flow = flow_of(
        cell("exec(open('x.py').read())", "node:a", "out:x"), cell("exec(code())", "node:b", "in:x", "out:y")
    )
    assert ("a", "b", "x") in edges(flow)
    assert flow.nodes["b"].outputs == ("y",)
    assert codes(flow) == ["DO006"] or "DO008" not in codes(flow)


def test_an_output_that_nobody_binds_is_reported():
    problem = only_problem(flow_of(cell("x = 1", "node:a", "out:y")), "DO011")
    assert "'y'" in problem.message


def test_an_asset_is_handed_on():
    flow = flow_of(cell("model = 1", "node:a", "asset:best=model"))
    assert flow.nodes["a"].outputs == ("model",)


def test_conditions_come_from_a_node_above():
    flow = flow_of(cell("ok = True", "node:a"), cell("1", "node:b", "when:ok"))
    assert edges(flow) == {("a", "b", "ok")}
    assert codes(flow) == []


@pytest.mark.parametrize("setup", ["ok = True", "other = 1"])
def test_conditions_on_anything_else_are_reported(setup):
    assert "DO012" in codes(flow_of(cell(setup, "setup"), cell("1", "node:b", "unless:ok")))


def test_the_item_of_each_is_the_nodes_own():
    flow = flow_of(cell("files = [1]", "node:a"), cell("size = file + 1", "node:b", "each:file=files"))
    assert edges(flow) == {("a", "b", "files")}
    assert codes(flow) == []


# What analysis cannot see


def test_star_imports_in_a_node_are_an_error_and_in_setup_are_fine():
    problem = only_problem(flow_of(cell("from math import *\nprint(pi)", "node:a")), "DO008")
    assert problem.severity is Severity.ERROR
    assert codes(flow_of(cell("from math import *", "setup"), cell("print(pi)", "node:a"))) == []


def test_process_state_belongs_into_setup():
    source = "import os\nos.environ['A'] = '1'"
    assert codes(flow_of(cell(source, "node:a"))) == ["DO009"]
    assert codes(flow_of(cell(source, "setup"), cell("1", "node:a"))) == []


def test_process_state_is_found_through_imports_of_other_cells():
    flow = flow_of(cell("import numpy as np", "setup"), cell("np.random.seed(0)", "node:a"))
    assert codes(flow) == ["DO009"]


def test_what_is_set_on_a_class_of_setup_cannot_be_handed_on():
    flow = flow_of(cell("class C:\n    n = 0", "setup"), cell("C.n = 1", "node:a"), cell("C.n", "node:b"))
    assert [(problem.code, problem.severity) for problem in flow.problems] == [("DO009", Severity.ERROR)]


@pytest.mark.parametrize(
    "change", ["C.size = 1", "C.size += 1", "patch()", "if C:\n    class C:\n        size = 0\nC.size = 1"]
)
def test_what_is_set_on_a_class_of_another_node_would_not_reach_its_instances(change):
    patch = cell("def patch():\n    C.size = 1", "setup")
    make = cell("class C:\n    size = 0", "node:a"), cell("o = C()", "node:b")
    problem = only_problem(flow_of(patch, *make, cell(change, "node:c"), cell("o.size", "node:d")), "DO009")
    assert (problem.severity, problem.node) == (Severity.ERROR, "c")
    assert "which cell 2 (node 'a') defines" in problem.message


def test_a_node_may_set_what_it_likes_on_its_own_class_and_on_instances():
    flow = flow_of(
        cell("class C:\n    size = 0\nC.size = 1", "node:a"),
        cell("C.size = 2\no = C()", "node:a"),
        cell("o.size = 3", "node:b"),
        cell("class C:\n    size = 4\nC.size = 5", "node:c"),
        cell("print(C.size, o.size)", "node:d"),
    )
    assert codes(flow) == []


def test_a_syntax_error_is_reported_with_its_line():
    problem = only_problem(flow_of(cell("x = 1\ny = = 2", "node:a")), "DO005")
    assert "line 2" in problem.message


# Odd notebooks


def test_skipped_cells_contribute_nothing():
    flow = flow_of(cell("x = 1", "node:a"), cell("x = 2", "skip"), cell("x", "node:b"))
    assert edges(flow) == {("a", "b", "x")}


def test_an_empty_notebook_has_an_empty_flow():
    flow = flow_of()
    assert (flow.nodes, flow.edges, flow.problems) == ({}, (), ())


def test_other_languages_flow_by_tags_alone():
    flow = flow_of(cell("x <- 1", "node:a", "out:x"), cell("y <- x", "node:b", "in:x"), language="R", kernel="ir")
    assert edges(flow) == {("a", "b", "x")}


def test_windows_line_ends_change_nothing():
    assert edges(flow_of(cell("x = 1\r\ny = 2\r\n", "node:a"), cell("x\r\n", "node:b"))) == {("a", "b", "x")}


def test_names_beyond_ascii_are_names():
    assert edges(flow_of(cell("größe = 1", "node:a"), cell("print(größe)", "node:b"))) == {("a", "b", "größe")}


def test_two_thousand_cells_take_time_in_proportion():
    def page(size):
        setup = cell("K = 3\ndef h(a):\n    return a * K", "setup")
        body = "def f{0}(a):\n    return a + v{1}\nv{0} = f{0}(h({0}))\nfor i in range(3):\n    t = i\ntotal = v{0}"
        return read_pipeline(
            notebook(setup, *(cell(body.format(at, max(at - 1, 0)), f"node:n{at}") for at in range(size))), "p"
        )

    def seconds(size):
        spec = page(size)
        names._names_of.cache_clear()
        start = time.process_time()
        analyse(spec)
        return time.process_time() - start

    seconds(50)
    assert seconds(2000) < 10 * max(seconds(500), 0.05)


def test_a_deleted_name_of_setup_would_come_back_and_is_an_error():
    flow = flow_of(
        cell("x = 1", "setup"),
        cell("del x", "node:a"),
        cell("try:\n    x\nexcept NameError:\n    x = 2", "node:b"),
    )
    assert codes(flow) == ["DO018"]


def test_a_name_imported_above_and_rebound_is_a_value_like_any_other():
    flow = flow_of(cell("from math import pi as x", "setup"), cell("x = [1]\nx[0] = 2", "node:a"), cell("x", "node:b"))
    assert edges(flow) == {("a", "b", "x")}
    assert codes(flow) == []
