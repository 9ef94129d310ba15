"""The example of the three airports, as a pipeline and from top to bottom."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_dataops import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.states import RunState

EXAMPLES = Path(__file__).parents[2] / "example_notebooks"
SHOWN = ("load-flights", "check-flights", "compare", "summary", "seasons", "report", "report-profile")


def texts(notebook: Any) -> dict[str, str]:
    """What cells printed and displayed, as text, by cell id."""
    return {
        cell.id: "".join(output.get("text") or output.data["text/plain"] for output in cell.outputs)
        for cell in notebook.cells
        if cell.id in SHOWN
    }


@pytest.mark.kernel
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_airports_end_alike_as_a_pipeline_and_from_top_to_bottom(tmp_path: Path) -> None:
    for path in EXAMPLES.glob("airport*.ipynb"):
        shutil.copy(path, tmp_path)
    pipeline = Pipeline(tmp_path / "airports.ipynb", settings=Settings(store=str(tmp_path / "store"), jobs=2))

    run = pipeline.run(progress=False)
    whole = nbformat.read(run.write_notebook(tmp_path / "whole.ipynb"), as_version=4)
    by_hand = nbformat.read(pipeline.path, as_version=4)
    NotebookClient(by_hand, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()

    ended_otherwise = {name: node.state.value for name, node in run.nodes.items() if node.state != "succeeded"}
    assert (run.state, ended_otherwise) == (RunState.SUCCEEDED, {"check:load_flights/tail_numbers": "failed"})
    assert {"airport[LGA]", "summary/profile"} < set(run.nodes)
    assert texts(whole) == texts(by_hand)
    assert all(texts(whole)[cell] for cell in SHOWN)
    assert not Path(run.load("staging", "staging")).exists()
