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
=========== ==================================================================================================

Comments and layout do not count; values of inputs need not, since a node runs again when one above it does. A check has
a fingerprint of its own, and so does not count in that of its node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.plan.statements import Statement, reached, statements, used_names
from jupyter_dataops.spec.models import NodeOptions, NodeSpec, PipelineSpec, Role

COMPONENTS: Final = ("code", "inputs", "setup", "parameters", "files", "environment")

UNKNOWN: Final = "unknown"
"""Digest of a component that cannot be computed; equals nothing, not even itself."""

_OPAQUE: Final = frozenset({"exec", "eval", "globals", "locals", "vars"})
"""Code that uses these may reach anything."""

_NOTHING_READ: Final = NodeOptions()
"""A check runs again when its node does: what that depends on need not count twice."""

_VERSION: Final = 1  # Of the rules in this module: a new number, and nothing earlier is reused.


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies outside the notebook, as it is now."""

    files: Mapping[str, str] = field(default_factory=dict)
    """Path as written to digest of the content, for every file that a node declares: `UNKNOWN` for one that cannot be
    read, while a missing one is left out."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables."""
    notebooks: Mapping[str, str] = field(default_factory=dict)
    """Path as a ``notebook:`` tag writes it to digest of that notebook's code; nothing is reused for one left out."""


NOTHING_AROUND: Final = Surroundings()


def fingerprint(
    spec: PipelineSpec,
    flow: Flow,
    node: NodeName,
    parameters: Mapping[str, Any],
    around: Surroundings = NOTHING_AROUND,
) -> Mapping[str, str]:
    """Component to digest for `node`, or a check by its name; the same in every process.

    Parameters
    ----------
    parameters
        Values given for the run; defaults are read from the parameters cell.
    """
    check = spec.checks.get(node)
    of_node = spec.nodes[check.node if check else node]
    of_flow, cells = (flow.checks[node], check.cells) if check else (flow.nodes[node], of_node.cells)
    code = tuple(part for cell in cells for part in statements(cell.source, spec.language))
    shared = _shared(spec)
    needed, names = reached((part for _, part in shared), of_flow.from_setup | used_names(code))
    if spec.language != "python" or names & _OPAQUE:
        needed, names = tuple(part for _, part in shared), names | parameters.keys()
    given = {name: value for name, value in parameters.items() if name in names}
    chosen = set(needed)
    around_node = _NOTHING_READ if check else of_node.options
    return {
        "code": _code(code, sorted(of_flow.imports), of_node.options.kernel, around_node.notebook, around.notebooks),
        "inputs": _digest(of_flow.reads, *([] if check else _gates(of_node, flow))),
        "setup": _digest([part.form for role, part in shared if role is Role.SETUP and part in chosen]),
        "parameters": _digest(given, [part.form for part in _defaults(shared, given.keys()) if part in chosen]),
        "files": _files(sorted(around_node.input_files), around.files),
        "environment": _digest([[name, around.environment.get(name)] for name in sorted(around_node.env)]),
    }


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


def _shared(spec: PipelineSpec) -> tuple[tuple[Role, Statement], ...]:
    """What runs before every node, in document order."""
    return tuple(
        (cell.role, part)
        for cell in spec.cells_with(Role.PARAMETERS, Role.SETUP)
        for part in statements(cell.source, spec.language)
    )


def _defaults(shared: Iterable[tuple[Role, Statement]], given: AbstractSet[str]) -> Iterable[Statement]:
    """Statements of the parameters cell, but for those that a given value replaces."""
    return (part for role, part in shared if role is Role.PARAMETERS and not (part.binds and part.binds <= given))


def _gates(node: NodeSpec, flow: Flow) -> list[Any]:
    options = node.options
    conditions = [[condition.variable, condition.wanted] for condition in options.conditions]
    gates: list[Any] = [conditions, options.trigger.value, options.each, options.notebook]
    if options.each is not None:
        gates += [flow.producer_above(options.each[1], node.name), options.tolerance.count, options.tolerance.percent]
    return gates


def _digest(*parts: Any) -> str:
    try:
        return digest([_VERSION, *parts])
    except TypeError:
        return UNKNOWN
