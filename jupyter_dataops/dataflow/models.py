"""What analysis finds: names per cell, flow per pipeline. Values only."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from operator import itemgetter

from msgspec import Struct, field

from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import Problem


class Contents(Struct, frozen=True):
    """What may be inside a value, as far as functions and notebook classes in it read or bind global names."""

    needs: frozenset[str] = frozenset()
    """Global names that function bodies in the value use when they are called."""
    binds: frozenset[str] = frozenset()
    """Global names that those bodies may bind (``global``) or visibly change in place."""
    changes: frozenset[str] = frozenset()
    """The part of `binds` that they change in place."""
    holds: frozenset[str] = frozenset()
    """Names whose values may be inside this one."""
    calls: frozenset[str] = frozenset()
    """Names whose results, when called, may be inside this one."""
    draws: frozenset[str] = frozenset()
    """Functions that the bodies mention, as dotted names, which may be those of a shared random generator."""


class CellNames(Struct, frozen=True):
    """What one cell does to global names.

    IPython's own names never appear. Names starting with ``_`` do: they are no data, but functions reach through them.
    """

    reads: frozenset[str] = frozenset()
    """Names it may use before binding them itself, itself or through functions; in-place changes included. Names that
    it may bind and may not are ``binds - always_binds``, and not repeated here."""
    uses: frozenset[str] = frozenset()
    """The part of `reads` that raises `NameError` where it is missing, if control comes there."""
    binds: frozenset[str] = frozenset()
    """Names it may bind, visibly change in place, or perhaps unbind."""
    always_binds: frozenset[str] = frozenset()
    """Names that are bound afterwards, whichever way control went (``del`` takes a name out)."""
    changes: frozenset[str] = frozenset()
    """The part of `binds` that it changes in place: ``x[...] =``, ``x.attr =``, ``x +=``, ``del x[...]``."""
    only_changes: frozenset[str] = frozenset()
    """The part of `changes` that it binds in no other way."""
    deletes: frozenset[str] = frozenset()
    """Names that are certainly unbound afterwards."""
    touches: frozenset[str] = frozenset()
    """Names that take part in a call whose result is dropped (``x.append(1)``): it may change them in place."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """Name to the import statement that certainly binds it, where that is its last binding in the cell."""
    fixed: frozenset[str] = frozenset()
    """Names whose every binding here is an import, a literal, or a definition that remembers nothing of its calls:
    nobody changes these values unseen."""
    definitions: frozenset[str] = frozenset()
    """Names whose every binding here is a ``def`` or ``class``."""
    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name bound here to function bodies, to the global names these use."""
    values: Mapping[str, Contents] = field(default_factory=dict)
    """What is inside the value of each name bound or added to here; a name that is not listed holds nothing of note."""
    results: Mapping[str, Contents] = field(default_factory=dict)
    """What is inside the results of each function defined here with ``def``; any other callable may return itself."""
    settled: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name read to the names that the cell itself has certainly bound (or unbound) whenever it reads it, if any."""
    draws: frozenset[str] = frozenset()
    """Functions that may be those of a shared random generator: as dotted names, or as names that imports bind."""
    is_opaque: bool = False
    """It may read or bind names that analysis cannot see."""
    problems: tuple[Problem, ...] = ()


class Source(StrEnum):
    """Where a name that a node reads comes from, other than a node."""

    PARAMETERS = "parameters"
    SETUP = "setup"
    IMPORT = "import"


class NodeFlow(Struct, frozen=True):
    """The data flow of one node."""

    name: NodeName
    reads: Mapping[str, NodeName]
    """Variable to the node that produces it: its inputs, in sorted order."""
    from_setup: frozenset[str]
    """Names it reads, also through functions, that parameters or setup cells bind last; private names too, and the
    functions and classes inside the values that it reads."""
    binds: frozenset[str]
    """Names that its cells and ``out:`` tags may bind or visibly change."""
    changes: frozenset[str]
    """The part of `binds` it changes in place."""
    outputs: tuple[str, ...]
    """Names it hands on, sorted: what some node below reads from it, ``out:``, ``asset:`` and condition variables."""
    imports: tuple[str, ...]
    """Import statements of other nodes that it needs, copied."""
    itemised: frozenset[str]
    """The part of `outputs` over which ``each:`` nodes run: their elements are stored one by one, too."""
    watched: frozenset[str]
    """Inputs, and setup's names, that it reads, does not bind, and that somebody below reads from the same producer:
    an in-place change of these would be seen in one kernel and lost in a pipeline. Classes, and functions that remember
    something, also where they are inside values: they may have no name here. Of an ``each:`` node all inputs, and its
    item, which it may yet bind anew."""


class EdgeKind(StrEnum):
    """Why an edge is there."""

    DATA = "data"
    ORDER = "order"
    BOTH = "both"


class Edge(Struct, frozen=True):
    """`target` waits for `source`."""

    source: NodeName
    target: NodeName
    names: tuple[str, ...]
    """Variables that travel along it, sorted."""
    kind: EdgeKind
    files: tuple[str, ...] = ()
    """Files that `source` makes and `target` reads, as tags declare; nothing stores them."""

    @property
    def carries(self) -> tuple[str, ...]:
        """Variables, then files; empty for order alone."""
        return (*self.names, *self.files)


class Flow(Struct, frozen=True, dict=True):
    """The data flow of a pipeline."""

    nodes: Mapping[NodeName, NodeFlow]
    """In document order of first cells."""
    edges: tuple[Edge, ...]
    cell_names: Mapping[int, CellNames]
    """By cell index."""
    producers: Mapping[str, tuple[tuple[int, NodeName | Source | None], ...]]
    """Each name's binders in document order, as (index of the binding cell, binder); `None` unbinds it."""
    problems: tuple[Problem, ...] = ()
    first_cells: Mapping[NodeName, int] = field(default_factory=dict)
    """Index of each node's and check's first cell."""
    checks: Mapping[NodeName, NodeFlow] = field(default_factory=dict)
    """What each check reads, by its name. A check binds and hands on nothing; its edge to its node goes unsaid."""
    final: Mapping[str, NodeName] = field(default_factory=dict)
    """Names that were asked for to the node that binds each last, which hands it on."""

    @cached_property
    def edges_from(self) -> Mapping[NodeName, Sequence[Edge]]:
        """The edges of each node that has some to others, in the order of `edges`."""
        found: dict[NodeName, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.source, []).append(edge)
        return found

    def producer_above(self, name: str, node: NodeName) -> NodeName | Source | None:
        """Who binds `name` last above `node`'s first cell; `None` if nobody does."""
        binders = self.producers.get(name, ())
        above = bisect_left(binders, self.first_cells[node], key=itemgetter(0))
        return binders[above - 1][1] if above else None
