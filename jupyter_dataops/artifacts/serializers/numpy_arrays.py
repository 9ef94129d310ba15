"""numpy arrays, in numpy's own file format."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import Description, NotExact, Sink, describe_any, is_of

_PLAIN_KINDS = "biufcmMSU"


class NumpySerializer:
    """Writable arrays of plain numbers, times and fixed-width text; read back where they lie, without a copy."""

    name = "numpy"
    priority = 50
    signed = False

    def handles(self, value: Any) -> bool:
        """Arrays, not their subclasses."""
        return is_of(value, "numpy", "ndarray")

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:  # noqa: ARG002
        """Write a ``.npy`` file. Raises `NotExact` for objects, records, and read-only arrays, which stay read-only."""
        if value.dtype.kind not in _PLAIN_KINDS or value.dtype.metadata or not value.flags.writeable:
            raise NotExact
        npy = import_module("numpy.lib.format")
        header = io.BytesIO()
        npy.write_array_header_1_0(header, npy.header_data_from_array_1_0(value))
        sink.write(header.getbuffer())
        fortran = value.flags.f_contiguous and not value.flags.c_contiguous
        flat = value.ravel(order="F" if fortran else "C")
        if flat.size:
            sink.write(flat.view("u1").data)

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:  # noqa: ARG002
        """The array, lying in the buffer."""
        numpy, npy = import_module("numpy"), import_module("numpy.lib.format")
        (buffer,) = buffers
        header = io.BytesIO(buffer[: 10 + int.from_bytes(buffer[8:10], "little")])
        npy.read_magic(header)
        shape, fortran, dtype = npy.read_array_header_1_0(header)
        if not buffer[header.tell() :].nbytes:
            return numpy.empty(shape, dtype)
        flat = numpy.frombuffer(buffer, dtype, offset=header.tell())
        return flat.reshape(shape, order="F" if fortran else "C")

    def describe(self, value: Any) -> Description:
        """Shape, and numpy's own abridged `repr`."""
        described = describe_any(value)
        return Description(described.type, f"{value.dtype}\n{described.preview}", tuple(value.shape))
