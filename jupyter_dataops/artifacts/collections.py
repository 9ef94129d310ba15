"""Lists whose elements are artifacts already: what the children of an ``each:`` node have handed on, put together.

A collection is an artifact that only refers to others, so nobody has to load, copy or trust these to make one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from jupyter_dataops.artifacts.serializers import shorten
from jupyter_dataops.ids import Digest
from jupyter_dataops.records import ArtifactRecord, OutputRecord

COLLECTION: Final = "collection"
"""Stands where other artifacts have the name of their serializer."""

_PREVIEWED: Final = 20

Reference = tuple[Digest, str]
"""An artifact, and the name of the value in it."""


def encode(outputs: Sequence[OutputRecord]) -> bytes:
    """The content of the collection of `outputs`; `decode` reads it."""
    return json.dumps([[output.artifact.digest, output.name] for output in outputs], separators=(",", ":")).encode()


def decode(content: memoryview) -> list[Reference]:
    """What a collection refers to, in order."""
    return [(Digest(digest), name) for digest, name in json.loads(bytes(content))]


def describe_collection(name: str, outputs: Sequence[OutputRecord], digest: Digest, size_bytes: int) -> OutputRecord:
    """The record of a list of `outputs`, of which `size_bytes` are the references alone."""
    artifact = ArtifactRecord(
        digest=digest,
        serializer=COLLECTION,
        type="list",
        size_bytes=size_bytes + sum(output.artifact.size_bytes for output in outputs),
        preview=_preview(outputs),
        members=_union(output.artifact.members for output in outputs),
    )
    return OutputRecord(
        name=name,
        artifact=artifact,
        truthy=bool(outputs),
        needs=_union(output.needs for output in outputs),
        shares=_union(output.shares for output in outputs),
    )


def _union(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({name for group in groups for name in group}))


def _preview(outputs: Sequence[OutputRecord]) -> str:
    shown = [output.artifact.preview or f"<{output.artifact.type}>" for output in outputs[:_PREVIEWED]]
    separator = ",\n " if any("\n" in one for one in shown) else ", "
    more = [f"... {len(outputs):,} in all"] if len(outputs) > _PREVIEWED else []
    return shorten(f"[{separator.join([*shown, *more])}]")
