"""Runs notebooks without kernels: all cells in one namespace, or each node in a namespace of its own.

The second takes the whole way that a real run takes - analysis, node notebooks, artifact store, groups and what they
expand to - but for papermill, the kernel and the coordinator, so that thousands of notebooks can be compared in minutes.
"""

from __future__ import annotations

import json
import random
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cloudpickle import cloudpickle as cloudpickle_internals

from jupyter_dataops import node as in_kernel
from jupyter_dataops.api.examiner import Examiner
from jupyter_dataops.api.expansion import Expansions
from jupyter_dataops.api.jobs import JobMaker
from jupyter_dataops.api.past import Past
from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from jupyter_dataops.api.scopes import Scopes
from jupyter_dataops.api.sub_notebooks import parts_of_pipeline
from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.engine.models import Expands, NodeWork
from jupyter_dataops.errors import UndeclaredMutation
from jupyter_dataops.ids import Digest, NodeName, RunId, Token
from jupyter_dataops.kernels.protocol import OUTPUTS_MIMETYPE, PARAMETERS_MIMETYPE, VERDICT_MIMETYPE, outputs_from_json
from jupyter_dataops.plan.models import Action
from jupyter_dataops.plan.neighbours import in_order
from jupyter_dataops.records import NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.states import RunState
from jupyter_dataops.wiring import Layout

Bundles = list[dict[str, Any]]
"""What cells have displayed, by MIME type."""


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


def run_all(notebook: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    """The namespace after running every code cell from top to bottom; `parameters` are set below their cell."""
    with main_module() as namespace:
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                exec(compile(cell["source"], cell["id"], "exec"), namespace)
                if "parameters" in cell["metadata"].get("tags", ()):
                    namespace.update(parameters)
        return namespace


def analysed(notebook: dict[str, Any]) -> AnalysedNotebook:
    return analyse_text(json.dumps(notebook), "generated.ipynb", "generated")


def run_nodes(
    notebook: dict[str, Any],
    folder: Path,
    order: random.Random | None = None,
    beside: Mapping[str, dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The namespace of the last node, after running every node alone, in some order that the edges allow.

    The last node must not be one that expands. Raises what checking a notebook, or a node, raises.

    Parameters
    ----------
    beside
        The notebooks that ``notebook:`` tags name, by path.
    """
    return run_pipeline(notebook, folder, order, beside).last


@dataclass
class Finished:
    """What running a pipeline without kernels has left."""

    outputs: dict[NodeName, Mapping[str, OutputRecord]] = field(default_factory=dict)
    """Of every node and child that ran."""
    last: dict[str, Any] = field(default_factory=dict)
    """The namespace of the last node of the notebook itself."""
    artifacts: ContentArtifactStore | None = None

    def load(self, node: str, name: str) -> Any:
        """A value that was handed on."""
        assert self.artifacts is not None
        return self.artifacts.get(self.outputs[NodeName(node)][name].artifact, name, {"__name__": "__main__"})


def run_pipeline(
    notebook: dict[str, Any],
    folder: Path,
    order: random.Random | None = None,
    beside: Mapping[str, dict[str, Any]] | None = None,
) -> Finished:
    """What every node and child has handed on; see `run_nodes`. Checks do not run."""
    found = analysed(notebook)
    notebooks = {path: analyse_text(json.dumps(one), path, Path(path).stem) for path, one in (beside or {}).items()}
    for _, part in parts_of_pipeline(found, notebooks):
        part.require_valid()
    run, layout = _run(folder), Layout(folder)
    scopes = Scopes(run, found, notebooks)
    artifacts = ContentArtifactStore(layout.artifacts)
    expansions = Expansions(scopes, artifacts, Past(None, lambda _: ()))
    runner = _Runner(JobMaker(run, scopes, layout, {}), Examiner(scopes), expansions, order)
    runner.done.artifacts = artifacts
    names = [name for name in in_order(found.flow) if name in found.spec.nodes]
    node_runs = [NodeRunRecord(run.run_id, name, place, fingerprint={"code": "1"}) for place, name in enumerate(names)]
    runner.run(expansions.start(node_runs, dict.fromkeys(names, Action.RUN)))
    runner.done.last = runner.namespaces.get(names[-1], {})
    return runner.done


@dataclass
class _Runner:
    make_job: JobMaker
    examine: Examiner
    expansions: Expansions
    order: random.Random | None
    done: Finished = field(default_factory=Finished)
    namespaces: dict[NodeName, dict[str, Any]] = field(default_factory=dict)

    def run(self, family: Sequence[NodeWork]) -> None:
        nodes = [work for work in family if work.severity is None]
        waiting = {work.node: set(work.upstream) & {other.node for other in nodes} for work in nodes}
        by_name = {work.node: work for work in nodes}
        while waiting:
            ready = [name for name, upstream in waiting.items() if not upstream]
            name = self.order.choice(ready) if self.order else ready[0]
            del waiting[name]
            self._run(by_name[name])
            for upstream in waiting.values():
                upstream.discard(name)

    def _run(self, work: NodeWork) -> None:
        outputs = self.done.outputs
        if work.expands is Expands.FIRST:
            expansion = self.expansions.expand(work.node, outputs, None)
            if not expansion.children:
                return
        else:
            published = self._attempt(work.node)
            outputs[work.node] = outputs_shown(published)
            if work.expands is None:
                self._examine(work.node)
                return
            expansion = self.expansions.expand(work.node, outputs, shown(published, PARAMETERS_MIMETYPE))
        self.run(expansion.children)
        outputs[work.node] = self.expansions.collect(work.node, outputs)
        self._examine(work.node)

    def _examine(self, node: NodeName) -> None:
        stale = self.examine(node, self.done.outputs)
        if stale is not None:
            raise UndeclaredMutation(stale.evalue)

    def _attempt(self, node: NodeName) -> Bundles:
        job = self.make_job(node, 1, Token("t"), self.done.outputs)
        published: Bundles = []
        with main_module() as fresh, publishing(published):
            for cell in job.notebook["cells"]:
                if cell["cell_type"] == "code":
                    exec(compile(cell["source"], cell["id"], "exec"), fresh)
                    if "parameters" in cell["metadata"]["tags"]:
                        fresh.update(job.parameters)
            self.namespaces[node] = fresh
        return published


def shown(published: Bundles, mimetype: str) -> Any:
    """What was displayed under a MIME type last, as it comes out of a kernel; `None`: nothing."""
    found = [bundle[mimetype] for bundle in published if mimetype in bundle]
    return json.loads(json.dumps(found[-1])) if found else None


def outputs_shown(published: Bundles) -> dict[str, OutputRecord]:
    """What a node has handed on."""
    return outputs_from_json(shown(published, OUTPUTS_MIMETYPE) or {})


def verdict_shown(published: Bundles) -> dict[str, Any] | None:
    """What a check has found."""
    return shown(published, VERDICT_MIMETYPE)


@contextmanager
def publishing(published: Bundles) -> Iterator[None]:
    before = in_kernel._display
    in_kernel._display = published.append
    try:
        yield
    finally:
        in_kernel._display = before


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
