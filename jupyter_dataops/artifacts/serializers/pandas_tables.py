"""pandas frames and series, as an Arrow IPC stream that gives back exactly what was stored, or not at all.

Numbers and times keep their memory as it is: no null is made of a NaN, and reading copies nothing. What pandas has and
Arrow has not (objects, categories, periods, several levels, a frequency) is left to pickle.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import Description, NotExact, Sink, is_of, shorten
from jupyter_dataops.artifacts.serializers.json_values import is_exact

_METADATA = b"jupyter_dataops"
_CONVERTED = frozenset(
    {"boolean", "str", "string", *(f"{sign}nt{bits}" for sign in ("I", "UI") for bits in (8, 16, 32, 64))}
)
"""Extension dtypes that pandas itself converts both ways without loss."""
_MANY_COLUMNS = 64
"""Above this a frame is merged into blocks on reading: pandas warns of fragmentation from 100 blocks on."""

Field = tuple[str, Any]
"""Name and Arrow array of one column."""


class PandasSerializer:
    """Frames and series of numbers, times, booleans and text, with index, names and attrs."""

    name = "pandas"
    priority = 50
    signed = False

    def handles(self, value: Any) -> bool:
        """Frames and series, not their subclasses."""
        return is_of(value, "pandas", "DataFrame", "Series")

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:  # noqa: ARG002
        """Write the stream. Raises `NotExact`."""
        if not is_exact(value.attrs) or not value.flags.allows_duplicate_labels:
            raise NotExact
        pyarrow = import_module("pyarrow")
        meta, fields = _series_fields(value) if value.ndim == 1 else _frame_fields(value)
        meta["attrs"] = value.attrs
        batch = pyarrow.record_batch([array for _, array in fields], names=[name for name, _ in fields])
        schema = batch.schema.with_metadata({_METADATA: json.dumps(meta)})
        with pyarrow.ipc.new_stream(sink, schema) as writer:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:  # noqa: ARG002
        """The table, lying in the buffer where its types allow."""
        pandas, pyarrow = import_module("pandas"), import_module("pyarrow")
        base = pyarrow.py_buffer(buffers[0])
        batch = pyarrow.ipc.open_stream(base).read_next_batch()
        meta = json.loads(batch.schema.metadata[_METADATA])
        arrays = [
            _from_arrow(array, dtype, buffers[0], base.address)
            for array, dtype in zip(batch.columns, meta["dtypes"], strict=True)
        ]
        index = _load_index(meta["index"], arrays)
        if meta["kind"] == "series":
            value = pandas.Series(arrays[0], index=index, name=meta["name"], copy=False)
        else:
            value = pandas.DataFrame(dict(enumerate(arrays)), index=index, copy=False)
            value.columns = _load_index(meta["columns"], [])
            if value.shape[1] > _MANY_COLUMNS:
                value = value.copy()
        value.attrs = meta["attrs"]
        return value

    def describe(self, value: Any) -> Description:
        """Shape, dtypes and the first rows."""
        head = value.head(10)
        if value.ndim == 1:
            columns = {str(value.name): str(value.dtype)}
            preview = head.to_string()
        else:
            columns = {str(name): str(dtype) for name, dtype in zip(value.columns, value.dtypes, strict=True)}
            preview = head.to_string(max_cols=20, max_colwidth=40)
        return Description(f"pandas.{type(value).__name__}", shorten(preview), tuple(value.shape), columns)


def _series_fields(series: Any) -> tuple[dict[str, Any], list[Field]]:
    fields = [("value", _to_arrow(series.array))]
    dtypes = [str(series.dtype)]
    index = _dump_index(series.index, fields, dtypes)
    return {"kind": "series", "name": _plain_name(series.name), "index": index, "dtypes": dtypes}, fields


def _frame_fields(frame: Any) -> tuple[dict[str, Any], list[Field]]:
    labels = frame.columns
    columns = _dump_index(labels, None, [])
    fields = [(str(label), _to_arrow(column.array)) for label, column in frame.items()]
    dtypes = [str(dtype) for dtype in frame.dtypes]
    index = _dump_index(frame.index, fields, dtypes)
    return {"kind": "frame", "columns": columns, "index": index, "dtypes": dtypes}, fields


def _plain_name(name: Any) -> Any:
    if type(name) not in (str, int, type(None)):
        raise NotExact
    return name


def _dump_index(index: Any, fields: list[Field] | None, dtypes: list[str]) -> dict[str, Any]:
    """How to make the index again; its values become one more field, or labels where `fields` is `None`."""
    pandas = import_module("pandas")
    name = _plain_name(index.name)
    if type(index) is pandas.RangeIndex:
        return {"range": [index.start, index.stop, index.step], "name": name}
    if fields is None:
        labels = index.tolist()
        if type(index) is not pandas.Index or index.dtype not in (object, "str") or set(map(type, labels)) - {str}:
            raise NotExact
        return {"labels": labels, "dtype": _checked_dtype(index.dtype), "name": name}
    if type(index) not in (pandas.Index, pandas.DatetimeIndex, pandas.TimedeltaIndex) or getattr(index, "freq", None):
        raise NotExact
    fields.append((str(name or "index"), _to_arrow(index.array)))
    dtypes.append(str(index.dtype))
    return {"field": len(fields) - 1, "name": name}


def _load_index(meta: dict[str, Any], arrays: list[Any]) -> Any:
    pandas = import_module("pandas")
    if "range" in meta:
        return pandas.RangeIndex(*meta["range"], name=meta["name"])
    if "labels" in meta:
        return pandas.Index(meta["labels"], dtype=meta["dtype"], name=meta["name"])
    return pandas.Index(arrays.pop(meta["field"]), name=meta["name"], copy=False)


def _checked_dtype(dtype: Any) -> str:
    """The dtype's name, if that alone gives the dtype back."""
    again = import_module("pandas").api.types.pandas_dtype(str(dtype))
    same_zone = type(getattr(again, "tz", None)) is type(getattr(dtype, "tz", None))
    if again != dtype or type(again) is not type(dtype) or not same_zone:
        raise NotExact
    return str(dtype)


