"""Declared outputs that nobody binds, or nobody reads: DO011; state that cannot be handed on: DO009."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jupyter_dataops.dataflow.bindings import is_shared
from jupyter_dataops.dataflow.models import NodeFlow
from jupyter_dataops.dataflow.page import Page
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import NodeSpec, Problem, Severity


def find_undeclared(page: Page, nodes: Mapping[NodeName, NodeFlow]) -> Iterator[Problem]:
    """Problems with what nodes say, or seem, to hand on."""
    for name, node in page.spec.nodes.items():
        yield from _outputs_never_bound(page, node)
        yield from _changed_definitions(page, node, nodes[name])


def _outputs_never_bound(page: Page, node: NodeSpec) -> Iterator[Problem]:
    own = [page.cell_names[cell.index] for cell in node.cells]
    if any(names.is_opaque for names in own):
        return
    by_notebook = node.options.outputs if node.options.notebook else ()
    by_tag = node.options.each[:1] if node.options.each else ()
    known = frozenset[str]().union(by_notebook, by_tag, *(names.binds | names.reads for names in own))
    first = node.cells[0]
    declared = [("out", variable, variable) for variable in node.options.outputs]
    declared += [
        ("asset", variable, name if name == variable else f"{name}={variable}")
        for name, variable in node.options.assets.items()
    ]
    for key, variable, value in declared:
        if variable not in known:
            yield Problem(
                "DO011",
                f"'{key}:' of node {node.name!r} names '{variable}', which none of its cells binds",
                "correct the name, or remove the tag",
                first.id,
                first.index,
                node.name,
                tag=f"{key}:{value}",
            )


def _changed_definitions(page: Page, node: NodeSpec, flow: NodeFlow) -> Iterator[Problem]:
    """What a node sets on a definition of others goes nowhere.

    Setup's definitions are there in every kernel. A class of another node comes with each of its instances too, as it
    was when these were stored.
    """
    for name in sorted(flow.changes & {*flow.reads, *flow.from_setup}):
        cell = next((one for one in node.cells if name in page.cell_names[one.index].changes), node.cells[0])
        above = next((one for one in page.bindings.above(name, cell.index) if one.owner != node.name), None)
        if above is None:
            continue
        names = page.cell_names[above.index]
        is_class = name in names.definitions and name not in names.results
        if is_shared(above.owner):
            is_lost, where = name in names.definitions and name in flow.outputs, "setup defines anew for each node"
        else:
            is_lost, where = is_class, f"{page.place(above.index)} defines, and its instances bring along as it was"
        if is_lost:
            yield Problem(
                "DO009",
                f"{page.place(cell.index)} sets something on '{name}', which {where}",
                "keep what changes in an ordinary variable, or set it in the cell that defines it",
                cell.id,
                cell.index,
                node.name,
                Severity.ERROR,
            )
