"""What checks read, and where a check's own kernel would make a difference: DO026 and DO027.

A check reads what its node hands on, wherever it stands; everything else it sees as a cell in its place does. What it
binds, but for imports, is nobody's: it runs in a kernel of its own, after its node and beside everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from jupyter_dataops.dataflow.bindings import Binding, Owner, Read
from jupyter_dataops.dataflow.models import Edge, NodeFlow, Source
from jupyter_dataops.dataflow.page import Page, owner_of
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import CheckSpec, Problem


def reads_of_checks(page: Page) -> Iterator[Read]:
    """All that checks read from outside, once `page` is complete."""
    for check in page.spec.checks.values():
        own: set[str] = set()
        maybe_own: set[str] = set()
        for cell in check.cells:
            reads = page.check_reads[cell.index]
            for name in sorted(reads.keys() - own):
                binding = _seen_by(page, check, name)
                if binding is not None or name not in maybe_own:
                    yield Read(name, cell.index, check.name, reads[name], binding)
            own |= page.cell_names[cell.index].always_binds
            maybe_own |= page.cell_names[cell.index].binds


def _seen_by(page: Page, check: CheckSpec, name: str) -> Binding | None:
    of_node = page.bindings.by(name, check.node)
    if of_node and not of_node[-1].deletes:
        return of_node[-1]
    return page.bindings.seen_from(name, check.cells[0].index, check.name)


def is_of_node(page: Page, read: Read) -> bool:
    """A check reads what its own node binds."""
    check = None if isinstance(read.owner, Source) else page.spec.checks.get(read.owner)
    return check is not None and read.binding is not None and read.binding.owner == check.node


def as_right_after_node(page: Page, read: Read) -> Read:
    """The read of a check at the place where it counts: what a node has bound, its checks read before any other."""
    if not is_of_node(page, read):
        return read
    node = page.spec.nodes[page.spec.checks[NodeName(read.owner)].node]
    return replace(read, index=node.cells[-1].index)


def find_leaks(page: Page, reads: Iterable[Read]) -> Iterator[tuple[Read, Problem]]:
    """``DO026`` for each reader who, top to bottom, would see what a check above has bound or changed."""
    if not page.check_binds:
        return
    seen: set[tuple[str, Owner]] = set()
    for read in (*reads, *_mentions(page)):
        if (read.name, read.owner) in seen or is_of_node(page, read):
            continue
        bound_by = _check_between(page, read)
        if bound_by is None:
            continue
        seen.add((read.name, read.owner))
        cell = page.cells[read.index]
        yield (
            read,
            Problem(
                "DO026",
                f"{page.place(read.index)} reads '{read.name}', which {page.place(bound_by)} binds or changes;"
                " a check runs in a kernel of its own",
                f"bind '{read.name}' in a node or in setup, and let the check give what it binds another name",
                cell.id,
                cell.index,
                cell.node,
            ),
        )


def _mentions(page: Page) -> Iterator[Read]:
    """Reads of what is the reader's own, as far as a check stands in between."""
    for (name, _), indices in page.mentions.items():
        if name in page.check_binds:
            for index in indices:
                yield Read(name, index, owner_of(page.cells[index]), is_use=False, binding=None)


def _check_between(page: Page, read: Read) -> int | None:
    nearest = next(page.bindings.above(read.name, read.index), None)
    bound_by = max(
        (
            index
            for index in page.check_binds.get(read.name, ())
            if index < read.index and owner_of(page.cells[index]) != read.owner
        ),
        default=-1,
    )
    return bound_by if bound_by > (-1 if nearest is None else nearest.index) else None


def find_too_early(page: Page, checks: Mapping[NodeName, NodeFlow], edges: Iterable[Edge]) -> Iterator[Problem]:
    """``DO027`` for each check that reads from a node for which the node that it checks does not wait."""
    upstream: dict[NodeName, set[NodeName]] = {}
    for edge in edges:
        upstream.setdefault(edge.target, set()).add(edge.source)
    for name, flow in checks.items():
        check = page.spec.checks[name]
        above = _closure(check.node, upstream)
        for variable, producer in flow.reads.items():
            if producer not in above:
                cell = check.cells[0]
                yield Problem(
                    "DO027",
                    f"{page.place(cell.index)} reads '{variable}' from node '{producer}', for which '{check.node}' does"
                    " not wait",
                    f"tag a cell of '{check.node}' 'after:{producer}', or make the check one of '{producer}'",
                    cell.id,
                    cell.index,
                    check.node,
                    tag=f"after:{producer}",
                )


def _closure(start: NodeName, upstream: Mapping[NodeName, set[NodeName]]) -> set[NodeName]:
    found, pending = {start}, [start]
    while pending:
        new = upstream.get(pending.pop(), set()) - found
        found |= new
        pending += new
    return found
