"""Has a value changed? Digests for comparing before and after, and which values need none."""

from __future__ import annotations

import datetime
import decimal
import enum
import fractions
import io
import pathlib
import pickle
import re
import sys
import types
import uuid
import zoneinfo
from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, Final

from blake3 import blake3

from jupyter_dataops.artifacts.memory import memory_of
from jupyter_dataops.artifacts.pickling import NamespacePickler, Refused, Scope
from jupyter_dataops.artifacts.untouched import untouched_at

ATOMIC: Final = frozenset(
    {
        *(bool, int, float, complex, str, bytes, range, type(None), type(Ellipsis), type(NotImplemented)),
        *(datetime.date, datetime.time, datetime.datetime, datetime.timedelta, datetime.timezone, zoneinfo.ZoneInfo),
        *(decimal.Decimal, fractions.Fraction, uuid.UUID, re.Pattern),
        *(pathlib.PosixPath, pathlib.WindowsPath, pathlib.PurePosixPath, pathlib.PureWindowsPath),
        *(types.BuiltinFunctionType, types.CodeType, types.ModuleType),
    }
)
"""Types that can neither be changed nor hold anything that can."""

_IMMUTABLE_OF_LIBRARIES: Final = frozenset(
    {
        *("pyarrow.Table", "pyarrow.RecordBatch", "pyarrow.Schema", "pandas.Timestamp", "pandas.Timedelta"),
        *("pandas.Index", "pandas.RangeIndex", "pandas.DatetimeIndex", "pandas.TimedeltaIndex", "pandas.MultiIndex"),
        *("pandas.CategoricalIndex", "pandas.PeriodIndex", "pandas.IntervalIndex", "pandas.Period", "pandas.Interval"),
    }
)


def is_immutable(value: Any) -> bool:
    """Nothing reachable from `value` can be changed in place; `False` where that is not certain.

    Classes count as immutable: their identity, and what hangs on it, is kept by other means.

    Examples
    --------
    >>> is_immutable((1, "a", frozenset({2.0}))), is_immutable((1, [])), is_immutable(is_immutable)
    (True, False, True)
    """
    kind = type(value)
    if kind in ATOMIC or isinstance(value, type | enum.Enum):
        return True
    if kind is tuple or kind is frozenset:
        return all(is_immutable(item) for item in value)
    if kind is types.FunctionType:
        return not (value.__closure__ or vars(value) or value.__kwdefaults__) and is_immutable(value.__defaults__ or ())
    library = kind.__module__.partition(".")[0]
    if library == "numpy":
        return any(base.__name__ in ("generic", "dtype") for base in kind.__mro__)
    return f"{library}.{kind.__name__}" in _IMMUTABLE_OF_LIBRARIES


def content_digest(
    value: Any,
    namespace: dict[str, Any],
    by_reference: frozenset[str] = frozenset(),
    untouched: list[pickle.PickleBuffer] | None = None,
) -> str:
    """A digest that stays the same, within this process, for as long as nobody changes `value`.

    Not an address: equal values that came about differently may differ. Of a function or class of the notebook it is a
    digest of what it remembers: defaults, attributes, and what it closes over. What cannot be pickled counts as itself.

    Parameters
    ----------
    untouched
        If given, memory that nobody has written to since it was mapped from a file counts as itself, too, and is not
        read. It is added here, and such a digest is good for as long as it is kept alive.

    Raises
    ------
    Exception
        Whatever pickling raises, for a value that breaks off in the midst of it.

    Notes
    -----
    Hashes the memory of arrays and table columns where it lies. Tables are hashed by column: pandas merges blocks when
    it likes, which changes the pickle of a table and not the table.

    Examples
    --------
    >>> value = {"rows": [1, 2]}
    >>> before = content_digest(value, {})
    >>> value["rows"].append(3)
    >>> content_digest(value, {}) == before
    False
    """
    sink = _HashingFile()
    scope = Scope(namespace, by_reference)
    _DigestPickler(sink, scope, untouched).dump(memory_of(value, namespace.get("__name__", "__main__")))
    return sink.hasher.hexdigest()


class _HashingFile:
    def __init__(self) -> None:
        self.hasher = blake3()

    def write(self, piece: Any) -> int:
        view = memoryview(piece).cast("B")
        self.hasher.update(view.nbytes.to_bytes(8, "little"))
        self.hasher.update(view)
        return view.nbytes


