"""One pass down the page: what each cell reads and binds, functions and tags included, and what each read sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from jupyter_dataops.dataflow.bindings import Binding, Bindings, Owner, Read, are_together, group_of, is_shared
from jupyter_dataops.dataflow.carried import Carried
from jupyter_dataops.dataflow.cell import combine_imports
from jupyter_dataops.dataflow.models import CellNames, Source
from jupyter_dataops.dataflow.names import modules_of, names_of
from jupyter_dataops.dataflow.random_functions import generators_in
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import Cell, NodeSpec, PipelineSpec, Problem, Role

_PYTHON = frozenset({"python", "ipython"})


@dataclass(frozen=True, slots=True)
class RandomUse:
    """One cell's use of a shared generator, itself or through functions."""

    index: int
    owner: Owner
    seeds: bool


@dataclass(slots=True)
class Page:
    """What the pass has found so far; complete once `read_page` returns it."""

    spec: PipelineSpec
    cell_names: dict[int, CellNames] = field(default_factory=dict)
    cells: dict[int, Cell] = field(default_factory=dict)
    """Cells of parameters, setup and nodes, by index."""
    bindings: Bindings = field(default_factory=Bindings)
    reads: list[Read] = field(default_factory=list)
    mentions: dict[tuple[str, Owner], list[int]] = field(default_factory=dict)
    """Cells that read a name, by name and owner (setup and parameters as setup)."""
    binds: dict[Owner, set[str]] = field(default_factory=dict)
    changes: dict[Owner, set[str]] = field(default_factory=dict)
    opaque: list[int] = field(default_factory=list)
    """Cells that may bind names which analysis cannot see."""
    random_uses: dict[str, list[RandomUse]] = field(default_factory=dict)
    """By shared generator, down the page."""
    problems: list[Problem] = field(default_factory=list)

    def see(self, name: str, index: int, owner: Owner, *, is_use: bool) -> Read | None:
        """A read, with what it sees; `None` if that is certainly the owner's own."""
        binding = self.bindings.seen_from(name, index, owner)
        if binding is not None and are_together(binding.owner, owner):
            if not is_shared(owner):
                return None
            return Read(name, index, owner, is_use, binding) if binding.deletes else None
        return Read(name, index, owner, is_use, binding)

    def place(self, index: int) -> str:
        """A cell, as messages name it."""
        cell = self.cells[index]
        return f"cell {index + 1} ({f'node {cell.node!r}' if cell.node else cell.role})"


def owner_of(cell: Cell) -> Owner:
    """Who a cell's bindings belong to."""
    if cell.role is Role.NODE and cell.node is not None:
        return cell.node
    return Source.PARAMETERS if cell.role is Role.PARAMETERS else Source.SETUP


def read_page(spec: PipelineSpec) -> Page:
    """The page, read from top to bottom."""
    page = Page(spec)
    carried = Carried()
    modules: dict[str, str] = {}
    for cell in spec.cells_with(Role.PARAMETERS, Role.SETUP, Role.NODE):
        page.cells[cell.index] = cell
        names = names_of(cell.source, modules) if spec.language in _PYTHON else CellNames(is_opaque=True)
        page.cell_names[cell.index] = names
        page.problems += _problems(page, cell, names)
        node = spec.nodes[cell.node] if cell.role is Role.NODE and cell.node is not None else None
        effects = _Effects.of(names, carried)
        for generator, seeds in generators_in(effects.draws, modules | modules_of(names.imports)).items():
            page.random_uses.setdefault(generator, []).append(RandomUse(cell.index, owner_of(cell), seeds))
        _read_cell(page, cell, effects, node)
        carried.follow(names)
        modules |= modules_of(names.imports)
        for name in (names.binds | names.deletes) - names.imports.keys() - names.changes:
            modules.pop(name, None)
    return page


