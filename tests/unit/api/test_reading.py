from __future__ import annotations

import gc
import json
from pathlib import Path

from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from tests.support.notebooks import cell, notebook


def test_analysis_leaves_garbage_collection_as_it_was():
    text = json.dumps(notebook(cell("x = 1", "node:a")))
    assert gc.isenabled()
    assert analyse_text(text, "a.ipynb", "a").diagnostics == ()
    assert gc.isenabled()
    gc.disable()
    try:
        assert analyse_text(text, "b.ipynb", "b").diagnostics == ()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_snapshot_that_is_asked_for_again_is_not_analysed_again():
    text = json.dumps(notebook(cell("x = 1", "node:a")))
    assert analyse_text(text, "a.ipynb", "a").flow is analyse_text(text, "a.ipynb", "a").flow


def test_files_and_kernels_are_looked_for_beside_the_notebook(tmp_path: Path):
    cells = cell("1", "node:a", "in:prices.csv", "kernel:nowhere"), cell("2", "node:b", "kernel:python3")
    given = notebook(*cells)
    found = AnalysedNotebook("", given, "p", tmp_path).diagnostics
    assert [one.code for one in found] == ["DO032", "DO033"]
    (tmp_path / "prices.csv").touch()
    assert [one.code for one in AnalysedNotebook("", given, "p", tmp_path).diagnostics] == ["DO033"]
    assert AnalysedNotebook("", given, "p").diagnostics == ()
