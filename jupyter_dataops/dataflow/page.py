"""One pass down the page: what each cell reads and binds, functions and tags included, and what each read sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from jupyter_dataops.dataflow.bindings import Binding, Bindings, Owner, Read, are_together, group_of, is_shared
from jupyter_dataops.dataflow.carried import Carried
from jupyter_dataops.dataflow.cell import combine_imports
from jupyter_dataops.dataflow.models import CellNames, Source
from jupyter_dataops.dataflow.names import modules_of, names_of
from jupyter_dataops.dataflow.random_functions import generators_in
from jupyter_dataops.ids import check_name
from jupyter_dataops.spec.models import Cell, NodeSpec, PipelineSpec, Problem, Role

_PYTHON = frozenset({"python", "ipython"})


class RandomUse(Struct, frozen=True):
    """One cell's use of a shared generator, itself or through functions."""

    index: int
    owner: Owner
    seeds: bool


class Page(Struct):
    """What the pass has found so far; complete once `read_page` returns it."""

    spec: PipelineSpec
    cell_names: dict[int, CellNames] = field(default_factory=dict)
    cells: dict[int, Cell] = field(default_factory=dict)
    """Cells of parameters, setup, nodes and checks, by index."""
    bindings: Bindings = field(default_factory=Bindings)
    reads: list[Read] = field(default_factory=list)
    mentions: dict[tuple[str, Owner], list[int]] = field(default_factory=dict)
    """Cells that read a name, by name and owner (setup and parameters as setup)."""
    binds: dict[Owner, set[str]] = field(default_factory=dict)
    changes: dict[Owner, set[str]] = field(default_factory=dict)
    opaque: list[int] = field(default_factory=list)
    """Cells that may bind names which analysis cannot see."""
    check_reads: dict[int, Mapping[str, bool]] = field(default_factory=dict)
    """By cell of a check: names that it reads, to whether it uses them outright."""
    inside: list[Read] = field(default_factory=list)
    """Functions and classes that are inside the values which nodes and checks read, seen from there."""
    check_binds: dict[str, list[int]] = field(default_factory=dict)
    """Names to the cells of checks that bind or change them otherwise than by an import, which is all that others see
    of a check."""
    random_uses: dict[str, list[RandomUse]] = field(default_factory=dict)
    """By shared generator, down the page."""
    problems: list[Problem] = field(default_factory=list)

    def see(self, name: str, index: int, owner: Owner, *, is_use: bool, is_gate: bool = False) -> Read | None:
        """A read, with what it sees; `None` if that is certainly the owner's own."""
        binding = self.bindings.seen_from(name, index, owner)
        if binding is not None and are_together(binding.owner, owner):
            if not is_shared(owner):
                return None
            return Read(name, index, owner, is_use, binding, is_gate) if binding.deletes else None
        return Read(name, index, owner, is_use, binding, is_gate)

    def place(self, index: int) -> str:
        """A cell, as messages name it."""
        cell = self.cells[index]
        if cell.role is Role.CHECK:
            return f"cell {index + 1} (check {cell.check!r} of node {cell.node!r})"
        return f"cell {index + 1} ({f'node {cell.node!r}' if cell.node else cell.role})"


def owner_of(cell: Cell) -> Owner:
    """Who a cell's bindings belong to."""
    if cell.role is Role.CHECK and cell.node is not None and cell.check is not None:
        return check_name(cell.node, cell.check)
    if cell.role is Role.NODE and cell.node is not None:
        return cell.node
    return Source.PARAMETERS if cell.role is Role.PARAMETERS else Source.SETUP


def read_page(spec: PipelineSpec) -> Page:
    """The page, read from top to bottom."""
    page = Page(spec)
    carried = Carried()
    of_checks: dict[Owner, Carried] = {}
    modules: dict[str, str] = {}
    for cell in spec.cells_with(Role.PARAMETERS, Role.SETUP, Role.NODE, Role.CHECK):
        page.cells[cell.index] = cell
        names = names_of(cell.source, modules) if spec.language in _PYTHON else CellNames(is_opaque=True)
        page.cell_names[cell.index] = names
        page.problems += _problems(page, cell, names)
        is_check = cell.role is Role.CHECK
        reached = of_checks.setdefault(owner_of(cell), carried.copy()) if is_check else carried
        effects = _Effects.of(names, reached)
        for generator, seeds in generators_in(effects.draws, modules | modules_of(names.imports)).items():
            page.random_uses.setdefault(generator, []).append(RandomUse(cell.index, owner_of(cell), seeds))
        (_read_check_cell if is_check else _read_cell)(page, cell, effects)
        reached.follow(names)
        modules |= modules_of(names.imports)
        for name in (names.binds | names.deletes) - names.imports.keys() - names.changes:
            modules.pop(name, None)
    return page


class _Effects(Struct):
    """A cell's names, with what it reaches through functions defined above."""

    names: CellNames
    reads: dict[str, bool]
    """Name to whether it is used outright."""
    binds: set[str]
    changes: set[str]
    draws: set[str]
    """Functions that may be those of a shared random generator."""
    within: set[str]
    """Functions and classes that are inside what it reads."""

    @classmethod
    def of(cls, names: CellNames, carried: Carried) -> _Effects:
        reads = {name: name in names.uses for name in names.reads}
        effects = cls(names, reads, set(names.binds), set(names.changes), set(names.draws), set())
        for name in names.reads:
            reach = carried.reached_from(name, names.settled.get(name, frozenset()))
            for need in reach.needs | reach.changes:
                reads.setdefault(need, False)
            effects.binds |= reach.binds
            effects.changes |= reach.changes
            effects.draws |= reach.draws
            effects.within |= reach.within
        effects.draws |= reads.keys()
        return effects


