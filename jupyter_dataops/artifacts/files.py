"""Where content lies: a local folder, or any URL that fsspec understands.

A path or ``file:`` URL never imports fsspec, which would cost every kernel a tenth of a second.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import unquote, urlsplit

from jupyter_dataops.errors import EnvironmentRefused

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed in the first place
    fcntl = None  # type: ignore[assignment]

_MAP_FROM_BYTES = 1 << 20
"""Smaller files are read: a mapping holds a file descriptor for as long as its value lives."""


class Files(Protocol):
    """Named files; names are relative, with forward slashes."""

    def open_temporary(self) -> tuple[str, IO[bytes]]:
        """A new file under a name that nobody else uses, open for writing."""
        ...

    def publish(self, temporary: str, name: str) -> None:
        """Rename `temporary` to `name`, read-only from now on; a reader sees all of it or nothing."""
        ...

    def create(self, name: str, data: bytes) -> None:
        """Write a small file that only its owner can read, whole or not at all. Raises `FileExistsError`."""
        ...

    def remove(self, name: str) -> None:
        """Remove the file; one that is not there is no error."""
        ...

    def size(self, name: str) -> int | None:
        """Bytes of the file; `None` if there is none."""
        ...

    def identity(self, name: str) -> str | None:
        """What differs once anybody has changed the file; `None`: there is none, or nothing here tells."""
        ...

    def read(self, name: str) -> memoryview:
        """The whole file as writable memory of the caller's own: changes never reach the file.

        Raises `FileNotFoundError`.
        """
        ...


def files_at(url: str | Path) -> Files:
    """The files below a local path or an fsspec URL.

    Examples
    --------
    >>> type(files_at("artifacts")).__name__, type(files_at("memory://artifacts")).__name__
    ('LocalFiles', 'RemoteFiles')
    """
    text = os.fspath(url)
    scheme, separator, _ = text.partition("://")
    if not separator:
        return LocalFiles(Path(text))
    if scheme in ("file", "local"):
        return LocalFiles(Path(unquote(urlsplit(text).path)))
    return RemoteFiles(text)


def require_protocol(url: str) -> None:
    """Return if fsspec and its drivers know the scheme of `url`. Raises `EnvironmentRefused`, saying what lacks."""
    try:
        import_module("fsspec").get_filesystem_class(urlsplit(url).scheme)
    except (ImportError, ValueError) as error:
        raise EnvironmentRefused(
            f"nothing here can go to the artifact store: {error}",
            where=url,
            hint="install that package where runs are started, or correct the setting `artifacts`",
        ) from error


_REFUSED = {
    errno.ENOSPC: ("there is no space left", "free some space, or move the store to a larger disk"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, or move the store to another disk"),
    errno.EACCES: ("permission is denied", "make the store readable and writable for this user"),
    errno.EPERM: ("the operation is not permitted", "make the store readable and writable for this user"),
    errno.EROFS: ("the file system is read-only", "move the store to a writable place"),
}


@contextmanager
def refusing(what: str, where: object) -> Iterator[None]:
    """Within the block, an `OSError` of the store's place becomes an `EnvironmentRefused` that says what to do."""
    try:
        yield
    except (FileNotFoundError, FileExistsError):
        raise
    except OSError as error:
        reason, hint = _REFUSED.get(error.errno or 0, (str(error), "check that the store can be reached and written"))
        raise EnvironmentRefused(f"{what}: {reason}", where=str(where), hint=hint, errno=error.errno) from error


_DRAFTS = "tmp"
_NOBODYS_AFTER_S = 60.0
"""A file that is not locked may be about to be, or have been finished just now."""


def _temporary_name() -> str:
    return f"{_DRAFTS}/{os.getpid()}-{secrets.token_hex(8)}"


def remove_drafts(url: str | Path) -> int:
    """No temporary file is left in the store of a process that has died; how many there were.

    A file is its process's for as long as that holds a lock on it, which ends with the process, however that ends and
    wherever it ran. Files of the last minute are left alone. Only local stores: elsewhere nothing tells who is alive.
    """
    files = files_at(url)
    return files.remove_drafts() if isinstance(files, LocalFiles) else 0


def _lock(file: IO[bytes]) -> bool:
    """Whether the file is this process's now: nobody else has it, and the file system has locks."""
    try:
        if fcntl is not None:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@cache
