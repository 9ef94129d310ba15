from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_dataops.api.reading import AnalysedNotebook, read_notebook
from jupyter_dataops.api.sub_notebooks import code_digests, parts_of_pipeline, read_sub_notebooks
from jupyter_dataops.errors import NotebookUnreadable
from tests.support.notebooks import cell, notebook
from tests.support.one_kernel import analysed


def saved(folder: Path, name: str, *cells: dict[str, object]) -> AnalysedNotebook:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(notebook(*cells)), "utf-8")
    return read_notebook(path)


def runs(path: str, node: str = "go", *tags: str) -> dict[str, object]:
    return cell("n = 1", f"node:{node}", f"notebook:{path}", *tags)


def test_each_notebook_is_found_from_the_folder_of_the_one_that_names_it(tmp_path: Path) -> None:
    saved(tmp_path, "common.ipynb", cell("x = 1", "node:a"))
    saved(tmp_path, "parts/inner.ipynb", cell("x = 1", "node:a"))
    saved(tmp_path, "parts/middle.ipynb", runs("inner.ipynb"), runs("../common.ipynb", "other"))
    top = saved(tmp_path, "top.ipynb", runs("parts/middle.ipynb"), runs("common.ipynb", "again"))
    found = read_sub_notebooks(top)
    assert list(found) == ["parts/middle.ipynb", "parts/inner.ipynb", "common.ipynb"]
    assert [path for path, _ in parts_of_pipeline(top, found)] == [
        "", "parts/middle.ipynb", "parts/inner.ipynb", "common.ipynb", "common.ipynb",
    ]  # fmt: skip


def test_a_notebook_that_runs_itself_is_read_once(tmp_path: Path) -> None:
    saved(tmp_path, "b.ipynb", runs("a.ipynb"))
    top = saved(tmp_path, "a.ipynb", runs("b.ipynb"))
    found = read_sub_notebooks(top)
    assert sorted(found) == ["a.ipynb", "b.ipynb"]
    assert [path for path, _ in parts_of_pipeline(top, found)] == ["", "b.ipynb", "a.ipynb"]
    assert set(code_digests(top, "", found)) == {"b.ipynb"}


def test_a_missing_notebook_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotebookUnreadable, match=r"missing\.ipynb"):
        read_sub_notebooks(saved(tmp_path, "top.ipynb", runs("missing.ipynb")))


def test_a_notebook_that_lies_nowhere_runs_no_other() -> None:
    assert read_sub_notebooks(analysed(notebook(cell("x = 1", "node:a")))) == {}
    with pytest.raises(NotebookUnreadable, match="not known where the notebook lies"):
        read_sub_notebooks(analysed(notebook(runs("etl.ipynb"))))


def test_a_part_hands_on_what_the_node_that_runs_it_asks_for(tmp_path: Path) -> None:
    saved(tmp_path, "inner.ipynb", cell("x = 1", "node:a"), cell("y = x", "node:b"))
    top = saved(tmp_path, "top.ipynb", runs("inner.ipynb", "go", "out:x"))
    inner = dict(parts_of_pipeline(top, read_sub_notebooks(top)))["inner.ipynb"]
    assert inner.flow.final == {"x": "a"}


def test_the_digest_of_a_notebook_is_of_its_code_and_all_that_it_runs(tmp_path: Path) -> None:
    def digest() -> str:
        top = saved(tmp_path, "top.ipynb", runs("middle.ipynb"))
        return code_digests(top, "", read_sub_notebooks(top))["middle.ipynb"]

    saved(tmp_path, "inner.ipynb", cell("x = 1", "node:a"))
    saved(tmp_path, "middle.ipynb", runs("inner.ipynb"))
    before = digest()
    executed = notebook(cell("x = 1", "node:a") | {"execution_count": 3, "outputs": [{"output_type": "stream"}]})
    (tmp_path / "inner.ipynb").write_text(json.dumps(executed), "utf-8")
    assert digest() == before, "what was once executed by hand does not count"
    saved(tmp_path, "inner.ipynb", cell("x = 2", "node:a"))
    assert digest() != before
