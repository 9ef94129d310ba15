"""The magic, in a real IPython without a kernel."""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from jupyter_dataops import Run, list_runs
from jupyter_dataops.api import launch
from jupyter_dataops.states import RunState
from tests.support.in_process import InProcessExecutor
from tests.support.notebooks import cell, notebook

CELLS = [cell("n = 1", "parameters"), cell("rows = list(range(n))", "node:load"), cell("print(rows)", "node:show")]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[InteractiveShell]:
    """A shell in which the extension is loaded."""
    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)
    monkeypatch.setenv("DATAOPS_STORE", str(tmp_path / "store"))
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # the shell puts its own there
    made = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    made.run_line_magic("load_ext", "jupyter_dataops")
    yield made
    atexit.unregister(made.atexit_operations)
    made.atexit_operations()


@pytest.fixture
def save(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Saves the notebook that the shell takes itself to be in."""

    def save(*cells: dict[str, Any]) -> None:
        path = tmp_path / "etl.ipynb"
        path.write_text(json.dumps(notebook(*cells)))
        monkeypatch.setenv("JPY_SESSION_NAME", str(path))

    save(*CELLS)
    return save


def dataops(shell: InteractiveShell, line: str) -> Any:
    return shell.run_line_magic("dataops", line)


def test_run_takes_parameters_and_gives_the_run(shell: InteractiveShell, save: Callable[..., None]) -> None:
    run = dataops(shell, "run n=3")
    assert isinstance(run, Run)
    assert (run.state, run.parameters) == (RunState.SUCCEEDED, {"n": 3})


def test_load_gives_a_value_of_the_last_run(shell: InteractiveShell, save: Callable[..., None]) -> None:
    dataops(shell, "run n=2")
    assert dataops(shell, "load load rows") == [0, 1]


def test_retry_runs_what_failed_with_the_notebook_as_it_is_now(
    shell: InteractiveShell, save: Callable[..., None]
) -> None:
    save(*CELLS[:2], cell("print(rows)\n1 / 0", "node:show"))
    failed = dataops(shell, "run")
    assert failed.state is RunState.FAILED
    save(*CELLS)
    retried = dataops(shell, "retry")
    assert (retried.state, retried.parent_run_id) == (RunState.SUCCEEDED, failed.run_id)
    assert retried["load"].state == "reused"
    assert dataops(shell, "retry load")["load"].state == "succeeded"


def test_check_prints_what_is_wrong(
    shell: InteractiveShell, save: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert dataops(shell, "check") is None
    assert capsys.readouterr().out == "no problems\n"
    save(cell("x = ", "node:a"))
    dataops(shell, "check")
    assert capsys.readouterr().out.startswith("cell 1: error DO005 ")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "%dataops needs a verb\n  -> its verbs: panel, run, retry, load, restore, check"),
        ("rnu", "%dataops has no verb 'rnu'\n  -> its verbs: panel, run"),
        ("run n", "'n' is not NAME=VALUE"),
        ("run m=1", "unknown parameter 'm'"),
        ("run n='x", "No closing quotation"),
        ("load rows", "load takes a node and a name"),
        ("load load rows", "etl has not run yet\n  -> %dataops run"),
        ("retry", "etl has not run yet"),
        ("panel etl", "panel takes no 'etl'\n  -> %dataops panel"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(
    shell: InteractiveShell, save: Callable[..., None], line: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        dataops(shell, line)
    assert message in str(caught.value)
    assert list_runs() == []


def test_an_invalid_pipeline_is_told_with_its_diagnostics(shell: InteractiveShell, save: Callable[..., None]) -> None:
    save(cell("x = ", "node:a"))
    with pytest.raises(UsageError, match="DO005"):
        dataops(shell, "run")


def test_panel_gives_the_panel_of_the_notebook(shell: InteractiveShell, save: Callable[..., None]) -> None:
    panel = dataops(shell, "panel")
    assert (panel.path, panel.folder, panel.read_only) == ("etl.ipynb", ".", False)
    panel.close()


def test_outside_a_notebook_it_says_what_to_do(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with pytest.raises(UsageError, match="cannot tell which notebook this is"):
        dataops(shell, "run")
