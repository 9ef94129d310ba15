from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import papermill  # noqa: F401 - papermill loads its engines, ours among them, before they can be imported alone
import pytest

from jupyter_dataops.kernels.record import NotebookRecord
from jupyter_dataops.secrets import Masker
from tests.support.notebooks import cell, notebook


@pytest.fixture
def record(tmp_path: Path) -> NotebookRecord:
    made: Any = nbformat.from_dict(notebook(*(cell(f"x = {number}") for number in range(100))))
    made.metadata.papermill = {}
    for each in made.cells:
        each.metadata.papermill = {}
    return NotebookRecord(made, tmp_path / "{notebook}.ipynb", Masker({}))


def on_disk(record: NotebookRecord) -> Any:
    return json.loads(Path(record.output_path).read_text("utf-8"))


def writes(record: NotebookRecord, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    counted: list[int] = []
    real = NotebookRecord.write
    monkeypatch.setattr(NotebookRecord, "write", lambda self: (counted.append(1), real(self))[1])
    return counted


def test_a_hundred_quick_cells_are_not_saved_one_by_one(
    record: NotebookRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = writes(record, monkeypatch)
    record.notebook_start()
    for index, each in enumerate(record.nb.cells):
        record.cell_start(each, index)
        record.cell_complete(each, cell_index=index)
    record.notebook_complete()
    assert len(counted) < 10
    assert {each["metadata"]["papermill"]["status"] for each in on_disk(record)["cells"]} == {"completed"}


def test_it_is_on_disk_from_the_start(record: NotebookRecord) -> None:
    record.notebook_start()
    assert on_disk(record)["cells"][0]["metadata"]["papermill"]["status"] == "pending"


def test_a_reader_never_sees_half_a_notebook_and_no_draft_stays(record: NotebookRecord) -> None:
    record.write()
    with Path(record.output_path).open(encoding="utf-8") as reader:
        record.nb.cells[0].source = "y = 2"
        record.write()
        assert json.load(reader)["cells"][0]["source"] == ["x = 0"]
    assert on_disk(record)["cells"][0]["source"] == ["y = 2"]
    assert len(list(Path(record.output_path).parent.iterdir())) == 1
