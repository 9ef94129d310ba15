"""The files in ``binder/`` make an environment in which an example runs, with what they name and nothing else.

Who tests has installed all of that already, as a part of more: what the files need is put into the new environment from
there, and pip finds it, or would install what is missing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.source_tree import REPOSITORY

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


def _asked(checkout: Path) -> list[str]:
    """What the package in `checkout` requires as ``binder/`` installs it."""
    text = (checkout / "binder" / "requirements.txt").read_text("utf-8")
    extras = re.fullmatch(r"-e \.\[(.*)\]\n", text)
    assert extras is not None, text
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(one for name in extras[1].split(",") for one in optional[name])]


def _needed(requirements: list[str]) -> list[Distribution]:
    """What they require, as it is installed here, and what that requires, and so on."""
    found: dict[str, Distribution] = {}
    asked: set[tuple[str, str]] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        found[name] = distribution(name)
        for extra in {"", *wanted.extras} - {extra for of, extra in asked if of == name}:
            asked.add((name, extra))
            needs = map(Requirement, found[name].requires or [])
            waiting += [need for need in needs if need.marker is None or need.marker.evaluate({"extra": extra})]
    return list(found.values())


def _put(installed: Distribution, environment: Path) -> None:
    """`installed` is in `environment` too, file by file; its programs start the Python that is there."""
    for file in installed.files or []:
        here = Path(os.path.normpath(str(installed.locate_file(file))))
        there = environment / here.relative_to(sys.prefix)
        there.parent.mkdir(parents=True, exist_ok=True)
        if here.parent.name == "bin":
            there.write_bytes(here.read_bytes().replace(os.fsencode(sys.prefix), os.fsencode(environment)))
            there.chmod(0o755)
        elif here.exists():
            there.symlink_to(here)


def test_binder_environment_runs_an_example(tmp_path: Path) -> None:
    checkout, home, binaries = tmp_path / "checkout", tmp_path / "home", tmp_path / "env" / "bin"
    shutil.copytree(REPOSITORY, checkout, ignore=NOT_IN_A_CHECKOUT)
    home.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    for installed in [distribution("pip"), *_needed(_asked(checkout))]:
        _put(installed, tmp_path / "env")

    where = {"cwd": checkout, "path": binaries, "home": home}
    _run(binaries / "pip", "install", "--quiet", "-r", "binder/requirements.txt", **where)
    _run("binder/postBuild", **where)
    shown = _run("jupyter", "dataops", "run", "example_notebooks/airports.ipynb", "--json", **where)

    assert json.loads(shown)["state"] == "succeeded"


def test_binder_asks_for_a_python_that_the_package_supports() -> None:
    runtime = (REPOSITORY / "binder" / "runtime.txt").read_text(encoding="utf-8").strip()

    version = tuple(int(part) for part in runtime.removeprefix("python-").split("."))

    assert version >= (3, 11)
