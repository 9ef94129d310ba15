"""Going to where the value of a secret is: an environment variable, a file, the system's keyring."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jupyter_dataops.config import SecretSource, SourceKind
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.extras import how_to_install

_OTHERS: Final = 0o077
"""What a file's mode lets its group and everybody do."""


def read_source(source: SecretSource, environ: Mapping[str, str]) -> str:
    """The value at `source`; empty where there is none.

    Raises
    ------
    EnvironmentRefused
        The file cannot be read, or others can read it; there is no keyring.
    """
    if source.kind is SourceKind.ENV:
        return environ.get(source.place, "")
    if source.kind is SourceKind.FILE:
        return _from_file(Path(source.place), source.name)
    return _from_keyring(source)


def _from_file(path: Path, name: str) -> str:
    """All of a file but the line end after it, which editors and `echo` write; or the value of a name in it."""
    try:
        _require_private(path)
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise EnvironmentRefused(
            f"the secret cannot be read: {reason or error}", where=str(path), hint="correct [secrets], or the file"
        ) from error
    if not name:
        return text.removesuffix("\n").removesuffix("\r")
    import io  # noqa: PLC0415 - most secrets are elsewhere

    from dotenv import dotenv_values  # noqa: PLC0415 - as above

    return dotenv_values(stream=io.StringIO(text), interpolate=False).get(name) or ""


def _require_private(path: Path) -> None:
    """Return unless the file is this user's, others can read it, and that could be changed.

    That is the rule of ssh for private keys. What a container has mounted read-only is as its owner wants it.
    """
    found = path.stat()
    if not hasattr(os, "getuid") or found.st_uid != os.getuid() or not found.st_mode & _OTHERS:
        return
    if not _is_read_only(path):
        raise EnvironmentRefused(
            f"the file of the secret is open to others (mode {found.st_mode & 0o777:04o})",
            where=str(path),
            hint=f"chmod 600 {path}",
        )


def _is_read_only(path: Path) -> bool:
    """Whether the file system is; nobody can change the mode of a file there."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _from_keyring(source: SecretSource) -> str:
    try:
        import keyring  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise EnvironmentRefused(
            "the package `keyring` is not installed",
            where=str(source),
            hint=f"{how_to_install('keyring')}, or keep the secret elsewhere",
        ) from error
    try:
        return keyring.get_password(source.place, source.name) or ""
    except Exception as error:  # a backend may raise anything
        raise EnvironmentRefused(
            f"the keyring does not answer: {error}", where=str(source), hint="see `keyring diagnose`"
        ) from error
