"""Pickles of notebook values: functions stay connected to the notebook's namespace, what cannot be stored is refused.

cloudpickle freezes the globals of a function; a notebook function must see its names as they are bound when it is
called. So functions of the namespace are stored without globals and come back with the loading namespace as theirs.
What setup defines is stored by name, since setup runs in every kernel; classes of nodes are stored by value.
"""

from __future__ import annotations

import builtins
import dis
import io
import pickle
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from types import CellType, CodeType, FunctionType, MappingProxyType
from typing import Any

import cloudpickle
from msgspec import Struct

PROTOCOL = 5

# A kernel's process id is part of the file name of its cells: without it, equal code has equal bytes.
_CELL_FILE = re.compile(r"ipykernel_\d+")


class Scope(Struct, frozen=True):
    """Where a value lives: what its functions' globals are, and what is not stored because every kernel has it."""

    namespace: dict[str, Any]
    by_reference: frozenset[str] = frozenset()
    """Names that setup binds: functions and classes among them are stored by name."""


class Refused(pickle.PicklingError):
    """A value that would pickle, but would come back as something else."""


Views = Mapping[int, tuple[Any, Any]]
"""Arrays to store as views of the array that owns their memory: id to (the array, the owner)."""


class NamespacePickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles one value of a namespace, noting what its functions need."""

    dispatch_table: Any = cloudpickle.Pickler.dispatch_table.new_child()

    def __init__(
        self,
        file: Any,
        scope: Scope,
        *,
        buffer_callback: Callable[[pickle.PickleBuffer], Any] | None = None,
        views: Views = MappingProxyType({}),
    ) -> None:
        super().__init__(file, protocol=PROTOCOL, buffer_callback=buffer_callback)
        self._scope = scope
        self._views = views
        self._setup_names = {id(scope.namespace[name]): name for name in scope.by_reference if name in scope.namespace}
        self._array_type = getattr(sys.modules.get("numpy"), "ndarray", None)
        self._owners: set[int] = set()
        self.needs: set[str] = set()
        self.references: set[str] = set()
        """What of setup's is stored by name alone."""
        self.has_overlaps = False
        """Two arrays had memory in common."""

    def reducer_override(self, value: Any) -> Any:
        """How to store `value`; called by pickle for all but the plainest built-in types."""
        kind = type(value)
        if kind is self._array_type:
            return self._reduce_array(value)
        if kind is FunctionType or issubclass(kind, type):
            name = self.setup_name(value)
            if name is not None:
                self.references.add(name)
                return _from_namespace, (name,)
            if kind is FunctionType and value.__globals__ is self._scope.namespace:
                return self._reduce_function(value)
        elif issubclass(kind, (io.FileIO, io.BufferedIOBase, io.TextIOWrapper, memoryview)) and kind is not io.BytesIO:
            raise Refused(f"cannot pickle {kind.__name__!r} object")
        return super().reducer_override(value)

    def setup_name(self, value: Any) -> str | None:
        """The dotted name under which every kernel has this function or class; `None` if setup does not define it."""
        name = self._setup_names.get(id(value))
        if name is None:
            name = value.__qualname__
            if name.partition(".")[0] not in self._scope.by_reference or value.__module__ != self._module_name:
                return None
            try:
                found = _from_namespace(name, self._scope.namespace)
            except (KeyError, AttributeError):
                return None
            return name if found is value else None
        return None if _is_importable(value) else name

    def is_by_reference(self, value: Any) -> bool:
        """A function or class of which only the name is stored."""
        return self.setup_name(value) is not None or _is_importable(value)

    @property
    def _module_name(self) -> str:
        return str(self._scope.namespace.get("__name__", "builtins"))

    def _reduce_function(self, function: FunctionType) -> tuple[Any, ...]:
        code = function.__code__
        self.needs.update(
            name for name in global_names(code) if name in self._scope.namespace or not hasattr(builtins, name)
        )
        state = {
            "__name__": function.__name__,
            "__qualname__": function.__qualname__,
            "__module__": function.__module__,
            "__doc__": function.__doc__,
            "__defaults__": function.__defaults__,
            "__kwdefaults__": function.__kwdefaults__,
            "__annotations__": function.__annotations__,
            "__dict__": function.__dict__,
        }
        return _make_function, (code, function.__closure__), state, None, None, _set_function_state

    def _reduce_array(self, array: Any) -> Any:
        found = self._views.get(id(array))
        if found is not None:
            owner = found[1]
            offset = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
            layout = array.shape, array.strides, offset, array.flags.writeable
            return view_of, (owner, array.dtype, layout)
        owner = id(memory_owner(array))
        self.has_overlaps = self.has_overlaps or owner in self._owners
        self._owners.add(owner)
        return NotImplemented


