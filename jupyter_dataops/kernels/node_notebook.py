"""The self-contained notebook of one attempt: what papermill executes, and anybody can run again by hand. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from jupyter_dataops.dataflow.models import Flow, NodeFlow
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.kernels.protocol import ABOUT, INPUTS, OUTPUTS
from jupyter_dataops.records import OutputRecord
from jupyter_dataops.spec.models import Cell, PipelineSpec, Role

_LEFT_OUT = frozenset({"papermill", "execution", "ExecuteTime"})
"""Cell metadata that earlier executions leave."""


class NodeInput(Struct, frozen=True):
    """A value that a node is given."""

    output: OutputRecord
    producer: NodeName


class Element(Struct, frozen=True):
    """What a child of an ``each:`` node runs for."""

    variable: str
    """The name that it is bound to."""
    key: str
    output: OutputRecord


class Given(Struct, frozen=True):
    """What a node or check starts with, beside parameters and setup."""

    values: Mapping[str, NodeInput] = field(default_factory=dict)
    """By name, in the order in which they are to be loaded."""
    imports: tuple[str, ...] = ()
    """Import statements that functions inside the values rely on."""
    element: Element | None = None
    apart: Mapping[str, str] = field(default_factory=dict)
    """Names that share an object with another name and are stored apart from it, to that other."""


class Delivery(Struct, frozen=True):
    """What else a node does with what it has bound, beside handing on its outputs."""

    each: tuple[str, ...] = ()
    """Outputs whose elements are stored one by one."""
    abroad: tuple[str, ...] = ()
    """Outputs that the notebook which runs this one gets."""
    parameters: tuple[str, ...] = ()
    """Names that are parameters of the notebook that the node runs."""
    notebook: str | None = None
    """Path of that notebook, as its tag says it."""


class Heading(Struct, frozen=True):
    """Which attempt it is."""

    name: NodeName
    """The node's, or check's, name in the run."""
    run_id: RunId
    attempt: int
    store_url: str
    """Where the artifacts are."""


def build_node_notebook(
    notebook: Mapping[str, Any],
    spec: PipelineSpec,
    flow: Flow,
    node: NodeName,
    *,
    heading: Heading,
    given: Given,
    delivery: Delivery,
) -> dict[str, Any]:
    """The notebook of an attempt at a node: parameters and setup, one line per input, its cells, a line of outputs.

    Parameters
    ----------
    notebook
        The snapshot that `node` is in, nbformat JSON; it is not changed.
    node
        Its name there.
    """
    node_spec, node_flow = spec.nodes[node], flow.nodes[node]
    return _assembled(
        notebook,
        spec,
        kernel=node_spec.options.kernel or spec.kernel_name,
        about=_about(spec, heading, "node", node_spec.description),
        begin=_inputs_source(heading, node_flow, given),
        cells=node_spec.cells,
        end=_outputs_source(node_flow, flow, delivery),
    )


def build_check_notebook(
    notebook: Mapping[str, Any],
    spec: PipelineSpec,
    flow: Flow,
    check: NodeName,
    *,
    heading: Heading,
    given: Given,
) -> dict[str, Any]:
    """The notebook of an attempt at a check: parameters and setup, one line per input, its cells, its verdict.

    Parameters
    ----------
    notebook
        The snapshot that `check` is in, nbformat JSON; it is not changed.
    check
        Its name there.
    """
    check_spec = spec.checks[check]
    return _assembled(
        notebook,
        spec,
        kernel=spec.nodes[check_spec.node].options.kernel or spec.kernel_name,
        about=_about(spec, heading, "check", ""),
        begin=_inputs_source(heading, flow.checks[check], given),
        cells=check_spec.cells,
        end="__dataops__.verdict()",
    )


def _assembled(
    notebook: Mapping[str, Any],
    spec: PipelineSpec,
    *,
    kernel: str,
    about: str,
    begin: str,
    cells: Iterable[Cell],
    end: str,
) -> dict[str, Any]:
    originals = notebook["cells"]
    common = spec.cells_with(Role.PARAMETERS, Role.SETUP)
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": _metadata(notebook, spec, kernel),
        "cells": [
            _markdown(about),
            *(_copied(cell, originals[cell.index]) for cell in common),
            _code(INPUTS, begin),
            *(_copied(cell, originals[cell.index]) for cell in cells),
            _code(OUTPUTS, end),
        ],
    }


def _about(spec: PipelineSpec, heading: Heading, kind: str, description: str) -> str:
    described = f"\n\n{description}" if description else ""
    return (
        f"# {spec.name}: {heading.name}{described}\n\n"
        f"{kind.capitalize()} `{heading.name}`, run `{heading.run_id}`, attempt {heading.attempt}. This notebook holds "
        f"all that the {kind} needs: open it in Jupyter and run all cells to repeat the attempt by hand. Nothing of "
        "the run is changed by that."
    )


def _inputs_source(heading: Heading, flow: NodeFlow, given: Given) -> str:
    begin = (
        "import jupyter_dataops.node as __dataops__\n"
        f"__dataops__ = __dataops__.begin(globals(), store={_quoted(heading.store_url)}, "
        f"run={_quoted(heading.run_id)}, node={_quoted(heading.name)}, attempt={heading.attempt})"
    )
    loads = [_load(name, one.output, f"from {one.producer}") for name, one in given.values.items()]
    if given.element is not None:
        loads.append(_load(given.element.variable, given.element.output, f"element {given.element.key}"))
    guards = []
    watched = sorted(flow.watched - flow.binds)
    if watched:
        guards.append(f"__dataops__.watch({', '.join(map(_quoted, watched))})")
    apart = {**given.apart}
    if given.element is not None and given.element.variable in flow.watched & flow.binds:
        apart[given.element.variable] = given.element.output.name
    if apart:
        pairs = ", ".join(f"{name}={_quoted(other)}" for name, other in apart.items())
        guards.append(f"__dataops__.keep_apart({pairs})")
    return "\n".join([begin, *dict.fromkeys([*flow.imports, *given.imports]), *loads, *guards])


def _load(variable: str, output: OutputRecord, comment: str) -> str:
    return f"{variable} = __dataops__.load({_quoted(output.name)}, {_quoted(output.artifact.digest)})  # {comment}"


def _outputs_source(node: NodeFlow, flow: Flow, delivery: Delivery) -> str:
    readers: dict[str, list[str]] = {}
    for edge in flow.edges_from.get(node.name, ()):
        for name in edge.names:
            readers.setdefault(name, []).append(edge.target)
    arguments = [_quoted(name) for name in node.outputs]
    said = {"readers": readers, "each": delivery.each, "abroad": delivery.abroad}
    arguments += [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in said.items() if value]
    save = f"__dataops__.save({', '.join(arguments)})"
    if delivery.notebook is None:
        return save
    names = "".join(f"{_quoted(name)}, " for name in delivery.parameters)
    return f"{save}\n__dataops__.give({names}to={_quoted(delivery.notebook)})"


def _metadata(notebook: Mapping[str, Any], spec: PipelineSpec, kernel: str) -> dict[str, Any]:
    """Kernel and language alone: papermill needs both to write the parameters."""
    kernelspec = dict(notebook.get("metadata", {}).get("kernelspec", {}))
    if kernelspec.get("name") != kernel:
        kernelspec = {"name": kernel, "display_name": kernel}
    kernelspec.setdefault("display_name", kernel)
    kernelspec.setdefault("language", spec.language)
    return {"kernelspec": kernelspec, "language_info": {"name": spec.language}}


def _copied(cell: Cell, original: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in original.get("metadata", {}).items() if key not in _LEFT_OUT}
    return _cell(cell.id, cell.source, {**kept, "tags": _tags(cell)})


def _tags(cell: Cell) -> Sequence[str]:
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
