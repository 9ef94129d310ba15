"""Runs notebooks without kernels: all cells in one namespace, or each node in a namespace of its own.

The second takes the whole way that a real run takes - analysis, node notebooks, artifact store - but for papermill and
the kernel, so that thousands of notebooks can be compared in minutes.
"""

from __future__ import annotations

import json
import random
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cloudpickle import cloudpickle as cloudpickle_internals

from jupyter_dataops import node as in_kernel
from jupyter_dataops.api.jobs import JobMaker
from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from jupyter_dataops.errors import UndeclaredMutation
from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.kernels.protocol import OUTPUTS_MIMETYPE, outputs_from_json
from jupyter_dataops.plan.aliasing import StaleReaders
from jupyter_dataops.records import OutputRecord, RunRecord
from jupyter_dataops.states import RunState
from jupyter_dataops.wiring import Layout


@contextmanager
def main_module() -> Iterator[dict[str, Any]]:
    """A fresh ``__main__``, as a kernel has."""
    before = sys.modules["__main__"]
    # A new kernel knows no classes of an old one; cloudpickle remembers them by process.
    cloudpickle_internals._DYNAMIC_CLASS_TRACKER_BY_CLASS.clear()
    cloudpickle_internals._DYNAMIC_CLASS_TRACKER_BY_ID.clear()
    fresh = types.ModuleType("__main__")
    fresh.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = fresh
    try:
        yield fresh.__dict__
    finally:
        sys.modules["__main__"] = before


def run_all(notebook: dict[str, Any]) -> dict[str, Any]:
    """The namespace after running every code cell from top to bottom."""
    with main_module() as namespace:
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec(compile(cell["source"], cell["id"], "exec"), namespace)
        return namespace


def analysed(notebook: dict[str, Any]) -> AnalysedNotebook:
    return analyse_text(json.dumps(notebook), "generated.ipynb", "generated")


def run_nodes(notebook: dict[str, Any], folder: Path, order: random.Random | None = None) -> dict[str, Any]:
    """The namespace of the last node, after running every node alone, in some order that the edges allow.

    Raises what checking the notebook or a node raises.
    """
    found = analysed(notebook)
    found.require_valid()
    make_job = JobMaker(_run(folder), found, Layout(folder))
    stale_readers = StaleReaders(found.flow)
    outputs: dict[NodeName, dict[str, OutputRecord]] = {}
    namespace: dict[str, Any] = {}
    last = list(found.spec.nodes)[-1]
    for name in _order(found, order):
        job = make_job(name, 1, Token("t"), outputs)
        published: list[dict[str, Any]] = []
        with main_module() as fresh, publishing(published):
            for cell in job.notebook["cells"]:
                if cell["cell_type"] == "code":
                    exec(compile(cell["source"], cell["id"], "exec"), fresh)
        outputs[name] = outputs_from_json(json.loads(json.dumps(published[-1][OUTPUTS_MIMETYPE])))
        stale = stale_readers.find(name, outputs)
        if stale is not None:
            raise UndeclaredMutation(str(stale))
        if name == last:
            namespace = fresh
    return namespace


@contextmanager
def publishing(published: list[dict[str, Any]]) -> Iterator[None]:
    before = in_kernel._display
    in_kernel._display = published.append
    try:
        yield
    finally:
        in_kernel._display = before


def _order(found: AnalysedNotebook, order: random.Random | None) -> Iterator[NodeName]:
    waiting = {name: {edge.source for edge in found.flow.edges if edge.target == name} for name in found.spec.nodes}
    while waiting:
        ready = [name for name, upstream in waiting.items() if not upstream]
        name = order.choice(ready) if order else ready[0]
        del waiting[name]
        for upstream in waiting.values():
            upstream.discard(name)
        yield name


def _run(folder: Path) -> RunRecord:
    return RunRecord(
        run_id=RunId("generated"),
        notebook=str(folder / "generated.ipynb"),
        snapshot=Digest("blake3:00"),
        parameters={},
        state=RunState.RUNNING,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        options={"working_dir": str(folder)},
    )
