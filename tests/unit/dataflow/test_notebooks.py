from __future__ import annotations

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.spec.notebook import as_one_node, read_pipeline
from tests.support.notebooks import cell, notebook


def flow_of(*cells, wanted=()) -> Flow:
    return analyse(read_pipeline(notebook(*cells), "p"), wanted)


def test_what_is_wanted_of_a_notebook_is_handed_on_by_the_node_that_binds_it_last():
    flow = flow_of(cell("x, y = 1, 2", "node:a"), cell("x = x + 1", "node:b"), wanted=["x", "y"])
    assert flow.final == {"x": "b", "y": "a"}
    assert {name: node.outputs for name, node in flow.nodes.items()} == {"a": ("x", "y"), "b": ("x",)}
    assert flow_of(cell("x = 1", "node:a")).final == {}


def test_what_a_node_binds_only_perhaps_reaches_the_outside_too():
    flow = flow_of(cell("x = [1]", "node:a"), cell("if x:\n    x = [2]", "node:b"), wanted=["x"])
    assert flow.final == {"x": "b"}
    maybe = flow_of(cell("x = [1]", "node:a"), cell("for x in []:\n    pass", "node:b"), wanted=["x"])
    assert maybe.nodes["b"].reads == {"x": "a"}


def test_only_nodes_hand_on_and_never_private_names():
    cells = [cell("n = 1", "parameters"), cell("s = 1", "setup"), cell("import math\n_x = 1\ny = 1\ndel y", "node:a")]
    assert flow_of(*cells, wanted=["n", "s", "math", "_x", "y", "unknown"]).final == {}
    assert flow_of(*cells, wanted=["_x", "y"]).problems == ()


def test_who_may_change_what_is_wanted_watches_it():
    flow = flow_of(cell("x = [1]", "node:a"), cell("x.append(2)", "node:b"), wanted=["x"])
    assert flow.nodes["b"].watched == {"x"}


def test_a_plain_notebook_hands_on_what_it_binds():
    spec = as_one_node(read_pipeline(notebook(cell("n = 1", "parameters"), cell("import os"), cell("x = n")), "sub"))
    flow = analyse(spec, ["x"])
    assert (flow.final, flow.nodes["main"].from_setup, flow.problems) == ({"x": "main"}, {"n"}, ())


def test_what_a_node_declares_its_notebook_binds_for_certain():
    above = cell("model = 0", "node:old")
    train = cell("rows = 10", "node:train", "notebook:train.ipynb", "out:model")
    flow = flow_of(above, train, cell("print(model, rows)", "node:report"))
    assert flow.nodes["train"].reads == {}  # its own cells bind no `model`, yet none from above is needed
    assert flow.nodes["report"].reads == {"model": "train", "rows": "train"}
    assert flow.nodes["old"].outputs == ()
    assert flow.problems == ()


def test_an_asset_of_a_node_that_runs_a_notebook_has_to_be_bound_all_the_same():
    train = cell("rows = 10", "node:train", "notebook:train.ipynb", "out:model")
    assert flow_of({**train, "metadata": {"tags": [*train["metadata"]["tags"], "asset:model"]}}).problems == ()
    (problem,) = flow_of({**train, "metadata": {"tags": [*train["metadata"]["tags"], "asset:other"]}}).problems
    assert problem.code == "DO011"
