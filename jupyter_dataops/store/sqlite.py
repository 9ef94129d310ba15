"""All that is particular to SQLite: where its file may lie, pragmas, locking, error codes, the watch for changes."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

import sqlalchemy as sa

from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.store.mounts import network_file_system

WRITES: Final = "dataops_writes"
"""Execution option of connections whose transactions write."""

_ELSEWHERE = "set DATAOPS_STORE to a folder on a local disk"

_CURES: Final = {
    "SQLITE_FULL": ("the disk is full", "free some space and run the command again"),
    "SQLITE_READONLY": ("it may only be read", f"check the permissions of the folder, or {_ELSEWHERE}"),
    "SQLITE_CANTOPEN": ("it cannot be opened", f"check the permissions of the folder, or {_ELSEWHERE}"),
    "SQLITE_IOERR": ("the disk refuses to be read or written", f"check the disk, or {_ELSEWHERE}"),
    "SQLITE_CORRUPT": ("it is damaged", "restore a backup, or move the file away to begin a new store"),
    "SQLITE_NOTADB": ("it is not a database", "restore a backup, or move the file away to begin a new store"),
    "SQLITE_BUSY": (
        "another program keeps it locked",
        "end that program: a run that was stopped (Ctrl-Z), or a database browser with open changes",
    ),
}


def prepare_file(path: Path) -> None:
    """`path` is a file that only its owner may read, in a folder that is there. An existing file is left as it is.

    Raises
    ------
    StoreUnavailable
        The folder cannot be made or written, is a file, or lies on a network file system.
    """
    folder = path.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kind = network_file_system(PurePosixPath(folder.resolve()), _mounts())
        if kind is None:
            _make(path)
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreUnavailable(
            "The run store must be a folder, and a file is in its place", where=str(folder), hint=_ELSEWHERE
        ) from error
    except OSError as error:
        raise StoreUnavailable(
            f"The run store cannot be opened: {error.strerror}",
            where=str(path),
            hint=f"check the permissions of the folder, or {_ELSEWHERE}",
        ) from error
    if kind is not None:
        raise StoreUnavailable(
            f"The run store cannot be on a network file system ({kind}): locks do not hold there",
            where=str(folder),
            hint=_ELSEWHERE,
        )


def _make(path: Path) -> None:
    """A file is at `path`, for its owner alone: SQLite would make it readable for all, and its log files after it."""
    # One that is there must not be opened. Closing it would take from this process all the locks that SQLite has on it
    # for other connections; who ends elsewhere then takes itself for the last, and removes the log under their feet.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(errors="surrogateescape")
    except OSError:  # not Linux
        return ""


def configure(engine: sa.Engine) -> None:
    """Every new connection of `engine` is durable and checks keys; writing transactions queue for the write lock.

    A deferred transaction that reads first and writes later fails at once when another wrote in between, so
    those that write say so from the start. The others read one consistent snapshot and wait for nobody.
    """
    sa.event.listen(engine, "connect", _set_pragmas)
    sa.event.listen(engine, "begin", _begin)


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver's own idea of when to begin is too late
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # after a commit, a power cut loses nothing
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):  # kept in the file; setting it takes locks
        connection.execute("PRAGMA journal_mode = WAL")


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def identity(path: Path | None) -> tuple[int, int] | None:
    """What tells the file at `path` from another that takes its place; `None` where there is no file."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


def is_busy(error: BaseException | None) -> bool:
    """Whether waiting may help: another connection has the lock, and nothing was written."""
    return _error_name(error) in {"SQLITE_BUSY", "SQLITE_LOCKED"}


def why(error: BaseException | None) -> tuple[str, str]:
    """What is the matter with the database, and what to do about it."""
    return _CURES.get(_error_name(error), (str(error), "`jupyter dataops doctor` examines the store"))


def _error_name(error: BaseException | None) -> str:
    # Extended codes say more than is needed: SQLITE_IOERR_WRITE is SQLITE_IOERR.
    return "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])


class ChangeWatch:
    """Tells whether any other connection, of this process or another, has written since the last look.

    Its connection never writes, because SQLite does not count a connection's own writes. Safe to use from several
    threads.
    """

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()

    def get_data_version(self) -> int:
        """SQLite's ``data_version``: comparable only with another answer of this object. About a microsecond."""
        with self._lock:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return version

    def close(self) -> None:
        """Release the connection."""
        with self._lock:
            self._connection.close()
