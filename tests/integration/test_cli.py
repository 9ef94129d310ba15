"""The command line as its users call it: processes, real notebooks, real kernels."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.notebooks import cell, notebook

PROGRAM = [sys.executable, "-m", "jupyter_dataops"]


class Shell:
    """A folder to call the program in, with a store of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[str]] = []
        self.environment = {**os.environ, "DATAOPS_STORE": str(folder / "store"), "COLUMNS": "200"}

    def save(self, *cells: dict[str, Any], name: str = "etl.ipynb") -> Path:
        path = self.folder / name
        path.write_text(json.dumps(notebook(*cells), indent=1) + "\n")
        return path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def call(self, *arguments: str, exit_code: int = 0) -> str:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=90)
        assert process.returncode == exit_code, f"{arguments}: {process.returncode}\n{out}\n{err}"
        assert exit_code == 0 or "Traceback" not in err
        return out

    def call_json(self, *arguments: str, exit_code: int = 0) -> Any:
        return json.loads(self.call(*arguments, "--json", exit_code=exit_code))


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    made = Shell(tmp_path)
    yield made
    for process in made.processes:
        with process:  # closes its pipes, waits for its end
            process.kill()


def states(run: dict[str, Any]) -> dict[str, str]:
    return {node["node"]: node["state"] for node in run["nodes"]}


def diamond(clean: str) -> Sequence[dict[str, Any]]:
    return [
        cell("n = 1", "parameters"),
        cell("print('loading')\nrows = list(range(n))", "node:load"),
        cell(clean, "node:clean"),
        cell("total = len(kept)\nprint('total', total)", "node:train"),
    ]


@pytest.mark.kernel
def test_a_failed_node_is_found_mended_and_retried(shell: Shell) -> None:
    path = shell.save(*diamond("kept = rows\nkept[10]"))
    before = path.read_bytes()

    failed = shell.call_json("run", "etl.ipynb", "-p", "n", "3", exit_code=1)
    assert states(failed) == {"load": "succeeded", "clean": "failed", "train": "upstream_failed"}
    assert failed["parameters"] == {"n": 3}
    shown = shell.call("show", "last")
    assert "> 2  kept[10]" in shown
    assert "IndexError: list index out of range" in shown
    assert "IndexError" in shell.call("logs", "last", "clean")
    assert "loading" in shell.call("logs", "last", "load").splitlines()
    assert "upstream_failed" in shell.call("why", "last")
    assert path.read_bytes() == before

    shell.save(*diamond("kept = rows[1:]"))
    plan = shell.call_json("retry", "last", "--dry-run")
    assert [node["action"] for node in plan["nodes"]] == ["reuse", "run", "run"]
    retried = shell.call_json("retry", "last", "-o", "out.ipynb")
    assert states(retried) == {"load": "reused", "clean": "succeeded", "train": "succeeded"}
    assert retried["parent_run_id"] == failed["run_id"]
    assert "total 2" in (shell.folder / "out.ipynb").read_text()

    assert shell.call("runs", "-q").split() == [retried["run_id"], failed["run_id"]]
    handed_on = shell.call_json("artifacts", "last")["artifacts"]
    assert {(one["node"], one["name"]) for one in handed_on} >= {("load", "rows"), ("clean", "kept")}
    opened = Path(shell.call("open", "last", "train").strip())
    assert opened.name.endswith(".ipynb")
    assert opened.is_file()
    assert Path(shell.call("open", "last").strip()).is_file()


@pytest.mark.kernel
def test_a_piped_run_prints_plain_lines_and_says_what_to_do_next(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:a"))
    lines = shell.call("run", "etl.ipynb").splitlines()
    assert any(line.endswith("s  a  ✔ succeeded") or "a  ✔ succeeded" in line for line in lines)
    assert "jupyter dataops open " in lines[-1]
    assert "\x1b" not in "".join(lines)


@pytest.mark.kernel
def test_a_detached_run_goes_on_alone_and_can_be_followed(shell: Shell) -> None:
    shell.save(cell("print('first')\nx = 1", "node:a"), cell("print('second', x)", "node:b"))
    run_id = shell.call("run", "etl.ipynb", "--detach").strip()
    followed = shell.call("logs", run_id, "-f").splitlines()
    assert [line for line in followed if "--" not in line] == ["a | first", "b | second 1"]
    assert shell.call_json("show", run_id)["state"] == "succeeded"


def start_and_wait(shell: Shell) -> subprocess.Popen[str]:
    """A run whose node has started, and never ends by itself."""
    pipe = shell.folder / "started"
    os.mkfifo(pipe)
    shell.save(cell("import signal\nopen('started', 'w').write('x')\nsignal.pause()", "node:a"))
    process = shell.start("run", "etl.ipynb")
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        ready, _, _ = select.select([reading], [], [], 60)
    finally:
        os.close(reading)
    assert ready, "the node did not start"
    return process


@pytest.mark.kernel
def test_ctrl_c_cancels_the_run_and_exits_with_130(shell: Shell) -> None:
    process = start_and_wait(shell)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert shell.call_json("show", "last")["state"] == "cancelled"


@pytest.mark.kernel
def test_a_run_is_cancelled_from_another_process(shell: Shell) -> None:
    process = start_and_wait(shell)
    shell.call("cancel", "last")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err


def test_an_invalid_pipeline_is_refused_before_anything_starts(shell: Shell) -> None:
    shell.save(cell("x = ", "node:a"))
    shell.call("run", "etl.ipynb", exit_code=2)
    assert shell.call_json("check", "etl.ipynb", exit_code=2)[0]["code"] == "DO005"
    assert shell.call_json("runs") == {"runs": []}


def test_an_unknown_parameter_is_answered_with_a_close_one(shell: Shell) -> None:
    shell.save(cell("country = 'de'", "parameters"), cell("x = country", "node:a"))
    process = shell.start("run", "etl.ipynb", "-p", "contry", "fr")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "did you mean 'country'?" in err


def test_a_missing_notebook_and_a_missing_run_exit_with_2(shell: Shell) -> None:
    shell.call("run", "nope.ipynb", exit_code=2)
    shell.call("show", "last", exit_code=2)


def test_an_untagged_notebook_is_tagged_and_drawn(shell: Shell) -> None:
    shell.save(cell("import csv"), cell("# Load\nrows = list(range(3))"), cell("# Sum\ntotal = sum(rows)"))
    shell.call("tag", "etl.ipynb", "--apply")
    drawn = shell.call_json("graph", "etl.ipynb")
    assert [(edge["from"], edge["to"], edge["names"]) for edge in drawn["edges"]] == [("load", "sum", ["rows"])]
    assert shell.call("check", "etl.ipynb").endswith("no problems\n")


@pytest.mark.parametrize("program", [["jupyter", "dataops"], ["jupyter-dataops"]])
def test_help_answers_within_300_ms(program: list[str]) -> None:
    beside = str(Path(sys.executable).parent)
    command = shutil.which(program[0], path=beside)
    assert command is not None
    environment = {**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"}

    def measure() -> float:
        start = time.perf_counter()
        done = subprocess.run(
            [command, *program[1:], "--help"], env=environment, capture_output=True, check=True, text=True
        )
        assert "Verbs:" in done.stdout
        return time.perf_counter() - start

    assert min(measure() for _ in range(5)) < 0.3
