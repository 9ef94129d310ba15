"""The self-contained notebook of one node: what papermill executes, and anybody can run again by hand. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_dataops.dataflow.models import Flow, NodeFlow
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.kernels.protocol import ABOUT, INPUTS, OUTPUTS
from jupyter_dataops.records import OutputRecord
from jupyter_dataops.spec.models import Cell, NodeSpec, PipelineSpec, Role

_LEFT_OUT = frozenset({"papermill", "execution", "ExecuteTime"})
"""Cell metadata that earlier executions leave."""


@dataclass(frozen=True, slots=True)
class NodeInput:
    """A value that a node is given."""

    output: OutputRecord
    producer: NodeName


def build_node_notebook(
    notebook: Mapping[str, Any],
    spec: PipelineSpec,
    flow: Flow,
    node: NodeName,
    *,
    inputs: Mapping[str, NodeInput],
    imports: Sequence[str] = (),
    apart: Mapping[str, str] | None = None,
    store_url: str,
    run_id: RunId,
    attempt: int,
) -> dict[str, Any]:
    """The notebook of one attempt: parameters and setup, one line per input, the node's cells, one line of outputs.

    Parameters
    ----------
    notebook
        The run's snapshot, nbformat JSON; it is not changed.
    inputs
        By name, in the order in which they are to be loaded.
    imports
        Import statements that it needs beside those that analysis found.
    apart
        Names that share an object with another name and are stored apart from it, to that other.
    """
    node_spec, node_flow = spec.nodes[node], flow.nodes[node]
    originals = notebook["cells"]
    common = spec.cells_with(Role.PARAMETERS, Role.SETUP)
    begin = _begin(store_url, run_id, node, attempt)
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": _metadata(notebook, spec, node_spec),
        "cells": [
            _markdown(_about(spec, node_spec, run_id, attempt)),
            *(_copied(cell, originals[cell.index]) for cell in common),
            _code(INPUTS, _inputs_source(begin, node_flow, inputs, imports, apart or {})),
            *(_copied(cell, originals[cell.index]) for cell in node_spec.cells),
            _code(OUTPUTS, _outputs_source(node_flow, flow)),
        ],
    }


def _about(spec: PipelineSpec, node: NodeSpec, run_id: RunId, attempt: int) -> str:
    description = f"\n\n{node.description}" if node.description else ""
    return (
        f"# {spec.name}: {node.name}{description}\n\n"
        f"Node `{node.name}`, run `{run_id}`, attempt {attempt}. This notebook holds all that the node needs: open it "
        "in Jupyter and run all cells to repeat the attempt by hand. Nothing of the run is changed by that."
    )


def _begin(store_url: str, run_id: RunId, node: NodeName, attempt: int) -> str:
    return (
        "import jupyter_dataops.node as __dataops__\n"
        f"__dataops__ = __dataops__.begin(globals(), store={_quoted(store_url)}, run={_quoted(run_id)}, "
        f"node={_quoted(node)}, attempt={attempt})"
    )


def _inputs_source(
    begin: str, flow: NodeFlow, inputs: Mapping[str, NodeInput], imports: Sequence[str], apart: Mapping[str, str]
) -> str:
    loads = [
        f"{name} = __dataops__.load({_quoted(name)}, {_quoted(given.output.artifact.digest)})  # from {given.producer}"
        for name, given in inputs.items()
    ]
    guards = []
    if flow.watched:
        guards.append(f"__dataops__.watch({', '.join(map(_quoted, sorted(flow.watched)))})")
    if apart:
        pairs = ", ".join(f"{name}={_quoted(other)}" for name, other in apart.items())
        guards.append(f"__dataops__.keep_apart({pairs})")
    return "\n".join([begin, *dict.fromkeys([*flow.imports, *imports]), *loads, *guards])


def _outputs_source(node: NodeFlow, flow: Flow) -> str:
    readers: dict[str, list[str]] = {}
    for edge in flow.edges:
        if edge.source == node.name:
            for name in edge.names:
                readers.setdefault(name, []).append(edge.target)
    arguments = [_quoted(name) for name in node.outputs]
    if readers:
        arguments.append(f"readers={json.dumps(readers, ensure_ascii=False)}")
    return f"__dataops__.save({', '.join(arguments)})"


def _metadata(notebook: Mapping[str, Any], spec: PipelineSpec, node: NodeSpec) -> dict[str, Any]:
    """Kernel and language alone: papermill needs both to write the parameters."""
    kernel = node.options.kernel or spec.kernel_name
    kernelspec = dict(notebook.get("metadata", {}).get("kernelspec", {}))
    if kernelspec.get("name") != kernel:
        kernelspec = {"name": kernel, "display_name": kernel}
    kernelspec.setdefault("display_name", kernel)
    kernelspec.setdefault("language", spec.language)
    return {"kernelspec": kernelspec, "language_info": {"name": spec.language}}


def _copied(cell: Cell, original: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in original.get("metadata", {}).items() if key not in _LEFT_OUT}
    return _cell(cell.id, cell.source, {**kept, "tags": _tags(cell)})


def _tags(cell: Cell) -> Iterable[str]:
    """The cell's own tags; papermill looks for ``parameters`` to put the run's values below."""
    if cell.role is Role.PARAMETERS and "parameters" not in cell.tags:
        return ["parameters", *cell.tags]
    return list(cell.tags)


def _code(name: str, source: str) -> dict[str, Any]:
    return _cell(name, source, {"tags": [name]})


def _cell(cell_id: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def _markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": ABOUT, "metadata": {"tags": [ABOUT]}, "source": source}


def _quoted(text: str) -> str:
    # JSON's string syntax is Python's, and reads better than repr's mixed quotes.
    return json.dumps(text, ensure_ascii=False)
