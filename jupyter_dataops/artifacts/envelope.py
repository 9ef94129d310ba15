"""The layout of one artifact file: buffers, a footer that says what they are, a signature.

::

    buffer 0, buffer 1, ...      each at a multiple of 64 bytes, so that arrays can be used where they lie
    footer                       JSON: serializer, members, buffers as [offset, size], python (of a signed one)
    length of the footer         8 bytes, little-endian
    magic                        8 bytes
    seal                         32 bytes: HMAC-SHA256 of the address; zeros where unsigned

Whatever runs code when it is loaded is signed with the store's key, and is not loaded unless the signature is right.
"""

from __future__ import annotations

import hmac
import json
import sys
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from jupyter_dataops.artifacts.content import SEAL_BYTES, Draft
from jupyter_dataops.errors import ArtifactCorrupt, ArtifactError
from jupyter_dataops.ids import Digest

_MAGIC = b"DATAOPS1"
_ALIGNMENT = 64
_UNSIGNED = bytes(SEAL_BYTES)
_TRAILER_BYTES = 8 + len(_MAGIC)

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def sign(digest: Digest, key: bytes) -> bytes:
    """The seal of the content at `digest`: only who has `key` can make it.

    Examples
    --------
    >>> len(sign(Digest("blake3:00"), b"key"))
    32
    """
    return hmac.digest(key, digest.encode(), "sha256")


class Envelope(Struct, frozen=True):
    """An artifact file, opened."""

    serializer: str
    members: tuple[str, ...]
    buffers: tuple[memoryview, ...]
    python: str | None
    """Minor version that wrote it, where that matters."""


def verify(envelope: Envelope, digest: Digest, seal: bytes, key: bytes) -> None:
    """The seal is right, and this Python can read the envelope.

    Raises
    ------
    ArtifactCorrupt
        Somebody without the store's key wrote it.
    ArtifactError
        Another minor version of Python wrote it: bytecode and classes do not travel between them.
    """
    if not hmac.compare_digest(seal, sign(digest, key)):
        raise ArtifactCorrupt(
            "the artifact is not signed with this store's key, so it is not loaded",
            where=digest,
            hint="it was written elsewhere: run the node that makes it in this store",
        )
    if envelope.python != PYTHON:
        raise ArtifactError(
            f"the artifact was written by Python {envelope.python} and this is Python {PYTHON}",
            where=digest,
            hint="use the same Python, or run the node that makes it again",
            python=envelope.python,
        )


class EnvelopeWriter:
    """Writes buffers one after the other into a draft; a file object as far as other libraries need one."""

    closed = False

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._buffers: list[tuple[int, int]] = []
        self._start = 0
        self.needs: set[str] = set()
        self.references: set[str] = set()

    def write(self, piece: Any) -> int:
        """Append `piece` (bytes, or anything with a contiguous buffer) to the present buffer."""
        return self._draft.write(piece)

    def end_buffer(self) -> None:
        """The next piece begins a new buffer."""
        end = self._draft.size_bytes
        self._buffers.append((self._start, end - self._start))
        self._draft.write(bytes(-end % _ALIGNMENT))
        self._start = self._draft.size_bytes

    def flush(self) -> None:
        """Nothing is held back."""

    def finish(self, serializer: str, members: tuple[str, ...], get_key: Callable[[], bytes] | None) -> None:
        """Close the envelope; signed if there is a key."""
        if self._draft.size_bytes > self._start:
            self.end_buffer()
        footer: dict[str, Any] = {"serializer": serializer, "members": members, "buffers": self._buffers}
        if get_key is not None:
            footer["python"] = PYTHON
        encoded = json.dumps(footer, separators=(",", ":")).encode()
        self._draft.write(encoded + len(encoded).to_bytes(8, "little") + _MAGIC)
        self._draft.seal(_UNSIGNED if get_key is None else sign(self._draft.digest, get_key()))


def open_envelope(content: memoryview) -> Envelope:
    """The parts of an artifact file without its seal; nothing is copied.

    Raises
    ------
    ArtifactCorrupt
        It is not an artifact file.
    """
    end = content.nbytes - _TRAILER_BYTES
    if end < 0 or content[end + 8 :] != _MAGIC:
        raise ArtifactCorrupt("the content is not an artifact", hint="was it written by a newer version?")
    start = end - int.from_bytes(content[end : end + 8], "little")
    footer = json.loads(bytes(content[start:end]))
    return Envelope(
        serializer=footer["serializer"],
        members=tuple(footer["members"]),
        buffers=tuple(content[offset : offset + size] for offset, size in footer["buffers"]),
        python=footer.get("python"),
    )
