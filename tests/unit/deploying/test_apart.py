from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jupyter_dataops.deploying.apart import Apart, Deploy, Place
from jupyter_dataops.errors import ConfigError, EnvironmentRefused, NotebookUnreadable
from tests.support.deployments import project


def wanted(folder: Path, notebook: Path, environment: str = "dev") -> Deploy:
    return Deploy(str(notebook), Place(environment, str(folder), str(folder / "store"), "ana@here"), None, None)


def test_what_was_done_is_said(tmp_path: Path) -> None:
    (tmp_path / "dataops.toml").write_text("[env.dev]\n")
    (answer,) = Apart(wanted(tmp_path, project(tmp_path))).answers()

    version = {"name": "etl", "number": 1, "is_new": True}
    assert answer == {"done": {**version, "previous": None, "is_live": True, "schedules": [], "remarks": []}}


def test_an_error_is_that_of_the_tree_again(tmp_path: Path) -> None:
    (tmp_path / "dataops.toml").write_text("[env.dev]\n")

    with pytest.raises(NotebookUnreadable, match="no such notebook"):
        list(Apart(wanted(tmp_path, tmp_path / "none.ipynb")).answers())
    with pytest.raises(ConfigError, match="no environment 'porod'"):
        list(Apart(wanted(tmp_path, project(tmp_path), "porod")).answers())


def test_a_process_that_just_ends_is_an_error_that_says_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no memory left' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))

    with pytest.raises(EnvironmentRefused, match="ended with code 3: no memory left"):
        list(Apart(wanted(tmp_path, tmp_path / "etl.ipynb")).answers())


def test_a_process_that_cannot_be_started_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))

    with pytest.raises(EnvironmentRefused, match="no process can be started"):
        Apart(wanted(tmp_path, tmp_path / "etl.ipynb"))