def memory_owner(array: Any) -> Any:
    """The array that `array` is a view of, however indirectly; itself if it is none."""
    kind = type(array)
    while type(array.base) is kind:
        array = array.base
    return array


def view_of(owner: Any, dtype: Any, layout: tuple[Any, Any, int, bool]) -> Any:
    """An array over part of the memory of another array; `layout` is shape, strides, offset in bytes, writeable."""
    shape, strides, offset, writeable = layout
    view = type(owner)(shape, dtype, owner.ravel(order="K").view("B").data, offset, strides)
    view.flags.writeable = writeable
    return view


@lru_cache(maxsize=4096)
def global_names(code: CodeType) -> frozenset[str]:
    """Names that the code, and the code defined within it, looks up among the globals.

    Examples
    --------
    >>> sorted(global_names((lambda: [scale(x) for x in items if x.ok]).__code__))
    ['items', 'scale']
    """
    # LOAD_NAME is how the body of a class within looks names up.
    found = {
        instruction.argval
        for instruction in dis.get_instructions(code)
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= global_names(constant)
    return frozenset(found - {"__name__", "__module__", "__qualname__"})


class NamespaceUnpickler(pickle.Unpickler):
    """Loads what `NamespacePickler` wrote, into another namespace."""

    def __init__(self, file: Any, scope: Scope, buffers: Iterable[memoryview]) -> None:
        super().__init__(file, buffers=buffers)
        self._namespace = scope.namespace

    def find_class(self, module: str, name: str) -> Any:
        """The global that a pickle names; names of the notebook are looked up in the namespace."""
        if module == __name__ and name in _BOUND:
            return partial(_BOUND[name], namespace=self._namespace)
        if module in ("__main__", self._namespace.get("__name__")) and name.partition(".")[0] in self._namespace:
            return _from_namespace(name, self._namespace)
        return super().find_class(module, name)


def _is_importable(value: Any) -> bool:
    module = sys.modules.get(value.__module__) if value.__module__ != "__main__" else None
    return getattr(module, value.__qualname__, None) is value


def _from_namespace(name: str, namespace: dict[str, Any]) -> Any:
    first, _, rest = name.partition(".")
    found = namespace[first]
    for attribute in rest.split(".") if rest else ():
        found = getattr(found, attribute)
    return found


def _make_function(code: CodeType, closure: tuple[CellType, ...] | None, namespace: dict[str, Any]) -> FunctionType:
    return FunctionType(code, namespace, closure=closure)


def _set_function_state(function: FunctionType, state: dict[str, Any]) -> None:
    function.__dict__.update(state.pop("__dict__"))
    for name, value in state.items():
        setattr(function, name, value)


_BOUND: Mapping[str, Callable[..., Any]] = {"_from_namespace": _from_namespace, "_make_function": _make_function}


def _make_cell() -> CellType:
    return CellType()


def _set_cell(cell: CellType, contents: tuple[Any]) -> None:
    (cell.cell_contents,) = contents


def _reduce_cell(cell: CellType) -> tuple[Any, ...]:
    # Empty first, filled later: a cell may hold the very function that closes over it, and several may share it.
    try:
        contents = (cell.cell_contents,)
    except ValueError:
        return _make_cell, ()
    return _make_cell, (), contents, None, None, _set_cell


_reduce_code = cloudpickle.Pickler.dispatch_table[CodeType]


def _reduce_cell_code(code: CodeType) -> Any:
    return _reduce_code(code.replace(co_filename=_CELL_FILE.sub("ipykernel", code.co_filename)))


NamespacePickler.dispatch_table[CellType] = _reduce_cell
NamespacePickler.dispatch_table[CodeType] = _reduce_cell_code
