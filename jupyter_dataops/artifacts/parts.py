"""What a value consists of, following what pickle would follow.

The walk ends at tables, plain arrays, modules and classes.
"""

from __future__ import annotations

import enum
import io
from collections import deque
from collections.abc import Iterable, Iterator
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from msgspec import Struct

from jupyter_dataops.artifacts.mutation import ATOMIC
from jupyter_dataops.artifacts.pickling import NamespacePickler, Scope

_LIBRARIES = frozenset({"pandas", "polars", "pyarrow", "numpy"})


def all_parts(value: Any, scope: Scope) -> list[Any]:
    """`value` and every object in it that is not a plain constant, once.

    Objects that exist only because pickle asks for them (a state, a copied list) are among them. While the list lives,
    no two parts have one `id`. What cannot be stored is not entered.
    """
    pickler = NamespacePickler(io.BytesIO(), scope)
    found = {id(value): value}
    waiting = [value]
    while waiting:
        try:
            for _, _, child in children(waiting.pop(), pickler):
                if type(child) not in ATOMIC and id(child) not in found:
                    found[id(child)] = child
                    waiting.append(child)
        except Exception:  # noqa: BLE001, S112 - whatever a foreign __reduce__ raises; storing it will raise it again
            continue
    return list(found.values())


class Part(Struct, frozen=True):
    """An object inside a value."""

    value: Any
    parent: Part | None
    step: str
    """How it is reached from its parent: ``[0]``, ``['key']``, ``.attribute``; empty where that cannot be written."""

    @property
    def variable(self) -> str:
        """The name that the walk began with."""
        return self.step if self.parent is None else self.parent.variable

    @property
    def path(self) -> str:
        """How it is reached from the variable, as code."""
        return (self.parent.path if self.parent else "") + self.step


def find_unstorable(value: Any, scope: Scope, name: str) -> tuple[Part, Exception] | None:
    """The nearest part of the variable `name` that pickle refuses, and what it says; `None` if there is none."""
    pickler = NamespacePickler(io.BytesIO(), scope)
    found = {id(value): value}
    queue = deque([Part(value, None, name)])
    while queue:
        part = queue.popleft()
        try:
            for template, key, child in children(part.value, pickler):
                if type(child) not in ATOMIC and id(child) not in found:
                    found[id(child)] = child
                    queue.append(Part(child, part, template.format(key)))
        except Exception as error:  # noqa: BLE001 - whatever a foreign __reduce__ raises
            return part, error
    return None


_Child = tuple[str, Any, Any]
"""Template and key of the step, and the child."""


def children(value: Any, pickler: NamespacePickler) -> Iterable[_Child]:
    """What `value` directly consists of, as far as pickle would store it. Raises what pickle would raise."""
    kind = type(value)
    if kind is list or kind is tuple:
        return [("[{}]", index, item) for index, item in enumerate(value) if type(item) not in ATOMIC]
    if kind is dict:
        return _dict_children(value.items())
    if kind is set or kind is frozenset:
        return (("", None, item) for item in value)
    if kind is CellType:
        return (("", None, content) for content in _cell_contents(value))
    if kind is FunctionType:
        return _functionchildren(value, pickler)
    if kind is MethodType:
        return ((".__self__", None, value.__self__), (".__func__", None, value.__func__))
    if _is_leaf(value):
        return ()
    if kind.__name__ == "ndarray" and kind.__module__ == "numpy":
        return ((".flat[{}]", index, item) for index, item in enumerate(value.flat)) if value.dtype.hasobject else ()
    return _reducedchildren(value, pickler)


def _is_leaf(value: Any) -> bool:
    if isinstance(value, type | ModuleType | CodeType | enum.Enum):
        return True
    library, _, rest = type(value).__module__.partition(".")
    if library not in _LIBRARIES or type(value).__name__ == "ndarray":
        return False
    return not rest.startswith("random")  # numpy's generators hold a bit generator that may be shared


def _dict_children(pairs: Iterable[tuple[Any, Any]]) -> list[_Child]:
    found: list[_Child] = []
    for key, item in pairs:
        is_plain = type(key) in ATOMIC
        if not is_plain:
            found.append(("", None, key))
        if type(item) not in ATOMIC:
            found.append(("[{!r}]" if is_plain else "[...]", key, item))
    return found


def _cell_contents(cell: CellType) -> tuple[Any, ...]:
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def _functionchildren(function: FunctionType, pickler: NamespacePickler) -> Iterator[_Child]:
    if pickler.is_by_reference(function):
        return
    yield from ((".__closure__", None, cell) for cell in function.__closure__ or ())
    yield ".__defaults__", None, function.__defaults__
    yield ".__kwdefaults__", None, function.__kwdefaults__
    yield from ((".{}", name, value) for name, value in vars(function).items())


def _reducedchildren(value: Any, pickler: NamespacePickler) -> Iterator[_Child]:
    if pickler.reducer_override(value) is not NotImplemented:  # also raises what pickling would raise
        return
    reduce = pickler.dispatch_table.get(type(value))
    reduced = value.__reduce_ex__(5) if reduce is None else reduce(value)
    if isinstance(reduced, str):
        return
    parts: tuple[Any, ...] = (*reduced, None, None, None)
    arguments, state, items, pairs = parts[1:5]
    yield from (("", None, argument) for argument in arguments)
    for attributes in state if isinstance(state, tuple) else (state,):
        if isinstance(attributes, dict):
            yield from ((".{}", name, attribute) for name, attribute in attributes.items())
        elif attributes is not None:
            yield "", None, attributes
    yield from (("[{}]", index, item) for index, item in enumerate(items or ()))
    yield from _dict_children(pairs or ())
