from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from jupyter_dataops.dataflow.models import Flow, NodeFlow
from jupyter_dataops.ids import CellId, Digest, NodeName, RunId
from jupyter_dataops.kernels.node_notebook import NodeInput, build_node_notebook
from jupyter_dataops.records import ArtifactRecord, OutputRecord
from jupyter_dataops.spec.models import Cell, NodeOptions, NodeSpec, PipelineSpec, Role
from tests.support.notebooks import cell, notebook, text

CLEAN, SCORE = NodeName("clean"), NodeName("score")


def read(source: dict[str, Any], roles: dict[int, tuple[Role, NodeName | None]], **options: Any) -> PipelineSpec:
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
        node: NodeSpec(node, tuple(each for each in cells if each.node == node), NodeOptions(**options), "Scores them.")
        for node in (CLEAN, SCORE)
    }
    return PipelineSpec("etl", cells, nodes, (), "python3", "python", {})


def flow(**facts: Any) -> Flow:
    values: dict[str, Any] = {
        "reads": {"df": CLEAN},
        "from_setup": frozenset(),
        "binds": frozenset(),
        "changes": frozenset(),
        "outputs": ("model", "score"),
        "imports": ("import numpy as np",),
        "watched": frozenset({"df", "config"}),
        **facts,
    }
    return Flow({SCORE: NodeFlow(SCORE, **values)}, (), {}, {})


SOURCE = notebook(
    text("# Title"),
    cell("import pandas", "setup"),
    cell("n = 1", "parameters"),
    cell("df = 1", "node:clean"),
    cell("def f(): ...", "setup"),
    cell("model = f(df)", "node:score", "raises-exception"),
    text("between"),
    cell("score = 2"),
)
ROLES = {
    1: (Role.SETUP, None),
    2: (Role.PARAMETERS, None),
    3: (Role.NODE, CLEAN),
    4: (Role.SETUP, None),
    5: (Role.NODE, SCORE),
    7: (Role.NODE, SCORE),
}
DF = NodeInput(OutputRecord("df", ArtifactRecord(Digest("blake3:12ab"), "arrow", "pandas.DataFrame", 10)), CLEAN)


def build(source: dict[str, Any] = SOURCE, the_flow: Flow | None = None, **options: Any) -> dict[str, Any]:
    return build_node_notebook(
        source,
        read(source, ROLES, **options),
        the_flow or flow(),
        SCORE,
        inputs={"df": DF},
        store_url="/store/it's",
        run_id=RunId("r123"),
        attempt=2,
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
