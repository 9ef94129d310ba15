"""Which large files need not be hashed again before they are used: those that nobody has touched since they were.

Hashing is a quarter of a second for a gigabyte, each time that a node loads it. A stamp says, signed with the store's
key, which file - inode, size, times of its last change - was found to be whole, and since which start of the machine.
Whoever changes the file changes that: no call sets the time of its last change of status (``st_ctime``) back.
A power cut may leave a file without its data; so a stamp holds until the machine is started again.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final

from jupyter_dataops.artifacts.files import Files
from jupyter_dataops.errors import DataOpsError
from jupyter_dataops.ids import Digest

FROM_BYTES: Final = 1 << 22
"""Smaller files are hashed within a millisecond."""


class Stamps:
    """Stamps of one store. That one cannot be read or written is no fault: the file is hashed."""

    def __init__(self, files: Files, get_key: Callable[[], bytes]) -> None:
        self._files = files
        self._get_key = get_key

    def holds(self, digest: Digest, identity: str | None) -> bool:
        """The file with the content at `digest` was found whole, and is the same since.

        Parameters
        ----------
        identity
            Of the file as it is now, see `Files.identity`.
        """
        if identity is None:
            return False
        try:
            stored = bytes(self._files.read(_name(digest)))
            return hmac.compare_digest(stored, self._stamp(digest, identity))
        except (OSError, DataOpsError):
            return False

    def put(self, digest: Digest, identity: str | None) -> None:
        """The file was found whole."""
        if identity is None:
            return
        try:
            name = _name(digest)
            self._files.remove(name)
            self._files.create(name, self._stamp(digest, identity))
        except (OSError, DataOpsError):  # somebody was faster, or the store is full or not ours
            return

    def _stamp(self, digest: Digest, identity: str) -> bytes:
        return hmac.digest(self._get_key(), f"stamp {digest} {identity}".encode(), "sha256")


def _name(digest: Digest) -> str:
    return f"verified/{digest.partition(':')[2]}"
