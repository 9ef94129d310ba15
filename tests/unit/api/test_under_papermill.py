"""The engine ``dataops`` over groups and checks, without kernels: which cells show errors, and when papermill raises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from jupyter_dataops import Pipeline
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]

LOAD = cell("words = ['a', 'b', 'c']", "node:load")


def execute(pipeline: Pipeline) -> Any:
    out = pipeline.path.with_name("out.ipynb")
    return papermill.execute_notebook(str(pipeline.path), str(out), engine_name="dataops", progress_bar=False)


def kinds(made: Any) -> list[list[str]]:
    return [[output.output_type for output in one.get("outputs", ())] for one in made.cells]


def test_the_outputs_of_children_stand_in_order_below_their_names(save: Save) -> None:
    made = execute(save(LOAD, cell("print(word * 2)", "node:say", "each:word=words")))
    said = "".join("".join(output.text) for output in made.cells[1].outputs)
    assert said == "--- say[a]\naa\n--- say[b]\nbb\n--- say[c]\ncc\n"


def test_a_child_that_fails_shows_its_error_in_the_cell_of_its_node(save: Save) -> None:
    pipeline = save(LOAD, cell("assert word != 'b', word\nprint(word)", "node:say", "each:word=words"))
    with pytest.raises(PapermillExecutionError, match="AssertionError: b"):
        execute(pipeline)


def test_a_child_whose_failure_is_tolerated_shows_it_as_text(save: Save) -> None:
    pipeline = save(LOAD, cell("assert word != 'b', word", "node:say", "each:word=words", "tolerate:1"))
    made = execute(pipeline)
    assert "error" not in kinds(made)[1]
    assert any("AssertionError" in "".join(output.text) for output in made.cells[1].outputs)


def test_a_node_within_that_fails_shows_its_error_in_the_last_cell_of_the_node_that_runs_it(save: Save) -> None:
    save(cell("n = 1", "parameters"), cell("1 / 0", "node:bad"), name="inner.ipynb")
    pipeline = save(cell("n = 2", "node:first"), cell("m = 3", "node:sub", "notebook:inner.ipynb"))
    with pytest.raises(PapermillExecutionError, match="ZeroDivisionError"):
        execute(pipeline)
    made = papermill.iorw.load_notebook_node(str(pipeline.path.with_name("out.ipynb")))
    assert [one.source for one, found in zip(made.cells, kinds(made), strict=True) if "error" in found] == ["m = 3"]


@pytest.mark.parametrize(("tags", "raises"), [((), True), (("severity:warn",), False)])
def test_only_a_check_that_blocks_fails_the_notebook(save: Save, tags: tuple[str, ...], raises: bool) -> None:
    pipeline = save(LOAD, cell("len(words) > 5", "check:load/many", *tags))
    if raises:
        with pytest.raises(PapermillExecutionError, match=r"len\(words\) > 5 is False"):
            execute(pipeline)
    else:
        assert "error" not in kinds(execute(pipeline))[1]


def test_notebooks_are_found_beside_the_notebook(save: Save, tmp_path: Path) -> None:
    save(cell("n = 1", "parameters"), cell("m = n", "node:go"), name="inner.ipynb")
    made = execute(save(cell("n = 2", "node:sub", "notebook:inner.ipynb", "out:m"), cell("print(m)", "node:use")))
    assert "".join(made.cells[1].outputs[0].text) == "2\n"
    assert [node["node"] for node in made.metadata.dataops.run.nodes] == ["sub", "sub/go", "use"]
    assert (tmp_path / "out.ipynb").is_file()
