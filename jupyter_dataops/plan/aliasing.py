"""Objects that several names share across nodes: where changing one in place would be seen in one kernel and lost here.

Names that leave a node together come back as one object. But a node may also hand on an object that it was given, or a
part of one (``train = data["train"]``): the name and the one it came from are then stored apart. That is harmless until
somebody changes one of them in place. Who does is watched (`Sharing.entangled`) or found out when both have ended
(`Sharing.find_stale`), and the node fails with ``undeclared_mutation``. Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.dataflow.models import Flow, Source
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import OutputRecord

Outputs = Mapping[NodeName, Mapping[str, OutputRecord]]
Origin = tuple[NodeName | None, str]
"""An object: the node that handed it on first (`None`: setup makes it in every kernel), and a name it had there."""


def origins(flow: Flow, outputs: Outputs, name: str, producer: NodeName) -> frozenset[Origin]:
    """Every object that the value may be, or share a part with; just itself where nothing is shared.

    What a node that has not ended will hand on may share anything that it reads.
    """
    found: set[Origin] = set()
    wanted: list[Origin] = [(producer, name)]
    while wanted:
        node, variable = wanted.pop()
        record = outputs.get(node, {}).get(variable) if node is not None else None
        origin = (node, min(record.artifact.members, default=variable) if record else variable)
        if origin in found:
            continue
        found.add(origin)
        if node is not None:
            reads = flow.nodes[node].reads
            unknown = () if node in outputs else (*reads, *flow.nodes[node].from_setup)
            wanted += [(_source(flow, node, one), one) for one in (record.shares if record else unknown)]
    return frozenset(found)


class FromEach(Struct, frozen=True):
    """What a child of an ``each:`` node runs for, which is part of another value."""

    item: str
    """The name that it has in the child."""
    variable: str
    """The value that it is an element of."""
    is_entwined: bool
    """It shares an object with another element."""


def _source(flow: Flow, node: NodeName, name: str) -> NodeName | None:
    """The node from which `node` has an input; `None`: setup made it.

    Also one that it does not read itself: that its element is part of, or that a function in another input uses.
    """
    of_node = flow.nodes[node]
    if name in of_node.reads or name in of_node.from_setup or name not in flow.producers:
        return of_node.reads.get(name)
    binder = flow.producer_above(name, node)
    return None if isinstance(binder, Source) else binder


def collected_together(collected: Mapping[str, OutputRecord]) -> dict[str, OutputRecord]:
    """What an ``each:`` node hands on, with the names whose elements share an object recorded as one group."""
    groups = {name: {name, *record.artifact.members} for name, record in collected.items()}
    for name in collected:
        for other in [other for other in groups if groups[other] & groups[name]]:
            groups[name] |= groups[other]
        for other in groups[name] & groups.keys():
            groups[other] = groups[name]
    return {
        name: replace(record, artifact=replace(record.artifact, members=tuple(sorted(groups[name]))))
        if len(groups[name]) > 1
        else record
        for name, record in collected.items()
    }


def seen_from_outside(flow: Flow, outputs: Outputs, final: Mapping[str, NodeName]) -> dict[str, OutputRecord]:
    """What a notebook hands on to the one that runs it.

    Nothing in it is of the outer notebook, so it shares nothing with that one's values; what two names of it share,
    each records under one mark, which no variable can have as its name.

    Parameters
    ----------
    final
        Names to the nodes that hand them on.
    """
    handed_on = {name: outputs[producer][name] for name, producer in final.items() if name in outputs.get(producer, {})}
    homes = {name: origins(flow, outputs, name, final[name]) for name in handed_on}
    marks = {
        name: sorted(
            f"{node}:{variable}"
            for node, variable in home
            if any((node, variable) in homes[other] for other in homes if other != name)
        )
        for name, home in homes.items()
    }
    return {name: replace(record, shares=tuple(marks[name])) for name, record in handed_on.items()}


def _inputs_by_origin(
    flow: Flow, outputs: Outputs, node: NodeName, element: FromEach | None
) -> dict[Origin, list[str]]:
    of_node = flow.nodes[node]
    homes = {name: origins(flow, outputs, name, producer) for name, producer in of_node.reads.items()}
    homes |= {name: frozenset({(None, name)}) for name in of_node.from_setup if name not in homes}
    if element is not None and (producer := _source(flow, node, element.variable)) is not None:
        homes[element.item] = origins(flow, outputs, element.variable, producer)
    found: dict[Origin, list[str]] = {}
    for name, home in homes.items():
        for origin in home:
            found.setdefault(origin, []).append(name)
    return found


def _place(flow: Flow, outputs: Outputs, node: NodeName, name: str) -> Origin:
    """What `name` is loaded with: equal for names that come back as one object."""
    producer = flow.nodes[node].reads.get(name)
    record = outputs.get(producer, {}).get(name) if producer is not None else None
    return producer, min(record.artifact.members, default=name) if record else name


class Stale(Struct, frozen=True):
    """A value that one kernel would have shown changed, and that a node read, or will read, unchanged."""

    changer: NodeName
    changed: str
    reader: NodeName
    read: str

    def __str__(self) -> str:
        return (
            f"node '{self.changer}' changes '{self.changed}' in place, which shares an object with '{self.read}'; "
            f"'{self.reader}' below reads '{self.read}' and would not see the change"
        )


class Sharing:
    """Which objects of a pipeline several names share, found out as node after node ends.

    Notes
    -----
    A question costs what is shared, or may yet be, around its node, however many nodes have ended: those above it that
    have ended and share nothing are looked at once. Not safe for use from several threads.

    Parameters
    ----------
    flow
        Of one notebook. Whatever of its nodes has outputs keeps them.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        first = flow.first_cells
        self._readers: dict[tuple[NodeName, str], list[tuple[int, NodeName]]] = {}
        """By value; in document order."""
        self._read: dict[NodeName, list[str]] = {}
        for reader, of_reader in flow.nodes.items():
            for name, producer in of_reader.reads.items():
                readers = self._readers.setdefault((producer, name), [])
                if not readers:
                    self._read.setdefault(producer, []).append(name)
                readers.append((first[reader], reader))
        self._open = [(first[node], node) for node in flow.nodes]
        """In document order: nodes that had not ended, or share something, when they were last looked at."""
        changers = ((node, sorted(found.changes & found.reads.keys())) for node, found in flow.nodes.items())
        self._changers = [(first[node], node, changed) for node, changed in changers if changed]

    def entangled(self, node: NodeName, outputs: Outputs, element: FromEach | None = None) -> Mapping[str, str]:
        """Each name that `node` must not change unseen, to the name that would not see it.

        That is one of its inputs, stored apart though they share an object, or a value that a node below reads from
        above. Setup's names count as inputs: every kernel makes them anew. So does the element that a child of an
        ``each:`` node runs for, which is stored apart from the value it is of.
        """
        by_origin = _inputs_by_origin(self._flow, outputs, node, element)
        if not by_origin:
            return {}
        pairs: dict[str, str] = {}
        if element is not None and element.is_entwined:
            pairs[element.item] = element.variable
        for names in by_origin.values():
            places = [_place(self._flow, outputs, node, name) for name in names]
            other = next((index for index, place in enumerate(places) if place != places[0]), None)
            if other is not None:
                for name, place in zip(names, places, strict=True):
                    pairs.setdefault(name, names[0] if place != places[0] else names[other])
        # Changes of these are the business of `find_stale`, and of the node's own watch.
        of_node = self._flow.nodes[node]
        seen = (of_node.changes | of_node.watched) - {element.item if element else None}
        for _, read, producer in self._read_past(node, outputs, by_origin):
            for origin in origins(self._flow, outputs, read, producer):
                for name in by_origin.get(origin, ()):
                    if name != read and name not in seen:
                        pairs.setdefault(name, read)
        return pairs

    def find_stale(self, node: NodeName, outputs: Outputs) -> Stale | None:
        """A stale reading that the end of `node` makes certain; `outputs` has all that have ended, `node` included."""
        return next(self._stale_by_changing(node, outputs), None) or next(self._stale_by_sharing(node, outputs), None)

    def _stale_by_changing(self, changer: NodeName, outputs: Outputs) -> Iterator[Stale]:
        """What nodes below `changer`, which has ended, read from above it, and it has changed."""
        of_changer = self._flow.nodes[changer]
        changed = sorted(of_changer.changes & of_changer.reads.keys())
        homes = {name: origins(self._flow, outputs, name, of_changer.reads[name]) for name in changed}
        for reader, read, producer in self._read_past(
            changer, outputs, {one for home in homes.values() for one in home}
        ):
            if producer in outputs:
                home = origins(self._flow, outputs, read, producer)
                yield from (Stale(changer, name, reader, read) for name in changed if home & homes[name])

    def _stale_by_sharing(self, producer: NodeName, outputs: Outputs) -> Iterator[Stale]:
        """What `producer`, which has ended, hands on past nodes that have changed what it shares."""
        if not _shares(outputs[producer]):
            return  # Who ended before it has changed nothing of its own.
        start = bisect_right(self._changers, self._flow.first_cells[producer], key=itemgetter(0))
        for position, changer, changed in self._changers[start:]:
            if changer not in outputs:
                continue
            for reader, read, _ in self._past(position, [(producer, name) for name in self._read.get(producer, ())]):
                home = origins(self._flow, outputs, read, producer)
                for name in changed:
                    if home & origins(self._flow, outputs, name, self._flow.nodes[changer].reads[name]):
                        yield Stale(changer, name, reader, read)

    def _read_past(
        self, node: NodeName, outputs: Outputs, wanted: Iterable[Origin]
    ) -> list[tuple[NodeName, str, NodeName]]:
        """What nodes below `node` read from nodes above it, (reader, name, producer), and may be one of `wanted`."""
        position = self._flow.first_cells[node]
        values: set[tuple[NodeName, str]] = set()
        for producer, name in wanted:
            if producer is not None:
                record = outputs.get(producer, {}).get(name)
                values |= {(producer, one) for one in (name, *(record.artifact.members if record else ()))}
        values |= {
            (producer, name)
            for producer in self._open_above(position, outputs)
            for name in self._read.get(producer, ())
        }
        return self._past(position, (one for one in values if self._flow.first_cells[one[0]] < position))

    def _past(self, position: int, values: Iterable[tuple[NodeName, str]]) -> list[tuple[NodeName, str, NodeName]]:
        """Those of `values` that are read below `position`, with their first reader there, in its order."""
        found = []
        for producer, name in values:
            readers = self._readers.get((producer, name), [])
            index = bisect_right(readers, position, key=itemgetter(0))
            if index < len(readers):
                found.append((*readers[index], name, producer))
        return [(reader, name, producer) for _, reader, name, producer in sorted(found)]

    def _open_above(self, position: int, outputs: Outputs) -> list[NodeName]:
        end = bisect_left(self._open, position, key=itemgetter(0))
        still = [one for one in self._open[:end] if one[1] not in outputs or _shares(outputs[one[1]])]
        self._open[:end] = still
        return [node for _, node in still]


def _shares(outputs: Mapping[str, OutputRecord]) -> bool:
    return any(record.shares for record in outputs.values())
