"""What a node is given, over analysed notebooks and made-up outputs."""

from pathlib import Path

from jupyter_dataops.api.inputs import Given, inputs_of
from jupyter_dataops.ids import Digest, NodeName
from jupyter_dataops.records import ArtifactRecord, OutputRecord
from tests.support.notebooks import cell, notebook
from tests.support.one_kernel import analysed, run_all, run_nodes

SETUP = "import json\nLIMIT = 3"


def outputs(**nodes: dict[str, str]) -> dict[NodeName, dict[str, OutputRecord]]:
    """Node to name to the names that functions inside the value need."""
    return {
        NodeName(node): {
            name: OutputRecord(
                name, ArtifactRecord(Digest(f"d:{node}.{name}"), "pickle", "x", 1), needs=tuple(n.split())
            )
            for name, n in names.items()
        }
        for node, names in nodes.items()
    }


def given(node: str, handed_on: dict[NodeName, dict[str, OutputRecord]], **nodes: str) -> Given:
    cells = [cell(source, f"node:{name}") for name, source in nodes.items()]
    flow = analysed(notebook(cell("n = 1", "parameters"), cell(SETUP, "setup"), *cells)).flow
    return inputs_of(flow, NodeName(node), handed_on)


def loaded(found: Given) -> dict[str, str]:
    return {name: value.producer for name, value in found.values.items()}


def test_a_node_gets_what_it_reads_from_whoever_binds_it_last_above() -> None:
    made = {"a": "x = 1\ny = 1", "b": "x = 2", "c": "print(x, y)"}
    found = given("c", outputs(a={"x": "", "y": ""}, b={"x": ""}), **made)
    assert loaded(found) == {"x": "b", "y": "a"}
    assert found.values["x"].output.artifact.digest == "d:b.x"


def test_what_the_producer_did_not_hand_on_stays_unbound() -> None:
    made = {"a": "x = 1", "b": "y = 1", "c": "print(x, y)"}
    assert loaded(given("c", outputs(b={"y": ""}), **made)) == {"y": "b"}
    assert loaded(given("c", outputs(a={}, b={"y": ""}), **made)) == {"y": "b"}
    assert loaded(given("c", {}, **made)) == {}


CARRIED = {"a": "helper = [1]", "b": "import math\nmodel = make()", "c": "print(model)"}
MAKE = {"make": "def make():\n    return None"}


def test_what_a_function_inside_a_value_reads_comes_with_it_transitively() -> None:
    made = {**MAKE, "a": "helper = [1]\ndeep = 2", "b": "model = make()", "c": "print(model)"}
    found = given("c", outputs(b={"model": "helper"}, a={"helper": "deep", "deep": "helper"}), **made)
    assert loaded(found) == {"model": "b", "helper": "a", "deep": "a"}


def test_a_carried_name_comes_from_whoever_binds_it_last_above_the_reader() -> None:
    made = {
        **MAKE,
        "a": "helper = 1",
        "b": "model = make()",
        "late": "helper = 2",
        "c": "print(model)",
        "d": "helper = 3",
    }
    handed_on = outputs(a={"helper": ""}, b={"model": "helper"}, late={"helper": ""}, d={"helper": ""})
    assert loaded(given("c", handed_on, **made)) == {"model": "b", "helper": "late"}


def test_an_import_that_a_carried_function_relies_on_is_made_again() -> None:
    found = given("c", outputs(b={"model": "math"}), **MAKE, **CARRIED)
    assert found.imports == ("import math",)
    assert loaded(found) == {"model": "b"}


def test_setup_parameters_and_builtins_are_there_already() -> None:
    found = given("c", outputs(b={"model": "LIMIT json n len"}), **MAKE, **CARRIED)
    assert (loaded(found), found.imports) == ({"model": "b"}, ())


def test_a_carried_name_that_its_producer_did_not_hand_on_stays_unbound() -> None:
    assert loaded(given("c", outputs(a={}, b={"model": "helper"}), **MAKE, **CARRIED)) == {"model": "b"}


def test_a_carried_name_that_the_node_reads_itself_is_loaded_once() -> None:
    made = {**MAKE, **CARRIED, "c": "print(model, helper)"}
    found = given("c", outputs(a={"helper": ""}, b={"model": "helper"}), **made)
    assert sorted(loaded(found)) == ["helper", "model"]


def test_names_that_leave_a_node_together_as_aliases_are_one_object_in_the_next(tmp_path: Path) -> None:
    made = notebook(
        cell("rows = [[1], [2]]\nalias = rows\npart = rows[0]", "node:load"),
        cell("part.append(3)\nsame = (alias is rows, rows[0] is part, rows == [[1, 3], [2]])\nrows", "node:use"),
        cell("print(same)\nend = same", "node:show"),
    )
    assert run_nodes(made, tmp_path)["end"] == run_all(made)["end"] == (True, True, True)
