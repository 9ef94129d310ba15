"""Reads that nobody above binds: DO006, and DO012 for the variables of conditions."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from typing import Final

from jupyter_dataops.dataflow.bindings import Binding, Read, is_shared
from jupyter_dataops.dataflow.models import Source
from jupyter_dataops.dataflow.names import is_data
from jupyter_dataops.dataflow.page import Page
from jupyter_dataops.spec.models import NodeSpec, Problem, Severity

_KNOWN: Final = frozenset({*dir(builtins), "display", "get_ipython", "exit", "quit"})
"""Names that every IPython kernel binds."""


def find_unbound(page: Page, reads: Sequence[Read]) -> Iterator[Problem]:
    """``DO006`` for each name that a block uses and nobody above hands it; ``DO012`` for tags' variables."""
    seen: set[tuple[str, object]] = set()
    for read in reads:
        if (read.name, read.owner) in seen:
            continue
        problem = _private(page, read) if read.producer is not None else _unbound(page, read)
        if problem is not None:
            seen.add((read.name, read.owner))
            yield problem
    for node in page.spec.nodes.values():
        yield from _conditions(page, node)


def _problem(page: Page, read: Read, message: str, hint: str, severity: Severity | None = None) -> Problem:
    cell = page.cells[read.index]
    return Problem("DO006", message, hint, cell.id, cell.index, cell.node, severity)


def _private(page: Page, read: Read) -> Problem | None:
    if is_data(read.name) or read.binding is None:
        return None
    message = (
        f"{page.place(read.index)} uses '{read.name}', which {page.place(read.binding.index)} binds;"
        " names that start with '_' stay inside their node"
    )
    return _problem(page, read, message, "rename it without the underscore", Severity.ERROR)


def _unbound(page: Page, read: Read) -> Problem | None:
    binding = read.binding
    if binding is not None and not binding.deletes:
        return None
    if not is_shared(read.owner) and any(page.bindings.by(read.name, Source.SETUP)):
        return None  # A kernel would have setup's value: that is DO018.
    if not read.is_use or (binding is None and _is_explained(page, read)):
        return None
    here = f"{page.place(read.index)} uses '{read.name}'"
    if binding is not None:
        return _problem(
            page, read, f"{here}, which {page.place(binding.index)} deletes", f"remove that `del {read.name}`"
        )
    below = _first_below(page, read)
    if below is not None:
        message = f"{here}, which is bound only further down, by {page.place(below.index)}"
        return _problem(page, read, message, "move the cell that binds it above")
    return _problem(page, read, f"{here}, which no cell above binds", "bind it above, or correct its spelling")


def _is_explained(page: Page, read: Read) -> bool:
    """It is IPython's, or the block itself may bind it, or a cell that analysis cannot see through may."""
    own = (one for one in page.bindings.by(read.name, read.owner) if one.index <= read.index)
    return read.name in _KNOWN or any(own) or any(index <= read.index for index in page.opaque)


def _first_below(page: Page, read: Read) -> Binding | None:
    below = (one for one in page.bindings.of(read.name) if one.index > read.index and not one.deletes)
    return next(below, None)


def _conditions(page: Page, node: NodeSpec) -> Iterator[Problem]:
    """``when:``, ``unless:`` and ``each:`` are decided before the node starts, from what a node has stored."""
    options = node.options
    conditions = [("when" if one.wanted else "unless", one.variable) for one in options.conditions]
    wanted = [(key, variable, f"{key}:{variable}") for key, variable in conditions]
    wanted += [("each", options.each[1], f"each:{'='.join(options.each)}")] if options.each else []
    first = node.cells[0]
    for key, variable, tag in wanted:
        read = page.see(variable, first.index, node.name, is_use=True)
        if read is not None and read.producer is not None and is_data(variable):
            continue
        from_setup = read is not None and read.is_from_setup
        source = "parameters or setup bind it, and no node" if from_setup else "no node above binds it"
        yield Problem(
            "DO012",
            f"'{key}:' of node {node.name!r} asks for '{variable}', but {source}",
            f"bind '{variable}' in a node above {page.place(first.index)}",
            first.id,
            first.index,
            node.name,
            tag=tag,
        )
