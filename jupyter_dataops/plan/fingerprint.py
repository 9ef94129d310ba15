"""What decides whether an earlier result of a node still holds: a digest per component. Pure.

=========== ==================================================================================================
component   counts
=========== ==================================================================================================
code        the node's cells and its checks, the imports copied into it, its kernel
inputs      which node each variable that it reads comes from; trigger rule, conditions, ``each:``, ``notebook:``
setup       the setup statements it reaches, transitively, and all that do more than define
parameters  values of the parameters it reaches, and their defaults
files       content of the files it declares with ``in:``, but for those that the pipeline makes
environment values of the variables it declares with ``env:``
=========== ==================================================================================================

Comments and layout do not count; values of inputs need not, since a node runs again when one above it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final

from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.encoding import digest
from jupyter_dataops.plan.statements import Statement, reached, statements, used_names
from jupyter_dataops.spec.models import NodeSpec, PipelineSpec, Role

COMPONENTS: Final = ("code", "inputs", "setup", "parameters", "files", "environment")

UNKNOWN: Final = "unknown"
"""Digest of a component that cannot be computed; equals nothing, not even itself."""

_OPAQUE: Final = frozenset({"exec", "eval", "globals", "locals", "vars"})
"""Code that uses these may reach anything."""

_VERSION: Final = 1  # Of the rules in this module: a new number, and nothing earlier is reused.


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies outside the notebook, as it is now."""

    files: Mapping[str, str] = field(default_factory=dict)
    """Path as written to digest of the content, for every file that a node declares; a missing one is left out."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables."""


NOTHING_AROUND: Final = Surroundings()


def fingerprint(
    spec: PipelineSpec,
    flow: Flow,
    node: NodeName,
    parameters: Mapping[str, Any],
    around: Surroundings = NOTHING_AROUND,
) -> Mapping[str, str]:
    """Component to digest for `node`; the same in every process.

    Parameters
    ----------
    parameters
        Values given for the run; defaults are read from the parameters cell.
    """
    of_node, of_flow = spec.nodes[node], flow.nodes[node]
    code = _code(spec, of_node)
    shared = _shared(spec)
    needed, names = reached((part for _, part in shared), of_flow.from_setup | used_names(code))
    if spec.language != "python" or names & _OPAQUE:
        needed, names = tuple(part for _, part in shared), names | parameters.keys()
    given = {name: value for name, value in parameters.items() if name in names}
    chosen = set(needed)
    return {
        "code": _digest([part.form for part in code], sorted(of_flow.imports), of_node.options.kernel),
        "inputs": _digest(of_flow.reads, *_gates(of_node)),
        "setup": _digest([part.form for role, part in shared if role is Role.SETUP and part in chosen]),
        "parameters": _digest(given, [part.form for part in _defaults(shared, given.keys()) if part in chosen]),
        "files": _digest([[path, around.files.get(path)] for path in sorted(of_node.options.input_files)]),
        "environment": _digest([[name, around.environment.get(name)] for name in sorted(of_node.options.env)]),
    }


def _code(spec: PipelineSpec, node: NodeSpec) -> tuple[Statement, ...]:
    checks = [cell for cell in spec.checks if cell.node == node.name]
    return tuple(part for cell in (*node.cells, *checks) for part in statements(cell.source, spec.language))


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


def _gates(node: NodeSpec) -> tuple[Any, ...]:
    conditions = [[condition.variable, condition.wanted] for condition in node.options.conditions]
    return conditions, node.options.trigger.value, node.options.each, node.options.notebook


def _digest(*parts: Any) -> str:
    try:
        return digest([_VERSION, *parts])
    except TypeError:
        return UNKNOWN
