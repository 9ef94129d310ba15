"""What decides whether an earlier result of a node still holds: a digest per component. Pure.

=========== ==================================================================================================
component   counts
=========== ==================================================================================================
code        the node's cells, the imports copied into it, its kernel, the code of the notebook that it runs
inputs      which node each variable that it reads comes from; trigger rule, conditions, ``each:``, ``notebook:``
setup       the setup statements it reaches, transitively, and all that do more than define
parameters  values of the parameters it reaches, and their defaults
files       content of the files it declares with ``in:``, but for those that the pipeline makes
environment values of the variables it declares with ``env:``
modules     content of the modules beside the notebook that it imports, and of those that these import
packages    versions of the distributions that it imports, of Python, and the kernelspec
assets      content of the newest version of each asset that it loads without naming a version
=========== ==================================================================================================

Comments and layout do not count. Nor do values of inputs, which are not known before what is above is done: see
`jupyter_dataops.plan.earlier`. A check has a fingerprint of its own, and so does not count in that of its node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct, field

from jupyter_dataops.dataflow.loads import Asked, is_of_package
from jupyter_dataops.dataflow.models import Flow, NodeFlow
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.plan.imports import Imports
from jupyter_dataops.plan.statements import Statement, imports_in, reached, statements, used_names
from jupyter_dataops.spec.models import NodeOptions, NodeSpec, PipelineSpec, Role

COMPONENTS: Final = (
    "version",
    "code",
    "inputs",
    "setup",
    "parameters",
    "files",
    "environment",
    "modules",
    "packages",
    "assets",
)

SURROUNDINGS: Final = ("files", "environment", "modules", "packages", "assets")
"""Components that may differ although notebook and parameters are the same."""

UNKNOWN: Final = "unknown"
"""Digest of a component that cannot be computed; equals nothing, not even itself."""

NO_ASSET: Final = "none"
"""Stands for the content of an asset that nobody has published."""

NOTHING_GIVEN: Final[Mapping[str, Any]] = MappingProxyType({})

_OPAQUE: Final = frozenset({"exec", "eval", "globals", "locals", "vars"})
"""Code that uses these may reach anything."""

_NOTHING_READ: Final = NodeOptions()
"""A check runs again when its node does: what that depends on need not count twice."""

_VERSION: Final = "3"
"""Of the rules in this module, a component by itself: with a new number, nothing earlier is reused."""


class Imported(Struct, frozen=True):
    """What comes with a module that code imports."""

    files: Mapping[str, str] = field(default_factory=dict)
    """Path to digest of the content, of those that lie beside the notebook."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Distribution to version."""
    is_known: bool = True


class Kernel(Struct, frozen=True):
    """What a kernel runs on."""

    versions: Mapping[str, str]
    """``python`` and ``kernelspec``."""
    modules: Mapping[str, Imported] = field(default_factory=dict)
    """By dotted name, for everything that the notebook imports; by path as written for what ``%run`` runs."""


class Surroundings(Struct, frozen=True):
    """What lies outside the notebook, as it is now."""

    files: Mapping[str, str] = field(default_factory=dict)
    """Path as written to digest of the content, for every file that a node declares: `UNKNOWN` for one that cannot be
    read, while a missing one is left out."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables."""
    notebooks: Mapping[str, str] = field(default_factory=dict)
    """Path as a ``notebook:`` tag writes it to digest of that notebook's code; nothing is reused for one left out."""
    inside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The same path to digests, by component, of what surrounds the nodes of that notebook."""
    kernels: Mapping[str, Kernel] = field(default_factory=dict)
    """By kernelspec's name; nothing is reused for one left out."""
    assets: Mapping[str, str] = field(default_factory=dict)
    """Name to digest of the newest content, or `NO_ASSET`; nothing is reused for one left out."""


NOTHING_AROUND: Final = Surroundings()


class Reach(Struct, frozen=True):
    """The code on which a node or check depends."""

    code: tuple[Statement, ...]
    """Its own cells."""
    setup: tuple[Statement, ...]
    """What it needs of setup."""
    defaults: tuple[Statement, ...]
    """What it needs of the parameters cell."""
    names: frozenset[str]
    """All names that this code uses."""
    imports: Imports
    kernel: str
    is_python: bool
    loads: frozenset[str | None] = frozenset()
    """Assets of which it loads the newest version; `None` among them: there may be others."""

    @property
    def is_opaque(self) -> bool:
        """It may use any parameter."""
        return not self.is_python or bool(self.names & _OPAQUE)


