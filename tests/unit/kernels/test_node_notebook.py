from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from jupyter_dataops.dataflow.models import Flow, NodeFlow
from jupyter_dataops.ids import CellId, Digest, NodeName, RunId
from jupyter_dataops.kernels.node_notebook import (
    Delivery,
    Element,
    Given,
    Heading,
    NodeInput,
    build_check_notebook,
    build_node_notebook,
)
from jupyter_dataops.records import ArtifactRecord, OutputRecord
from jupyter_dataops.spec.models import Cell, CheckSpec, NodeOptions, NodeSpec, PipelineSpec, Role
from tests.support.notebooks import cell, notebook, text

CLEAN, SCORE, CHECK = NodeName("clean"), NodeName("score"), NodeName("check:score/high")


def read(source: dict[str, Any], roles: dict[int, tuple[Any, ...]], **options: Any) -> PipelineSpec:
    cells = tuple(
        Cell(
            CellId(raw["id"]),
            index,
            raw["source"],
            tuple(raw["metadata"].get("tags", ())),
            *roles.get(index, (Role.TEXT, None)),
        )
        for index, raw in enumerate(source["cells"])
    )
    nodes = {
        node: NodeSpec(
            node,
            tuple(each for each in cells if each.node == node and each.role is Role.NODE),
            NodeOptions(**options),
            "Scores them.",
        )
        for node in (CLEAN, SCORE)
    }
    checks = {CHECK: CheckSpec(CHECK, SCORE, "high", tuple(each for each in cells if each.check == "high"))}
    return PipelineSpec("etl", cells, nodes, checks, "python3", "python", {})


def flow(**facts: Any) -> Flow:
    values: dict[str, Any] = {
        "reads": {"df": CLEAN},
        "from_setup": frozenset(),
        "binds": frozenset(),
        "changes": frozenset(),
        "outputs": ("model", "score"),
        "imports": ("import numpy as np",),
        "itemised": frozenset(),
        "watched": frozenset({"df", "config"}),
        **facts,
    }
    check = NodeFlow(CHECK, **{**values, "outputs": (), "imports": (), "watched": frozenset({"score"})})
    return Flow({SCORE: NodeFlow(SCORE, **values)}, (), {}, {}, checks={CHECK: check})


SOURCE = notebook(
    text("# Title"),
    cell("import pandas", "setup"),
    cell("n = 1", "parameters"),
    cell("df = 1", "node:clean"),
    cell("def f(): ...", "setup"),
    cell("model = f(df)", "node:score", "raises-exception"),
    text("between"),
    cell("score = 2"),
    cell("score > 1", "check:score/high"),
)
ROLES = {
    1: (Role.SETUP, None),
    2: (Role.PARAMETERS, None),
    3: (Role.NODE, CLEAN),
    4: (Role.SETUP, None),
    5: (Role.NODE, SCORE),
    7: (Role.NODE, SCORE),
    8: (Role.CHECK, SCORE, "high"),
}
DF = NodeInput(OutputRecord("df", ArtifactRecord(Digest("blake3:12ab"), "arrow", "pandas.DataFrame", 10)), CLEAN)

GIVEN, NOTHING_MORE = Given({"df": DF}), Delivery()


def heading(name: str = SCORE) -> Heading:
    return Heading(NodeName(name), RunId("r123"), 2, "/store/it's")


def build(
    source: dict[str, Any] = SOURCE,
    the_flow: Flow | None = None,
    given: Given = GIVEN,
    delivery: Delivery = NOTHING_MORE,
    name: str = SCORE,
    **options: Any,
) -> dict[str, Any]:
    return build_node_notebook(
        source,
        read(source, ROLES, **options),
        the_flow or flow(),
        SCORE,
        heading=heading(name),
        given=given,
        delivery=delivery,
    )


def test_it_holds_what_the_node_needs_in_document_order() -> None:
    made = build()
    assert [each["id"] for each in made["cells"]] == [
        "dataops-about", "c1", "c2", "c4", "dataops-inputs", "c5", "c7", "dataops-outputs",
    ]  # fmt: skip


def test_it_is_a_valid_notebook_that_json_can_hold() -> None:
    nbformat.validate(json.loads(json.dumps(build())), version=4)


def test_inputs_are_readable_lines_after_the_copied_imports() -> None:
    lines = build()["cells"][4]["source"].splitlines()
    assert lines == [
        "import jupyter_dataops.node as __dataops__",
        '__dataops__ = __dataops__.begin(globals(), store="/store/it\'s", run="r123", node="score", attempt=2)',
        "import numpy as np",
        'df = __dataops__.load("df", "blake3:12ab")  # from clean',
        '__dataops__.watch("config", "df")',
    ]


def test_outputs_are_one_line() -> None:
    assert build()["cells"][-1]["source"] == '__dataops__.save("model", "score")'


