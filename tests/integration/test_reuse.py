"""Runs that do only what is needed, as users meet them: real processes, real kernels."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.notebooks import cell
from tests.support.shell import Shell, finished, node_of, open_shell, states
from tests.support.waiting import WAIT_FOR, until

pytestmark = pytest.mark.kernel

HEAVY = ("papermill", "nbclient", "nbformat", "jupyter_client", "ipykernel", "zmq")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as opened:
        yield opened


def story(load: str = "rows = [int(n) for n in open('data.csv').read().split()]") -> list[dict[str, Any]]:
    return [
        cell("least = 1\nunused = 0", "parameters"),
        cell("import helpers", "setup"),
        cell(load, "node:load", "in:data.csv"),
        cell("total = helpers.add(row for row in rows if row >= least)", "node:total"),
        cell("print('total', total)", "node:report"),
    ]


def ran(shell: Shell, *options: str) -> str:
    """The nodes that run with ``--changed``; the others are reused."""
    found = states(shell.run("run", "etl.ipynb", "--changed", *options))
    assert set(found.values()) <= {"succeeded", "reused"}
    return " ".join(node for node, state in found.items() if state == "succeeded")


def test_only_what_would_compute_something_else_runs(shell: Shell) -> None:
    shell.write("1 2 3", "data.csv")
    shell.write("def add(rows):\n    return sum(rows)\n", "helpers.py")
    shell.save(*story())
    assert ran(shell) == "load total report"
    assert ran(shell) == ""
    shell.save(*story("# the same\nrows = [int(n) for n in open('data.csv').read().split()]"))
    assert ran(shell) == ""
    shell.save(*story("rows = [int(n) for n in open('data.csv').read().split(' ')]"))
    assert ran(shell) == "load"
    shell.write("def add(rows):\n    return sum(list(rows))\n", "helpers.py")
    assert ran(shell) == "total"
    assert "helpers.py` changed" in shell.call("why", "last", "total").out
    (shell.folder / "data.csv").touch()
    assert ran(shell) == ""
    shell.write("1 2 3 4", "data.csv")
    assert ran(shell) == "load total report"
    assert ran(shell, "-p", "unused", "1") == ""
    assert ran(shell, "-p", "least", "0") == "total"
    planned = shell.run("run", "etl.ipynb", "--changed", "--dry-run", "-p", "least", "2")
    assert [(node["node"], node["action"]) for node in planned["nodes"]] == [
        ("load", "reuse"),
        ("total", "run"),
        ("report", "run"),
    ]


def test_with_nothing_changed_no_kernel_is_started_and_nothing_of_jupyter_imported(shell: Shell) -> None:
    shell.save(*(cell(f"v{n} = {f'v{n - 1}' if n else 0} + 1", f"node:n{n}") for n in range(5)))
    shell.call("run", "etl.ipynb")
    program = f"""
import atexit, sys
from jupyter_dataops.__main__ import main
atexit.register(lambda: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr))
sys.argv = ["jupyter-dataops", "run", "etl.ipynb", "--changed", "--json"]
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(states(json.loads(done.stdout)).values()) == {"reused"}
    assert done.stderr.splitlines()[-1] == "[]"


SETUP = cell(WAIT_FOR + "import os", "setup")
SLOW = "note(f'here-{os.environ[\"DATAOPS_RUN_ID\"]}')\nwait_for('go')\nslow = 1"


def at_work(shell: Shell) -> tuple[Any, str]:
    """A run with ``--changed`` that is in the middle of `slow`, and its id."""
    before = set(shell.folder.glob("here-*"))
    runner = shell.start("run", "etl.ipynb", "--changed", "--json")
    [mark] = until(lambda: set(shell.folder.glob("here-*")) - before, "it is at work")
    return runner, mark.name.removeprefix("here-")


def waiting(shell: Shell) -> Any:
    """A second run, which waits for the first."""
    runner = shell.start("run", "etl.ipynb", "--changed", "--json")
    until(lambda: "computes the same" in shell.last()["slow"].reason, "the second run waits for the first")
    return runner


def test_of_two_runs_that_need_the_same_one_computes_it_and_the_other_waits(shell: Shell) -> None:
    shell.save(SETUP, cell(SLOW, "node:slow"), cell("print(slow)", "node:report"))
    first, run_id = at_work(shell)
    second = waiting(shell)
    assert f"waits for run {run_id}" in shell.call("why", "last").out
    shell.put("go")
    assert states(json.loads(finished(first, 0).out))["slow"] == "succeeded"
    told = json.loads(finished(second, 0).out)
    assert states(told)["slow"] == "reused"
    assert node_of(told, "slow")["reason"] == f"its result of run {run_id} still holds"
    assert len(list(shell.folder.glob("here-*"))) == 1


def test_a_run_that_waits_for_one_that_is_killed_computes_it_itself(tmp_path: Path) -> None:
    with open_shell(tmp_path, DATAOPS_LEASE_S="2") as shell:
        shell.save(SETUP, cell(SLOW, "node:slow"), cell("print(slow)", "node:report"))
        first, _ = at_work(shell)
        second = waiting(shell)
        first.kill()
        first.wait()
        until(lambda: len(list(shell.folder.glob("here-*"))) > 1, "the second run computes it", timeout_s=30)
        shell.put("go")
        assert states(json.loads(finished(second, 0).out)) == {"slow": "succeeded", "report": "succeeded"}


def test_a_run_killed_in_the_middle_goes_on_reusing_what_holds(shell: Shell) -> None:
    shell.save(SETUP, cell("a = 1", "node:a"), cell(SLOW, "node:slow", "after:a"), cell("print(a)", "node:report"))
    shell.put("go")
    shell.call("run", "etl.ipynb")
    (shell.folder / "go").unlink()
    shell.save(
        SETUP,
        cell("a = 0 + 1", "node:a"),
        cell(SLOW, "node:slow", "after:a"),
        cell("print(a)\nslow", "node:report"),
    )
    runner, run_id = at_work(shell)
    runner.kill()
    runner.wait()
    shell.put("go")
    resumed = shell.run("resume", "last")
    assert resumed["run_id"] == run_id
    assert states(resumed) == {"a": "succeeded", "slow": "succeeded", "report": "succeeded"}
    assert ran(shell) == ""
