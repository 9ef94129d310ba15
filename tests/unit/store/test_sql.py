from __future__ import annotations

import os
import signal
import sqlite3
import stat
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from jupyter_dataops.errors import StoreError, StoreUnavailable
from jupyter_dataops.events import NodeQueued, NodeSucceeded, RunFinished, RunStarted
from jupyter_dataops.ids import Digest, NodeName
from jupyter_dataops.states import NodeState, RunState
from jupyter_dataops.store.database import DATABASE_NAME
from jupyter_dataops.store.sql import SqlRunStore, open_sql_store
from tests.support.stores import (
    LEASE,
    LOST_THE_RACE,
    RUN,
    TOKEN,
    a_cancel_request,
    a_crash,
    a_node,
    a_resumption,
    a_run,
    a_start,
    an_expansion,
    an_itemised_output,
    an_output,
    at,
    contend,
    die_before_event,
    in_processes,
    keep,
    open_without_alembic,
    play,
    play_one,
    share_a_slot,
    take_once,
)

TAKE = a_start(seconds=0)
FINISHED = RunFinished(run_id=RUN, at=at(), state=RunState.SUCCEEDED, reason="all good")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlRunStore]:
    opened = open_sql_store(tmp_path)
    yield opened
    opened.close()


def database(store: SqlRunStore) -> sa.Engine:
    return store._transactions._reader


@contextmanager
def counted_statements(store: SqlRunStore) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    sa.event.listen(database(store), "before_cursor_execute", note)
    yield seen
    sa.event.remove(database(store), "before_cursor_execute", note)


# --- many at once ----------------------------------------------------------------------------------------------------


def test_32_processes_write_and_read_at_once_and_never_meet_a_locked_database(
    store: SqlRunStore, tmp_path: Path
) -> None:
    assert in_processes(32, contend, tmp_path, 2) == [0] * 32
    runs = store.get_runs(limit=1000)
    assert Counter(run.state for run in runs) == {RunState.SUCCEEDED: 64, RunState.CRASHED: 64}
    assert all(len(store.get_events(run.run_id)) == (9 if run.state == RunState.SUCCEEDED else 3) for run in runs)
    assert len(store.get_audit()) == 128


@pytest.mark.parametrize("event", [a_start(), a_resumption()], ids=lambda event: type(event).__name__)
def test_of_many_processes_that_take_a_run_at_once_one_wins(store: SqlRunStore, tmp_path: Path, event: Any) -> None:
    keep(store, a_run(state=RunState.QUEUED if isinstance(event, RunStarted) else RunState.CRASHED))
    codes = in_processes(6, take_once, tmp_path, event)
    assert sorted(code or 0 for code in codes) == [0] + [LOST_THE_RACE] * 5
    assert store.get_run(RUN).token == str(codes.index(0))
    assert len(store.get_events(RUN)) == 2


def test_a_slot_is_held_by_one_of_many_processes_at_a_time(store: SqlRunStore, tmp_path: Path) -> None:
    assert in_processes(6, share_a_slot, tmp_path, 4) == [0] * 6
    assert all(
        node.state == NodeState.SUCCEEDED for run in store.get_runs() for node in store.get_node_runs(run.run_id)
    )


def test_32_threads_write_at_once_and_never_meet_a_locked_database(store: SqlRunStore) -> None:
    failures: list[BaseException] = []

    def work(index: int) -> None:
        try:
            play(store, f"r{index}", nodes=3)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store.get_runs()) == 32


def test_another_process_sees_all_and_its_writes_are_noticed(store: SqlRunStore, tmp_path: Path) -> None:
    before = store.get_data_version()
    assert in_processes(1, play_one, tmp_path, 2) == [0]
    assert store.get_data_version() != before
    assert [node_run.state for node_run in store.get_node_runs("r0")] == [NodeState.SUCCEEDED] * 2
    reopened = open_sql_store(tmp_path)
    assert reopened.get_run("r0") == store.get_run("r0")
    assert reopened.get_node_runs("r0") == store.get_node_runs("r0")
    assert reopened.get_events("r0") == store.get_events("r0")
    reopened.close()


# --- crashes ---------------------------------------------------------------------------------------------------------


def test_opening_the_store_again_takes_no_locks_from_those_who_have_it_open(store: SqlRunStore, tmp_path: Path) -> None:
    play(store, "r9", nodes=1)
    open_sql_store(tmp_path).close()
    assert in_processes(1, play_one, tmp_path, 1) == [0]  # when it ended, it was not the last to have it open
    assert (tmp_path / f"{DATABASE_NAME}-wal").stat().st_size > 0
    assert {run.run_id for run in store.get_runs()} == {"r0", "r9"}


