"""polars frames and series, as an Arrow IPC stream."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import Description, NotExact, Sink, is_of, shorten


class PolarsSerializer:
    """Eager frames and series; a frame of Python objects is pickled."""

    name = "polars"
    priority = 50
    signed = False

    def handles(self, value: Any) -> bool:
        """Frames and series."""
        return is_of(value, "polars", "DataFrame", "Series")

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:  # noqa: ARG002
        """Write what it is, then the stream. Raises `NotExact`."""
        polars = import_module("polars")
        frame = value.to_frame() if isinstance(value, polars.Series) else value
        if not frame.width or any(dtype.is_nested() or dtype == polars.Object for dtype in frame.dtypes):
            raise NotExact
        stream = io.BytesIO()
        frame.write_ipc_stream(stream, compression="uncompressed")
        sink.write(b"series" if frame is not value else b"frame")
        sink.end_buffer()
        sink.write(stream.getbuffer())

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:  # noqa: ARG002
        """The frame or series."""
        kind, content = buffers
        frame = import_module("polars").read_ipc_stream(io.BytesIO(content))
        return frame.to_series() if bytes(kind) == b"series" else frame

    def describe(self, value: Any) -> Description:
        """Shape, column types and the first rows."""
        frame = value if value.__class__.__name__ == "DataFrame" else value.to_frame()
        columns = {name: str(dtype) for name, dtype in frame.schema.items()}
        return Description(f"polars.{type(value).__name__}", shorten(str(value.head(10))), tuple(value.shape), columns)