def _boot() -> str | None:
    """Which start of the machine this is."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None


class LocalFiles:
    """Files in a folder, which is made when first written to."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def __str__(self) -> str:
        return str(self._root)

    def open_temporary(self) -> tuple[str, IO[bytes]]:
        """See `Files`."""
        name = _temporary_name()
        path = self._root / name
        try:
            # Every piece is one write: buffers are large already, and a copy of them would cost more than the call.
            file = path.open("xb", buffering=0)
        except FileNotFoundError:
            self._make_folder(path.parent)
            file = path.open("xb", buffering=0)
        _lock(file)
        return name, file

    def remove_drafts(self) -> int:
        """See the function `remove_drafts`."""
        removed = 0
        for path in (self._root / _DRAFTS).glob("*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime < _NOBODYS_AFTER_S:
                    continue
                with path.open("rb") as file:
                    if _lock(file):
                        path.unlink()
                        removed += 1
        return removed

    def _make_folder(self, folder: Path) -> None:
        """All of it lies in a folder that only its owner can enter."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)

    def publish(self, temporary: str, name: str) -> None:
        """See `Files`. Not synced: after a power cut, verification on reading finds what was lost."""
        source, target = self._root / temporary, self._root / name
        source.chmod(0o444)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)

    def create(self, name: str, data: bytes) -> None:
        """See `Files`. A hard link is the one local call that both publishes whole and refuses to replace."""
        target = self._root / name
        temporary = self._root / _temporary_name()
        self._make_folder(temporary.parent)
        target.parent.mkdir(exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            target.hardlink_to(temporary)
        finally:
            temporary.unlink()

    def remove(self, name: str) -> None:
        """See `Files`."""
        (self._root / name).unlink(missing_ok=True)

    def size(self, name: str) -> int | None:
        """See `Files`."""
        try:
            return (self._root / name).stat().st_size
        except FileNotFoundError:
            return None

    def identity(self, name: str) -> str | None:
        """See `Files`. Where there is no start of the machine to be known by (not Linux), nothing tells."""
        boot = _boot()
        try:
            found = (self._root / name).stat()
        except FileNotFoundError:
            return None
        return boot and f"{boot} {found.st_dev} {found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"

    def read(self, name: str) -> memoryview:
        """See `Files`. Large files are mapped copy-on-write: only the pages that are changed take memory."""
        with (self._root / name).open("rb") as file:
            size_bytes = os.fstat(file.fileno()).st_size
            if size_bytes >= _MAP_FROM_BYTES:
                return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
            return memoryview(bytearray(file.read()))


class RemoteFiles:
    """Files below an fsspec URL: object storage, a network share, memory."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opened: tuple[Any, str] | None = None

    def __str__(self) -> str:
        return self._url

    @property
    def _system(self) -> Any:
        return self._open()[0]

    def _open(self) -> tuple[Any, str]:
        if self._opened is None:
            system, root = import_module("fsspec.core").url_to_fs(self._url)
            self._opened = system, root.rstrip("/")
        return self._opened

    def _path(self, name: str) -> str:
        return f"{self._open()[1]}/{name}"

    def _make_folder(self, name: str) -> None:
        self._system.makedirs(self._path(name).rpartition("/")[0], exist_ok=True)

    def open_temporary(self) -> tuple[str, IO[bytes]]:
        """See `Files`."""
        name = _temporary_name()
        self._make_folder(name)
        file: IO[bytes] = self._system.open(self._path(name), "wb")
        return name, file

    def publish(self, temporary: str, name: str) -> None:
        """See `Files`. Object stores have no rename: fsspec copies there, and a copy appears whole."""
        self._make_folder(name)
        self._system.mv(self._path(temporary), self._path(name))

    def create(self, name: str, data: bytes) -> None:
        """See `Files`. Who may read it is for the place's own access rules to say."""
        self._make_folder(name)
        self._system.pipe_file(self._path(name), data, mode="create")

    def remove(self, name: str) -> None:
        """See `Files`."""
        with contextlib.suppress(FileNotFoundError):
            self._system.rm_file(self._path(name))

    def size(self, name: str) -> int | None:
        """See `Files`."""
        path = self._path(name)
        self._system.invalidate_cache(path)
        try:
            return int(self._system.info(path)["size"])
        except FileNotFoundError:
            return None

    def identity(self, name: str) -> str | None:  # noqa: ARG002
        """See `Files`. Nothing tells: what is far away is hashed."""
        return None

    def read(self, name: str) -> memoryview:
        """See `Files`."""
        return memoryview(bytearray(self._system.cat_file(self._path(name))))