def test_a_process_killed_between_the_change_and_its_event_leaves_neither(store: SqlRunStore, tmp_path: Path) -> None:
    keep(store, a_run())
    assert in_processes(1, die_before_event, tmp_path) == [-signal.SIGKILL]
    assert store.get_run(RUN) == a_run()
    assert [event.kind for event in store.get_events(RUN)] == ["RunCreated"]
    store.apply(TAKE, None)
    assert store.get_run(RUN).state == RunState.RUNNING


def test_an_event_that_cannot_be_written_takes_its_change_back(store: SqlRunStore) -> None:
    keep(store, a_run(state=RunState.RUNNING, token=TOKEN), a_node(state=NodeState.RUNNING, attempt=1))
    with database(store).begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER stop BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StoreUnavailable):
        store.apply(NodeSucceeded(run_id=RUN, node="a", at=at(), outputs={"df": an_output()}), TOKEN)
    (node_run,) = store.get_node_runs(RUN)
    assert (node_run.state, node_run.outputs) == (NodeState.RUNNING, {})
    with pytest.raises(StoreUnavailable):
        keep(store, a_run("another"), snapshot="new")
    assert [run.run_id for run in store.get_runs()] == [RUN]


def test_what_was_written_survives_a_power_cut(store: SqlRunStore) -> None:
    with database(store).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


# --- cost ------------------------------------------------------------------------------------------------------------


def test_a_change_reads_and_writes_nothing_that_is_as_long_as_the_pipeline_is_large(store: SqlRunStore) -> None:
    keep(store, a_run(), a_node())
    with counted_statements(store) as seen:
        store.apply(a_start(), None)
        store.apply(NodeQueued(run_id=RUN, node=NodeName("a"), at=at(5), reason="ready"), TOKEN)
        store.take_slots(RUN, TOKEN, NodeName("a"), {"gpu": 1}, {}, at(5))
        store.apply(a_cancel_request(), None)
    assert not [statement for statement in seen if "options" in statement]


def test_changes_told_together_read_their_run_once(store: SqlRunStore) -> None:
    names = [NodeName(f"n{number}") for number in range(20)]
    keep(store, a_run(), *(a_node(name, position=place) for place, name in enumerate(names)))
    store.apply(a_start(), None)
    with counted_statements(store) as seen:
        store.apply_all([NodeQueued(run_id=RUN, node=name, at=at(5), reason="ready") for name in names], TOKEN)
    assert sum("FROM runs" in statement and statement.startswith("SELECT") for statement in seen) == 1
    assert len(seen) == 1 + 3 * len(names)


def test_reading_a_run_takes_two_statements_at_any_number_of_nodes(store: SqlRunStore) -> None:
    nodes = [a_node(f"n{p}", NodeState.REUSED, position=p, outputs={"df": an_output()}) for p in range(500)]
    keep(store, a_run(), *nodes)
    with counted_statements(store) as seen:
        assert store.get_node_runs(RUN) == nodes
    assert len(seen) == 2


def test_reading_children_takes_no_more_statements_than_reading_nodes(store: SqlRunStore) -> None:
    keep(store, a_run(state=RunState.RUNNING, token=TOKEN), a_node(state=NodeState.QUEUED))
    with counted_statements(store) as written:
        store.apply(an_expansion(count=1000), TOKEN)
    with counted_statements(store) as seen:
        assert len(store.get_node_runs(RUN)) == 1001
    assert (len(written) < 10, len(seen)) == (True, 2)


@pytest.mark.parametrize("end", [a_crash(), FINISHED], ids=lambda event: type(event).__name__)
def test_nothing_is_kept_of_slots_after_the_end(store: SqlRunStore, end: Any) -> None:
    keep(store, a_run(state=RunState.RUNNING, token=TOKEN, lease_until=LEASE), a_node(state=NodeState.SUCCEEDED))
    store.take_slots(RUN, TOKEN, "a", {"gpu": 1}, {}, at())
    store.apply(end, TOKEN)
    with database(store).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM slots").scalar() == 0


def test_items_are_written_once_and_not_with_what_happens_later(store: SqlRunStore) -> None:
    keep(store, a_run(state=RunState.RUNNING, token=TOKEN), a_node(state=NodeState.RUNNING), a_node("b", position=1))
    store.apply(NodeSucceeded(run_id=RUN, node="a", at=at(), outputs={"x": an_itemised_output(1000)}), TOKEN)
    with counted_statements(store) as seen:
        store.apply(NodeQueued(run_id=RUN, node="b", at=at(), reason="ready"), TOKEN)
    assert not any("outputs" in statement or "artifacts" in statement for statement in seen)


