"""All that is particular to PostgreSQL: what a reader sees, who waits for whom, error codes, the driver."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from jupyter_dataops.extras import how_to_install
from jupyter_dataops.store.sqlite import WRITES

_OTHERS_IN_THE_WAY: Final = frozenset({"40001", "40P01", "55P03"})
"""A serialisation failure, a deadlock, a lock that is not to be had: the server has undone all of the transaction."""
_KEY: Final = 7_240_153
"""Of the lock that a transaction that writes has; any number that nobody else takes."""

ENGINE: Final[dict[str, Any]] = {"pool_pre_ping": True}
"""A connection that the server has ended since it was used last is made anew."""
READS: Final = {"isolation_level": "REPEATABLE READ"}
"""Each transaction that reads sees one state of the database, however many questions it asks."""


def configure(engine: sa.Engine) -> None:
    """Transactions of `engine` that write take turns, in whichever process they are, as SQLite's do.

    So numbers are seen in the order in which they are given, and whoever has seen one misses none before it; two never
    wait for each other; and one of several who find an empty database fills it.
    """
    sa.event.listen(engine, "begin", _begin)


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_KEY})")


def visible(connection: sa.Connection) -> int:
    """What a reader sees now, as a number: the same again only if no transaction that wrote has ended in between."""
    snapshot: str = connection.scalar(sa.text("SELECT CAST(pg_current_snapshot() AS text)"))
    return int.from_bytes(snapshot.encode())


def is_busy(error: BaseException | None) -> bool:
    """Whether waiting may help: others were in the way, and nothing was written."""
    return getattr(error, "sqlstate", None) in _OTHERS_IN_THE_WAY


def why(error: BaseException | None) -> tuple[str, str]:
    """What is the matter with the database, and what to do about it."""
    if isinstance(error, ImportError):
        return f"the driver is not installed ({error})", how_to_install("postgresql")
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0], "check that the server runs, and that its address, and what it asks of you, are right"
