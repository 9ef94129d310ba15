"""``each:`` nodes: where running the elements apart would not give what a loop over them gives. DO024 and DO025.

The meaning is ``for ITEM in VAR: <cells>``, with every name that the node hands on collected in a list. Every element
starts from the state above the node, in a kernel of its own; so nothing may pass from one element to the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from jupyter_dataops.dataflow.bindings import Read
from jupyter_dataops.dataflow.page import Page
from jupyter_dataops.spec.models import NodeSpec, Problem


def find_loop_carried(
    page: Page, node: NodeSpec, reads: Sequence[Read], *, is_read_elsewhere: bool
) -> Iterator[Problem]:
    """``DO024`` for each name by which one element would see what another did.

    Parameters
    ----------
    reads
        All that the node reads, fallbacks included.
    is_read_elsewhere
        The node's own cells, or somebody below, read the variable over which it runs.
    """
    if node.options.each is None:
        return
    item, variable = node.options.each
    seen: set[str] = set()
    for read in reads:
        if read.name in seen or read.is_gate or not _is_rebound(page, node, read):
            continue
        seen.add(read.name)
        yield _problem(page, "DO024", read.index, *_carried(page, node, read))
    if is_read_elsewhere and item in page.changes.get(node.name, set()) | set(node.options.outputs):
        index = next(
            (cell.index for cell in node.cells if item in page.cell_names[cell.index].changes), node.cells[0].index
        )
        yield _problem(
            page,
            "DO024",
            index,
            f"{page.place(index)} changes '{item}' in place, which is an element of '{variable}'; others read"
            f" '{variable}' and would not see the change",
            f"change a copy: {item} = copy.deepcopy({item})",
        )


def _is_rebound(page: Page, node: NodeSpec, read: Read) -> bool:
    own = page.bindings.by(read.name, node.name)
    return any(read.binding is None or one.meaning != read.binding.meaning for one in own)


def _carried(page: Page, node: NodeSpec, read: Read) -> tuple[str, str]:
    """Message and hint."""
    where, name = page.place(read.index), read.name
    if not read.is_use and read.binding is None:
        message = f"{where} may leave '{name}' unbound, so that one element would show what another left"
        return message, f"bind '{name}' for each element, whichever way control goes"
    message = (
        f"{where} reads '{name}', which node '{node.name}' binds or changes: in a loop each element would see what the"
        " one before left, but here every element starts anew"
    )
    return message, f"bind '{name}' in the node before it is read, and combine the results of all in a node below"


def find_definitions(page: Page, node: NodeSpec, outputs: Collection[str]) -> Iterator[Problem]:
    """``DO025`` for each function or class that an ``each:`` node would hand on, one for each element."""
    if node.options.each is None:
        return
    for name in sorted(outputs):
        own = page.bindings.by(name, node.name)
        if own and name in page.cell_names[own[-1].index].definitions:
            yield _problem(
                page,
                "DO025",
                own[-1].index,
                f"{page.place(own[-1].index)} defines '{name}', which others read; it would be a list, with one"
                f" '{name}' for each element",
                f"define '{name}' in a setup cell",
            )


def _problem(page: Page, code: str, index: int, message: str, hint: str) -> Problem:
    cell = page.cells[index]
    return Problem(code, message, hint, cell.id, cell.index, cell.node)
