"""Imports point down, never in circles, and decisions reach for nothing outside."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import networkx as nx

from tests.support.source_tree import REPOSITORY, Module, modules

PURE = (
    "ids",
    "errors",
    "states",
    "records",
    "events",
    "interfaces",
    "spec",
    "dataflow",
    "graph",
    "plan",
    "lint",
    "engine.checks",
    "engine.conditions",
    "engine.failures",
    "engine.line",
    "engine.models",
    "engine.pools",
    "engine.ready",
    "engine.retry",
    "engine.trigger_rules",
    "engine.verdict",
)
REACHES_OUT = frozenset(
    {
        "asyncio", "glob", "http", "multiprocessing", "os", "random", "shutil", "signal", "socket", "sqlite3",
        "subprocess", "tempfile", "threading", "time", "urllib",
        "IPython", "fsspec", "ipykernel", "jupyter_client", "nbclient", "papermill", "psutil", "sqlalchemy", "zmq",
    }
)  # fmt: skip

ALLOWED = frozenset({"IPython.core.inputtransformer2"})
"""Text to text: it knows what `%` and `!` lines mean."""


def _imported(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _is_pure(module: Module) -> bool:
    inner = module.name.removeprefix("jupyter_dataops.")
    return any(inner == name or inner.startswith(f"{name}.") for name in PURE)


def test_layers_of_pyproject_toml_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([linter, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    imports = grimp.build_graph("jupyter_dataops", exclude_type_checking_imports=True, cache_dir=None)
    graph = nx.DiGraph(
        (name, target) for name in imports.modules for target in imports.find_modules_directly_imported_by(name)
    )

    assert graph.number_of_edges() > 0, "no import found: the scan is broken"
    assert [sorted(circle) for circle in nx.strongly_connected_components(graph) if len(circle) > 1] == []


def test_decisions_import_nothing_that_reaches_out_of_the_process() -> None:
    pure = [module for module in modules() if _is_pure(module)]

    reaching = {
        f"{module.where}: {name}"
        for module in pure
        for name in _imported(module)
        if name.split(".")[0] in REACHES_OUT and name not in ALLOWED
    }

    assert len(pure) >= len(PURE)
    assert reaching == set()


def test_decisions_open_no_file_and_read_no_clock() -> None:
    calls = {
        f"{module.where}:{node.lineno} {ast.unparse(node.func)}"
        for module in modules()
        if _is_pure(module)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "open")
            or (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in ("read_text", "read_bytes", "write_text", "write_bytes", "now", "today", "utcnow")
            )
        )
    }

    assert calls == set()


def test_only_wiring_names_adapters() -> None:
    adapters = ("jupyter_dataops.store.sql", "jupyter_dataops.artifacts.store", "jupyter_dataops.executors.local")
    own = tuple(adapter.rpartition(".")[0] for adapter in adapters)

    naming = {
        f"{module.where}: {name}"
        for module in modules()
        if module.name != "jupyter_dataops.wiring" and not module.name.startswith(own)
        for name in _imported(module)
        if name.startswith(adapters)
    }

    assert naming == set()
