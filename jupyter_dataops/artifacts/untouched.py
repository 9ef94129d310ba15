"""Memory that nobody has written to since it was mapped from a file: what the system knows, and nobody has to hash.

Large artifacts are mapped copy-on-write. The first write to a page gives the process a page of its own, and Linux tells
which pages of a process are still the file's: see ``/proc/PID/pagemap`` in the kernel's documentation.
"""

from __future__ import annotations

import mmap
import sys
from pathlib import Path
from typing import Any, Final

FROM_BYTES: Final = 1 << 20
"""Smaller buffers are hashed within a third of a millisecond."""

_PAGEMAP: Final = Path("/proc/self/pagemap")
_ENTRY_BYTES: Final = 8
_FILES_BIT: Final = 61
"""The page is a file's, or shared. The two bits above say that there is a page, in memory or swapped out."""


def untouched_at(buffer: memoryview) -> int | None:
    """The address of `buffer` if none of its pages was ever written to; `None` if one was, or nobody can tell.

    Whoever keeps the memory alive may take its content to be the same for as long as the answer is.
    """
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or buffer.nbytes < FROM_BYTES:
        return None
    address: int = numpy.frombuffer(buffer, "u1").__array_interface__["data"][0]
    first, last = address // mmap.PAGESIZE, (address + buffer.nbytes - 1) // mmap.PAGESIZE
    try:
        with _PAGEMAP.open("rb", buffering=0) as pagemap:
            pagemap.seek(first * _ENTRY_BYTES)
            told = pagemap.read((last - first + 1) * _ENTRY_BYTES)
    except OSError:
        return None
    pages = numpy.frombuffer(told, "u8") >> _FILES_BIT  # 0: no page yet; odd: the file's
    is_whole = len(pages) == last - first + 1
    return address if is_whole and bool(((pages == 0) | (pages & 1 == 1)).all()) else None
