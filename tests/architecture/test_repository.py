"""What is committed works on any machine, and example notebooks are as a user should find them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

from jupyter_dataops import Pipeline
from jupyter_dataops.spec.models import Role
from jupyter_dataops.spec.notebook import parse_notebook, read_pipeline
from tests.support.source_tree import REPOSITORY, repository_files, text_of

# Written so that this file does not contain what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w.}])/(?:work|root|farm)/|/opt/[a-z]+-venv")
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("deb", "debian"))
    )
    + r"|https?://[^\s\"')]*(?:registry|artifactory)\."
)
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")
EXAMPLES = sorted((REPOSITORY / "example_notebooks").glob("*.ipynb"))
PIPELINES = [path for path in EXAMPLES if path.stem != "dashboard"]
FIXTURES = sorted((REPOSITORY / "tests" / "notebooks").rglob("*.ipynb"))


def _lines_with(pattern: re.Pattern[str], files: tuple[Path, ...]) -> list[str]:
    return [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()[:120]}"
        for path in files
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert _lines_with(MACHINE_PATHS, repository_files()) == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert _lines_with(REGISTRY_HOSTS, repository_files()) == []


def test_nothing_is_left_unfinished_in_the_package() -> None:
    package = tuple(path for path in repository_files() if path.is_relative_to(REPOSITORY / "jupyter_dataops"))

    assert _lines_with(UNFINISHED, package) == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    tests = tuple(path for path in repository_files() if path.is_relative_to(REPOSITORY / "tests"))
    mark = re.compile(r"pytest\.(?:mark\.)?(?:ski" + r"p|xfa" + r"il)")

    assert _lines_with(mark, tests) == []


def test_text_files_end_with_a_line_end_and_use_unix_ones() -> None:
    texts = {path: text_of(path) for path in repository_files() if path.suffix in (".py", ".md", ".toml", ".yaml")}

    wrong = [path for path, text in texts.items() if text and (not text.endswith("\n") or "\r" in text)]

    assert [str(path.relative_to(REPOSITORY)) for path in wrong] == []


def test_continuous_integration_runs_what_the_readme_says() -> None:
    script = REPOSITORY / ".ci" / "run"

    assert "make test" in script.read_text(encoding="utf-8")
    assert script.stat().st_mode & 0o111
    assert "make test" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_pre_commit_hooks_need_nothing_from_elsewhere() -> None:
    config = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8"))

    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]

    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    assert {hook["id"] for hook in hooks} >= {"ruff-check", "ruff-format", "mypy", "lint-imports"}


def test_python_versions_agree() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    least = project["project"]["requires-python"].removeprefix(">=")

    assert project["tool"]["ruff"]["target-version"] == "py" + least.replace(".", "")
    assert f"({least.replace('.', ', ')})" in (REPOSITORY / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [*EXAMPLES, *FIXTURES], ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_notebook_is_valid_and_has_no_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)

    nbformat.validate(notebook)

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.stem)
def test_example_is_a_pipeline_without_a_single_diagnostic(path: Path) -> None:
    spec = read_pipeline(parse_notebook(path.read_text(encoding="utf-8"), path.name), path.stem)

    assert Pipeline(path).diagnostics == ()
    assert len(spec.nodes) >= 5
    assert spec.cells[0].source.startswith("# ")
    assert spec.cells_with(Role.PARAMETERS)
    assert spec.cells_with(Role.SETUP)
    assert all(node.description for node in list(spec.nodes.values())[:1])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_has_cell_ids_that_can_be_read(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)

    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert [cell.id for cell in notebook.cells if not re.fullmatch(r"[a-z]+(-[a-z]+)*", cell.id)] == []


def test_every_example_is_introduced() -> None:
    text = (REPOSITORY / "example_notebooks" / "README.md").read_text(encoding="utf-8")

    assert [path.name for path in EXAMPLES if f"({path.name})" not in text] == []
    assert len(EXAMPLES) >= 3


def test_kale_notebook_is_read_as_its_authors_meant_it() -> None:
    path = REPOSITORY / "tests" / "notebooks" / "kale" / "titanic.ipynb"
    models = {"decisiontree", "logisticregression", "naivebayes", "randomforest", "svm"}

    spec = read_pipeline(parse_notebook(path.read_text(encoding="utf-8"), path.name), path.stem)

    assert spec.problems == ()
    assert spec.name == "titanic-ml"
    assert list(spec.nodes) == [
        "loaddata", "datapreprocessing", "featureengineering",
        "decisiontree", "logisticregression", "naivebayes", "randomforest", "svm", "results",
    ]  # fmt: skip
    assert all(spec.nodes[model].options.after == ("featureengineering",) for model in models)
    assert set(spec.nodes["results"].options.after) == models
    assert spec.nodes["randomforest"].options.foreign == ("limit:memory:1Gi",)
