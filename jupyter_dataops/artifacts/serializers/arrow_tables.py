"""pyarrow tables, as an Arrow IPC stream."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import Description, NotExact, Sink, is_of, shorten


class ArrowSerializer:
    """Arrow tables, with their metadata; read back where they lie."""

    name = "arrow"
    priority = 50
    signed = False

    def handles(self, value: Any) -> bool:
        """Tables."""
        return is_of(value, "pyarrow", "Table")

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:  # noqa: ARG002
        """Write the stream. Raises `NotExact` for a table without columns, which would lose its length."""
        if not value.num_columns:
            raise NotExact
        with import_module("pyarrow").ipc.new_stream(sink, value.schema) as writer:
            writer.write_table(value)

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:  # noqa: ARG002
        """The table."""
        return import_module("pyarrow").ipc.open_stream(buffers[0]).read_all()

    def describe(self, value: Any) -> Description:
        """Shape, column types and the first rows."""
        columns = {field.name: str(field.type) for field in value.schema}
        return Description(
            "pyarrow.Table", shorten(value.slice(0, 10).to_string(preview_cols=20)), value.shape, columns
        )
