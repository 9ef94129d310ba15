"""The beginning of stored values, for people to look at, read without running any code that came with them.

Tables of Arrow, pandas and polars, numpy's arrays, JSON and text; nothing else is touched. What is large is mapped, so
that a look at it costs the pages looked at.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.artifacts.content import SEAL_BYTES, ContentFiles, path_of
from jupyter_dataops.artifacts.envelope import open_envelope
from jupyter_dataops.artifacts.files import files_at
from jupyter_dataops.errors import ArtifactError, ArtifactMissing
from jupyter_dataops.records import ArtifactRecord

MOST_ROWS: Final = 100
MOST_COLUMNS: Final = 200
MOST_TEXT: Final = 20_000
MOST_PARSED: Final = 16 << 20
"""Bytes of JSON: as objects they take ten times as much memory. Of longer texts the beginning is shown unparsed."""
_MOST_CELL: Final = 500
_VERIFIED_UP_TO: Final = 64 << 20
"""Bytes: larger content is not hashed for a look at its beginning."""
_PANDAS: Final = b"jupyter_dataops"


class Table(Struct, frozen=True):
    """The first rows of a table. Cells are JSON's scalars; anything else is text."""

    columns: tuple[str, ...]
    dtypes: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    row_count: int
    is_cut: bool
    """There are more columns."""


class Text(Struct, frozen=True):
    """The beginning of anything else."""

    text: str
    is_cut: bool


Look = Table | Text
_Peek = Callable[[Sequence[memoryview]], Look | None]


class Peeker:
    r"""Looks at values of the store at `url`.

    Examples
    --------
    >>> from jupyter_dataops.artifacts.store import ContentArtifactStore
    >>> outputs = ContentArtifactStore("memory://peeked").put({"x": {"a": 1}, "y": print}, {})
    >>> peeker = Peeker("memory://peeked")
    >>> peeker.peek(outputs["x"].artifact), peeker.peek(outputs["y"].artifact)
    (Text(text='{\n "a": 1\n}', is_cut=False), None)
    """

    def __init__(self, url: str | Path) -> None:
        self._files = files_at(url)
        self._content = ContentFiles(self._files)

    def peek(self, artifact: ArtifactRecord) -> Look | None:
        """Its beginning; `None` where its format is not an open one, or what reads that is not installed.

        Raises
        ------
        ArtifactMissing, ArtifactCorrupt
        """
        reader = None if artifact.members else _PEEKS.get(artifact.serializer)
        if reader is None:
            return None
        content = self._read(artifact)
        try:
            envelope = open_envelope(content)
            return reader(envelope.buffers) if envelope.serializer == artifact.serializer else None
        except ArtifactError:
            raise
        except (ImportError, ValueError, LookupError, TypeError, RecursionError):
            return None

    def _read(self, artifact: ArtifactRecord) -> memoryview:
        if artifact.size_bytes <= _VERIFIED_UP_TO:
            return self._content.read(artifact.digest)[0]
        try:
            content = self._files.read(path_of(artifact.digest))
        except FileNotFoundError:
            raise ArtifactMissing(
                f"the store has no content at {artifact.digest}", hint="run the node that made it again"
            ) from None
        return content[: max(content.nbytes - SEAL_BYTES, 0)]


def _arrow(buffers: Sequence[memoryview]) -> Table:
    table = _mapped(buffers[0])
    columns = [(name, str(one.type), one) for name, one in zip(table.schema.names, table.columns, strict=True)]
    return _table(columns, table.num_rows)


def _polars(buffers: Sequence[memoryview]) -> Table:
    return _arrow(buffers[1:])


def _pandas(buffers: Sequence[memoryview]) -> Table:
    """As pandas shows it: under the labels that it has, its index first, unless that only counts."""
    table = _mapped(buffers[0])
    meta = json.loads(table.schema.metadata[_PANDAS])
    fields = list(zip(meta["dtypes"], table.columns, strict=True))
    index = meta["index"]
    own = fields.pop(index["field"]) if "field" in index else None
    names = [_label(meta["name"])] if meta["kind"] == "series" else _labels(meta["columns"], len(fields))
    columns = [(name, dtype, column) for name, (dtype, column) in zip(names, fields, strict=True)]
    if own is not None:
        columns.insert(0, (_label(index["name"]), *own))
    elif index.get("range", [0, 0, 1])[::2] != [0, 1]:
        start, _, step = index["range"]
        numbers = [start + step * place for place in range(min(table.num_rows, MOST_ROWS))]
        columns.insert(0, (_label(index["name"]), "int64", numbers))
    return _table(columns, table.num_rows)


