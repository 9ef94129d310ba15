"""Which global names the functions inside each variable's value reach, down the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from jupyter_dataops.dataflow.models import CellNames, Contents

_NO_NAMES: Final[frozenset[str]] = frozenset()


class Reach(Struct, frozen=True):
    """Global names that calling the functions inside a value reaches."""

    needs: frozenset[str] = _NO_NAMES
    binds: frozenset[str] = _NO_NAMES
    changes: frozenset[str] = _NO_NAMES
    draws: frozenset[str] = _NO_NAMES
    within: frozenset[str] = _NO_NAMES
    """Functions and classes, by the names that define them, which are inside the value."""

    def __or__(self, other: Reach) -> Reach:
        return Reach(
            self.needs | other.needs,
            self.binds | other.binds,
            self.changes | other.changes,
            self.draws | other.draws,
            self.within | other.within,
        )


_NOWHERE: Final = Reach()


class Carried:
    """Follows functions from name to name: ``g = f`` and ``model = Model()`` reach what ``f`` and ``Model`` reach."""

    def __init__(self) -> None:
        self._values: dict[str, Reach] = {}
        self._results: dict[str, Reach] = {}

    def copy(self) -> Carried:
        """An independent copy."""
        other = Carried()
        other._values, other._results = dict(self._values), dict(self._results)
        return other

    def reached_from(self, name: str, settled: frozenset[str] = _NO_NAMES) -> Reach:
        """What using `name` here reaches, through functions that functions call.

        Parameters
        ----------
        settled
            Names that the reader itself binds before the use; what these need, the reader's own cell tells.
        """
        if name not in self._values:
            return _NOWHERE
        found, seen, pending = _NOWHERE, {name}, [name]
        while pending:
            reach = self._values.get(pending.pop(), _NOWHERE)
            found |= replace(reach, needs=reach.needs - settled)
            new = reach.needs - settled - seen
            seen |= new
            pending += new
        return found

    def follow(self, cell: CellNames) -> None:
        """Take in what `cell` binds. Call it for each cell, in document order."""
        resolver = _Resolver(cell, self._values, self._results)
        values = {name: resolver.value(name) for name in cell.values.keys() | cell.definitions}
        results = {name: resolver.result(name) for name in cell.results}
        for name in cell.binds | cell.deletes | cell.values.keys():
            value = values.get(name, _NOWHERE)
            if name not in cell.deletes | cell.always_binds or name in cell.changes:
                value |= self._values.get(name, _NOWHERE)
                results.pop(name, None)
                self._results.pop(name, None)
            _put(self._values, name, value if value != _NOWHERE else None)
            _put(self._results, name, results.get(name))


def _put(store: dict[str, Reach], name: str, reach: Reach | None) -> None:
    if reach is None:
        store.pop(name, None)
    else:
        store[name] = reach


class _Resolver:
    """Resolves one cell's contents by its own definitions and by those above."""

    def __init__(self, cell: CellNames, values: dict[str, Reach], results: dict[str, Reach]) -> None:
        self._cell = cell
        self._values = values
        self._results = results

    def value(self, name: str) -> Reach:
        """What the value of `name` reaches after the cell."""
        return self._resolve([("value", name)])

    def result(self, name: str) -> Reach:
        """What a call of `name` may return reaches."""
        return self._resolve([("result", name)])

    def _resolve(self, start: Iterable[tuple[str, str]]) -> Reach:
        found, seen, pending = _NOWHERE, set(start), list(start)
        while pending:
            kind, name = pending.pop()
            for part in self._parts(kind, name):
                if isinstance(part, Reach):
                    found = found | part if part is not _NOWHERE else found
                    continue
                found |= Reach(part.needs, part.binds, part.changes, part.draws)
                more = {("value", held) for held in part.holds} | {("result", called) for called in part.calls}
                pending += more - seen
                seen |= more
        return found

    def _parts(self, kind: str, name: str) -> list[Contents | Reach]:
        cell, parts = self._cell, list[Contents | Reach]()
        if name in cell.definitions and not (kind == "result" and name in cell.results):
            parts.append(Reach(within=frozenset({name})))
        if kind == "result" and name in cell.results:
            parts.append(cell.results[name])
        elif name in cell.values:
            parts.append(cell.values[name])
        if name not in cell.always_binds or name in cell.reads:
            above = self._results.get(name) if kind == "result" else None
            parts.append(above if above is not None else self._values.get(name, _NOWHERE))
        return parts
