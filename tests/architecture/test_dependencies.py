"""What is imported is declared: a package that only happens to be installed is missing on the next machine."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.source_tree import REPOSITORY

OURS = {"jupyter_dataops", "tests", "benchmarks"}
DISTRIBUTIONS = packages_distributions()


def distribution_name(requirement: str) -> str:
    """The normalised name in a requirement such as ``Ruamel.yaml[x]>=1``."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement)[0]).lower()


def declared() -> set[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [requirement for extra in project["optional-dependencies"].values() for requirement in extra]
    return {distribution_name(requirement) for requirement in [*project["dependencies"], *extras]}


def imported(path: Path) -> set[str]:
    found = set()
    for statement in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.Import):
            found |= {alias.name.split(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            found.add(statement.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - OURS


@pytest.mark.parametrize("folder", ["jupyter_dataops", "tests"])
def test_every_import_is_of_a_declared_dependency(folder: str) -> None:
    allowed = declared()
    missing = {
        f"{path.relative_to(REPOSITORY)} imports {package}"
        for path in (REPOSITORY / folder).rglob("*.py")
        for package in imported(path)
        if not allowed & {distribution_name(name) for name in DISTRIBUTIONS.get(package, [package])}
    }
    assert not missing
