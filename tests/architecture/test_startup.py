"""What each command imports: nothing that it does not use, for that is what the user waits for before anything happens.

Counted in modules, because seconds differ from machine to machine. What imports cost is in `docs/performance.md`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.notebooks import cell
from tests.support.shell import Shell, open_shell

_EXECUTION = ("papermill", "nbclient", "nbformat", "jupyter_client", "zmq", "jsonschema", "requests", "tornado")
_MIGRATION = ("alembic", "mako")
_DRAWING = ("networkx", "graphviz", "matplotlib")
_REPORT = ("jinja2", "mistune", "nh3", "pygments")
_VALUES_OF_USERS = ("pandas", "numpy", "pyarrow", "polars", "fsspec")
_VALUES = (*_VALUES_OF_USERS, "cloudpickle")
_SHELL = ("IPython", "ipykernel", "ipywidgets", "tqdm", "traitlets")
_STORE = ("sqlalchemy", "psutil")
_FORMATS = ("rfc3987_syntax", "lark", "rfc3986_validator", "isoduration", "arrow")
_NEVER = (*_MIGRATION, *_DRAWING, *_REPORT, *_VALUES, *_SHELL, *_FORMATS)
_OTHER_STORES = ("jupyter_dataops.store.schedules", "jupyter_dataops.store.deployments")
_ENGINE = ("jupyter_dataops.engine.coordinator", "jupyter_dataops.kernels.attempt", "jupyter_dataops.executors.local")

_NOTED: Final = "imported.json"
_NOTING: Final = f"""
import atexit, json, pathlib, sys
note = lambda names: pathlib.Path({_NOTED!r}).write_text(json.dumps([name for name in names if sys.modules[name]]))
atexit.register(lambda: note(list(sys.modules)))
from jupyter_dataops.cli import main
sys.argv = sys.argv[3:]  # without `python -m`
main()
"""


@pytest.fixture(autouse=True)
def with_everything_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests do without a package that is slow to load."""
    monkeypatch.delenv("PYTHONPATH")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as shell:
        yield shell


def imported_by(shell: Shell, *arguments: str) -> set[str]:
    """Every module that there is at the end of the call."""
    shell.call(*arguments, under=[sys.executable, "-c", _NOTING])
    names = set(json.loads((shell.folder / _NOTED).read_text()))
    assert "jupyter_dataops.cli" in names, "the scan is broken"
    return names


def a_chain(shell: Shell) -> str:
    shell.save(cell("x = 1", "node:load"), cell("y = x + 1", "node:clean"), cell("z = y + 1", "node:train"))
    return "etl.ipynb"


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["runs", "--help"], ["--version"]])
def test_help_imports_neither_the_store_nor_anything_that_runs(shell: Shell, arguments: list[str]) -> None:
    found = imported_by(shell, *arguments)

    assert found & {*_NEVER, *_STORE, *_EXECUTION, *_ENGINE, "asyncio"} == set()


def test_the_list_of_verbs_imports_no_verb_and_no_rich(shell: Shell) -> None:
    found = imported_by(shell, "--help")

    assert found & {"rich", "jupyter_dataops.config", "jupyter_dataops.records"} == set()
    assert not [name for name in found if name.startswith("jupyter_dataops.cli.verbs.")]


@pytest.mark.parametrize("arguments", [["check"], ["run", "--dry-run"]], ids=" ".join)
def test_looking_at_a_notebook_opens_no_store(shell: Shell, arguments: list[str]) -> None:
    found = imported_by(shell, *arguments, a_chain(shell))

    assert "jupyter_dataops.dataflow.flow" in found
    assert found & {*_NEVER, "sqlalchemy", *_EXECUTION, *_ENGINE} == set()


@pytest.mark.kernel
def test_looking_at_runs_reads_the_store_alone_and_what_runs_nothing_loads_nothing_that_runs(shell: Shell) -> None:
    first = imported_by(shell, "run", a_chain(shell))

    assert {"papermill", "nbclient", "sqlalchemy"} <= first
    unused = {*_MIGRATION, *_DRAWING, *_VALUES_OF_USERS, *_FORMATS, "IPython", "debugpy", "jinja2", "urllib3"}
    assert first & unused == set()
    assert "sqlalchemy.dialects.postgresql" not in first
    for verb in ("runs", "show", "why", "logs"):
        found = imported_by(shell, verb, *([] if verb == "runs" else ["last"]))
        assert "sqlalchemy" in found
        assert found & {*_NEVER, *_EXECUTION, *_ENGINE, *_OTHER_STORES} == set(), verb
    found = imported_by(shell, "runs")
    assert found & {"jupyter_dataops.dataflow", "jupyter_dataops.lint", "jupyter_dataops.plan"} == set()

    again = imported_by(shell, "retry", "last")  # nothing had failed: every node is reused

    assert "jupyter_dataops.engine.coordinator" in again
    assert {node["state"] for node in shell.run("show", "last")["nodes"]} == {"reused"}
    assert again & {*_NEVER, *_EXECUTION, "jupyter_dataops.kernels.attempt"} == {"cloudpickle"}  # of the artifact store


def test_a_kernel_loads_what_its_cells_use_and_nothing_of_the_runner(tmp_path: Path) -> None:
    code = (
        "import json, sys, jupyter_dataops.node, jupyter_dataops.kernels.tether; from jupyter_dataops import wiring;"
        f"wiring.open_artifact_store({str(tmp_path)!r}); print(json.dumps(list(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = set(json.loads(done.stdout))

    ours = ("api", "cli", "config", "dataflow", "engine", "events", "interfaces", "lint", "plan", "spec", "store")
    assert "jupyter_dataops.artifacts.store" in found
    assert found & {*_MIGRATION, *_DRAWING, *_REPORT, *_VALUES_OF_USERS, *_STORE, *_EXECUTION, "click", "rich"} == set()
    assert found & {f"jupyter_dataops.{name}" for name in ours} == set()


def test_papermill_still_reads_what_lies_at_a_web_address() -> None:
    code = (
        "import sys; from jupyter_dataops.cli.startup import import_papermill, start_light; start_light();"
        "import_papermill(); assert 'requests' not in sys.modules; from papermill import iorw;"
        "got = iorw.requests.get; import requests, pyarrow.fs; assert got is requests.get;"
        "print(pyarrow.fs.FileSystem.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "FileSystem\n"


def test_to_read_and_write_a_notebook_for_papermill_compiles_no_schema() -> None:
    code = (
        "from jupyter_dataops.cli.startup import import_papermill, start_light; start_light(); import_papermill();"
        "import fastjsonschema, nbformat; fastjsonschema.compile = None;"
        "nb = {'nbformat': 4, 'nbformat_minor': nbformat.current_nbformat_minor, 'metadata': {'a': 1}, 'cells': []};"
        "print(nbformat.reads(nbformat.writes(nbformat.from_dict(nb)), as_version=4).metadata.a)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_library_import_leaves_jsonschema_and_papermill_whole() -> None:
    code = (
        "import json, sys, jupyter_dataops.api.pipeline, jupyter_dataops.api.launch, jupyter_dataops.wiring;"
        "print(json.dumps([name for name, module in sys.modules.items() if module is None]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []
