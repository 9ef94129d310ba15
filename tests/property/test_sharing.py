"""What shares objects is found among few nodes as it is found by looking at all: over random flows, as nodes end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.dataflow.models import Flow, NodeFlow
from jupyter_dataops.ids import Digest, NodeName
from jupyter_dataops.plan.aliasing import Outputs, Sharing, origins
from jupyter_dataops.records import ArtifactRecord, OutputRecord

SIZE = 7


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Nodes ``n0``, ``n1``, ... each handing on ``vI`` and ``wI``, and reading from those above; all may use ``s``."""
    nodes = {}
    for index in range(draw(st.integers(2, SIZE))):
        above = [f"{kind}{number}" for number in range(index) for kind in "vw"]
        read = sorted(draw(st.sets(st.sampled_from(above), max_size=3))) if above else []
        name, none = NodeName(f"n{index}"), frozenset[str]()
        reads = {one: NodeName(f"n{one[1:]}") for one in read}
        changes = frozenset(draw(st.sets(st.sampled_from(read)))) if read else none
        from_setup = frozenset({"s"}) if draw(st.booleans()) else none
        outputs = (f"v{index}", f"w{index}")
        nodes[name] = NodeFlow(name, reads, from_setup, changes, changes, outputs, (), none, none)
    return Flow(nodes, (), {}, {}, first_cells={name: index for index, name in enumerate(nodes)})


@st.composite
def endings(draw: st.DrawFn, flow: Flow) -> list[tuple[NodeName, Mapping[str, OutputRecord]]]:
    """Nodes in an order in which they may end, each with what it hands on; some fail, and others run all the same."""
    ended: list[tuple[NodeName, Mapping[str, OutputRecord]]] = []
    waiting = draw(st.permutations(list(flow.nodes)))
    failed = draw(st.sets(st.sampled_from(waiting), max_size=2))
    while waiting:
        node = next(one for one in waiting if not set(flow.nodes[one].reads.values()) & set(waiting))
        waiting.remove(node)
        if node in failed:
            continue
        found = flow.nodes[node]
        given_names = sorted({*found.reads, *found.from_setup})
        members = found.outputs if draw(st.booleans()) and draw(st.booleans()) else ()
        records = {}
        for name in found.outputs:
            shares = tuple(sorted(draw(st.sets(st.sampled_from(given_names), max_size=1)))) if given_names else ()
            artifact = ArtifactRecord(Digest(name), "json", "list", 1, members=members)
            records[name] = OutputRecord(name, artifact, shares=shares)
        ended.append((node, records))
    return ended


def read_past(flow: Flow, node: NodeName) -> Iterator[tuple[NodeName, str, NodeName]]:
    first = flow.first_cells
    for reader, found in flow.nodes.items():
        for name, producer in found.reads.items():
            if first[producer] < first[node] < first[reader]:
                yield reader, name, producer


def entangled_by_looking_at_all(flow: Flow, outputs: Outputs, node: NodeName) -> dict[str, str]:
    of_node = flow.nodes[node]
    homes = {name: origins(flow, outputs, name, producer) for name, producer in of_node.reads.items()}
    homes |= {name: frozenset({(None, name)}) for name in of_node.from_setup}
    by_origin: dict[object, list[str]] = {}
    for name, home in homes.items():
        for origin in home:
            by_origin.setdefault(origin, []).append(name)

    def place(name: str) -> object:
        producer = of_node.reads.get(name)
        record = outputs.get(producer, {}).get(name) if producer is not None else None
        return producer, min(record.artifact.members, default=name) if record else name

    pairs: dict[str, str] = {}
    for found in by_origin.values():
        for one, other in permutations(found, 2):
            if place(one) != place(other):
                pairs.setdefault(one, other)
    for _, read, producer in read_past(flow, node):
        for origin in origins(flow, outputs, read, producer):
            for name in by_origin.get(origin, ()):
                if name != read and name not in of_node.changes | of_node.watched:
                    pairs.setdefault(name, read)
    return pairs


def is_stale_by_looking_at_all(flow: Flow, outputs: Outputs, node: NodeName) -> bool:
    for changer, found in flow.nodes.items():
        if changer not in outputs or not found.changes:
            continue
        for _, read, producer in read_past(flow, changer):
            if producer in outputs and node in (changer, producer):
                home = origins(flow, outputs, read, producer)
                if any(home & origins(flow, outputs, name, found.reads[name]) for name in found.changes):
                    return True
    return False


@given(st.data())
def test_names_are_entangled_as_if_every_node_had_been_looked_at(data: st.DataObject) -> None:
    flow = data.draw(flows())
    sharing, outputs = Sharing(flow), dict[NodeName, Mapping[str, OutputRecord]]()
    for node, found in data.draw(endings(flow)):
        assert sharing.entangled(node, outputs).keys() == entangled_by_looking_at_all(flow, outputs, node).keys()
        outputs[node] = found


@given(st.data())
def test_readings_are_stale_as_if_every_node_had_been_looked_at(data: st.DataObject) -> None:
    flow = data.draw(flows())
    sharing, outputs = Sharing(flow), dict[NodeName, Mapping[str, OutputRecord]]()
    for node, found in data.draw(endings(flow)):
        sharing.entangled(node, outputs)
        outputs[node] = found
        assert (sharing.find_stale(node, outputs) is not None) == is_stale_by_looking_at_all(flow, outputs, node)
