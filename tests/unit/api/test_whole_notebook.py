"""The notebook as it was run: every output in its own cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.states import RunState
from tests.support.notebooks import cell, notebook, text

Save = Callable[..., Pipeline]

CELLS = [
    text("# Title"),
    cell("n = 1", "parameters"),
    cell("print('setup')", "setup"),
    cell("print('load', n)\nrows = [n]", "node:load"),
    cell("print('more')\nrows.append(2)", "node:load"),
    cell("never()", "skip"),
    cell("print('clean', rows)\nkept = rows", "node:clean"),
]


def run(pipeline: Pipeline, **parameters: Any) -> Run:
    return pipeline.run(parameters, progress=False)


def written(made: Run, folder: Path) -> dict[str, Any]:
    path = made.write_notebook(folder / "out" / "whole.ipynb")
    nbformat.validate(nbformat.read(path, as_version=4))
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read


def printed(read: dict[str, Any]) -> list[str | None]:
    """What each code cell printed; `None` where it has no outputs at all."""
    code = [one for one in read["cells"] if one["cell_type"] == "code"]
    return ["".join(one["outputs"][0]["text"]) if one["outputs"] else None for one in code]


def test_outputs_land_in_their_own_cells(save: Save, tmp_path: Path) -> None:
    read = written(run(save(*CELLS), n=5), tmp_path)
    assert printed(read) == [None, "setup\n", "load 5\n", "more\n", None, "clean [5, 2]\n"]
    assert [one["source"] for one in read["cells"]] == [one["source"] for one in CELLS]
    assert [one.get("execution_count") is not None for one in read["cells"]] == [False, *[True] * 4, False, True]


def test_it_carries_the_runs_description_beside_the_users_own_metadata(save: Save, tmp_path: Path) -> None:
    made = run(save(made=notebook(cell("x = 1", "node:a"), dataops={"name": "mine"}, other=1)))
    metadata = written(made, tmp_path)["metadata"]
    assert metadata["dataops"] == {"name": "mine", "run": made.to_json()}
    assert metadata["other"] == 1


def test_cells_that_did_not_run_are_empty_even_if_the_notebook_had_outputs(save: Save, tmp_path: Path) -> None:
    stale = {"outputs": [{"output_type": "stream", "name": "stdout", "text": "old"}], "execution_count": 9}
    broken = cell("print('before')\n1 / 0\n", "node:a")
    below = {**cell("print(x)", "node:b", "after:a"), **stale}
    below["metadata"] = {**below["metadata"], "papermill": {"status": "completed"}, "keep": 1}
    made = run(save(broken, cell("x = 1", "node:x"), below))
    assert made.state is RunState.FAILED
    cells = written(made, tmp_path)["cells"]
    assert [output["output_type"] for output in cells[0]["outputs"]] == ["stream", "error"]
    assert cells[0]["outputs"][1]["ename"] == "ZeroDivisionError"
    assert cells[0]["metadata"]["papermill"]["status"] == "failed"
    assert (cells[2]["outputs"], cells[2]["execution_count"]) == ([], None)
    assert cells[2]["metadata"] == {"tags": ["node:b", "after:a"], "keep": 1}


def failing_then_mended(save: Save, made: Callable[[str], dict[str, Any]]) -> Run:
    failed = run(save(made=made("print(rows)\n1 / 0")))
    assert failed.state is RunState.FAILED
    save(made=made("print('mended', rows)"))
    return failed.retry(progress=False)


def test_a_reused_nodes_outputs_come_from_the_run_that_computed_them(save: Save, tmp_path: Path) -> None:
    retried = failing_then_mended(save, lambda last: notebook(*CELLS[:-1], cell(last, "node:clean")))
    assert retried["load"].state == "reused"
    assert printed(written(retried, tmp_path)) == [None, "setup\n", "load 1\n", "more\n", None, "mended [1, 2]\n"]
    again = retried.retry(progress=False)
    assert printed(written(again, tmp_path))[2:] == ["load 1\n", "more\n", None, "mended [1, 2]\n"]


def old_format(*cells: dict[str, Any]) -> dict[str, Any]:
    made = notebook(*cells)
    for one in made["cells"]:
        del one["id"]
    return {**made, "nbformat_minor": 0}


def test_cells_without_ids_are_told_apart(save: Save, tmp_path: Path) -> None:
    read = written(run(save(made=old_format(*CELLS))), tmp_path)
    assert printed(read) == [None, "setup\n", "load 1\n", "more\n", None, "clean [1, 2]\n"]
    assert all("id" not in one for one in read["cells"])


def test_reused_outputs_stay_with_their_cells_when_cells_without_ids_have_moved(save: Save, tmp_path: Path) -> None:
    def made(last: str) -> dict[str, Any]:
        above = [text("new"), cell("print('another')", "node:other")] if "mended" in last else []
        return old_format(*above, *CELLS[:-1], cell(last, "node:clean"))

    retried = failing_then_mended(save, made)
    expected = ["another\n", None, "setup\n", "load 1\n", "more\n", None, "mended [1, 2]\n"]
    assert printed(written(retried, tmp_path)) == expected


def test_reused_outputs_are_told_by_cell_id_where_the_node_has_other_cells_now(save: Save, tmp_path: Path) -> None:
    load = [cell("print('a')\nx = 1", "node:load", cell_id="a"), cell("print('b')\ny = 2", "node:load", cell_id="b")]
    failed = run(save(*load, cell("print(x, y)\n1 / 0", "node:use", cell_id="u")))
    comment = cell("# nothing", "node:load", cell_id="n")
    save(load[0], comment, load[1], cell("print(x, y)", "node:use", cell_id="u"))
    retried = failed.retry(progress=False)
    assert retried["load"].state == "reused"
    assert printed(written(retried, tmp_path)) == ["a\n", None, "b\n", "1 2\n"]


def test_cells_with_the_same_id_are_told_apart(save: Save, tmp_path: Path) -> None:
    cells = [cell(f"print({index})\nx{index} = 1", f"node:n{index}", cell_id="same") for index in range(3)]
    made = run(save(*cells))
    read = json.loads(made.write_notebook(tmp_path / "out.ipynb").read_text("utf-8"))
    assert printed(read) == ["0\n", "1\n", "2\n"]


def test_a_notebook_without_metadata_can_be_written(save: Save, tmp_path: Path) -> None:
    made = notebook(cell("print(1)", "node:a"), text("x"))
    del made["metadata"]
    del made["cells"][1]["metadata"]
    assert "run" in json.loads(run(save(made=made)).write_notebook(tmp_path / "o").read_text())["metadata"]["dataops"]


def test_writing_replaces_the_file_and_leaves_nothing_else(save: Save, tmp_path: Path) -> None:
    made = run(save(cell("x = 'größe'", "node:a")))
    target = tmp_path / "out" / "o.ipynb"
    target.parent.mkdir()
    target.write_text("old")
    made.write_notebook(target)
    assert "größe" in target.read_text("utf-8")
    assert [path.name for path in target.parent.iterdir()] == ["o.ipynb"]


def test_a_place_that_cannot_be_written_is_refused_and_left_as_it_was(save: Save, tmp_path: Path) -> None:
    made = run(save(cell("x = 1", "node:a")))
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "file" / "out.ipynb", tmp_path / "folder"):
        with pytest.raises(EnvironmentRefused, match="cannot write the notebook") as caught:
            made.write_notebook(target)
        assert caught.value.where == str(target)
        assert "-o" in caught.value.hint
    assert (tmp_path / "file").read_text() == "mine"
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
