"""Files addressed by what is in them.

A file is written under a temporary name and hashed as it grows, then renamed to its digest: what has an address is
whole, and the same content is kept once. Reading hashes it again, 4 GB/s on one core, so that damage is found before
use; but for large files of which a stamp says that nobody has touched them since. A file ends with a seal of 32 bytes
that its address does not cover: room for a signature of the address.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from blake3 import blake3

from jupyter_dataops.artifacts.files import Files, refusing
from jupyter_dataops.artifacts.stamps import FROM_BYTES, Stamps
from jupyter_dataops.crash_points import reach
from jupyter_dataops.errors import ArtifactCorrupt, ArtifactError, ArtifactMissing, UnstorableValue
from jupyter_dataops.ids import Digest

if TYPE_CHECKING:
    from jupyter_dataops.secrets import Masker

ALGORITHM = "blake3"
_APART_FROM_BYTES = 1 << 20
"""Hashing so much takes longer than having another thread do it."""
SEAL_BYTES = 32


def digest_of(*pieces: bytes | memoryview) -> Digest:
    """The address of content that consists of `pieces`, one after the other.

    Examples
    --------
    >>> digest_of(b"ab") == digest_of(b"a", b"b")
    True
    """
    hasher = blake3()
    for piece in pieces:
        hasher.update(piece)
    return Digest(f"{ALGORITHM}:{hasher.hexdigest()}")


def path_of(digest: Digest) -> str:
    """Name of the file at an address; two levels of folders keep each of them small.

    Examples
    --------
    >>> path_of(Digest("blake3:" + "0123" * 16))[:19]
    'blake3/01/23/012301'
    """
    algorithm, _, value = digest.partition(":")
    if algorithm != ALGORITHM or len(value) != 64 or not set(value) <= set("0123456789abcdef"):
        raise ArtifactMissing(
            f"{digest!r} is not an address of this store", hint=f"addresses read {ALGORITHM}:HEX, with 64 digits"
        )
    return f"{algorithm}/{value[:2]}/{value[2:4]}/{value}"


class Draft:
    """A file being written; it has no address until it was sealed and `ContentFiles.writing` has ended."""

    def __init__(self, file: IO[bytes], where: object, max_bytes: int | None, masker: Masker | None = None) -> None:
        self._file = file
        self._where = where
        self._max_bytes = max_bytes
        self._masker = masker
        self._scanner = masker.scanner() if masker else None
        self._hasher = blake3()
        self.size_bytes = 0
        self.is_sealed = False

    @property
    def secret(self) -> str | None:
        """Name of a secret whose value was to be written: nothing has been written since."""
        return None if self._scanner is None else self._scanner.found

    def write(self, piece: bytes | memoryview) -> int:
        """Append `piece`.

        Raises
        ------
        ArtifactError
            The file would grow over its limit.
        """
        view = memoryview(piece).cast("B")
        size_bytes = view.nbytes
        self.size_bytes += size_bytes
        if self._max_bytes is not None and self.size_bytes > self._max_bytes:
            raise ArtifactError(
                f"the value takes more than {self._max_bytes:,} bytes, the limit for one artifact",
                hint="hand on less, write it to a file of your own, or raise the limit",
                max_bytes=self._max_bytes,
            )
        with self._hashing(view):
            if self._scanner is None or not self._scanner.feed(view):
                self._write_all(view)
        return size_bytes

    @contextmanager
    def _hashing(self, view: memoryview) -> Iterator[None]:
        """`view` is hashed once the block has ended: beside it, in a thread, where that takes long."""
        if view.nbytes < _APART_FROM_BYTES:
            self._hasher.update(view)
            yield
            return
        apart = threading.Thread(target=self._hasher.update, args=(view,), name="dataops-hash")
        apart.start()
        try:
            yield
        finally:
            apart.join()

    def seal(self, seal: bytes) -> None:
        """End the file with `seal`, which must not depend on anything but what was written and a key.

        Raises
        ------
        UnstorableValue
            The content holds a secret.
        """
        if self.secret is not None:
            raise UnstorableValue(f"it holds the value of the secret '{self.secret}'", secret=self.secret)
        self._write_all(memoryview(seal))
        self.is_sealed = True

    def _write_all(self, view: memoryview) -> None:
        # Here and not around the whole block: an OSError of the value's own is no fault of the store's place.
        with refusing("the artifact cannot be written", self._where):
            while view.nbytes:  # an unbuffered file may take less than it is given
                view = view[self._file.write(view) :]

    def rewind(self) -> None:
        """Forget what was written so far."""
        self._file.seek(0)
        self._file.truncate()
        self._hasher.reset()
        self._scanner = self._masker.scanner() if self._masker else None
        self.size_bytes = 0

    @property
    def digest(self) -> Digest:
        """The address of what was written so far."""
        return Digest(f"{ALGORITHM}:{self._hasher.hexdigest()}")


class ContentFiles:
    """Content by address. Safe from several processes at once: equal content has equal bytes, whoever writes it."""

    def __init__(self, files: Files, masker: Masker | None = None, stamps: Stamps | None = None) -> None:
        self._files = files
        self._masker = masker
        self._stamps = stamps

    @contextmanager
    def writing(self, max_bytes: int | None = None) -> Iterator[Draft]:
        """A draft that has its address once it was sealed and the block has ended; else nothing stays.

        Raises
        ------
        EnvironmentRefused
            The disk is full or the store is not writable.
        """
        with refusing("the artifact cannot be written", self._files):
            name, file = self._files.open_temporary()
        try:
            draft = Draft(file, self._files, max_bytes, self._masker)
            try:
                yield draft
            finally:
                with refusing("the artifact cannot be written", self._files):
                    file.close()
            if draft.is_sealed:
                reach("artifact drafted")
                with refusing("the artifact cannot be written", self._files):
                    self._publish(name, draft)
                reach("artifact kept")
        finally:
            with contextlib.suppress(OSError):
                self._files.remove(name)

    def _publish(self, temporary: str, draft: Draft) -> None:
        target = path_of(draft.digest)
        # A file of another size is what a power cut left behind, and is replaced.
        if self._files.size(target) != draft.size_bytes + SEAL_BYTES:
            self._files.publish(temporary, target)
            if self._stamps is not None and draft.size_bytes >= FROM_BYTES:
                self._stamps.put(draft.digest, self._files.identity(target))

    def holds(self, digest: Digest, size_bytes: int | None = None) -> bool:
        """Whether content is there under that address, of that size where it is known; nothing is read."""
        found = self._files.size(path_of(digest))
        return found is not None and size_bytes in (None, found - SEAL_BYTES)

    def read(self, digest: Digest) -> tuple[memoryview, bytes]:
        """The content at `digest`, verified, as writable memory of the caller's own; and its seal.

        Raises
        ------
        ArtifactMissing, ArtifactCorrupt
        """
        path = path_of(digest)
        try:
            with refusing("the artifact cannot be read", self._files):
                identity = self._files.identity(path)
                content = self._files.read(path)
        except FileNotFoundError as error:
            raise ArtifactMissing(
                f"the store has no content at {digest}",
                where=str(self._files),
                hint="run the node that made it again",
                digest=digest,
            ) from error
        end = max(content.nbytes - SEAL_BYTES, 0)
        stamps = self._stamps if end >= FROM_BYTES else None
        if stamps is not None and stamps.holds(digest, identity):
            return content[:end], bytes(content[end:])
        if digest_of(content[:end]) != digest:
            raise ArtifactCorrupt(
                f"the content stored at {digest} was changed or damaged",
                where=str(self._files),
                hint=f"remove {path} and run the node that made it again",
                digest=digest,
            )
        if stamps is not None and identity == self._files.identity(path):
            stamps.put(digest, identity)
        return content[:end], bytes(content[end:])
