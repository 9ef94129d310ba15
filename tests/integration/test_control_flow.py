"""Groups and checks in real kernels: what they hand on, what the record shows, what a retry keeps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import papermill
import pytest

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.config import Settings
from jupyter_dataops.states import RunState
from tests.support.notebooks import cell, notebook

pytestmark = pytest.mark.kernel

INNER = notebook(
    cell("country = 'us'\nrate = 1.0", "parameters"),
    cell("import pandas as pd", "setup"),
    cell("table = pd.DataFrame({'country': [country] * 2, 'price': [rate, 2 * rate]})", "node:load"),
    cell("table = table.assign(price=table.price * 10)", "node:price"),
    cell("(table.price > 0).all()", "check:price/positive"),
)
PLAIN = notebook(
    cell("word = 'none'", "parameters"),
    cell("import os\nplace = os.path.basename(os.getcwd())"),
    cell("said = word * 2"),
)
WHOLE = (
    cell("import pandas as pd", "setup"),
    cell("countries = ['de', 'us']\nempty = []", "node:list"),
    cell("print('at', country)\nrate = len(country) / 2", "node:etl", "each:country=countries", "notebook:sub/etl.ipynb", "out:table"),
    cell("rows = pd.concat(table)\nn = len(rows)", "node:join"),
    cell("assert n == 4", "check:join/four"),
    cell("n > 100", "check:join/many", "severity:warn"),
    cell("word = 'ab'", "node:plain", "notebook:sub/plain.ipynb", "out:said", "out:place"),
    cell("nothing = one", "node:never", "each:one=empty"),
    cell("end = (sorted(rows.price), said, place, n)", "node:show", "out:end"),
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    pipeline: Pipeline
    run: Run
    whole: dict[str, Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("flow")
    (folder / "sub").mkdir()
    (folder / "sub" / "etl.ipynb").write_text(json.dumps(INNER), "utf-8")
    (folder / "sub" / "plain.ipynb").write_text(json.dumps(PLAIN), "utf-8")
    path = folder / "top.ipynb"
    path.write_text(json.dumps(notebook(*WHOLE)), "utf-8")
    pipeline = Pipeline(path, settings=Settings(store=str(folder / "store"), jobs=2))
    run = pipeline.run(progress=False)
    return Told(pipeline, run, json.loads(run.write_notebook(folder / "whole.ipynb").read_text("utf-8")))


def joined(text: str | list[str]) -> str:
    """Text as a notebook file keeps it: as one, or by lines."""
    return "".join(text)


def states(run: Run) -> dict[str, str]:
    return {name: node.state.value for name, node in run.nodes.items()}


def test_everything_runs_in_its_place(told: Told) -> None:
    assert states(told.run) == {
        "list": "succeeded",
        "etl": "succeeded",
        "etl[de]": "succeeded",
        "etl[de]/load": "succeeded",
        "etl[de]/price": "succeeded",
        "etl[de]/check:price/positive": "succeeded",
        "etl[us]": "succeeded",
        "etl[us]/load": "succeeded",
        "etl[us]/price": "succeeded",
        "etl[us]/check:price/positive": "succeeded",
        "join": "succeeded",
        "check:join/four": "succeeded",
        "check:join/many": "failed",
        "plain": "succeeded",
        "plain/main": "succeeded",
        "never": "skipped",
        "show": "succeeded",
    }
    assert told.run.state is RunState.SUCCEEDED


def test_values_are_those_of_the_loop_and_the_notebooks(told: Told) -> None:
    assert told.run.load("show", "end") == ([10.0, 10.0, 20.0, 20.0], "abab", "sub", 4)
    assert list(told.run.load("etl", "table")[1].country) == ["us", "us"]


def test_parameters_reach_the_nodes_within_through_papermill(told: Told) -> None:
    assert told.run["etl[us]"].record.parameters == {"country": "us", "rate": 1.0}
    executed = json.loads(told.run["etl[us]/load"].notebook_path().read_text("utf-8"))
    injected = [one for one in executed["cells"] if "injected-parameters" in one["metadata"].get("tags", [])]
    assert 'country = "us"' in joined(injected[0]["source"])


def test_the_whole_notebook_shows_children_and_checks_in_their_cells(told: Told) -> None:
    by_source = {one["source"]: one for one in told.whole["cells"]}
    etl = by_source[WHOLE[2]["source"]]
    assert [joined(output["text"]) for output in etl["outputs"]] == [
        "--- etl[de]\n", "at de\n", "--- etl[us]\n", "at us\n",
    ]  # fmt: skip
    assert joined(by_source["n > 100"]["outputs"][0]["data"]["text/plain"]) == "False"


def test_a_node_within_is_retried_alone_and_the_rest_is_kept(told: Told) -> None:
    again = told.run.retry(["etl[us]/price"], progress=False)
    assert again.state is RunState.SUCCEEDED
    ran = {name for name, state in states(again).items() if state == "succeeded"}
    assert ran == {
        "etl", "etl[us]", "etl[us]/price", "etl[us]/check:price/positive",
        "join", "check:join/four", "show",
    }  # fmt: skip
    assert states(again)["etl[de]"] == "reused"
    assert again.load("show", "end") == told.run.load("show", "end")


def test_papermill_shows_groups_and_checks_as_well(tmp_path: Path) -> None:
    path = tmp_path / "in.ipynb"
    each = cell("print('at', word)\nsaid = word", "node:say", "each:word=words")
    check = cell("len(said) > 100", "check:say/many", "severity:warn")
    path.write_text(json.dumps(notebook(cell("words = ['a', 'b']", "node:load"), each, check)), "utf-8")
    made = papermill.execute_notebook(str(path), str(tmp_path / "out.ipynb"), engine_name="dataops", progress_bar=False)
    shown = [[joined(one.get("text") or one.data["text/plain"]) for one in cell.outputs] for cell in made.cells]
    assert shown == [[], ["--- say[a]\n", "at a\n", "--- say[b]\n", "at b\n"], ["False"]]
