"""Specs and flows by hand, where reading and analysing a notebook is not the matter of a test."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_dataops.dataflow.models import Edge, EdgeKind, Flow, NodeFlow
from jupyter_dataops.ids import CellId, NodeName, check_name
from jupyter_dataops.spec.models import Cell, CheckSpec, NodeOptions, NodeSpec, PipelineSpec, Role


def flow_of(*edges: str, nodes: str = "", setup: Mapping[str, str] | None = None) -> Flow:
    """Edges as ``"a -x,y> b"`` (data) or ``"a > b"`` (order); further nodes as one letter each."""
    parsed = [_edge(text) for text in edges]
    names = dict.fromkeys([*nodes, *(end for edge in parsed for end in (edge.source, edge.target))])
    reads: dict[str, dict[str, NodeName]] = {name: {} for name in names}
    outputs: dict[str, set[str]] = {name: set() for name in names}
    for edge in parsed:
        reads[edge.target].update(dict.fromkeys(edge.names, edge.source))
        outputs[edge.source].update(edge.names)
    flows = {
        NodeName(name): NodeFlow(
            name=NodeName(name),
            reads=reads[name],
            from_setup=frozenset((setup or {}).get(name, "").split()),
            binds=frozenset(),
            changes=frozenset(),
            outputs=tuple(sorted(outputs[name])),
            imports=(),
            itemised=frozenset(),
            watched=frozenset(),
        )
        for name in names
    }
    first_cells = {name: index for index, name in enumerate(flows)}
    return Flow(nodes=flows, edges=tuple(parsed), cell_names={}, producers={}, first_cells=first_cells)


def _edge(text: str) -> Edge:
    left, _, target = text.partition(">")
    source, _, names = left.partition("-")
    variables = tuple(sorted(filter(None, names.strip().split(","))))
    kind = EdgeKind.DATA if variables else EdgeKind.ORDER
    return Edge(NodeName(source.strip()), NodeName(target.strip()), variables, kind)


def spec_of(
    nodes: Mapping[str, str | tuple[str, ...]],
    *,
    setup: tuple[str, ...] = (),
    parameters: str = "",
    checks: Mapping[str, str] | None = None,
    options: Mapping[str, NodeOptions] | None = None,
    language: str = "python",
) -> PipelineSpec:
    """Node name to the source of its cell or cells, or of its one check; setup and parameters cells stand above."""
    cells: list[Cell] = []

    def add(source: str, role: Role, node: str | None = None) -> Cell:
        index = len(cells)
        cells.append(Cell(CellId(f"c{index}"), index, source, (), role, NodeName(node) if node else None))
        return cells[-1]

    if parameters:
        add(parameters, Role.PARAMETERS)
    for source in setup:
        add(source, Role.SETUP)
    made = {}
    for name, sources in nodes.items():
        own = tuple(add(source, Role.NODE, name) for source in ((sources,) if isinstance(sources, str) else sources))
        made[NodeName(name)] = NodeSpec(NodeName(name), own, (options or {}).get(name, NodeOptions()))
    found = {}
    for name, source in (checks or {}).items():
        node, check = NodeName(name), check_name(name, "check_1")
        found[check] = CheckSpec(check, node, "check_1", (add(source, Role.CHECK, name),))
    return PipelineSpec("p", tuple(cells), made, found, "python3", language, {})