def _labels(columns: Mapping[str, Any], count: int) -> list[str]:
    if "range" in columns:
        return [str(number) for number in range(*columns["range"])]
    return [_label(label) for label in columns.get("labels", range(count))]


def _label(name: object) -> str:
    return "" if name is None else str(name)


def _mapped(buffer: memoryview) -> Any:
    """A table over the memory that it lies in: columns are sliced before anything is read of them."""
    return import_module("pyarrow").ipc.open_stream(buffer).read_all()


def _table(columns: Sequence[tuple[str, str, Any]], row_count: int) -> Table:
    shown = columns[:MOST_COLUMNS]
    cells = [[_cell(_python(value)) for value in column[:MOST_ROWS]] for _, _, column in shown]
    return Table(
        columns=tuple(name for name, _, _ in shown),
        dtypes=tuple(dtype for _, dtype, _ in shown),
        rows=tuple(zip(*cells, strict=True)),
        row_count=row_count,
        is_cut=len(columns) > len(shown),
    )


def _python(value: Any) -> Any:
    if not hasattr(value, "as_py"):
        return value
    try:
        return value.as_py()
    except (ValueError, TypeError, ImportError):  # nanoseconds, where pandas is not installed
        return str(value)


def _cell(value: Any) -> Any:
    """A JSON scalar: not a number, and integers that JavaScript would round, as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    text = str(value)
    return text if len(text) <= _MOST_CELL else f"{text[: _MOST_CELL - 1]}…"


def _numpy(buffers: Sequence[memoryview]) -> Table | None:
    """Of one or two dimensions; arrays of objects are never written like this."""
    numpy, npy = import_module("numpy"), import_module("numpy.lib.format")
    (buffer,) = buffers
    header = io.BytesIO(buffer[: 10 + int.from_bytes(buffer[8:10], "little")])
    npy.read_magic(header)
    shape, fortran, dtype = npy.read_array_header_1_0(header)
    if len(shape) not in (1, 2) or dtype.hasobject:
        return None
    flat = numpy.frombuffer(buffer, dtype, offset=header.tell()) if math.prod(shape) else numpy.empty(0, dtype)
    array = flat.reshape(shape, order="F" if fortran else "C")[:MOST_ROWS]
    array = array.reshape(len(array), 1) if len(shape) == 1 else array
    width = 1 if len(shape) == 1 else shape[1]
    names = [str(number) for number in range(min(width, MOST_COLUMNS + 1))]
    convert = str if dtype.kind in "mMc" else lambda value: value
    columns = [(name, str(dtype), list(map(convert, array[:, place].tolist()))) for place, name in enumerate(names)]
    return _table(columns, shape[0])


def _json(buffers: Sequence[memoryview]) -> Look:
    if buffers[0].nbytes > MOST_PARSED:
        return _text(buffers)
    value = json.loads(bytes(buffers[0]))
    return _records(value) or _written(value)


def _written(value: object) -> Text:
    """Its beginning as JSON for people; the rest of it is never made."""
    parts, size = [], 0
    for part in json.JSONEncoder(indent=1, ensure_ascii=False).iterencode(value):
        parts.append(part)
        size += len(part)
        if size > MOST_TEXT:
            break
    return _cut("".join(parts))


def _records(value: object) -> Table | None:
    """A list of objects of one kind, with nothing nested, is a table, as far as its first rows tell."""
    if not isinstance(value, list) or not value:
        return None
    rows = value[:MOST_ROWS]
    if not all(isinstance(row, dict) for row in rows):
        return None
    names = list(rows[0])
    is_flat = all(not isinstance(cell, dict | list) for row in rows for cell in row.values())
    if not names or not is_flat or any(list(row) != names for row in rows):
        return None
    kinds = [type(rows[0][name]).__name__ for name in names]
    columns = [(name, kind, [row[name] for row in rows]) for name, kind in zip(names, kinds, strict=True)]
    return _table(columns, len(value))


def _text(buffers: Sequence[memoryview]) -> Text:
    most_bytes = 4 * MOST_TEXT
    whole = sum(buffer.nbytes for buffer in buffers)
    found = _cut(str(bytes(buffers[0][:most_bytes]), "utf-8", "replace")) if buffers else Text("", is_cut=False)
    return Text(found.text, found.is_cut or whole > most_bytes)


def _cut(text: str) -> Text:
    return Text(text[:MOST_TEXT], is_cut=len(text) > MOST_TEXT)


_PEEKS: Final[Mapping[str, _Peek]] = MappingProxyType(
    {"arrow": _arrow, "json": _json, "numpy": _numpy, "pandas": _pandas, "polars": _polars, "text": _text}
)
"""By the name of the serializer that wrote it: exactly these, whatever else is installed."""
