"""Which stored values a node gets. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_dataops.dataflow.models import Flow, Source
from jupyter_dataops.errors import PipelineError
from jupyter_dataops.ids import NodeName
from jupyter_dataops.kernels.node_notebook import NodeInput
from jupyter_dataops.records import OutputRecord

Outputs = Mapping[NodeName, Mapping[str, OutputRecord]]


@dataclass(frozen=True, slots=True)
class Given:
    """What a node starts with, beside parameters and setup."""

    values: Mapping[str, NodeInput]
    imports: tuple[str, ...]
    """Import statements that functions inside the values rely on."""


def inputs_of(flow: Flow, node: NodeName, outputs: Outputs) -> Given:
    """The values that `node` reads, and what functions inside these read in turn when they are called.

    A name whose producer has no such output (it failed or was skipped, and a trigger rule let the node run anyway) is
    left unbound, as it would be in one kernel.

    Raises
    ------
    PipelineError
        A function inside an input reads a name that its producer did not hand on.
    """
    reads = flow.nodes[node].reads
    values: dict[str, NodeInput] = {}
    imports: dict[str, None] = {}
    wanted = [(name, producer) for name, producer in reads.items() if name in outputs.get(producer, {})]
    while wanted:
        name, producer = wanted.pop(0)
        if name in values:
            continue
        record = outputs[producer][name]
        values[name] = NodeInput(record, producer)
        for need in record.needs:
            if need in values or need in reads:
                continue
            binder = flow.producer_above(need, node)
            if binder is Source.IMPORT:
                imports[_import_above(flow, need, node)] = None
            elif binder is not None and not isinstance(binder, Source):
                _require(need, name, binder, node, outputs)
                wanted.append((need, binder))
    return Given(values, tuple(imports))


def _import_above(flow: Flow, name: str, node: NodeName) -> str:
    index = max(index for index, _ in flow.producers[name] if index < flow.first_cells[node])
    return flow.cell_names[index].imports[name]


def _require(need: str, name: str, binder: NodeName, node: NodeName, outputs: Outputs) -> None:
    if need not in outputs.get(binder, {}):
        raise PipelineError(
            f"a function inside '{name}' reads '{need}', which node '{binder}' did not hand on",
            where=f"node '{node}'",
            hint=f"tag a cell of '{node}' 'in:{need}'",
        )
