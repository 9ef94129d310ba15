"""All reads of a pipeline, sorted: who reads what from whom, and what each node has to hand on for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from heapq import nlargest
from operator import itemgetter
from typing import Final

from msgspec import Struct, field

from jupyter_dataops.dataflow.bindings import Owner, Read, group_of, is_shared
from jupyter_dataops.dataflow.checks import as_right_after_node, reads_of_checks
from jupyter_dataops.dataflow.names import is_data
from jupyter_dataops.dataflow.page import Page
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import NodeSpec

OUTSIDE: Final = NodeName("")
"""Reads the names that are wanted of the notebook as a whole, below its last cell."""


class Traffic(Struct):
    """What travels, complete once `traffic_of` returns it."""

    reads: list[Read]
    """Of everybody, with those by which a value that may not be bound is had from above."""
    by_owner: defaultdict[Owner, list[Read]] = field(default_factory=lambda: defaultdict(list))
    """Of each node and check, and from outside."""
    inside: defaultdict[Owner, list[Read]] = field(default_factory=lambda: defaultdict(list))
    """Of each node and check: functions and classes inside the values that it reads."""
    readers: defaultdict[tuple[str, object], list[Read]] = field(default_factory=lambda: defaultdict(list))
    """By name and meaning of its binding, each at the place where it counts."""
    outputs: defaultdict[NodeName, set[str]] = field(default_factory=lambda: defaultdict(set))
    """What each node has to hand on, private names included."""
    itemised: defaultdict[NodeName, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The part of `outputs` over which ``each:`` nodes run."""
    _latest: dict[tuple[str, object], dict[Owner, int]] = field(default_factory=dict)
    """By name and meaning, as asked for: the two owners that read it furthest down, and where."""

    def is_read_by_others(self, read: Read, *, after: int) -> bool:
        """Somebody else, below cell `after`, reads the same value."""
        if read.binding is None:
            return False
        key = read.name, read.binding.meaning
        if key not in self._latest:
            # Kept, since each of ten thousand readers of one value asks whether there are others.
            furthest: dict[Owner, int] = {}
            for other in self.readers[key]:
                furthest[other.owner] = max(other.index, furthest.get(other.owner, -1))
            self._latest[key] = dict(nlargest(2, furthest.items(), key=itemgetter(1)))
        return any(owner != read.owner and index > after for owner, index in self._latest[key].items())

    def is_variable_read(self, node: NodeSpec) -> bool:
        """The cells of the ``each:`` node, or anybody below, read the variable over which it runs."""
        variable, first = node.options.each[1] if node.options.each else None, node.cells[0].index
        return any(
            not read.is_gate or self.is_read_by_others(read, after=first)
            for read in self.by_owner[node.name]
            if read.name == variable
        )


def traffic_of(page: Page, wanted: Collection[str]) -> Traffic:
    """All that travels, also for those who want names of the notebook as a whole."""
    traffic = Traffic(_with_fallbacks(page, wanted))
    for name, node in page.spec.nodes.items():
        traffic.outputs[name] |= {*node.options.outputs, *node.options.assets.values()}
    for read in page.inside:
        traffic.inside[read.owner].append(read)
        if read.binding is not None:
            traffic.readers[read.name, read.binding.meaning].append(read)
    for read in traffic.reads:
        if is_shared(read.owner):
            continue
        traffic.by_owner[read.owner].append(read)
        if read.binding is not None:
            traffic.readers[read.name, read.binding.meaning].append(as_right_after_node(page, read))
        if read.producer is not None:
            traffic.outputs[read.producer].add(read.name)
            if _is_asked_by_each(page, read):
                traffic.itemised[read.producer].add(read.name)
    return traffic


def _is_asked_by_each(page: Page, read: Read) -> bool:
    node = page.spec.nodes.get(NodeName(read.owner))
    each = node.options.each if node is not None else None
    return node is not None and each is not None and read.name == each[1] and read.index == node.cells[0].index


def _with_fallbacks(page: Page, wanted: Collection[str]) -> list[Read]:
    """All reads; a value that somebody reads, and that its node binds only perhaps, is read by that node from above."""
    reads = [*page.reads, *reads_of_checks(page), *_final_reads(page, wanted)]
    asked: set[tuple[str, object]] = set()
    for owner, node in page.spec.nodes.items():
        for name in (*node.options.outputs, *node.options.assets.values()):
            _ask(page, name, owner, asked, reads)
    position = 0
    while position < len(reads):
        binding = reads[position].binding
        if binding is not None and not binding.deletes:
            _ask(page, reads[position].name, binding.owner, asked, reads)
        position += 1
    return reads


def _final_reads(page: Page, wanted: Iterable[str]) -> Iterator[Read]:
    end = len(page.spec.cells)
    for name in sorted(set(wanted)):
        binding = next(page.bindings.above(name, end), None)
        if binding is not None and is_data(name):
            yield Read(name, end, OUTSIDE, is_use=False, binding=binding)


def _ask(page: Page, name: str, owner: Owner, asked: set[tuple[str, object]], reads: list[Read]) -> None:
    """Add the reads by which `owner` has a value of `name` even where none of its own bindings happens."""
    key = (name, group_of(owner))
    if key in asked:
        return
    asked.add(key)
    own = page.bindings.by(name, owner)
    last_certain = max((one.index for one in own if one.is_certain), default=-1)
    for one in own:
        if not one.is_certain and one.index > last_certain:
            read = page.see(name, one.index, one.owner, is_use=False)
            if read is not None:
                reads.append(read)
