"""papermill as its users call it: the command, `execute_notebook`, real kernels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError

from jupyter_dataops import list_runs
from jupyter_dataops.api import launch
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import EnvironmentRefused, InvalidPipeline, ParameterError
from jupyter_dataops.states import RunState
from tests.support.in_process import InProcessExecutor
from tests.support.notebooks import cell, notebook, text

CELLS = [
    text("# Title"),
    cell("n = 1", "parameters"),
    cell("print('setup')", "setup"),
    cell("print('load', n)\nrows = [n]", "node:load"),
    cell("print('clean', rows)", "node:clean"),
    text("The end"),
]

Execute = Callable[..., Any]


def save(folder: Path, *cells: dict[str, Any]) -> Path:
    path = folder / "in.ipynb"
    path.write_text(json.dumps(notebook(*cells)))
    return path


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DATAOPS_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    return Settings(str(tmp_path / "store"), 2)


@pytest.fixture
def execute(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Execute:
    """Executes the cells through papermill and our engine, but without kernels."""
    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)

    def execute(*cells: dict[str, Any], input_path: Any = "in.ipynb", **options: Any) -> Any:
        save(tmp_path, *cells)
        return papermill.execute_notebook(
            input_path, "out.ipynb", engine_name="dataops", **{"progress_bar": False, **options}
        )

    return execute


def read(folder: Path) -> Any:
    nbformat.validate(found := nbformat.read(folder / "out.ipynb", as_version=4))
    return found


def sources(found: Any) -> list[str]:
    return [one.source for one in found.cells]


def printed(found: Any) -> dict[str, str]:
    """Source to text output, of cells that have any."""
    code = [one for one in found.cells if one.cell_type == "code" and one.outputs]
    return {one.source: "".join(output.get("text", output.get("ename", "")) for output in one.outputs) for one in code}


def cell_of(found: Any, start: str) -> Any:
    return next(one for one in found.cells if one.source.startswith(start))


@pytest.mark.usefixtures("execute")
def test_a_notebook_that_names_no_kernel_runs_as_with_our_own_command(tmp_path: Path, settings: Settings) -> None:
    path = save(tmp_path, *CELLS)
    path.write_text(json.dumps({**notebook(*CELLS), "metadata": {}}))
    again = {"engine_name": "dataops", "progress_bar": False}
    papermill.execute_notebook(path, "out.ipynb", **again)
    assert printed(read(tmp_path))["print('load', n)\nrows = [n]"] == "load 1\n"
    assert list_runs(settings)[0].snapshot.spec.kernel_name == "python3"
    # With parameters, papermill wants to know before it asks any engine.
    papermill.execute_notebook(path, "out.ipynb", {"n": 3}, kernel_name="python3", language="python", **again)
    assert printed(read(tmp_path))["print('load', n)\nrows = [n]"] == "load 3\n"
    julia = {"kernelspec": {"name": "julia-1.9", "display_name": "Julia"}}
    path.write_text(json.dumps({**notebook(*CELLS), "metadata": julia}))
    with pytest.raises(ValueError, match="No language found"):
        papermill.execute_notebook(path, "out.ipynb", {"n": 3}, **again)


# -- real kernels


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("papermill")), *arguments]
    environment = {**os.environ, "DATAOPS_STORE": str(folder / "store")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.kernel
def test_the_papermill_command_runs_a_pipeline(tmp_path: Path) -> None:
    before = save(tmp_path, *CELLS).read_bytes()
    done = call(tmp_path, "in.ipynb", "out.ipynb", "--engine", "dataops", "-p", "n", "3", "--log-output")
    assert done.returncode == 0, done.stderr
    assert "load 3" in done.stderr
    found = read(tmp_path)
    assert [source for source in sources(found) if not source.startswith("# Parameters")] == [
        c["source"] for c in CELLS
    ]
    assert printed(found) == {
        "print('setup')": "setup\n",
        "print('load', n)\nrows = [n]": "load 3\n",
        "print('clean', rows)": "clean [3]\n",
    }
    assert cell_of(found, "# Parameters").metadata.tags == ["injected-parameters"]
    timing = cell_of(found, "print('load'").metadata.papermill
    assert (timing.status, timing.exception) == ("completed", False)
    assert timing.duration > 0
    (run,) = list_runs(Settings(str(tmp_path / "store"), 2), tmp_path / "in.ipynb")
    assert found.metadata.dataops.run == json.loads(json.dumps(run.to_json()))
    assert (run.state, run.parameters) == (RunState.SUCCEEDED, {"n": 3})
    assert (tmp_path / "in.ipynb").read_bytes() == before


@pytest.mark.kernel
def test_a_failing_node_makes_papermill_fail_at_its_cell(settings: Settings, tmp_path: Path) -> None:
    save(tmp_path, *CELLS[:4], cell("print('half')\nrows[7]", "node:clean"), cell("print('aside')", "node:aside"))
    with pytest.raises(PapermillExecutionError, match="IndexError") as caught:
        papermill.execute_notebook("in.ipynb", "out.ipynb", engine_name="dataops", progress_bar=False)
    assert caught.value.source == "print('half')\nrows[7]"
    found = read(tmp_path)
    failed = cell_of(found, "print('half')")
    assert [output.output_type for output in failed.outputs] == ["stream", "error"]
    assert "list index out of range" in "".join(failed.outputs[1].traceback)
    assert failed.metadata.papermill.status == "failed"
    assert printed(found)["print('aside')"] == "aside\n"
    assert found.metadata.papermill.exception
    assert found.metadata.dataops.run.state == "failed"


def test_papermills_inspection_still_works(tmp_path: Path) -> None:
    save(tmp_path, cell("n: int = 1  # how many", "parameters"))
    done = call(tmp_path, "--help-notebook", "in.ipynb")
    assert done.returncode == 0, done.stderr
    assert "n: int (default 1)" in done.stdout


def test_importing_papermill_does_not_import_all_of_us() -> None:
    program = "import sys, papermill; print([name for name in sys.modules if name.startswith('jupyter_dataops.api')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_engine_can_be_imported_before_papermill() -> None:
    program = (
        "import jupyter_dataops.papermill_engine, papermill.engines as e; print(e.papermill_engines._engines.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "'dataops'" in done.stdout


# -- without kernels


def test_a_notebook_without_parameters_has_no_injected_cell(execute: Execute, tmp_path: Path) -> None:
    execute(*CELLS)
    assert sources(read(tmp_path)) == [one["source"] for one in CELLS]


def test_papermills_own_output_can_be_executed_again(execute: Execute, tmp_path: Path) -> None:
    execute(*CELLS, parameters={"n": 4})
    (tmp_path / "out.ipynb").rename(tmp_path / "again.ipynb")
    execute(*CELLS, input_path="again.ipynb")
    assert printed(read(tmp_path))["print('clean', rows)"] == "clean [4]\n"
    execute(*CELLS, input_path="again.ipynb", parameters={"n": 5})
    found = read(tmp_path)
    assert printed(found)["print('clean', rows)"] == "clean [5]\n"
    assert sum(source.startswith("# Parameters") for source in sources(found)) == 1


def test_an_unknown_parameter_is_refused_before_anything_starts(execute: Execute, settings: Settings) -> None:
    with pytest.raises(ParameterError, match="unknown parameter 'm'"):
        execute(*CELLS, parameters={"m": 1})
    assert list_runs(settings) == []


def test_an_invalid_pipeline_is_refused_before_anything_starts(execute: Execute, settings: Settings) -> None:
    with pytest.raises(InvalidPipeline, match="in cannot run as a pipeline:\n  DO005"):
        execute(cell("x = ", "node:a"))
    assert list_runs(settings) == []


HANDLED = [
    cell("raise ValueError('handled')", "node:a"),
    cell("print('cleaned up')", "node:b", "after:a", "trigger:one_failed"),
]


def test_a_failure_that_a_rule_handled_is_success_to_papermill_and_still_shown(
    execute: Execute, tmp_path: Path
) -> None:
    execute(*HANDLED)
    found = read(tmp_path)
    assert found.metadata.dataops.run.state == "succeeded"
    (output,) = found.cells[0].outputs
    assert (output.output_type, output.name) == ("stream", "stderr")
    assert "ValueError: handled" in output.text
    assert found.cells[0].metadata.papermill.status == "failed"
    assert printed(found)["print('cleaned up')"] == "cleaned up\n"


ALLOWED = cell("raise ValueError('allowed')", "node:last", "raises-exception")


def test_an_error_that_a_cell_is_allowed_to_raise_is_success_to_papermill_too(execute: Execute, tmp_path: Path) -> None:
    execute(ALLOWED)
    found = read(tmp_path)
    assert found.metadata.dataops.run.state == "succeeded"
    assert "ValueError: allowed" in found.cells[0].outputs[0].text


def test_papermill_points_at_the_cell_at_which_a_node_failed(execute: Execute, tmp_path: Path) -> None:
    with pytest.raises(PapermillExecutionError) as caught:
        execute(cell("raise KeyError('this')", "node:first"), ALLOWED)
    assert caught.value.ename == "KeyError"
    assert "ValueError: allowed" in cell_of(read(tmp_path), ALLOWED["source"]).outputs[0].text


def test_a_failure_outside_the_users_cells_is_shown_in_the_nodes_last_cell(execute: Execute, tmp_path: Path) -> None:
    with pytest.raises(PapermillExecutionError, match="UnstorableValue") as caught:
        execute(cell("import threading", "setup"), cell("lock = 1", "node:a"), cell("lock = threading.Lock()", "node:a"),
                cell("print(lock)", "node:b"))  # fmt: skip
    assert caught.value.source == "lock = threading.Lock()"
    assert cell_of(read(tmp_path), "lock = threading").metadata.papermill.exception is True


def test_a_run_that_ends_without_an_error_that_papermill_knows_is_refused(execute: Execute) -> None:
    leave = cell("class SystemExit(Exception): pass\nraise SystemExit('0')", "node:a")
    with pytest.raises(EnvironmentRefused, match="failed: `a` failed"):
        execute(leave)


def test_the_working_directory_is_papermills(execute: Execute, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "elsewhere").mkdir()
    execute(*CELLS)
    save(tmp_path / "sub", *CELLS)
    execute(*CELLS, input_path="sub/in.ipynb", cwd="elsewhere")
    later, earlier = list_runs(settings)
    assert earlier.notebook == tmp_path / "in.ipynb"
    assert earlier.record.options["working_dir"] == str(tmp_path)
    assert later.notebook == tmp_path / "sub" / "in.ipynb"
    assert later.record.options["working_dir"] == str(tmp_path / "elsewhere")
    assert (tmp_path / "out.ipynb").is_file()


def test_a_notebook_in_memory_is_taken_as_it_is(execute: Execute, settings: Settings, tmp_path: Path) -> None:
    execute(*CELLS, input_path=nbformat.from_dict(notebook(*CELLS)), parameters={"n": 2})
    assert printed(read(tmp_path))["print('clean', rows)"] == "clean [2]\n"
    assert list_runs(settings)[0].notebook == tmp_path / "notebook.ipynb"


def test_engine_options_are_stored_with_the_run(execute: Execute, settings: Settings) -> None:
    execute(*CELLS, jobs=1, fail_fast=True)
    options = list_runs(settings)[0].record.options
    assert (options["jobs"], options["fail_fast"]) == (1, True)


def test_the_kernel_that_papermill_is_told_to_use_is_used(execute: Execute, settings: Settings) -> None:
    execute(*CELLS, kernel_name="other")
    assert list_runs(settings)[0].snapshot.spec.kernel_name == "other"


def test_outputs_are_written_as_nodes_end_and_counted_in_the_progress_bar(
    execute: Execute, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    look = "import pathlib\nprint(pathlib.Path('out.ipynb').read_text().count('\"output_type\"'))"
    execute(cell("print(1)", "node:a"), cell(look, "node:b", "after:a"), progress_bar=True)
    assert printed(read(tmp_path))[look] == "1\n"
    assert "2/2" in capfd.readouterr().err