@lru_cache(maxsize=1024)
def _remembered(kind: type) -> frozenset[str]:
    """Attributes that mere reading fills in: answers kept, not content."""
    return frozenset(
        name for base in kind.__mro__ for name, member in vars(base).items() if isinstance(member, cached_property)
    )


def _without(names: frozenset[str], reduced: Any) -> Any:
    """What `__reduce_ex__` returned, less those entries of its state."""
    if not isinstance(reduced, tuple) or len(reduced) < 3 or not isinstance(reduced[2], dict):
        return reduced
    return *reduced[:2], {key: part for key, part in reduced[2].items() if key not in names}, *reduced[3:]


_POSITIONS: Final[Mapping[type, Callable[[Any], Any]]] = MappingProxyType(
    {
        types.GeneratorType: lambda value: value.gi_frame and (value.gi_frame.f_lasti, dict(value.gi_frame.f_locals)),
        io.TextIOWrapper: lambda value: value.closed or value.buffer.tell(),
        io.BufferedReader: lambda value: value.closed or value.tell(),
        io.BufferedWriter: lambda value: value.closed or value.tell(),
    }
)
"""What can be said of values that cannot be pickled: how far they have come."""

_reducible: dict[type, bool] = {}
"""Types of which a value has been tried."""


def _is_reducible(value: Any) -> bool:
    """`value` can be pickled, as far as its type is concerned: not a lock, not a connection."""
    kind = type(value)
    if isinstance(value, type | types.FunctionType):  # by their names, which is pickle's own business
        return True
    if kind not in _reducible:
        try:
            value.__reduce_ex__(5)
        except Exception:  # noqa: BLE001 - whatever it says, it cannot
            _reducible[kind] = False
        else:
            _reducible[kind] = True
    return _reducible[kind]


def _position(value: Any) -> tuple[Any, ...]:
    """Stands for a value that cannot be pickled. What is known of it comes last, since it may refer to the value."""
    say = _POSITIONS.get(type(value))
    return tuple, ((id(value),),), say(value) if say is not None else None


class _DigestPickler(NamespacePickler):
    def __init__(self, sink: _HashingFile, scope: Scope, untouched: list[pickle.PickleBuffer] | None) -> None:
        super().__init__(sink, scope, buffer_callback=self._hash_buffer)
        self._sink = sink
        self._untouched = untouched
        pandas = sys.modules.get("pandas")
        self._tables = () if pandas is None else (pandas.DataFrame, pandas.Series)
        self._columns = () if pandas is None else (pandas.api.extensions.ExtensionArray,)

    def _hash_buffer(self, buffer: pickle.PickleBuffer) -> None:
        content = buffer.raw()
        if self._untouched is not None and (address := untouched_at(content)) is not None:
            self._untouched.append(buffer)
            self._sink.write(f"{content.nbytes} bytes at {address}".encode())
        else:
            self._sink.write(content)

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, self._tables):
            return tuple, (self._table_parts(value),)
        if isinstance(value, self._columns) and hasattr(value, "_ndarray"):
            return tuple, ((type(value), value.dtype, value._ndarray),)  # noqa: SLF001 - without what it remembers of its own answers
        try:
            reduced = super().reducer_override(value)
        except Refused:
            return _position(value)
        if reduced is NotImplemented and type(value) not in self.dispatch_table and not _is_reducible(value):
            return _position(value)
        remembered = _remembered(type(value))  # type: ignore[arg-type]  # every class is hashable
        return _without(remembered, value.__reduce_ex__(5)) if reduced is NotImplemented and remembered else reduced

    def _table_parts(self, table: Any) -> tuple[Any, ...]:
        columns = [table] if table.ndim == 1 else [column for _, column in table.items()]
        labels = table.name if table.ndim == 1 else table.columns
        return type(table), labels, table.index, table.attrs, [self._column_part(column) for column in columns]

    def _column_part(self, column: Any) -> Any:
        array = column.array
        plain = array.to_numpy() if type(array).__name__ == "NumpyExtensionArray" else array
        if getattr(plain, "flags", None) is None or plain.dtype.hasobject or plain.flags.c_contiguous:
            return plain
        return plain.copy()
