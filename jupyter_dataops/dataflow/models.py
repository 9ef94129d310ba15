"""What analysis finds: names per cell, flow per pipeline. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import Problem


@dataclass(frozen=True, slots=True)
class CellNames:
    """What one cell does to global names. Names starting with ``_`` and IPython's own never appear."""

    reads: frozenset[str] = frozenset()
    """Names it may use before binding them itself; in-place changes and may-binds included."""
    binds: frozenset[str] = frozenset()
    """Names it may bind or visibly change in place."""
    always_binds: frozenset[str] = frozenset()
    """Names that are bound afterwards, whichever way control went (``del`` takes a name out)."""
    changes: frozenset[str] = frozenset()
    """The part of `binds` that it changes in place: ``x[...] =``, ``x.attr =``, ``x +=``, ``del x[...]``."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """Name to the import statement that certainly binds it, where that is its last binding in the cell."""
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Function or class bound here, to the global names its body uses."""
    problems: tuple[Problem, ...] = ()


class Source(StrEnum):
    """Where a name that a node reads comes from, other than a node."""

    PARAMETERS = "parameters"
    SETUP = "setup"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class NodeFlow:
    """The data flow of one node."""

    name: NodeName
    reads: Mapping[str, NodeName]
    """Variable to the node that produces it: its inputs, in sorted order."""
    from_setup: frozenset[str]
    """Names it reads, also through functions, that parameters or setup cells bind last."""
    binds: frozenset[str]
    """Names it may bind or visibly change."""
    changes: frozenset[str]
    """The part of `binds` it changes in place."""
    outputs: tuple[str, ...]
    """Names it hands on, sorted: what some node below reads from it, ``out:``, ``asset:`` and condition variables."""
    imports: tuple[str, ...]
    """Import statements of other nodes that it needs, copied."""
    watched: frozenset[str]
    """Inputs, and setup's names, that it reads, does not bind, and that somebody below reads from the same producer:
    an in-place change of these would be seen in one kernel and lost in a pipeline."""


class EdgeKind(StrEnum):
    """Why an edge is there."""

    DATA = "data"
    ORDER = "order"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` waits for `source`."""

    source: NodeName
    target: NodeName
    names: tuple[str, ...]
    """Variables that travel along it, sorted; empty for order alone."""
    kind: EdgeKind


@dataclass(frozen=True, slots=True)
class Flow:
    """The data flow of a pipeline."""

    nodes: Mapping[NodeName, NodeFlow]
    """In document order of first cells."""
    edges: tuple[Edge, ...]
    cell_names: Mapping[int, CellNames]
    """By cell index."""
    producers: Mapping[str, tuple[tuple[int, NodeName | Source], ...]]
    """Each name's binders in document order, as (index of the binding cell, binder)."""
    problems: tuple[Problem, ...] = ()

    def producer_above(self, name: str, node: NodeName) -> NodeName | Source | None:
        """Who binds `name` last above `node`'s first cell; `None` if nobody does."""
        first = self.first_cells[node]
        found: NodeName | Source | None = None
        for index, binder in self.producers.get(name, ()):
            if index >= first:
                break
            found = binder
        return found

    first_cells: Mapping[NodeName, int] = field(default_factory=dict)
    """Index of each node's first cell."""
