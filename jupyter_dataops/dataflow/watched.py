"""Values that somebody may change in place unseen, though others read them: the run compares these before and after."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from jupyter_dataops.dataflow.bindings import Read
from jupyter_dataops.dataflow.page import Page
from jupyter_dataops.dataflow.traffic import Traffic
from jupyter_dataops.spec.models import CheckSpec, NodeSpec


def watched_by_node(page: Page, traffic: Traffic, node: NodeSpec, reads: Sequence[Read]) -> Iterator[str]:
    """What `node`, which has `reads`, reads and does not bind, and somebody below it reads too.

    The children of an ``each:`` node read what their siblings read; and the element, where others see it, also if its
    name is bound anew. Functions and classes count where they are inside values, as instances have their class.
    """
    binds, each = page.binds.get(node.name, ()), node.options.each
    first_at: dict[str, int] = {}
    given = (*reads, *traffic.inside[node.name])
    for read in given:
        first_at.setdefault(read.name, read.index)
    for read in given:
        is_others = each is not None or traffic.is_read_by_others(read, after=first_at[read.name])
        if is_others and _is_at_risk(read, binds):
            yield read.name
    if each is not None and each[0] not in node.options.outputs and traffic.is_variable_read(node):
        yield each[0]


def watched_by_check(page: Page, traffic: Traffic, check: CheckSpec) -> Iterator[str]:
    """What `check` reads and does not bind, and somebody below it reads too."""
    binds = frozenset[str]().union(*(page.cell_names[cell.index].binds for cell in check.cells))
    for read in (*traffic.by_owner[check.name], *traffic.inside[check.name]):
        if _is_at_risk(read, binds) and traffic.is_read_by_others(read, after=check.cells[0].index):
            yield read.name


def _is_at_risk(read: Read, binds: Collection[str]) -> bool:
    """The reader, who binds no other value to the name, may change the one that it reads."""
    binding = read.binding
    if binding is None or binding.deletes or binding.statement is not None or read.name in binds:
        return False
    return binding.is_class or not (binding.is_fixed and binding.is_certain)
