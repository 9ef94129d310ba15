"""Where running a node's cells together, or setup first, would change a value: DO017 and DO018."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from jupyter_dataops.dataflow.bindings import Binding, Read, group_of, is_shared
from jupyter_dataops.dataflow.models import NodeFlow, Source
from jupyter_dataops.dataflow.page import Page
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import Problem, Severity


def find_conflicts(page: Page, reads: Sequence[Read], nodes: Mapping[NodeName, NodeFlow]) -> Iterator[Problem]:
    """A problem for each value that would differ from *Run All*; every message names both cells."""
    first_reads: dict[tuple[str, object], Read] = {}
    seen: set[tuple[object, ...]] = set()
    for read in reads:
        if is_shared(read.owner):
            found = _setup_reads_node(page, read)
        else:
            first = first_reads.setdefault((read.name, read.owner), read)
            found = _late_setup(page, read) or _two_values(page, first, read) or _producer_goes_on(page, read)
        if found is not None and (key := (found.code, read.name, read.owner)) not in seen:
            seen.add(key)
            yield found
    yield from _circle(page, nodes)


def _problem(page: Page, code: str, index: int, message: str, hint: str) -> Problem:
    cell = page.cells[index]
    return Problem(code, message, hint, cell.id, cell.index, cell.node, Severity.ERROR)


def _setup_reads_node(page: Page, read: Read) -> Problem | None:
    binding = read.binding
    if binding is None or is_shared(binding.owner):
        return None
    verb = "deletes" if binding.deletes else "binds"
    message = (
        f"{page.place(read.index)} reads '{read.name}', which {page.place(binding.index)} {verb};"
        " setup runs before every node"
    )
    hint = f"make {_cell(read.index)} a node of its own, or move what binds '{read.name}' to setup"
    return _problem(page, "DO018", read.index, message, hint)


def _late_setup(page: Page, read: Read) -> Problem | None:
    """Setup further down binds or changes what the reader sees, and would have run before it."""
    binding = read.binding
    if binding is not None and not binding.deletes and not is_shared(binding.owner):
        return None
    repeats = binding.meaning if binding is not None and binding.statement is not None else None
    late = next(
        (
            one
            for one in page.bindings.by(read.name, Source.SETUP)
            if one.index > read.index and (repeats is None or one.meaning != repeats)
        ),
        None,
    )
    if late is None and binding is not None and not binding.is_fixed and not binding.deletes:
        index = next((at for at in _touched_below(page, read) if at > read.index), None)
    else:
        index = None if late is None else late.index
    if index is None:
        # Deleted by a node: setup's own value would be there again.
        if binding is None or not binding.deletes or not any(page.bindings.by(read.name, Source.SETUP)):
            return None
        return _deleted(page, read, binding)
    message = (
        f"{page.place(index)} binds or changes '{read.name}', which {page.place(read.index)} above it reads;"
        " setup runs before every node"
    )
    hint = f"move {_cell(index)} above {_cell(read.index)}, or make it a node of its own"
    return _problem(page, "DO018", index, message, hint)


def _deleted(page: Page, read: Read, binding: Binding) -> Problem:
    message = f"{page.place(binding.index)} deletes '{read.name}', which setup binds again for {page.place(read.index)}"
    return _problem(page, "DO018", read.index, message, f"remove that `del {read.name}`")


def _touched_below(page: Page, read: Read) -> Iterator[int]:
    mentions = page.mentions.get((read.name, Source.SETUP), ())
    return (index for index in mentions if read.name in page.cell_names[index].touches)


def _two_values(page: Page, first: Read, read: Read) -> Problem | None:
    """The node's cells want different values of one name, and a node has one of each."""
    binding = read.binding
    if _meaning(first) != _meaning(read):
        message = (
            f"node {read.owner!r} reads '{read.name}' in {_cell(first.index)}"
            f" and, with another value, in {_cell(read.index)}"
        )
        between = f" ({page.place(binding.index)} binds it between)" if binding is not None else ""
        hint = f"give {_cell(read.index)} a node name of its own"
        return _problem(page, "DO017", read.index, message + between, hint)
    if binding is None:
        return None
    own = next(
        (
            one
            for one in page.bindings.by(read.name, read.owner)
            if one.index < binding.index and one.meaning != binding.meaning
        ),
        None,
    )
    if own is None:
        return None
    message = (
        f"{page.place(read.index)} reads '{read.name}' as {page.place(binding.index)} binds it, but its node's"
        f" {_cell(own.index)} binds it too and the node's cells run together"
    )
    hint = f"give {_cell(read.index)} a node name of its own, or move it above {_cell(binding.index)}"
    return _problem(page, "DO017", read.index, message, hint)


def _producer_goes_on(page: Page, read: Read) -> Problem | None:
    """The producer has a later cell that binds, or may change, what a reader in between saw."""
    binding, producer = read.binding, read.producer
    if binding is None or producer is None:
        return None
    later = [one.index for one in page.bindings.by(read.name, producer) if one.index > read.index]
    if not binding.is_fixed:
        later += [at for at in page.mentions.get((read.name, group_of(producer)), ()) if at > read.index]
    if not later:
        return None
    index = min(later)
    message = (
        f"{page.place(index)} may bind or change '{read.name}' after {page.place(read.index)} has read it,"
        " but a node's cells run together"
    )
    hint = f"move {_cell(index)} above {_cell(read.index)}, or give it a node name of its own"
    return _problem(page, "DO017", index, message, hint)


def _circle(page: Page, nodes: Mapping[NodeName, NodeFlow]) -> Iterator[Problem]:
    """Nodes that need each other's values; at least one of them then stands in several places."""
    try:
        TopologicalSorter({name: set(flow.reads.values()) for name, flow in nodes.items()}).prepare()
    except CycleError as error:
        circle: list[NodeName] = error.args[1]
        split = max(
            circle, key=lambda name: page.spec.nodes[name].cells[-1].index - page.spec.nodes[name].cells[0].index
        )
        last = page.spec.nodes[split].cells[-1].index
        message = f"nodes need each other's values: {' → '.join(circle)}, because cells of {split!r} stand apart"
        yield _problem(page, "DO017", last, message, f"give {_cell(last)} a node name of its own")


def _meaning(read: Read) -> object:
    return None if read.binding is None else read.binding.meaning


def _cell(index: int) -> str:
    return f"cell {index + 1}"
