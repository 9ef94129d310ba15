from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from jupyter_dataops.errors import StoreUnavailable
from jupyter_dataops.store.transactions import Transactions


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE numbers (n INTEGER UNIQUE)")
    connection.close()
    return path


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


def hasty(path: Path, patience_s: float) -> Transactions:
    return Transactions(sa.URL.create("sqlite", database=str(path)), busy_timeout_s=0.001, patience_s=patience_s)


def add(number: int, connection: sa.Connection) -> None:
    connection.execute(sa.text("INSERT INTO numbers VALUES (:n)"), {"n": number})


def count(connection: sa.Connection) -> int:
    return connection.scalar(sa.text("SELECT count(*) FROM numbers")) or 0


def test_work_that_fails_leaves_nothing(path: Path) -> None:
    def fail(connection: sa.Connection) -> None:
        add(1, connection)
        raise ZeroDivisionError

    transactions = hasty(path, 0)
    with pytest.raises(ZeroDivisionError):
        transactions.write(fail)
    assert transactions.read(count) == 0
    transactions.close()


def test_a_writer_waits_for_another_beyond_the_timeout_of_sqlite(path: Path, other: sqlite3.Connection) -> None:
    transactions = hasty(path, 60)
    transactions.read(count)
    refused = threading.Event()
    sa.event.listen(transactions._reader, "handle_error", lambda context: refused.set())
    other.execute("BEGIN IMMEDIATE")
    writer = threading.Thread(target=lambda: transactions.write(lambda connection: add(1, connection)))
    writer.start()
    assert refused.wait(timeout=30)
    other.execute("COMMIT")
    writer.join(timeout=30)
    assert transactions.read(count) == 1
    transactions.close()


def test_a_lock_that_is_never_released_is_an_error_that_says_so(path: Path, other: sqlite3.Connection) -> None:
    transactions = hasty(path, 0)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="another program keeps it locked"):
        transactions.write(lambda connection: add(1, connection))
    assert transactions.read(count) == 0
    transactions.close()


def test_a_lock_met_while_connecting_is_waited_for_too(path: Path, other: sqlite3.Connection) -> None:
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("INSERT INTO numbers VALUES (7)")
    transactions = hasty(path, 0)
    with pytest.raises(StoreUnavailable, match="another program keeps it locked"):
        transactions.read(count)
    other.close()
    assert transactions.read(count) == 1
    transactions.close()


def test_a_writer_has_the_lock_before_it_reads(path: Path, other: sqlite3.Connection) -> None:
    def read_then_write(connection: sa.Connection) -> None:
        before = count(connection)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("INSERT INTO numbers VALUES (1)")
        add(before, connection)

    other.execute("PRAGMA busy_timeout = 0")
    transactions = hasty(path, 0)
    transactions.write(read_then_write)
    assert transactions.read(count) == 1
    transactions.close()


def test_a_reader_sees_one_state_and_waits_for_nobody(path: Path, other: sqlite3.Connection) -> None:
    def count_twice(connection: sa.Connection) -> tuple[int, int]:
        first = count(connection)
        other.execute("INSERT INTO numbers VALUES (1)")
        return first, count(connection)

    transactions = hasty(path, 0)
    assert transactions.read(count_twice) == (0, 0)
    assert transactions.read(count) == 1
    transactions.close()


def test_a_broken_rule_of_the_database_is_an_error_of_ours_with_its_cause(path: Path) -> None:
    transactions = hasty(path, 0)
    transactions.write(lambda connection: add(1, connection))
    with pytest.raises(StoreUnavailable, match="UNIQUE") as caught:
        transactions.write(lambda connection: add(1, connection))
    assert isinstance(caught.value.__cause__, sa.exc.IntegrityError)
    transactions.close()


def test_a_missing_driver_is_an_error_of_ours() -> None:
    with pytest.raises(StoreUnavailable, match=r"sqlalchemy\.dialects:nosuch"):
        Transactions(sa.make_url("nosuch://host/name"))


def test_a_password_is_not_shown() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        Transactions(sa.make_url("nosuch://ana:geheim@host/name"))
    assert "geheim" not in str(caught.value)