def test_every_read_of_a_run_goes_through_an_index(store: SqlRunStore) -> None:
    keep(store, a_run(state=RunState.RUNNING, token=TOKEN, lease_until=LEASE), a_node(state=NodeState.SUCCEEDED))
    with counted_statements(store) as seen:
        store.get_run(RUN)
        store.find_run("bcd")
        store.get_runs("/home/ana/etl.ipynb")
        store.get_node_runs(RUN)
        store.get_attempts(RUN, "a")
        store.get_events(RUN, after=0)
        store.get_snapshot(Digest("sha256:00"))
        store.get_active_runs()
        store.get_audit(RUN)
        store.get_audit(after=7)
        store.take_slots(RUN, TOKEN, "a", {"gpu": 1, "db": 2}, {"db": 2}, at())
        store.apply(FINISHED, TOKEN)
    seen = [statement for statement in seen if not statement.startswith("INSERT")]
    with database(store).connect() as connection:
        for statement in seen:
            unknown = ("?",) * statement.count("?")
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", unknown)]
            assert not any(step.startswith("SCAN") for step in plan), (statement, plan)


def test_opening_a_present_store_needs_no_alembic(store: SqlRunStore, tmp_path: Path) -> None:
    assert in_processes(1, open_without_alembic, tmp_path) == [0]


def test_one_content_described_once_is_stored_once(store: SqlRunStore) -> None:
    for run_id in ("first", "second"):
        play(store, run_id, nodes=2)
    with database(store).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM artifacts").scalar() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM snapshots").scalar() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM outputs").scalar() == 4


# --- places ----------------------------------------------------------------------------------------------------------


def test_folder_and_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "store"
    store = open_sql_store(folder)
    play(store, "one", nodes=1)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert set(modes) == {DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm"}
    assert set(modes.values()) == {0o600}
    store.close()


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("mine")
    with pytest.raises(StoreUnavailable, match="a file is in its place"):
        open_sql_store(tmp_path / "store")
    with pytest.raises(StoreUnavailable, match="a file is in its place"):
        open_sql_store(tmp_path / "store" / "below")
    assert (tmp_path / "store").read_text() == "mine"


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir(mode=0o500)
    user = os.geteuid()
    if user == 0:  # who may write everywhere
        os.seteuid(65534)
    try:
        with pytest.raises(StoreUnavailable, match="Permission denied"):
            open_sql_store(folder)
    finally:
        os.seteuid(user)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_text("a letter to my aunt, long enough to have a header\n" * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        open_sql_store(tmp_path)
    assert (tmp_path / DATABASE_NAME).read_text().startswith("a letter")


def test_a_damaged_database_is_an_error_that_says_so(store: SqlRunStore, tmp_path: Path) -> None:
    play(store, "one", nodes=20)
    store.close()
    with (tmp_path / DATABASE_NAME).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (file.seek(0, 2) - 4096))
        file.truncate(4096 * 3)
    with pytest.raises(StoreUnavailable, match="it is damaged"):
        open_sql_store(tmp_path).get_runs()


def test_a_full_disk_is_an_error_that_says_so_and_nothing_is_half_written(store: SqlRunStore) -> None:
    def fill(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # no more pages than there are now

    keep(store, a_run())
    database(store).dispose()
    sa.event.listen(database(store), "connect", fill)
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        keep(store, a_run("large", parameters={"x": "x" * 100_000}))
    assert [run.run_id for run in store.get_runs()] == [RUN]


def test_a_store_that_was_removed_is_not_written_on_in_a_file_without_a_name(
    store: SqlRunStore, tmp_path: Path
) -> None:
    store.get_runs()
    for path in tmp_path.glob("**/runs.sqlite*"):
        path.unlink()
    with pytest.raises(StoreError, match="removed, or replaced"):
        store.get_runs()


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(StoreUnavailable, match="not a database URL"):
        SqlRunStore("://")


def test_a_path_with_odd_characters_is_a_path(tmp_path: Path) -> None:
    store = open_sql_store(tmp_path / "a ?b=c#d %20 ü")
    play(store, "one", nodes=1)
    store.close()
    assert (tmp_path / "a ?b=c#d %20 ü" / DATABASE_NAME).stat().st_size > 0


def test_a_store_is_opened_by_url_too(tmp_path: Path) -> None:
    store = SqlRunStore(f"sqlite:///{tmp_path}/x.sqlite")
    keep(store, a_run())
    store.close()
    again = SqlRunStore(tmp_path / "x.sqlite")
    assert again.get_run(RUN) == a_run()
    again.close()
