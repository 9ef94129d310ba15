"""The work that every contestant does, and what is the same for all of them.

Standard library alone: each peer's script imports it in an environment of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

WORK = Path("work.json")
PRODUCTS = Path("products").absolute()
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@dataclass(frozen=True)
class Node:
    """A node binds the variable of its own name, from those of its upstream."""

    name: str
    upstream: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Work:
    """Nodes in an order in which they can run, how many at once, and what each of them imports."""

    nodes: dict[str, Node]
    jobs: int
    imports: str = ""
    frames: bool = False
    """What is handed on is data frames; else numbers."""

    def save(self, folder: Path) -> None:
        """Put it where a peer's script, started in `folder`, finds it."""
        (folder / WORK).write_text(json.dumps(asdict(self)))

    def cells(self, node: Node) -> list[str]:
        """A notebook of its own for `node`: imports and what it reads, its source, what it hands on, by files."""
        reads = [f"{name} = {self.read(repr(self.product(name)))}" for name in node.upstream]
        modules = self.imports or "import json"
        return ["\n".join([modules, *reads]), node.source, self.write(node.name, repr(self.product(node.name)))]

    def product(self, name: str) -> str:
        """The file of the value of node `name`."""
        return str(PRODUCTS / f"{name}.{'pickle' if self.frames else 'json'}")

    def read(self, path: str) -> str:
        """Code that reads a value; `path` is an expression. Pickle is the fastest of pandas' own ways."""
        return f"pd.read_pickle({path})" if self.frames else f"json.load(open({path}))"

    def write(self, name: str, path: str) -> str:
        """Code that writes the value of node `name`; `path` is an expression."""
        return f"{name}.to_pickle({path})" if self.frames else f"with open({path}, 'w') as f: json.dump({name}, f)"


def given_work() -> Work:
    """The work in this folder; the folder for products is there, empty or as another run has left it."""
    PRODUCTS.mkdir(exist_ok=True)
    found = json.loads(WORK.read_text())
    nodes = {name: Node(name, tuple(node["upstream"]), node["source"]) for name, node in found.pop("nodes").items()}
    return Work(nodes, **found)


def notebook(sources: Sequence[str]) -> dict[str, Any]:
    """A notebook of code cells as JSON."""
    cells = [
        {"cell_type": "code", "id": f"c{index}", "metadata": {}, "source": text, "outputs": [], "execution_count": None}
        for index, text in enumerate(sources)
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": KERNEL, "cells": cells}


def save_notebooks(work: Work) -> dict[str, Path]:
    """One notebook file for each node."""
    paths = {name: PRODUCTS / f"{name}-in.ipynb" for name in work.nodes}
    for name, path in paths.items():
        path.write_text(json.dumps(notebook(work.cells(work.nodes[name]))))
    return paths


def run_ready(work: Work, pool: Executor, run_node: Callable[[Node], Any]) -> dict[str, Any]:
    """Run every node in `pool` as soon as its upstream are done; what `run_node` returned of each."""
    done: dict[str, Any] = {}
    running: dict[Future[Any], str] = {}
    while len(done) < len(work.nodes):
        for name, node in work.nodes.items():
            if name not in done and name not in running.values() and all(one in done for one in node.upstream):
                running[pool.submit(run_node, node)] = name
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            done[running.pop(future)] = future.result()
    return done
