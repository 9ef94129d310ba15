"""What functions and classes of a notebook remember from call to call, taken apart so that it can be compared."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any, Final

_DESCRIPTORS: Final = staticmethod | classmethod
_RECORDERS: Final = frozenset({"_abc", "sqlalchemy"})
"""Modules whose values, in classes, note what is merely used; what has two underscores on both sides is such a note."""


def memory_of(value: Any, module: str) -> Any:
    """What a function or class that `module` defines remembers; any other value itself.

    Examples
    --------
    >>> def count(seen=[]):
    ...     seen.append(1)
    >>> count()
    >>> memory_of(count, __name__)
    (([1],), None, (), {})
    """
    return _memory(value, module, set())


def travelled_class(name: str) -> type | None:
    """The class of that name which came into this kernel inside a value; `None` if there is none."""
    cloudpickle = sys.modules.get("cloudpickle.cloudpickle")
    known = cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID if cloudpickle is not None else {}  # noqa: SLF001 - its only list
    return next((kind for kind in reversed(list(known.values())) if kind.__name__ == name), None)


def _memory(value: Any, module: str, seen: set[int]) -> Any:
    if isinstance(value, _DESCRIPTORS):
        value = value.__func__
    is_definition = isinstance(value, FunctionType | type) and value.__module__ == module
    if not is_definition:
        return value
    if id(value) in seen:
        return value.__qualname__
    seen.add(id(value))
    if isinstance(value, type):
        return {base.__qualname__: _of_class(base, module, seen) for base in value.__mro__ if base.__module__ == module}
    return (
        value.__defaults__,
        value.__kwdefaults__,
        _closed_over(value, module, seen),
        _of_items(vars(value), module, seen),
    )


def _of_class(kind: type, module: str, seen: set[int]) -> dict[str, Any]:
    own = {name: value for name, value in vars(kind).items() if not _is_record(name, value)}
    return _of_items(own, module, seen)


def _is_record(name: str, value: object) -> bool:
    """Not the user's data: the interpreter's and libraries' own, and descriptors but for methods."""
    if (name.startswith("__") and name.endswith("__")) or type(value).__module__.partition(".")[0] in _RECORDERS:
        return True
    return hasattr(type(value), "__get__") and not isinstance(value, FunctionType | type | _DESCRIPTORS)


def _of_items(items: dict[str, Any], module: str, seen: set[int]) -> dict[str, Any]:
    return {name: _memory(value, module, seen) for name, value in sorted(items.items())}


def _closed_over(function: FunctionType, module: str, seen: set[int]) -> tuple[Any, ...]:
    contents = []
    for cell in function.__closure__ or ():
        try:
            contents.append(_memory(cell.cell_contents, module, seen))
        except ValueError:  # not bound yet
            contents.append(None)
    return tuple(contents)
