"""The Python API over real kernels; the rest of it is tested without, in ``tests/unit/api``."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from jupyter_dataops import Pipeline, open_run
from jupyter_dataops.config import Settings
from jupyter_dataops.states import RunState
from tests.support.notebooks import cell, notebook

SETUP = cell("import sys\ndef double(x):\n    return 2 * x", "setup")


@pytest.mark.kernel
def test_a_failed_run_is_looked_into_mended_and_retried(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "etl.ipynb"
    settings = Settings(str(tmp_path / "store"), 2)

    def save(clean: str) -> None:
        cells = [cell("n = 1", "parameters"), SETUP, cell("print('loading')\nrows = [double(n)]\nrows", "node:load")]
        cells += [cell(clean, "node:clean"), cell("print(kept, file=sys.stderr)", "node:show")]
        path.write_text(json.dumps(notebook(*cells)))

    save("rows[0]\nrows[7]")
    failed = Pipeline(path, settings=settings).run(n=4)
    assert failed.state is RunState.FAILED
    assert "3/3" in capfd.readouterr().err
    assert failed["load"].log == "loading\n[8]\n"
    assert failed.load("load", "rows") == [8]
    clean = failed["clean"]
    assert clean.failure is not None
    assert (clean.failure.ename, clean.failure.cell_id, clean.failure.line) == ("IndexError", "c3", 2)
    assert "IndexError" in clean.log
    executed = nbformat.read(clean.notebook_path(), as_version=4)
    assert any(output.output_type == "error" for one in executed.cells for output in one.get("outputs", []))

    save("kept = rows + [n]")
    retried = open_run("last", settings).retry(progress=False)
    assert [node.state.value for node in retried.nodes.values()] == ["reused", "succeeded", "succeeded"]
    assert retried["show"].log == "[8, 4]\n"
    assert retried.load("clean", "kept") == [8, 4]
    whole = nbformat.read(retried.write_notebook(tmp_path / "out.ipynb"), as_version=4)
    nbformat.validate(whole)
    assert [[output.output_type for output in one.outputs] for one in whole.cells] == [
        [],
        [],
        ["stream", "execute_result"],
        [],
        ["stream"],
    ]