def _to_arrow(array: Any) -> Any:
    if type(array).__name__ == "NumpyExtensionArray":
        array = array.to_numpy()
    dtype = array.dtype
    name = _checked_dtype(dtype)
    is_plain = isinstance(dtype, import_module("numpy").dtype) and dtype.kind in "iufmM" and dtype.isnative
    if is_plain or hasattr(dtype, "tz"):
        return _raw_to_arrow(array)
    if name in ("bool", *_CONVERTED):
        pyarrow = import_module("pyarrow")
        converted = pyarrow.array(array)
        return converted.combine_chunks() if isinstance(converted, pyarrow.ChunkedArray) else converted
    raise NotExact


def _raw_to_arrow(array: Any) -> Any:
    """An Arrow array over the very memory of numbers or times; NaN stays a number, NaT is marked as null."""
    numpy, pyarrow = import_module("numpy"), import_module("pyarrow")
    dtype = array.dtype
    is_time = dtype.kind in "mM"
    values = numpy.asarray(array, dtype=f"{dtype.kind}8[{_unit(dtype)}]" if is_time else dtype)
    validity = None
    if is_time and (missing := numpy.isnat(values)).any():
        validity = pyarrow.array(~missing).buffers()[1]
    make_type = {"M": pyarrow.timestamp, "m": pyarrow.duration}.get(dtype.kind)
    arrow_type = pyarrow.from_numpy_dtype(dtype) if make_type is None else make_type(_unit(dtype))
    data = pyarrow.py_buffer(numpy.ascontiguousarray(values).view("u1"))
    return pyarrow.Array.from_buffers(arrow_type, len(values), [validity, data])


def _unit(dtype: Any) -> str:
    unit = getattr(dtype, "unit", None) or import_module("numpy").datetime_data(dtype)[0]
    return str(unit)


def _from_arrow(array: Any, name: str, buffer: memoryview, address: int) -> Any:
    """The pandas or numpy array again; numbers and times lie, writable, where `array` lies in `buffer`."""
    numpy, pandas = import_module("numpy"), import_module("pandas")
    dtype = pandas.api.types.pandas_dtype(name)
    if name == "bool":
        return array.to_numpy(zero_copy_only=False)
    if name in _CONVERTED:
        return dtype.__from_arrow__(array)
    plain = f"{dtype.kind}8[{_unit(dtype)}]" if dtype.kind in "mM" else dtype
    data = array.buffers()[1]
    # pyarrow takes any memory for read-only; this is the value's own.
    values = numpy.frombuffer(buffer, plain, count=len(array), offset=data.address - address if len(array) else 0)
    if getattr(dtype, "tz", None) is not None:
        return pandas.DatetimeIndex(values).tz_localize("UTC").tz_convert(dtype.tz).array
    return values