@dataclass(slots=True)
class _Effects:
    """A cell's names, with what it reaches through functions defined above."""

    names: CellNames
    reads: dict[str, bool]
    """Name to whether it is used outright."""
    binds: set[str]
    changes: set[str]
    draws: set[str]
    """Functions that may be those of a shared random generator."""

    @classmethod
    def of(cls, names: CellNames, carried: Carried) -> _Effects:
        reads = {name: name in names.uses for name in names.reads}
        effects = cls(names, reads, set(names.binds), set(names.changes), set(names.draws))
        for name in names.reads:
            reach = carried.reached_from(name, names.settled.get(name, frozenset()))
            for need in reach.needs | reach.changes:
                reads.setdefault(need, False)
            effects.binds |= reach.binds
            effects.changes |= reach.changes
            effects.draws |= reach.draws
        effects.draws |= reads.keys()
        return effects


def _read_cell(page: Page, cell: Cell, effects: _Effects, node: NodeSpec | None) -> None:
    """Record the cell's reads, then its bindings, with what tags add to those of a node's first and last cell."""
    owner = owner_of(cell)
    if node is not None and cell.index == node.cells[0].index:
        for name in _declared_reads(node):
            effects.reads[name] = True
    if node is not None and cell.index == node.cells[-1].index:
        effects.binds |= {*node.options.outputs, *node.options.assets.values()}
    item = node.options.each[0] if node is not None and node.options.each else None
    for name in sorted(effects.reads.keys() - {item}):
        page.mentions.setdefault((name, group_of(owner)), []).append(cell.index)
        read = page.see(name, cell.index, owner, is_use=effects.reads[name])
        if read is not None:
            page.reads.append(read)
    effects.changes -= {name for name in effects.changes if _is_module(page, name, cell, effects.names)}
    unchanged = effects.names.changes - effects.changes
    for name in sorted((effects.binds - unchanged) | effects.names.deletes):
        page.bindings.add(name, _binding(page, name, cell.index, owner, effects.names))
    page.binds.setdefault(group_of(owner), set()).update(effects.binds - unchanged)
    page.changes.setdefault(group_of(owner), set()).update(effects.changes)
    if effects.names.is_opaque:
        page.opaque.append(cell.index)


def _declared_reads(node: NodeSpec) -> Iterator[str]:
    yield from node.options.inputs
    yield from (condition.variable for condition in node.options.conditions)
    if node.options.each:
        yield node.options.each[1]


def _is_module(page: Page, name: str, cell: Cell, names: CellNames) -> bool:
    """The cell sets an attribute of what an import bound: that changes the process (DO009), not a value to hand on."""
    if name in names.binds | names.deletes and name not in names.only_changes:
        return False
    nearest = next(page.bindings.above(name, cell.index), None)
    return nearest is not None and nearest.statement is not None


def _binding(page: Page, name: str, index: int, owner: Owner, names: CellNames) -> Binding:
    statement = names.imports.get(name)
    if statement is not None and (above := next(page.bindings.above(name, index), None)) is not None:
        statement = combine_imports(above.statement, statement)
    return Binding(
        index,
        owner,
        is_certain=name in names.always_binds or name in names.deletes,
        deletes=name in names.deletes,
        statement=statement,
        is_fixed=name in names.fixed,
    )


def _problems(page: Page, cell: Cell, names: CellNames) -> Iterator[Problem]:
    """The cell's own problems, where they matter: setup runs in every kernel, so that it hides nothing from nodes."""
    options = page.spec.nodes[cell.node].options if cell.role is Role.NODE and cell.node is not None else None
    is_answered = options is not None and bool(options.inputs or options.outputs)
    first_node = next((node.cells[0].index for node in page.spec.nodes.values()), cell.index)
    is_below_node = first_node < cell.index
    other_kernel = options is not None and options.kernel not in (None, page.spec.kernel_name)
    for problem in names.problems:
        if problem.code == "DO009" and options is None:
            continue
        if problem.code == "DO008" and (is_answered or (options is None and not is_below_node)):
            continue
        if problem.code == "DO005" and other_kernel:
            continue
        yield replace(problem, cell_id=cell.id, cell_index=cell.index, node=cell.node)


def node_of(owner: Owner) -> NodeName | None:
    """The node, if `owner` is one."""
    return None if isinstance(owner, Source) else owner
