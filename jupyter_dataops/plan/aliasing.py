"""Objects that several names share across nodes: where changing one in place would be seen in one kernel and lost here.

Names that leave a node together come back as one object. But a node may also hand on an object that it was given, or a
part of one (``train = data["train"]``): the name and the one it came from are then stored apart. That is harmless until
somebody changes one of them in place. Who does is watched (`entangled`) or found out when both have ended
(`StaleReaders`), and the node fails with ``undeclared_mutation``. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations

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


@dataclass(frozen=True, slots=True)
class FromEach:
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


def entangled(flow: Flow, outputs: Outputs, node: NodeName, element: FromEach | None = None) -> Mapping[str, str]:
    """Each name that `node` must not change unseen, to the name that would not see it.

    That is one of its inputs, stored apart though they share an object, or a value that a node below reads from above.
    Setup's names count as inputs: every kernel makes them anew. So does the element that a child of an ``each:`` node
    runs for, which is stored apart from the value it is of.
    """
    by_origin = _inputs_by_origin(flow, outputs, node, element)
    is_any_shared = element is not None or _any_shared(outputs)
    if not by_origin or not (is_any_shared or _any_unfinished_above(flow, outputs, node)):
        return {}
    pairs: dict[str, str] = {}
    if element is not None and element.is_entwined:
        pairs[element.item] = element.variable
    for names in by_origin.values():
        for one, other in permutations(names, 2):
            if _place(flow, outputs, node, one) != _place(flow, outputs, node, other):
                pairs.setdefault(one, other)
    # Changes of these are the business of `StaleReaders`, and of the node's own watch.
    seen = (flow.nodes[node].changes | flow.nodes[node].watched) - {element.item if element else None}
    for _, read, producer in _read_past(flow, node):
        for origin in origins(flow, outputs, read, producer):
            for name in by_origin.get(origin, ()):
                if name != read and name not in seen:
                    pairs.setdefault(name, read)
    return pairs


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


def _any_shared(outputs: Outputs) -> bool:
    return any(record.shares or record.artifact.members for each in outputs.values() for record in each.values())


def _any_unfinished_above(flow: Flow, outputs: Outputs, node: NodeName) -> bool:
    first = flow.first_cells
    return any(other not in outputs and first[other] < first[node] for other in flow.nodes)


def _read_past(flow: Flow, node: NodeName) -> Iterator[tuple[NodeName, str, NodeName]]:
    """What nodes below `node` read from nodes above it: (reader, name, producer)."""
    first = flow.first_cells
    for reader, of_reader in flow.nodes.items():
        if first[reader] > first[node]:
            for name, producer in of_reader.reads.items():
                if first[producer] < first[node]:
                    yield reader, name, producer


def _place(flow: Flow, outputs: Outputs, node: NodeName, name: str) -> Origin:
    """What `name` is loaded with: equal for names that come back as one object."""
    producer = flow.nodes[node].reads.get(name)
    record = outputs.get(producer, {}).get(name) if producer is not None else None
    return producer, min(record.artifact.members, default=name) if record else name


@dataclass(frozen=True, slots=True)
class Stale:
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


class StaleReaders:
    """Finds stale readings as the nodes that cause them end."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._changers = {
            name: changed for name, node in flow.nodes.items() if (changed := sorted(node.changes & node.reads.keys()))
        }

    def find(self, node: NodeName, outputs: Outputs) -> Stale | None:
        """A stale reading that the end of `node` makes certain; `outputs` has all that have ended, `node` included."""
        if not _any_shared(outputs):
            return None
        return next(self._found(node, outputs), None)

    def _found(self, node: NodeName, outputs: Outputs) -> Iterator[Stale]:
        for changer, names in self._changers.items():
            if changer not in outputs:
                continue
            for reader, read, producer in _read_past(self._flow, changer):
                if producer not in outputs or node not in (changer, producer):
                    continue
                homes = origins(self._flow, outputs, read, producer)
                for changed in names:
                    if homes & origins(self._flow, outputs, changed, self._flow.nodes[changer].reads[changed]):
                        yield Stale(changer, changed, reader, read)
