"""Which stored values a node or check gets. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_dataops.dataflow.models import Flow, Source
from jupyter_dataops.ids import NodeName
from jupyter_dataops.kernels.node_notebook import Given, NodeInput
from jupyter_dataops.records import OutputRecord

Outputs = Mapping[NodeName, Mapping[str, OutputRecord]]


def inputs_of(flow: Flow, name: NodeName, outputs: Outputs) -> Given:
    """The values that a node or check reads, and what functions inside these read in turn when they are called.

    A name whose producer has no such output (it failed or was skipped, and a trigger rule let the node run anyway) is
    left unbound, as it would be in one kernel. So is what a function inside a value reads, where analysis saw that the
    node binds it before calling the function, and its producer therefore did not hand it on.
    """
    reads = (flow.checks[name] if name in flow.checks else flow.nodes[name]).reads
    values: dict[str, NodeInput] = {}
    imports: dict[str, None] = {}
    wanted = list(reads.items())
    while wanted:
        variable, producer = wanted.pop(0)
        if variable in values or variable not in outputs.get(producer, {}):
            continue
        record = outputs[producer][variable]
        values[variable] = NodeInput(record, producer)
        for need in record.needs:
            if need in values or need in reads:
                continue
            binder = flow.producer_above(need, name)
            if binder is Source.IMPORT:
                imports[_import_above(flow, need, name)] = None
            elif binder is not None and not isinstance(binder, Source):
                wanted.append((need, binder))
    return Given(values, tuple(imports))


def _import_above(flow: Flow, name: str, reader: NodeName) -> str:
    index = max(index for index, _ in flow.producers[name] if index < flow.first_cells[reader])
    return flow.cell_names[index].imports[name]
