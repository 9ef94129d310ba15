"""Records what one cell does to names, while `statements` walks through its code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct, field

from jupyter_dataops.dataflow.contents import NOTHING, merge
from jupyter_dataops.dataflow.models import Contents
from jupyter_dataops.dataflow.state import State, join


class Scope(Struct):
    """Names of a class body or a comprehension: these are not the cell's."""

    is_class: bool
    depth: int
    names: set[str] = field(default_factory=set)
    contents: list[Contents] = field(default_factory=list)


class CellRecord:
    """The walk so far: the state of the names here, and what was read and bound on the way."""

    def __init__(self) -> None:
        self.state: State | None = State()
        self.reads: set[str] = set()
        self.uses: set[str] = set()
        self.changes: set[str] = set()
        self.touches: set[str] = set()
        self.ever_bound: set[str] = set()
        self.rebound: set[str] = set()
        """Names bound to another value, not merely changed in place."""
        self.dropped: set[str] = set()
        self.imports: dict[str, str] = {}
        self.unfixed: set[str] = set()
        self.values: dict[str, Contents] = {}
        self.results: dict[str, Contents] = {}
        self.definitions: set[str] = set()
        self.stateful: set[str] = set()
        """Functions that may remember their calls, by a decorator or by a default such as ``seen=[]``."""
        self.other_bindings: set[str] = set()
        """Names bound in any other way than by an undecorated ``def``, whose results are known."""
        self.settled: dict[str, set[str]] = {}
        self.draws: set[str] = set()
        self.scopes: list[Scope] = []
        self.depth = 0
        """How many constructs around here may not run, or not whole."""
        self.is_soft = False
        """What is evaluated here may never be evaluated."""

    @property
    def here(self) -> State:
        """The state at a point that control reaches."""
        if self.state is None:
            self.state = State()
        return self.state

    def read(self, name: str, *, soft: bool = False) -> None:
        """`name` is used here, and with it whatever functions it holds; `soft`: it may be missing."""
        if self._is_local(name):
            return
        self._read_global(name, soft=soft)
        self.use(self.reached(name))

    def use(self, contents: Contents) -> None:
        """Functions with these contents may be called here."""
        self.draws |= contents.draws
        for need in sorted(contents.needs):
            self._read_global(need, soft=True)
        for name in contents.binds:
            self.here.maybe.add(name)
            if name not in contents.changes:
                self.rebound.add(name)
            self.ever_bound.add(name)
            self.unfixed.add(name)
            self.imports.pop(name, None)
        for name in contents.changes:
            self._read_global(name, soft=True)
            self.changes.add(name)

    def use_inline(self, contents: Contents) -> None:
        """A lambda written here may be called here; comprehension variables around it are not the cell's."""
        local = {name for scope in self.scopes if not scope.is_class for name in scope.names}
        self.use(
            Contents(contents.needs - local, contents.binds - local, contents.changes - local, draws=contents.draws)
        )

    def draw(self, function: str) -> None:
        """The dotted name may be that of a shared random generator's function."""
        if not self._is_local(function.partition(".")[0]):
            self.draws.add(function)

    def may_be_bound(self, name: str) -> bool:
        """The cell may have bound `name` before this point, or a comprehension or class around it has."""
        return name in self.here.maybe or self._is_local(name)

    def reached(self, name: str) -> Contents:
        """What calling functions held by `name` reaches, through this cell's own definitions."""
        seen: set[str] = set()
        pending, found = [name], []
        while pending:
            current = pending.pop()
            if current in seen or current not in self.values:
                continue
            seen.add(current)
            contents = self.values[current]
            found.append(contents)
            pending += [*contents.needs, *contents.holds, *contents.calls]
        return merge(found) if found else NOTHING

    def bind(self, name: str, contents: Contents = NOTHING, *, fixed: bool = False) -> None:
        """`name` is bound here to a value with `contents`; `fixed`: nobody can change the value in place."""
        if self.scopes:
            scope = self.scopes[-1]
            scope.contents.append(contents)
            if self.depth == scope.depth:
                scope.names.add(name)
            return
        self.bind_global(name, contents, fixed=fixed)

    def bind_walrus(self, name: str, contents: Contents) -> None:
        """``name := value``, which binds past comprehensions around it, but not past a class body."""
        if self.scopes and self.scopes[-1].is_class:
            self.bind(name, contents)
        else:
            self.bind_global(name, contents)

    def bind_global(self, name: str, contents: Contents = NOTHING, *, fixed: bool = False) -> None:
        """As `bind`, from within a class or comprehension too."""
        self.here.bind(name)
        self.ever_bound.add(name)
        self.imports.pop(name, None)
        self.other_bindings.add(name)
        self.rebound.add(name)
        if not fixed:
            self.unfixed.add(name)
        self.add(name, contents)

    def bind_import(self, name: str, statement: str) -> None:
        """An import binds `name`; `statement` alone repeats it."""
        if self.scopes:
            self.bind(name, fixed=True)
            return
        earlier = self.imports.get(name)
        self.bind_global(name, fixed=True)
        if self.depth == 0:
            self.imports[name] = combine_imports(earlier, statement)

    def bind_definition(
        self, name: str, contents: Contents, result: Contents | None, *, is_stateful: bool = False
    ) -> None:
        """A ``def`` or ``class`` binds `name`; `result`: what calls return, where that is known."""
        was_other = name in self.other_bindings
        self.bind(name, contents, fixed=True)
        if not (self.scopes or was_other):
            self.definitions.add(name)
        if is_stateful:
            self.stateful.add(name)
        if self.scopes or result is None or was_other:
            return
        self.other_bindings.discard(name)
        self.results[name] = merge((self.results.get(name, NOTHING), result))

    def add(self, name: str, contents: Contents) -> None:
        """The value of `name` may hold `contents` from here on, and all that it held."""
        if contents != NOTHING:
            self.values[name] = merge((self.values.get(name, NOTHING), contents))

    def change(self, name: str, contents: Contents = NOTHING) -> None:
        """The value of `name` is visibly changed in place. What an import bound is not handed on, so it is left out."""
        if self._is_local(name) or name in self.imports:
            return
        was_rebound = name in self.rebound
        held = Contents(holds=frozenset({name}))
        self.bind_global(name, merge((contents, held)))
        self.changes.add(name)
        if not was_rebound:
            self.rebound.discard(name)

    def drop(self, name: str) -> None:
        """``del name``."""
        if self.scopes:
            self.scopes[-1].names.discard(name)
            return
        self.here.drop(name)
        self.dropped.add(name)
        self.imports.pop(name, None)

    @contextmanager
    def scope(self, *, is_class: bool) -> Iterator[Scope]:
        """A class body or comprehension."""
        self.scopes.append(Scope(is_class, self.depth))
        try:
            yield self.scopes[-1]
        finally:
            self.scopes.pop()

    @contextmanager
    def maybe(self) -> Iterator[None]:
        """What runs here may run, or not."""
        before = self.here.copy()
        with self.inside():
            yield
        self.state = join(before, self.state)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Bindings in here are conditional."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def region(self) -> Iterator[tuple[set[str], set[str]]]:
        """What is bound and dropped in here is collected, to tell what an interruption leaves behind."""
        outer = self.ever_bound, self.dropped
        bound: set[str] = set()
        dropped: set[str] = set()
        self.ever_bound, self.dropped = bound, dropped
        try:
            yield bound, dropped
        finally:
            self.ever_bound, self.dropped = outer
            self.ever_bound |= bound  # in place: an outer region holds the same set
            self.dropped |= dropped

    def _is_local(self, name: str) -> bool:
        for position, scope in enumerate(reversed(self.scopes)):
            # A class's names are seen by its own statements, not from within a comprehension in it.
            if name in scope.names and (not scope.is_class or position == 0):
                return True
        return False

    def _read_global(self, name: str, *, soft: bool) -> None:
        own = self.here.own
        if name in own:
            if name in self.imports:
                self.draws.add(name)
            return
        if name not in self.reads:
            self.settled[name] = set(own)
        else:
            self.settled[name] &= own
        self.reads.add(name)
        if not (soft or self.is_soft):
            self.uses.add(name)


def combine_imports(earlier: str | None, statement: str) -> str:
    r"""One text that binds what both bind: ``import a.b`` after ``import a.c`` leaves both submodules loaded.

    Examples
    --------
    >>> combine_imports("import xml.dom", "import xml.sax")
    'import xml.dom\nimport xml.sax'
    >>> combine_imports("import numpy as np", "import cupy as np")
    'import cupy as np'
    """
    if not statement.startswith("import ") or " as " in statement:
        return statement
    plain = [text for text in (earlier or "").split("\n") if text.startswith("import ") and " as " not in text]
    return "\n".join(dict.fromkeys([*plain, *statement.split("\n")]))
