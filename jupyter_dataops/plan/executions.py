"""What a node ran with, put side by side with another run of it. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct, field

from jupyter_dataops.dataflow.models import Flow, NodeFlow
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.plan.statements import reached, statements, used_names
from jupyter_dataops.records import NodeRunRecord, OutputRecord, Usage
from jupyter_dataops.spec.models import Cell, PipelineSpec, Role
from jupyter_dataops.spec.parameters import Parameter

ACTS: Final = "what it does besides defining names"
"""Stands, in `Execution.setup`, for statements of setup that bind nothing: every node runs them."""


class Execution(Struct, frozen=True):
    """One node run, with what it depended on."""

    run_id: RunId
    record: NodeRunRecord
    code: str
    """Its cells, one after the other."""
    forms: tuple[str, ...]
    """The same, so that comments and layout do not count; with imports taken from other nodes, and the kernel."""
    setup: Mapping[str, tuple[str, ...]]
    """Name that it uses to the forms of the setup statements that bind it."""
    setup_code: str
    """All setup cells."""
    parameters: Mapping[str, str]
    """Parameters that it uses, with their values as shown."""
    reads: Mapping[str, NodeName]
    """Variable to the node that it comes from, by its name in the run."""
    inputs: Mapping[str, OutputRecord] = field(default_factory=dict)
    """Variable to its value, as far as it was there."""
    usage: Usage | None = None
    """Of the latest attempt."""
    loaded: Mapping[str, str] = field(default_factory=dict)
    """Asset to the version of it that the latest attempt has loaded: ``sales@2``."""
    gates: str = ""
    """Its trigger rule, conditions, and so on."""


def execution_of(
    spec: PipelineSpec,
    flow: Flow,
    name: NodeName,
    record: NodeRunRecord,
    given: Mapping[str, Any],
    *,
    parameters: Iterable[Parameter],
    inputs: Mapping[str, OutputRecord],
    usage: Usage | None = None,
) -> Execution:
    """The node run `record` of the node or check `name`, in the notebook of `spec`.

    Parameters
    ----------
    given
        Values that the notebook's parameters were given.
    parameters
        What the notebook declares.
    inputs
        Values of variables that it read.
    """
    of_flow = flow.checks[name] if name in flow.checks else flow.nodes[name]
    cells = cells_of(spec, name)
    own = tuple(part for cell in cells for part in statements(cell.source, spec.language))
    setup = [part for cell in spec.cells_with(Role.SETUP) for part in statements(cell.source, spec.language)]
    shared = [part for cell in spec.cells_with(Role.PARAMETERS) for part in statements(cell.source, spec.language)]
    needed, names = reached([*shared, *setup], of_flow.from_setup | used_names(own))
    bound: dict[str, tuple[str, ...]] = {}
    for part in setup:
        if part in needed:
            for one in part.binds & names or {ACTS}:
                bound[one] = (*bound.get(one, ()), part.form)
    values = parameter_values(parameters, given)
    return Execution(
        run_id=record.source_run_id or record.run_id,
        record=record,
        code="\n\n".join(cell.source.strip("\n") for cell in cells),
        forms=(*sorted(of_flow.imports), str(_kernel(spec, name)), *(part.form for part in own)),
        setup=bound,
        setup_code="\n\n".join(cell.source.strip("\n") for cell in spec.cells_with(Role.SETUP)),
        parameters={one: value for one, value in values.items() if one in names},
        reads=_reads(of_flow, record),
        inputs=inputs,
        usage=usage,
        gates=_gates(spec, name),
    )


def cells_of(spec: PipelineSpec, name: NodeName) -> tuple[Cell, ...]:
    """The cells of a node or check; none where the notebook has it not."""
    found = spec.nodes.get(name) or spec.checks.get(name)
    return found.cells if found is not None else ()


def parameter_values(parameters: Iterable[Parameter], given: Mapping[str, Any]) -> dict[str, str]:
    """The value of every parameter, given or by default, as shown.

    Examples
    --------
    >>> parameter_values([Parameter("n", "3"), Parameter("shop", '"Bern"'), Parameter("at", "now()")], {"n": 4})
    {'n': '4', 'shop': "'Bern'", 'at': 'now()'}
    """
    return {one.name: repr(given[one.name]) if one.name in given else _default(one.default) for one in parameters}


def _default(source: str) -> str:
    try:
        return repr(ast.literal_eval(source))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return source


def _reads(of_flow: NodeFlow, record: NodeRunRecord) -> dict[str, NodeName]:
    """Where variables come from, by names in the run: nodes of a sub-pipeline are named with their group."""
    prefix, slash, _ = record.node.rpartition("/")
    if record.severity is not None:
        prefix, slash, _ = record.node.rpartition("check:")[0].rpartition("/")
    return {name: NodeName(f"{prefix}{slash}{producer}") for name, producer in of_flow.reads.items()}


def _kernel(spec: PipelineSpec, name: NodeName) -> str | None:
    node = spec.nodes.get(name)
    return node.options.kernel if node is not None else None


def _gates(spec: PipelineSpec, name: NodeName) -> str:
    node = spec.nodes.get(name)
    if node is None:
        return ""
    options = node.options
    words = [f"{'when' if one.wanted else 'unless'}:{one.variable}" for one in options.conditions]
    words += [f"each:{'='.join(options.each)}"] if options.each else []
    words += [f"notebook:{options.notebook}"] if options.notebook else []
    return " ".join([f"trigger:{options.trigger.value}", *words])
