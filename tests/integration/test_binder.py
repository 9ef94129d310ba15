"""The files in ``binder/`` make, from nothing but a checkout and Python, an environment in which an example runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
NOT_IN_A_CHECKOUT = shutil.ignore_patterns(".git", ".venv", "node_modules", "*_cache", "__pycache__", ".hypothesis")

pytestmark = [pytest.mark.slow, pytest.mark.kernel, pytest.mark.timeout(900)]


def _run(*command: str | Path, cwd: Path, path: Path, home: Path) -> str:
    """Standard output of `command`, run as repo2docker would: only the environment's folder added to the path."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "IPYTHON", "DATAOPS_", "PYTHON", "VIRTUAL_ENV"))
    }
    environment |= {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}", "HOME": str(home)}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_binder_environment_runs_an_example(tmp_path: Path) -> None:
    checkout, home, binaries = tmp_path / "checkout", tmp_path / "home", tmp_path / "env" / "bin"
    shutil.copytree(REPOSITORY, checkout, ignore=NOT_IN_A_CHECKOUT)
    home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)

    where = {"cwd": checkout, "path": binaries, "home": home}
    # What is not imported need not be compiled: that would take longer than anything else here.
    _run(binaries / "pip", "install", "--quiet", "--no-compile", "-r", "binder/requirements.txt", **where)
    _run("binder/postBuild", **where)
    shown = _run("jupyter", "dataops", "run", "example_notebooks/airports.ipynb", "--json", **where)

    assert json.loads(shown)["state"] == "succeeded"


def test_binder_asks_for_a_python_that_the_package_supports() -> None:
    runtime = (REPOSITORY / "binder" / "runtime.txt").read_text(encoding="utf-8").strip()

    version = tuple(int(part) for part in runtime.removeprefix("python-").split("."))

    assert version >= (3, 11)
