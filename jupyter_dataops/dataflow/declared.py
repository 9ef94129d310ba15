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
    if any(names.is_opaque for names in own) or node.options.notebook is not None:
        return
    known = frozenset[str]().union(*(names.binds | names.reads for names in own))
    first = node.cells[0]
    declared = [("out", variable) for variable in node.options.outputs]
    declared += [("asset", variable) for variable in node.options.assets.values()]
    for key, variable in declared:
        if variable not in known:
            yield Problem(
                "DO011",
                f"'{key}:' of node {node.name!r} names '{variable}', which none of its cells binds",
                "correct the name, or remove the tag",
                first.id,
                first.index,
                node.name,
            )


def _changed_definitions(page: Page, node: NodeSpec, flow: NodeFlow) -> Iterator[Problem]:
    """Setup's functions and classes are there in every kernel, so that what a node sets on them goes nowhere."""
    for name in sorted(flow.changes & set(flow.outputs)):
        cell = next(one for one in node.cells if name in page.cell_names[one.index].changes | {name})
        above = next(page.bindings.above(name, cell.index), None)
        is_definition = above is not None and name in page.cell_names[above.index].definitions
        if above is not None and is_shared(above.owner) and is_definition:
            yield Problem(
                "DO009",
                f"{page.place(cell.index)} sets something on '{name}', which setup defines anew for each node",
                "keep what changes in an ordinary variable",
                cell.id,
                cell.index,
                node.name,
                Severity.ERROR,
            )
