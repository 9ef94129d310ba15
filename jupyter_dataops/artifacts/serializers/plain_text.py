"""Text and bytes, as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.serializers import PREVIEW_CHARACTERS, Description, Sink, describe_any, shorten


class TextSerializer:
    """Strings, in UTF-8."""

    name = "text"
    priority = 20
    signed = False

    def handles(self, value: Any) -> bool:
        """Strings, not their subclasses."""
        return type(value) is str

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:  # noqa: ARG002
        """Write the text; lone surrogates, which UTF-8 forbids, pass both ways."""
        sink.write(value.encode("utf-8", "surrogatepass"))

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:  # noqa: ARG002
        """The text."""
        return str(b"".join(buffers), "utf-8", "surrogatepass")

    def describe(self, value: Any) -> Description:
        """The text itself."""
        readable = value[: PREVIEW_CHARACTERS + 1].encode("utf-8", "replace").decode()
        return Description("str", shorten(readable))


class BytesSerializer:
    """Bytes, as they are."""

    name = "bytes"
    priority = 20
    signed = False

    def handles(self, value: Any) -> bool:
        """Bytes, not their subclasses; bytearrays can be changed and shared, and are pickled."""
        return type(value) is bytes

    def dump(self, value: Any, sink: Sink, scope: Scope) -> None:  # noqa: ARG002
        """Write the bytes."""
        sink.write(value)

    def load(self, buffers: Sequence[memoryview], scope: Scope) -> Any:  # noqa: ARG002
        """The bytes."""
        return b"".join(buffers)

    def describe(self, value: Any) -> Description:
        """The beginning of the `repr`."""
        return describe_any(value[:PREVIEW_CHARACTERS])
