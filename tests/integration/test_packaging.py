"""What is built and handed out: a wheel has the extension in it, and a source distribution needs no Node.js."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.support.source_tree import REPOSITORY

FRONT = REPOSITORY / "labextension"
LAB_FILES = "share/jupyter/labextensions/jupyter-dataops"


def _build(kind: str, source: Path, folder: Path) -> Path:
    """The distribution of that kind. Neither Node.js nor npm is on the path: what is built already is taken."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", folder],
        cwd=source,
        env={**os.environ, "PATH": str(folder)},
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(_build("sdist", REPOSITORY, folder)) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = (path for path in folder.iterdir() if path.is_dir())
    return unpacked


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that the source distribution gives."""
    return zipfile.ZipFile(_build("wheel", sdist, tmp_path_factory.mktemp("wheel")))


def test_wheel_has_the_catalogues_of_every_language(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    (entry_points,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
    made = [
        path.with_suffix(kind)
        for path in REPOSITORY.glob("jupyter_dataops/locale/*/*/*.po")
        for kind in (".mo", ".json")
    ]

    assert made, "no catalogue found"
    assert {path.relative_to(REPOSITORY).as_posix() for path in made} <= names
    assert "[jupyterlab.locale]\njupyter_dataops = jupyter_dataops\n" in wheel.read(entry_points).decode()


def test_source_distribution_has_the_sources_of_the_front_end_and_what_is_built(sdist: Path) -> None:
    files = {path.relative_to(sdist).as_posix() for path in sdist.rglob("*") if path.is_file()}

    assert files >= {"hatch_build.py", "labextension/package-lock.json", "labextension/.npmrc"}
    assert files >= {"labextension/src/index.ts", "labextension/esbuild.mjs", "labextension/check-node.mjs"}
    assert files >= {"jupyter_dataops/labextension/static/style.js", "jupyter_dataops/static/widget.js"}
    assert [name for name in files if "node_modules" in name or name.startswith("labextension/lib")] == []


def test_wheel_has_the_extensions_and_what_enables_them(wheel: zipfile.ZipFile) -> None:
    names = [name.split(".data/data/")[-1] for name in wheel.namelist()]

    assert f"{LAB_FILES}/package.json" in names
    assert f"{LAB_FILES}/install.json" in names
    assert f"{LAB_FILES}/schemas/jupyter-dataops/plugin.json" in names
    assert [name for name in names if re.fullmatch(f"{LAB_FILES}/static/remoteEntry\\..*\\.js", name)]
    assert "etc/jupyter/jupyter_server_config.d/jupyter_dataops.json" in names
    assert {"jupyter_dataops/static/widget.js", "jupyter_dataops/static/widget.css"} <= set(names)
    assert [name for name in names if name.startswith(("jupyter_dataops/labextension", "labextension"))] == []
    assert len(names) == len(set(names))


def test_what_enables_the_extensions_names_them_as_they_are(wheel: zipfile.ZipFile) -> None:
    def read(end: str) -> dict[str, dict[str, dict[str, bool]]]:
        (name,) = (name for name in wheel.namelist() if name.endswith(end))
        found: dict[str, dict[str, dict[str, bool]]] = json.loads(wheel.read(name))
        return found

    assert read("jupyter_server_config.d/jupyter_dataops.json")["ServerApp"]["jpserver_extensions"] == {
        "jupyter_dataops": True
    }
    assert read("install.json")["packageName"] == "jupyter-dataops"


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        (["labextension", "list"], [r"jupyter-dataops v\S+ .*enabled.*OK"]),
        (["server", "extension", "list"], [r"jupyter_dataops .*enabled", r"jupyter_dataops \S+ .*OK"]),
    ],
    ids=["lab", "server"],
)
def test_jupyter_finds_the_extension_and_has_no_objection(command: list[str], lines: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", *command], capture_output=True, text=True, check=True, timeout=60
    )
    shown = done.stdout + done.stderr

    assert [line for line in lines if not re.search(line, shown)] == [], shown


def test_lockfile_says_what_to_install_and_not_where_from() -> None:
    packages = json.loads((FRONT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    assert len(packages) > 100
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_front_end_has_the_version_of_the_package_and_the_licence() -> None:
    front = json.loads((FRONT / "package.json").read_text(encoding="utf-8"))
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    code = (REPOSITORY / "jupyter_dataops" / "__init__.py").read_text(encoding="utf-8")

    assert f'__version__ = "{front["version"]}"' in code
    assert (front["name"], front["license"]) == (project["name"], project["license"])


def test_node_that_the_build_asks_for_is_the_one_that_its_tools_want() -> None:
    wanted = json.loads((FRONT / "package.json").read_text(encoding="utf-8"))["engines"]["node"]

    assert wanted == "^20.19.0 || >=22.12.0"
    assert wanted.replace(".0", "") in (FRONT / "check-node.mjs").read_text(encoding="utf-8")
