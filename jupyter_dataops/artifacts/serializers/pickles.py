"""Everything that has no better form: signed pickles, protocol 5, with large buffers kept apart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pickle import PickleBuffer
from typing import Any

from jupyter_dataops.artifacts.pickling import NamespacePickler, NamespaceUnpickler, Scope, Views
from jupyter_dataops.artifacts.serializers import Description, Sink, describe_any
from jupyter_dataops.artifacts.sharing import views_within

_APART_FROM_BYTES = 1024
"""Smaller buffers stay in the pickle: their alignment and footer entries would cost more than copying them."""


class PickleSerializer:
    """Any value that can be pickled at all."""

    name = "pickle"
    priority = 0
    signed = True

    def handles(self, value: Any) -> bool:  # noqa: ARG002
        """Always: the last resort."""
        return True

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:
        """Write the pickle, then its buffers. Raises what pickling raises."""
        stream, buffers, pickler = _pickle(value, scope, {})
        if pickler.has_overlaps and (views := views_within(value, scope)):
            stream, buffers, pickler = _pickle(value, scope, views)
        sink.needs.update(pickler.needs)
        sink.references.update(pickler.references)
        sink.write(stream)
        for buffer in buffers:
            sink.end_buffer()
            sink.write(buffer.raw())

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:
        """The value; its arrays lie in `buffers`."""
        return NamespaceUnpickler(io.BytesIO(buffers[0]), scope, buffers[1:]).load()

    def describe(self, value: Any) -> Description:
        """Type and `repr`."""
        return describe_any(value)


def _pickle(value: Any, scope: Scope, views: Views) -> tuple[memoryview, list[PickleBuffer], NamespacePickler]:
    stream = io.BytesIO()
    buffers: list[PickleBuffer] = []

    def keep(buffer: PickleBuffer) -> bool:
        if buffer.raw().nbytes < _APART_FROM_BYTES:
            return True
        buffers.append(buffer)
        return False

    pickler = NamespacePickler(stream, scope, buffer_callback=keep, views=views)
    pickler.dump(value)
    return stream.getbuffer(), buffers, pickler
