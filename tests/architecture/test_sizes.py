"""Nothing grows until it cannot be read at one sitting."""

from __future__ import annotations

import ast
from statistics import median

from tests.support.source_tree import REPOSITORY, modules

MODULE_LINES = 400
FUNCTION_LINES = 60
TYPESCRIPT_LINES = 250
MEDIAN_MODULE_LINES = 150


def test_no_module_is_longer_than_its_budget() -> None:
    lengths = {module.where: len(module.text.splitlines()) for module in modules()}

    assert {where: lines for where, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_no_function_is_longer_than_its_budget() -> None:
    lengths = {
        f"{module.where}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert lengths, "no function found: the walk is broken"
    assert {where: lines for where, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_a_typical_module_is_short() -> None:
    assert median(len(module.text.splitlines()) for module in modules()) <= MEDIAN_MODULE_LINES


def test_no_typescript_file_is_longer_than_its_budget() -> None:
    files = [path for path in (REPOSITORY / "labextension" / "src").rglob("*.ts*") if ".generated." not in path.name]
    lengths = {path.name: len(path.read_text("utf-8").splitlines()) for path in files}

    assert lengths, "no file found: the walk is broken"
    assert {name: lines for name, lines in lengths.items() if lines > TYPESCRIPT_LINES} == {}
