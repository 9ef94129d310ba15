"""Many processes on one PostgreSQL database: what SQLite's single writer sees to by itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from jupyter_dataops.ids import RunId, Token
from jupyter_dataops.store.database import Database
from jupyter_dataops.store.schedules import SqlScheduleStore
from jupyter_dataops.store.sql import SqlRunStore
from jupyter_dataops.store.transactions import Transactions
from tests.postgresql.work import add_schedules, decide_it, open_it, play_many, take_it
from tests.support.schedules import SCHEDULE, a_schedule, on
from tests.support.stores import BY, LOST_THE_RACE, RUN, a_run, in_processes, keep, new_database

PROCESSES = 8


@pytest.fixture
def url() -> str:
    return new_database()


def test_of_many_who_open_a_new_database_one_brings_it_forward() -> None:
    url = new_database(is_empty=True)
    assert in_processes(PROCESSES, open_it, url) == [0] * PROCESSES


def test_of_many_who_take_a_run_one_has_it(url: str) -> None:
    store = SqlRunStore(url)
    keep(store, a_run())
    codes = in_processes(PROCESSES, take_it, url)
    assert sorted(codes, key=str) == [0, *[LOST_THE_RACE] * (PROCESSES - 1)]
    assert store.get_run(RUN).token in {Token(f"{index}") for index in range(PROCESSES)}
    store.close()


def test_of_many_services_one_claims_a_fire(url: str) -> None:
    store = SqlScheduleStore(Database(url))
    store.add_schedule(a_schedule(), BY, on())
    assert sorted(in_processes(PROCESSES, decide_it, url), key=str) == [0, *[LOST_THE_RACE] * (PROCESSES - 1)]
    assert len(store.get_fires(SCHEDULE)) == 1
    store.close()


def test_runs_of_many_processes_are_all_kept_in_full(url: str) -> None:
    assert in_processes(PROCESSES, play_many, url) == [0] * PROCESSES
    store = SqlRunStore(url)
    assert len(store.get_runs()) == 5 * PROCESSES
    assert {len(store.get_events(RunId(f"r{index}x4"))) for index in range(PROCESSES)} == {12}
    store.close()


def test_who_follows_the_events_of_all_runs_by_their_number_misses_none(url: str) -> None:
    store = SqlRunStore(url)
    with ThreadPoolExecutor(1) as pool:
        played = pool.submit(in_processes, PROCESSES, play_many, url)
        seen: list[int] = []
        is_over = False
        while not is_over:
            is_over = played.done()
            seen += [one.seq for one in store.get_happenings(seen[-1] if seen else 0)]
        assert played.result() == [0] * PROCESSES
    assert len(seen) == PROCESSES * 5 * 12
    store.close()


def test_changes_of_schedules_are_numbered_in_the_order_in_which_they_are_seen(url: str) -> None:
    assert in_processes(PROCESSES, add_schedules, url) == [0] * PROCESSES
    store = SqlScheduleStore(Database(url))
    numbers = [one.seq for one in store.get_changed_schedules(0)]
    assert numbers == list(range(1, 10 * PROCESSES + 1))
    store.close()


def test_a_reader_sees_one_state_of_the_database(url: str) -> None:
    database = Database(url)
    store, other = SqlRunStore(database), SqlRunStore(url)

    def look(connection: sa.Connection) -> tuple[Any, Any]:
        count = sa.text("SELECT count(*) FROM runs")
        before = connection.scalar(count)
        keep(other, a_run())
        return before, connection.scalar(count)

    assert database.transactions.read(look) == (0, 0)
    assert len(store.get_runs()) == 1
    other.close()
    store.close()


def test_who_waits_for_each_other_are_told_to_try_again_and_do(url: str) -> None:
    transactions = Transactions(sa.make_url(url))
    tries: list[int] = []

    def work(connection: sa.Connection) -> str:
        tries.append(1)
        if len(tries) == 1:  # as the server does to one of two whose locks cross
            connection.execute(sa.text("DO $$ BEGIN RAISE EXCEPTION 'they wait' USING ERRCODE = '40P01'; END $$"))
        return "done"

    assert transactions.write(work) == "done"
    assert len(tries) == 2
    transactions.close()


def test_a_connection_that_the_server_has_ended_is_made_anew(url: str) -> None:
    store = SqlRunStore(url)
    store.get_runs()
    other = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        ended = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :name"
        )
        connection.execute(sa.text(ended), {"name": other.url.database})
    other.dispose()
    assert store.get_runs() == []
    store.close()
