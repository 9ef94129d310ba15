"""Rules about nodes and how they hang together: ``DO001``, ``DO002``, ``DO013``, ``DO020``, ``DO021``, ``DO022``."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from jupyter_dataops.ids import NodeName
from jupyter_dataops.lint.models import NO_NODES, Subject
from jupyter_dataops.spec.models import Cell, PipelineSpec, Problem, Role
from jupyter_dataops.spec.notebook import read_tags
from jupyter_dataops.spec.suggestions import suggestion
from jupyter_dataops.spec.tags import Tag


def cell_tagged(spec: PipelineSpec, node: NodeName, key: str, value: object) -> Cell:
    """The cell of `node` that carries the tag; its first cell, where a default of the pipeline says it."""
    cells = spec.nodes[node].cells
    return next((cell for cell in cells if Tag(key, value) in read_tags(cell.tags)), cells[0])


def check_cycle(subject: Subject) -> Iterator[Problem]:
    """``DO001``: nodes wait for each other in a circle. One circle is reported at a time."""
    spec = subject.spec
    upstream: dict[NodeName, set[NodeName]] = {name: set() for name in spec.nodes}
    for edge in subject.flow.edges:
        upstream[edge.target].add(edge.source)
    for name, node in spec.nodes.items():
        upstream[name].update(other for other in node.options.after if other in spec.nodes)
    try:
        TopologicalSorter(upstream).prepare()
    except CycleError as error:
        circle: list[NodeName] = error.args[1]
        carried = {(edge.source, edge.target): edge.names for edge in subject.flow.edges}
        backward = [
            (source, target)
            for source, target in pairwise(circle)
            if source in spec.nodes[target].options.after and not carried.get((source, target))
        ]
        last = backward[0][1] if backward else circle[-1]
        hint = "move cells so that each node only needs what is above it"
        if backward:
            hint = f"remove the tag 'after:{backward[0][0]}' from node '{last}'"
        cell = cell_tagged(spec, last, "after", backward[0][0] if backward else None)
        message, tag = f"nodes wait for each other: {' → '.join(circle)}", f"after:{backward[0][0]}" if backward else ""
        yield Problem("DO001", message, hint, cell.id, cell.index, last, tag=tag)


def check_unknown_nodes(subject: Subject) -> Iterator[Problem]:
    """``DO002``: an ``after:`` or ``check:`` names no node."""
    spec = subject.spec
    for name, node in spec.nodes.items():
        for other in node.options.after:
            if other not in spec.nodes:
                cell = cell_tagged(spec, name, "after", other)
                message = f"node '{name}' is to run after '{other}', which is no node"
                hint = _known_nodes(spec, other)
                yield Problem("DO002", message, hint, cell.id, cell.index, name, tag=f"after:{other}")
    for check in spec.checks.values():
        if check.node not in spec.nodes:
            message = f"a check is meant for '{check.node}', which is no node"
            hint = _known_nodes(spec, check.node)
            for cell in check.cells:
                yield Problem("DO002", message, hint, cell.id, cell.index, check.node)


def _known_nodes(spec: PipelineSpec, wanted: str) -> str:
    skipped = {
        tag.value
        for cell in spec.cells_with(Role.SKIP)
        for tag in read_tags(cell.tags)
        if isinstance(tag, Tag) and tag.key == "node"
    }
    if wanted in skipped:
        return f"all cells of '{wanted}' are tagged 'skip': remove the reference, or that tag"
    return suggestion(wanted, spec.nodes) or f"the nodes are: {', '.join(spec.nodes) or 'none'}"


def check_one_parameters_cell(subject: Subject) -> Iterator[Problem]:
    """``DO013``: papermill sets parameters below the first ``parameters`` cell, so a second one would undo it."""
    first, *others = subject.spec.cells_with(Role.PARAMETERS) or (None,)
    for cell in others:
        if first is not None and cell is not None:
            yield Problem(
                "DO013",
                f"cell {cell.index + 1} ({cell.id}) is a second 'parameters' cell; the first is"
                f" cell {first.index + 1} ({first.id})",
                "move its assignments to the first one, or tag it 'setup'",
                cell.id,
                cell.index,
            )


def check_has_nodes(subject: Subject) -> Iterator[Problem]:
    """``DO020``: nothing to run."""
    if not subject.spec.nodes:
        yield Problem(
            NO_NODES,
            "the notebook has no nodes",
            "tag the first cell of each node 'node:NAME', or let `jupyter dataops tag NOTEBOOK` propose tags",
        )


def check_language(subject: Subject) -> Iterator[Problem]:
    """``DO021``: analysis reads Python, and values travel between Python kernels."""
    if subject.spec.language not in ("python", "ipython"):
        yield Problem(
            "DO021",
            f"the notebook's kernel '{subject.spec.kernel_name}' runs {subject.spec.language}, not Python",
            "choose a Python kernel; run notebooks in other languages with papermill, from a node",
        )


def check_order_down_the_page(subject: Subject) -> Iterator[Problem]:
    """``DO022``: an ``after:`` names a node further down, or a check its own, so the run's order is not the page's.

    In a cycle there is no order to speak of, and ``DO001`` says so.
    """
    spec = subject.spec
    if any(check_cycle(subject)):
        return
    for name, node in spec.nodes.items():
        for other in node.options.after:
            if other != name and other in spec.nodes and spec.nodes[other].cells[0].index > node.cells[0].index:
                cell = cell_tagged(spec, name, "after", other)
                yield Problem(
                    "DO022",
                    f"node '{name}' is to run after '{other}', which stands below it",
                    f"move '{other}' above '{name}', so that the notebook also runs in this order top to bottom",
                    cell.id,
                    cell.index,
                    name,
                )
    yield from _checks_above_their_node(spec)


def _checks_above_their_node(spec: PipelineSpec) -> Iterator[Problem]:
    for check in spec.checks.values():
        first = check.cells[0]
        last = spec.nodes[check.node].cells[-1].index if check.node in spec.nodes else -1
        if first.index < last:
            yield Problem(
                "DO022",
                f"check '{check.check}' stands above cell {last + 1} of node '{check.node}', and runs after it",
                f"move the check below cell {last + 1}",
                first.id,
                first.index,
                check.node,
            )
