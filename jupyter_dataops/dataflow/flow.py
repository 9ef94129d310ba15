"""From names per cell to the data flow of a pipeline: document order gives the meaning.

A read sees the nearest binding above its cell. The cells of a node run together, and parameters and setup run before
every node; where that would make a read see another value, there is a problem and never a silent difference.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from jupyter_dataops.dataflow.bindings import Binding, Owner, Read, group_of, is_shared
from jupyter_dataops.dataflow.conflicts import find_conflicts
from jupyter_dataops.dataflow.declared import find_undeclared
from jupyter_dataops.dataflow.files import FileFlow, Pair, follow_files
from jupyter_dataops.dataflow.models import Edge, EdgeKind, Flow, NodeFlow, Source
from jupyter_dataops.dataflow.names import is_data
from jupyter_dataops.dataflow.page import Page, read_page
from jupyter_dataops.dataflow.shared_random import find_shared_random
from jupyter_dataops.dataflow.unbound import find_unbound
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import NodeSpec, PipelineSpec


def analyse(spec: PipelineSpec) -> Flow:
    """The data flow of the pipeline.

    Notes
    -----
    Time grows with the number of names that cells mention, not with pairs of cells.
    """
    page = read_page(spec)
    reads = _with_fallbacks(page)
    reads_by_node: dict[NodeName, list[Read]] = {name: [] for name in spec.nodes}
    readers: dict[tuple[str, object], list[Read]] = defaultdict(list)
    outputs: dict[NodeName, set[str]] = {
        name: {*node.options.outputs, *node.options.assets.values()} for name, node in spec.nodes.items()
    }
    for read in reads:
        if not isinstance(read.owner, Source):
            reads_by_node[read.owner].append(read)
            if read.binding is not None:
                readers[read.name, read.binding.meaning].append(read)
            if read.producer is not None:
                outputs[read.producer].add(read.name)
    nodes = {
        name: _node_flow(node, page, reads_by_node[name], readers, outputs[name]) for name, node in spec.nodes.items()
    }
    files = follow_files(spec)
    return Flow(
        nodes=nodes,
        edges=_edges(spec, nodes, files),
        cell_names=page.cell_names,
        producers={name: tuple((one.index, _binder(one)) for one in found) for name, found in page.bindings.items()},
        problems=tuple(
            dict.fromkeys(
                [
                    *page.problems,
                    *find_unbound(page, reads),
                    *find_conflicts(page, reads, nodes),
                    *find_undeclared(page, nodes),
                    *find_shared_random(page),
                    *files.problems,
                ]
            )
        ),
        first_cells={name: node.cells[0].index for name, node in spec.nodes.items()},
    )


def _with_fallbacks(page: Page) -> list[Read]:
    """All reads; a value that somebody reads, and that its node binds only perhaps, is read by that node from above."""
    reads = list(page.reads)
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


def _node_flow(
    node: NodeSpec,
    page: Page,
    reads: list[Read],
    readers: Mapping[tuple[str, object], list[Read]],
    outputs: set[str],
) -> NodeFlow:
    inputs = {read.name: read.producer for read in reads if read.producer is not None and is_data(read.name)}
    imports = {
        (read.binding.index, read.binding.statement): None
        for read in reads
        if read.binding is not None and read.binding.statement is not None and not read.is_from_setup
    }
    binds = page.binds.get(node.name, set())
    return NodeFlow(
        name=node.name,
        reads=dict(sorted(inputs.items())),
        from_setup=frozenset(read.name for read in reads if read.is_from_setup),
        binds=frozenset(filter(is_data, binds)),
        changes=frozenset(filter(is_data, page.changes.get(node.name, set()))),
        outputs=tuple(sorted(filter(is_data, outputs))),
        imports=tuple(dict.fromkeys(statement for _, statement in sorted(imports))),
        watched=frozenset(_watched(node, reads, readers, binds)),
    )


def _watched(
    node: NodeSpec, reads: list[Read], readers: Mapping[tuple[str, object], list[Read]], binds: set[str]
) -> Iterator[str]:
    first_at: dict[str, int] = {}
    for read in reads:
        first_at.setdefault(read.name, read.index)
    for read in reads:
        binding = read.binding
        if binding is None or binding.deletes or binding.statement is not None or read.name in binds:
            continue
        if binding.is_fixed and binding.is_certain:
            continue
        if any(
            other.owner != node.name and other.index > first_at[read.name]
            for other in readers[read.name, binding.meaning]
        ):
            yield read.name


def _edges(spec: PipelineSpec, nodes: Mapping[NodeName, NodeFlow], files: FileFlow) -> tuple[Edge, ...]:
    """By document order of targets, then sources."""
    carried: dict[Pair, list[str]] = {}
    for target, flow in nodes.items():
        for name, source in flow.reads.items():
            carried.setdefault((source, target), []).append(name)
    afters = {(after, name) for name, node in spec.nodes.items() for after in node.options.after if after in nodes}
    order = files.order | {(after, name) for after, name in afters if after != name}
    position = {name: index for index, name in enumerate(nodes)}
    return tuple(
        Edge(
            *pair,
            tuple(carried.get(pair, ())),
            _kind(is_data=pair in carried or pair in files.carried, is_order=pair in order),
            tuple(files.carried.get(pair, ())),
        )
        for pair in sorted({*carried, *files.carried, *order}, key=lambda pair: (position[pair[1]], position[pair[0]]))
    )


def _kind(*, is_data: bool, is_order: bool) -> EdgeKind:
    if not is_data:
        return EdgeKind.ORDER
    return EdgeKind.BOTH if is_order else EdgeKind.DATA


def _binder(binding: Binding) -> NodeName | Source | None:
    if binding.deletes:
        return None
    if binding.statement is not None and not is_shared(binding.owner):
        return Source.IMPORT
    return binding.owner