Shared = Sequence[tuple[Role, Statement]]
"""What runs before every node, in document order."""


def reach_of(
    spec: PipelineSpec, flow: Flow, name: NodeName, shared: Shared, values: Mapping[str, Any] = NOTHING_GIVEN
) -> Reach:
    """What the node, or check, `name` depends on, in the notebook itself.

    Parameters
    ----------
    shared
        What `shared_by_all` says of the notebook.
    values
        Of the parameters, given or by default, as far as they are known: they may name assets and versions.
    """
    check = spec.checks.get(name)
    of_node = spec.nodes[check.node if check else name]
    of_flow, cells = (flow.checks[name], check.cells) if check else (flow.nodes[name], of_node.cells)
    code = tuple(part for cell in cells for part in statements(cell.source, spec.language))
    needed, names = reached((part for _, part in shared), of_flow.from_setup | used_names(code))
    is_python = spec.language == "python"
    if not is_python or names & _OPAQUE:
        needed = tuple(part for _, part in shared)
    chosen = set(needed)
    copied = tuple(part for statement in of_flow.imports for part in statements(statement, spec.language))
    return Reach(
        code=code,
        setup=tuple(part for role, part in shared if role is Role.SETUP and part in chosen),
        defaults=tuple(part for role, part in shared if role is Role.PARAMETERS and part in chosen),
        names=names,
        imports=imports_in((*code, *needed, *copied)),
        kernel=of_node.options.kernel or spec.kernel_name,
        is_python=is_python,
        loads=_loads((*code, *needed), copied, of_flow.from_setup, _unchanged(values, spec, flow, of_node, of_flow)),
    )


def _unchanged(
    values: Mapping[str, Any], spec: PipelineSpec, flow: Flow, node: NodeSpec, of_flow: NodeFlow
) -> Mapping[str, Any]:
    """Those of the parameters' `values` that the code of a node finds under their names."""
    setup = (flow.cell_names.get(cell.index) for cell in spec.cells_with(Role.SETUP))
    bound = of_flow.binds.union(of_flow.reads, node.options.each[:1] if node.options.each else ())
    bound = bound.union(*(names.binds for names in setup if names is not None))
    return {name: value for name, value in values.items() if name in of_flow.from_setup and name not in bound}


def _loads(
    parts: Sequence[Statement], copied: Sequence[Statement], given: AbstractSet[str], values: Mapping[str, Any]
) -> frozenset[str | None]:
    """Assets that the code in `parts` loads, with the imports `copied` from other nodes: see `Reach.loads`.

    Parameters
    ----------
    given
        Names of setup that the node needs, also for functions that other nodes hand it.
    values
        Of variables that are known.
    """
    ours = [part for part in (*parts, *copied) if any(map(is_of_package, part.imports.modules))]
    if not ours:
        return frozenset()
    used = used_names(parts)
    # What nothing here uses is there for a function that another node made, and what that loads is not said here.
    by_others = (_binds(ours) & (given | _binds(copied))) - used
    said = frozenset[str | None]().union(
        *(one.loaded(values) if isinstance(one, Asked) else {one} for part in parts for one in part.loads)
    )
    return said | {None} if by_others or used & _OPAQUE else said


def _binds(parts: Iterable[Statement]) -> frozenset[str]:
    return frozenset[str]().union(*(part.binds for part in parts))


def fingerprint(
    spec: PipelineSpec,
    flow: Flow,
    node: NodeName,
    parameters: Mapping[str, Any],
    around: Surroundings = NOTHING_AROUND,
    *,
    reach: Reach | None = None,
) -> Mapping[str, str]:
    """Component to digest for `node`, or a check by its name; the same in every process.

    Parameters
    ----------
    parameters
        Values given for the run; defaults are read from the parameters cell.
    reach
        What `reach_of` says of it, where the caller has asked before.
    """
    reach = reach or reach_of(spec, flow, node, shared_by_all(spec))
    check = spec.checks.get(node)
    of_node = spec.nodes[check.node if check else node]
    of_flow = flow.checks[node] if check else flow.nodes[node]
    given = {name: value for name, value in parameters.items() if name in reach.names or reach.is_opaque}
    options = _NOTHING_READ if check else of_node.options
    return {
        "version": _VERSION,
        "code": _code(reach.code, sorted(of_flow.imports), of_node.options.kernel, options.notebook, around.notebooks),
        "inputs": _digest(of_flow.reads, *([] if check else _gates(of_node, flow))),
        "setup": _digest([part.form for part in reach.setup]),
        "parameters": _digest(given, [part.form for part in _defaults(reach.defaults, given.keys())]),
        **surroundings_of(options, reach, around),
    }


