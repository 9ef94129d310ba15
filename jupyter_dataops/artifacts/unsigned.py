"""Reading stored values without running any code that came with them: tables as Arrow tables, and JSON.

Nothing else is read; what could run code when it is loaded (pickles) is never touched, signed or not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jupyter_dataops.artifacts.content import ContentFiles
from jupyter_dataops.artifacts.envelope import open_envelope
from jupyter_dataops.artifacts.files import files_at
from jupyter_dataops.errors import ArtifactError
from jupyter_dataops.records import ArtifactRecord

Read = Callable[[Sequence[memoryview]], Any]


class UnsignedReader:
    """Reads what the store at `url` keeps in open formats.

    Examples
    --------
    >>> from jupyter_dataops.artifacts.store import ContentArtifactStore
    >>> store = ContentArtifactStore("memory://unsigned")
    >>> outputs = store.put({"x": {"a": 1}, "y": print}, {})
    >>> reader = UnsignedReader("memory://unsigned")
    >>> reader.read(outputs["x"].artifact), reader.read(outputs["y"].artifact)
    ({'a': 1}, None)
    """

    def __init__(self, url: str | Path) -> None:
        self._content = ContentFiles(files_at(url))

    def read(self, artifact: ArtifactRecord) -> Any:
        """The value; `None` where its format is not an open one, or it is missing or damaged."""
        if artifact.serializer not in _READERS:
            return None
        try:
            content, _ = self._content.read(artifact.digest)
            envelope = open_envelope(content)
            reader = _READERS.get(envelope.serializer)
            return None if reader is None else reader(envelope.buffers)
        except (ArtifactError, ValueError, LookupError, OSError):
            return None


def _table(buffers: Sequence[memoryview]) -> Any:
    return import_module("pyarrow").ipc.open_stream(buffers[0]).read_all()


def _polars_table(buffers: Sequence[memoryview]) -> Any:
    return _table(buffers[1:])


def _json(buffers: Sequence[memoryview]) -> Any:
    return json.loads(bytes(buffers[0]))


def _text(buffers: Sequence[memoryview]) -> Any:
    return str(b"".join(buffers), "utf-8", "surrogatepass")


_READERS: Final[Mapping[str, Read]] = MappingProxyType(
    {"arrow": _table, "json": _json, "pandas": _table, "polars": _polars_table, "text": _text}
)
"""By the name of the serializer that wrote it: exactly these, whatever else is installed."""
