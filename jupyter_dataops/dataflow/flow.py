"""From names per cell to the data flow of a pipeline: document order gives the meaning.

A read sees the nearest binding above its cell. The cells of a node run together, and parameters and setup run before
every node; where that would make a read see another value, there is a problem and never a silent difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from jupyter_dataops.dataflow.bindings import Binding, Read, is_shared
from jupyter_dataops.dataflow.checks import find_leaks, find_too_early, is_of_node
from jupyter_dataops.dataflow.conflicts import find_conflicts
from jupyter_dataops.dataflow.declared import find_undeclared
from jupyter_dataops.dataflow.each import find_definitions, find_loop_carried
from jupyter_dataops.dataflow.files import FileFlow, Pair, follow_files
from jupyter_dataops.dataflow.models import Edge, EdgeKind, Flow, NodeFlow, Source
from jupyter_dataops.dataflow.names import is_data
from jupyter_dataops.dataflow.page import Page, read_page
from jupyter_dataops.dataflow.shared_random import find_shared_random
from jupyter_dataops.dataflow.traffic import OUTSIDE, Traffic, traffic_of
from jupyter_dataops.dataflow.unbound import find_unbound
from jupyter_dataops.dataflow.watched import watched_by_check, watched_by_node
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import CheckSpec, NodeSpec, PipelineSpec, Problem


def analyse(spec: PipelineSpec, wanted: Collection[str] = ()) -> Flow:
    """The data flow of the pipeline.

    Parameters
    ----------
    wanted
        Names that somebody outside reads: the node that binds one last hands it on, see `Flow.final`.

    Notes
    -----
    Time grows with the number of names that cells mention, not with pairs of cells.
    """
    page = read_page(spec)
    traffic = traffic_of(page, wanted)
    nodes = {name: _node_flow(node, page, traffic) for name, node in spec.nodes.items()}
    checks = {name: _check_flow(check, page, traffic) for name, check in spec.checks.items()}
    files = follow_files(spec)
    edges = _edges(spec, nodes, _asked_by_gates(traffic), files)
    first_cells = {name: node.cells[0].index for name, node in spec.nodes.items()}
    first_cells |= {name: check.cells[0].index for name, check in spec.checks.items()}
    problems = [*page.problems, *_problems(page, traffic, nodes), *find_too_early(page, checks, edges), *files.problems]
    return Flow(
        nodes=nodes,
        edges=edges,
        cell_names=page.cell_names,
        producers={name: tuple((one.index, _binder(one)) for one in found) for name, found in page.bindings.items()},
        problems=tuple(dict.fromkeys(problems)),
        first_cells=first_cells,
        checks=checks,
        final={read.name: read.producer for read in traffic.by_owner[OUTSIDE] if read.producer is not None},
    )


def _problems(page: Page, traffic: Traffic, nodes: Mapping[NodeName, NodeFlow]) -> Iterator[Problem]:
    leaks = {(read.name, read.owner): problem for read, problem in find_leaks(page, traffic.reads)}
    yield from find_unbound(page, [read for read in traffic.reads if (read.name, read.owner) not in leaks])
    yield from leaks.values()
    yield from find_conflicts(page, [read for read in traffic.reads if not is_of_node(page, read)], nodes)
    yield from find_undeclared(page, nodes)
    for name, node in page.spec.nodes.items():
        is_read = traffic.is_variable_read(node)
        yield from find_loop_carried(page, node, traffic.by_owner[name], is_read_elsewhere=is_read)
        yield from find_definitions(page, node, nodes[name].outputs)
    yield from find_shared_random(page)


def _node_flow(node: NodeSpec, page: Page, traffic: Traffic) -> NodeFlow:
    reads = traffic.by_owner[node.name]
    only_asked = _only_asked_by_each(node, reads)
    loaded = [read for read in reads if read.name != only_asked]
    return NodeFlow(
        name=node.name,
        reads=_inputs(loaded),
        from_setup=_from_setup([*loaded, *traffic.inside[node.name]]),
        binds=frozenset(filter(is_data, page.binds.get(node.name, ()))),
        changes=frozenset(filter(is_data, page.changes.get(node.name, ()))),
        outputs=tuple(sorted(filter(is_data, traffic.outputs[node.name]))),
        imports=_imports(reads),
        itemised=frozenset(traffic.itemised[node.name]),
        watched=frozenset(watched_by_node(page, traffic, node, loaded)),
    )


def _only_asked_by_each(node: NodeSpec, reads: Iterable[Read]) -> str | None:
    """The variable over which `node` runs, if none of its cells reads it: the children need their elements alone."""
    variable = node.options.each[1] if node.options.each else None
    is_condition = any(condition.variable == variable for condition in node.options.conditions)
    is_read = is_condition or any(read.name == variable and not read.is_gate for read in reads)
    return None if is_read else variable


def _check_flow(check: CheckSpec, page: Page, traffic: Traffic) -> NodeFlow:
    reads, nothing = traffic.by_owner[check.name], frozenset[str]()
    return NodeFlow(
        name=check.name,
        reads=_inputs(reads),
        from_setup=_from_setup([*reads, *traffic.inside[check.name]]),
        binds=nothing,
        changes=nothing,
        outputs=(),
        imports=_imports(reads),
        itemised=nothing,
        watched=frozenset(watched_by_check(page, traffic, check)),
    )


def _from_setup(reads: Iterable[Read]) -> frozenset[str]:
    return frozenset(read.name for read in reads if read.is_from_setup)


def _inputs(reads: Iterable[Read]) -> dict[str, NodeName]:
    inputs = {read.name: read.producer for read in reads if read.producer is not None and is_data(read.name)}
    return dict(sorted(inputs.items()))


def _imports(reads: Iterable[Read]) -> tuple[str, ...]:
    """Statements by which other nodes, or checks, have imported what is read, in document order."""
    imports = {
        (read.binding.index, read.binding.statement): None
        for read in reads
        if read.binding is not None and read.binding.statement is not None and not read.is_from_setup
    }
    return tuple(dict.fromkeys(statement for _, statement in sorted(imports)))


def _asked_by_gates(traffic: Traffic) -> Iterator[tuple[Pair, str]]:
    """Variables that are looked at before a node starts, with who binds them and the node."""
    for owner, reads in traffic.by_owner.items():
        for read in reads:
            if read.is_gate and read.producer is not None and is_data(read.name):
                yield (read.producer, NodeName(owner)), read.name


def _edges(
    spec: PipelineSpec, nodes: Mapping[NodeName, NodeFlow], asked: Iterable[tuple[Pair, str]], files: FileFlow
) -> tuple[Edge, ...]:
    """By document order of targets, then sources."""
    carried: dict[Pair, set[str]] = {}
    for target, flow in nodes.items():
        for name, source in flow.reads.items():
            carried.setdefault((source, target), set()).add(name)
    for pair, name in asked:
        carried.setdefault(pair, set()).add(name)
    afters = {(after, name) for name, node in spec.nodes.items() for after in node.options.after if after in nodes}
    order = files.order | {(after, name) for after, name in afters if after != name}
    position = {name: index for index, name in enumerate(nodes)}
    return tuple(
        Edge(
            *pair,
            tuple(sorted(carried.get(pair, ()))),
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