def surroundings_of(options: NodeOptions, reach: Reach, around: Surroundings) -> dict[str, str]:
    """The components in `SURROUNDINGS`."""
    own = {
        "files": _files(sorted(options.input_files), around.files),
        "environment": _digest([[name, around.environment.get(name)] for name in sorted(options.env)]),
        "modules": _modules(reach, around.kernels.get(reach.kernel)),
        "packages": _packages(reach, around.kernels.get(reach.kernel)),
        "assets": _assets(reach.loads, around.assets),
    }
    if options.notebook is None:
        return own
    inside = around.inside.get(options.notebook, {})
    return {one: combined([found, inside.get(one, UNKNOWN)]) for one, found in own.items()}


def combined(digests: Iterable[str]) -> str:
    """One digest for all; unknown where one of them is."""
    found = list(digests)
    return UNKNOWN if UNKNOWN in found else _digest(found)


def imported_by(reach: Reach, kernel: Kernel) -> Imported:
    """What comes with all that the code imports; not known where a part of it is not."""
    wanted = (*reach.imports.modules, *reach.imports.scripts)
    found = [kernel.modules.get(name, _NOT_KNOWN) for name in wanted]
    return Imported(
        {path: content for one in found for path, content in one.files.items()},
        {name: version for one in found for name, version in one.packages.items()},
        is_known=reach.imports.is_known and all(one.is_known for one in found),
    )


_NOT_KNOWN: Final = Imported(is_known=False)


def _modules(reach: Reach, kernel: Kernel | None) -> str:
    if kernel is None:
        return UNKNOWN
    found = imported_by(reach, kernel)
    return _digest(found.files) if found.is_known and UNKNOWN not in found.files.values() else UNKNOWN


def _packages(reach: Reach, kernel: Kernel | None) -> str:
    if kernel is None or UNKNOWN in kernel.versions.values():
        return UNKNOWN
    return _digest(kernel.versions, imported_by(reach, kernel).packages)


def _assets(loads: AbstractSet[str | None], newest: Mapping[str, str]) -> str:
    contents = {name: UNKNOWN if name is None else newest.get(name, UNKNOWN) for name in loads}
    return UNKNOWN if UNKNOWN in contents.values() else _digest(contents)


def _code(
    code: Iterable[Statement],
    imports: Sequence[str],
    kernel: str | None,
    notebook: str | None,
    notebooks: Mapping[str, str],
) -> str:
    parts: list[Any] = [[part.form for part in code], imports, kernel]
    if notebook is None:
        return _digest(*parts)
    return _digest(*parts, notebooks[notebook]) if notebook in notebooks else UNKNOWN


def _files(paths: Iterable[str], contents: Mapping[str, str]) -> str:
    found = [[path, contents.get(path)] for path in paths]
    return UNKNOWN if any(content == UNKNOWN for _, content in found) else _digest(found)


def shared_by_all(spec: PipelineSpec) -> Shared:
    """The statements of setup and parameters. Costs a look at every cell of the notebook: ask once."""
    return tuple(
        (cell.role, part)
        for cell in spec.cells_with(Role.PARAMETERS, Role.SETUP)
        for part in statements(cell.source, spec.language)
    )


def _defaults(parts: Iterable[Statement], given: AbstractSet[str]) -> Iterable[Statement]:
    """`parts` of the parameters cell, but for those that a given value replaces."""
    return (part for part in parts if not (part.binds and part.binds <= given))


def _gates(node: NodeSpec, flow: Flow) -> list[Any]:
    options = node.options
    conditions = [[condition.variable, condition.wanted] for condition in options.conditions]
    gates: list[Any] = [conditions, options.trigger.value, options.each, options.notebook]
    if options.each is not None:
        gates += [flow.producer_above(options.each[1], node.name), options.tolerance.count, options.tolerance.percent]
    return gates


def _digest(*parts: Any) -> str:
    try:
        return digest(list(parts))
    except TypeError:
        return UNKNOWN
