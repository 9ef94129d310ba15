"""Transactions on the database: begun, waited for, committed; and the border at which foreign errors become ours."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from jupyter_dataops.errors import DataOpsError, StoreError, StoreUnavailable
from jupyter_dataops.store import postgresql, sqlite
from jupyter_dataops.store.codec import dumps

Result = TypeVar("Result")


class Transactions:
    """Runs pieces of work on the database at `url`, each in one transaction: all of it happens, or nothing.

    Work may be called again when the database was locked, so it must have no effect besides. Safe to use from several
    threads and processes.

    Parameters
    ----------
    busy_timeout_s
        How long SQLite itself waits for another writer, before the transaction is tried anew.
    patience_s
        How long a transaction waits for other writers in all.

    Raises
    ------
    StoreUnavailable
        From every method: the database cannot be reached, read or written.
    StoreError
        Its file has been removed, or replaced by another, since it was opened: waiting does not help.
    """

    def __init__(self, url: sa.URL, *, busy_timeout_s: float = 30.0, patience_s: float = 180.0) -> None:
        self._patience_s = patience_s
        self._where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string()
        self.is_sqlite = url.get_backend_name() == "sqlite"
        own: dict[str, Any] = {"connect_args": {"timeout": busy_timeout_s}} if self.is_sqlite else postgresql.ENGINE
        with self.border():
            # No upper limit: each thread has at most one connection, and none should wait for another's.
            engine = sa.create_engine(url, json_serializer=dumps, pool_size=5, max_overflow=-1, **own)
        (sqlite if self.is_sqlite else postgresql).configure(engine)
        self._file = Path(url.database) if self.is_sqlite and url.database else None
        self._identity = sqlite.identity(self._file)
        self._reader = engine if self.is_sqlite else engine.execution_options(**postgresql.READS)
        self._writer = engine.execution_options(**{sqlite.WRITES: True})
        # Threads of one process wait here in line, which is fair and without delay; SQLite itself would poll.
        self._turn = threading.Lock()

    def read(self, work: Callable[[sa.Connection], Result]) -> Result:
        """The result of `work`, which sees one state of the database."""
        return self._run(self._reader, work)

    def write(self, work: Callable[[sa.Connection], Result]) -> Result:
        """The result of `work`, after what it wrote is durable."""
        with self._turn:
            return self._run(self._writer, work)

    def close(self) -> None:
        """Release the connections."""
        self._reader.dispose()

    def _run(self, engine: sa.Engine, work: Callable[[sa.Connection], Result]) -> Result:
        deadline = time.monotonic() + self._patience_s
        self._require_in_place()
        while True:
            try:
                with self.border(), engine.begin() as connection:
                    return work(connection)
            except StoreUnavailable as error:
                if not error.facts.get("busy") or time.monotonic() > deadline:
                    raise
            time.sleep(random.uniform(0.001, 0.02))  # noqa: S311  # so that waiting processes do not move in step

    def _require_in_place(self) -> None:
        # SQLite would go on, without a word, in a file that no name leads to any more.
        if self._identity is not None and sqlite.identity(self._file) != self._identity:
            raise StoreError(
                "The run store was removed, or replaced by another, while it was in use",
                where=str(self._file),
                hint="what was in it is lost, unless it was moved: start again, and leave the folder in its place",
            )

    @contextmanager
    def border(self) -> Iterator[None]:
        """Errors of the database and its driver leave this block as ours."""
        try:
            yield
        except sa.exc.StatementError as error:
            if isinstance(error.orig, DataOpsError):  # raised while a value was made ready for its column
                raise error.orig from None
            raise self._unavailable(error.orig or error) from error
        except (sa.exc.SQLAlchemyError, sqlite3.Error, ImportError) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, cause: BaseException) -> StoreUnavailable:
        of = sqlite if self.is_sqlite else postgresql
        reason, hint = of.why(cause)
        return StoreUnavailable(
            f"The run store cannot be used: {reason}", where=self._where or "", hint=hint, busy=of.is_busy(cause)
        )
