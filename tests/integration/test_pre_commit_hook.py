"""The hook of pre-commit, as a repository of pipelines asks for it; nothing is downloaded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.notebooks import cell, notebook
from tests.support.pages import blocks
from tests.support.source_tree import REPOSITORY

HOOKS = REPOSITORY / ".pre-commit-hooks.yaml"
PROGRAMS = Path(sys.executable).parent
PATIENCE_S = 100


def call(folder: Path, *command: str, exit_code: int = 0) -> str:
    environment = {
        **os.environ,
        "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
        **{f"GIT_{who}_{what}": "x@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == exit_code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository that uses the hook, as the page shows it, from a repository beside it that has nothing but the hook."""
    ours, project = tmp_path / "ours", tmp_path / "project"
    for folder in (ours, project):
        folder.mkdir()
        call(folder, "git", "init", "--quiet")
    shutil.copy(HOOKS, ours)
    call(ours, "git", "add", ".")
    call(ours, "git", "commit", "--quiet", "-m", "hook")
    call(ours, "git", "tag", "v0.1.0")
    ((_, shown), *_) = blocks(REPOSITORY / "docs" / "testing-pipelines.md", "yaml")
    config = yaml.safe_load(shown)
    config["repos"][0]["repo"] = str(ours)
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    return project


def test_the_hook_stops_a_commit_of_what_cannot_run_and_of_nothing_else(project: Path) -> None:
    good, broken = cell("x = 1", "node:a"), cell("x = 1", "node:a", "retries:many")
    for name, cells in {"good": [good], "plain": [cell("x = 1")], "broken": [broken]}.items():
        (project / f"{name}.ipynb").write_text(json.dumps(notebook(*cells), indent=1))
    call(project, "git", "add", ".")

    printed = call(project, "pre-commit", "run", exit_code=1)

    assert "broken.ipynb, cell 1, node a: error DO003 bad value in tag 'retries:many'" in printed
    assert "plain.ipynb" not in printed
    (project / "broken.ipynb").unlink()
    call(project, "git", "add", "--all")
    assert "Passed" in call(project, "pre-commit", "run")


def test_the_hook_is_a_verb_with_its_options() -> None:
    (hook,) = yaml.safe_load(HOOKS.read_text("utf-8"))

    assert (hook["id"], hook["language"], hook["types"]) == ("jupyter-dataops-check", "system", ["jupyter"])
    assert hook["entry"] == "jupyter-dataops check --only-pipelines"