def test_a_node_without_outputs_or_watched_names_says_so_by_saying_less() -> None:
    made = build(the_flow=flow(outputs=(), watched=frozenset(), imports=()))
    assert made["cells"][-1]["source"] == "__dataops__.save()"
    assert "watch" not in made["cells"][4]["source"]


def test_tags_stay_and_old_outputs_and_timings_go() -> None:
    source = json.loads(json.dumps(SOURCE))
    source["metadata"]["papermill"] = {"duration": 3}
    source["cells"][5] |= {
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "old"}],
        "execution_count": 7,
    }
    source["cells"][5]["metadata"] |= {"papermill": {"status": "failed"}, "execution": {"x": 1}, "editable": False}
    made = build(source)
    assert "papermill" not in made["metadata"]
    assert made["cells"][5] == {
        "cell_type": "code",
        "id": "c5",
        "metadata": {"editable": False, "tags": ["node:score", "raises-exception"]},
        "source": "model = f(df)",
        "outputs": [],
        "execution_count": None,
    }


def test_a_parameters_cell_under_another_name_is_tagged_for_papermill() -> None:
    source = notebook(*SOURCE["cells"][:2], cell("n = 1", "pipeline-parameters"), *SOURCE["cells"][3:])
    assert build(source)["cells"][2]["metadata"]["tags"] == ["parameters", "pipeline-parameters"]


def test_the_kernel_option_wins_over_the_notebook() -> None:
    assert build()["metadata"]["kernelspec"] == SOURCE["metadata"]["kernelspec"]
    assert build(kernel="other")["metadata"] == {
        "kernelspec": {"name": "other", "display_name": "other", "language": "python"},
        "language_info": {"name": "python"},
    }


def test_the_snapshot_is_not_changed() -> None:
    before = json.dumps(SOURCE)
    build()
    assert json.dumps(SOURCE) == before


@pytest.mark.parametrize("said", ["etl: score", "Scores them.", "`r123`, attempt 2", "run all cells"])
def test_it_says_what_it_is_and_how_to_repeat_it(said: str) -> None:
    assert said in build()["cells"][0]["source"]


CITY = OutputRecord("cities", ArtifactRecord(Digest("blake3:be"), "text", "str", 6))


def test_a_child_is_given_its_element_below_its_other_inputs() -> None:
    given = Given({"df": DF}, element=Element("city", "berlin", CITY))
    made = build(given=given, name="score[berlin]")
    begin, _, *loads, _ = made["cells"][4]["source"].splitlines()[1:]
    assert 'node="score[berlin]"' in begin
    assert loads == [
        'df = __dataops__.load("df", "blake3:12ab")  # from clean',
        'city = __dataops__.load("cities", "blake3:be")  # element berlin',
    ]
    assert "etl: score[berlin]" in made["cells"][0]["source"]


def test_what_happens_to_outputs_beside_being_stored_is_said_in_the_last_line() -> None:
    delivery = Delivery(each=("model",), abroad=("score",))
    saved = '__dataops__.save("model", "score", each=["model"], abroad=["score"])'
    assert build(delivery=delivery)["cells"][-1]["source"] == saved


def test_a_node_that_runs_a_notebook_gives_it_parameters_last() -> None:
    made = build(delivery=Delivery(parameters=("country", "n"), notebook="sub/etl.ipynb"))
    assert made["cells"][-1]["source"].splitlines()[1] == '__dataops__.give("country", "n", to="sub/etl.ipynb")'
    bare = build(delivery=Delivery(notebook="etl.ipynb"))
    assert bare["cells"][-1]["source"].splitlines()[1] == '__dataops__.give(to="etl.ipynb")'


def test_a_check_has_setup_its_inputs_its_cells_and_a_verdict() -> None:
    score = NodeInput(OutputRecord("score", DF.output.artifact), SCORE)
    made = build_check_notebook(
        SOURCE, read(SOURCE, ROLES), flow(), CHECK, heading=heading(CHECK), given=Given({"score": score})
    )
    nbformat.validate(json.loads(json.dumps(made)), version=4)
    assert [each["id"] for each in made["cells"]] == [
        "dataops-about", "c1", "c2", "c4", "dataops-inputs", "c8", "dataops-outputs",
    ]  # fmt: skip
    assert made["cells"][4]["source"].splitlines()[2:] == [
        'score = __dataops__.load("score", "blake3:12ab")  # from score',
        '__dataops__.watch("score")',
    ]
    assert made["cells"][-1]["source"] == "__dataops__.verdict()"
    assert "Check `check:score/high`" in made["cells"][0]["source"]


def test_a_check_runs_in_the_kernel_of_its_node() -> None:
    spec = read(SOURCE, ROLES, kernel="other")
    made = build_check_notebook(SOURCE, spec, flow(), CHECK, heading=heading(CHECK), given=Given())
    assert made["metadata"]["kernelspec"]["name"] == "other"
