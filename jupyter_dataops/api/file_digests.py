"""Content of files that decide reuse."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import Final

from blake3 import blake3

from jupyter_dataops.plan.fingerprint import UNKNOWN

_SETTLED_S: Final = 2.0
"""A file changed longer ago than this has another time of change once it is changed again, on every file system."""


def file_digest(said: str, working_dir: Path) -> str | None:
    """The `content_digest` of a file as a tag names it; what lies elsewhere, at a URL, cannot be told."""
    return UNKNOWN if "://" in said else content_digest(working_dir / said)


def content_digest(path: Path) -> str | None:
    """Of a file's content; `None` where there is none, `UNKNOWN` for one that cannot be read, and for a folder.

    Notes
    -----
    Reads at several gigabytes a second, and a file that has not changed since once for each process.
    """
    try:
        status = path.stat()
        if not status.st_size:
            return "empty" if path.is_file() else UNKNOWN
        if time.time() - max(status.st_mtime, status.st_ctime) < _SETTLED_S:
            return _read(path)
        return _kept(path, status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
    except FileNotFoundError:
        return None
    except OSError:
        return UNKNOWN


@lru_cache(maxsize=4096)
def _kept(path: Path, *_as_it_was: int) -> str:
    return _read(path)


def _read(path: Path) -> str:
    return blake3().update_mmap(path).hexdigest()