def _read_cell(page: Page, cell: Cell, effects: _Effects) -> None:
    """Record the cell's reads, then its bindings, with what tags add to those of a node's first and last cell."""
    owner = owner_of(cell)
    node = page.spec.nodes[cell.node] if cell.role is Role.NODE and cell.node is not None else None
    item = node.options.each[0] if node is not None and node.options.each else None
    gates: set[str] = set()
    if item is not None:
        effects.reads.pop(item, None)
    if node is not None and cell.index == node.cells[0].index:
        gates = _gates(node) - effects.reads.keys() - set(node.options.inputs)
        effects.reads |= dict.fromkeys((*node.options.inputs, *gates), True)
    if node is not None and cell.index == node.cells[-1].index:
        effects.binds |= {*node.options.outputs, *node.options.assets.values()}
    for name in sorted(effects.reads):
        page.mentions.setdefault((name, group_of(owner)), []).append(cell.index)
        read = page.see(name, cell.index, owner, is_use=effects.reads[name], is_gate=name in gates)
        if read is not None:
            page.reads.append(read)
    page.inside += _seen_inside(page, cell, effects)
    if node is not None and item is not None and cell.index == node.cells[0].index:
        page.bindings.add(item, Binding(cell.index, owner, is_certain=True))
    effects.changes -= {name for name in effects.changes if _is_module(page, name, cell, effects.names)}
    unchanged = effects.names.changes - effects.changes
    for name in sorted((effects.binds - unchanged) | effects.names.deletes):
        page.bindings.add(name, _binding(page, name, cell, effects.names))
    page.binds.setdefault(group_of(owner), set()).update(effects.binds - unchanged)
    page.changes.setdefault(group_of(owner), set()).update(effects.changes)
    if effects.names.is_opaque:
        page.opaque.append(cell.index)


def _read_check_cell(page: Page, cell: Cell, effects: _Effects) -> None:
    """Record what the cell reads, to be looked up when the page is complete, and what of it others might want."""
    names = effects.names
    page.check_reads[cell.index] = effects.reads
    page.inside += _seen_inside(page, cell, effects)
    for name in sorted((effects.binds | names.deletes) - names.imports.keys()):
        if not _is_module(page, name, cell, names):
            page.check_binds.setdefault(name, []).append(cell.index)
    for name in sorted(names.imports):
        page.bindings.add(name, _binding(page, name, cell, names))


def _seen_inside(page: Page, cell: Cell, effects: _Effects) -> Iterator[Read]:
    if cell.role in (Role.NODE, Role.CHECK):
        for name in sorted(effects.within - effects.reads.keys()):
            read = page.see(name, cell.index, owner_of(cell), is_use=False)
            if read is not None:
                yield read


def _gates(node: NodeSpec) -> set[str]:
    """Variables that are looked at before the node starts."""
    each = {node.options.each[1]} if node.options.each else set()
    return {condition.variable for condition in node.options.conditions} | each


def _is_module(page: Page, name: str, cell: Cell, names: CellNames) -> bool:
    """The cell sets an attribute of what an import bound: that changes the process (DO009), not a value to hand on."""
    if name in names.binds | names.deletes and name not in names.only_changes:
        return False
    nearest = next(page.bindings.above(name, cell.index), None)
    return nearest is not None and nearest.statement is not None


def _binding(page: Page, name: str, cell: Cell, names: CellNames) -> Binding:
    statement = names.imports.get(name)
    if statement is not None and (above := next(page.bindings.above(name, cell.index), None)) is not None:
        statement = combine_imports(above.statement, statement)
    return Binding(
        cell.index,
        owner_of(cell),
        is_certain=name in names.always_binds or name in names.deletes or name in _made_by_notebook(page, cell),
        deletes=name in names.deletes,
        statement=statement,
        is_fixed=name in names.fixed,
        is_class=name in names.definitions and name not in names.results,
    )


def _made_by_notebook(page: Page, cell: Cell) -> tuple[str, ...]:
    """What the notebook that the cell's node runs hands on, if this is the node's last cell."""
    node = page.spec.nodes.get(cell.node) if cell.role is Role.NODE and cell.node is not None else None
    is_last = node is not None and node.options.notebook is not None and node.cells[-1].index == cell.index
    return node.options.outputs if node is not None and is_last else ()


def _problems(page: Page, cell: Cell, names: CellNames) -> Iterator[Problem]:
    """The cell's own problems, where they matter: setup runs in every kernel, so that it hides nothing from nodes."""
    options = page.spec.nodes[cell.node].options if cell.role is Role.NODE and cell.node is not None else None
    is_answered = options is not None and bool(options.inputs or options.outputs)
    first_node = next((node.cells[0].index for node in page.spec.nodes.values()), cell.index)
    is_below_node = first_node < cell.index
    other_kernel = options is not None and options.kernel not in (None, page.spec.kernel_name)
    for problem in names.problems:
        is_shared_cell = cell.role in (Role.PARAMETERS, Role.SETUP)
        if problem.code == "DO009" and is_shared_cell:
            continue
        if problem.code == "DO008" and (is_answered or (is_shared_cell and not is_below_node)):
            continue
        if problem.code == "DO005" and other_kernel:
            continue
        yield replace(problem, cell_id=cell.id, cell_index=cell.index, node=cell.node)
