"""The schedule store in a database: processes that race and die, and what SQLite does for each question."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from jupyter_dataops.ids import RunId
from jupyter_dataops.records import PollRecord, ServiceRecord
from jupyter_dataops.states import FireFate, FireKind, RunState
from tests.support.schedules import (
    BY,
    ME,
    OTHER,
    SCHEDULE,
    a_fire,
    a_run_of,
    a_schedule,
    a_turn,
    claim_all,
    die_with_a_claim,
    on,
    start,
)
from tests.support.stores import a_runner, in_processes, open_kept

SMALL = ("FROM services WHERE", "DELETE FROM services", "FROM polls WHERE")
"""Tables of as many rows as there are processes, or looks that are due."""


def test_of_four_processes_that_race_for_each_fire_one_starts_it(tmp_path: Path) -> None:
    kept = open_kept("sqlite", tmp_path)
    for number in range(5):
        kept.schedules.add_schedule(a_schedule(f"s{number}", f"s{number}"), BY, on())
    assert in_processes(4, claim_all, tmp_path, 10) == [0] * 4
    fires = [fire for one in kept.schedules.get_schedules() for fire in kept.schedules.get_fires(one.schedule_id)]
    assert len(fires) == len(kept.runs.get_runs(limit=100)) == len(list(tmp_path.glob("*.won"))) == 50
    assert {fire.fate for fire in fires} == {FireFate.STARTED}
    kept.close()


def test_the_fire_of_a_service_that_was_killed_is_started_by_another_after_the_lease(tmp_path: Path) -> None:
    kept = open_kept("sqlite", tmp_path)
    kept.schedules.add_schedule(a_schedule(), BY, on())
    assert in_processes(1, die_with_a_claim, tmp_path) == [-signal.SIGKILL]
    (one,) = kept.schedules.get_open_fires()
    assert (one.fire.fate, one.run_state) == (FireFate.CLAIMED, None)
    (taken,) = kept.schedules.take_over([one.fire], OTHER, on(2))
    start(kept.schedules, taken)
    assert [run.run_id for run in kept.runs.get_runs()] == [one.fire.run_id]
    kept.close()


def do_everything(folder: Path, look: Any) -> None:
    kept = open_kept("sqlite", folder)
    store = kept.schedules
    look(kept)
    nightly = store.add_schedule(a_schedule(), BY, on())
    removed = store.add_schedule(a_schedule("gone", "gone"), BY, on())
    store.change_schedule(removed, replace(removed, removed_at=on(1)), "remove_schedule", BY, on(1))
    store.decide([a_turn(nightly, a_fire(on(1)), a_fire(on(2)), a_fire(on(3), FireFate.BUFFERED))], on(3))
    store.decide([a_turn(store.get_schedule(SCHEDULE), changed=(a_fire(on(3)),))], on(3))
    start(store, a_fire(on(1)))
    store.note_launched([a_fire(on(1))])
    store.fail_fires([(a_fire(on(2)), "no")])
    store.take_over([store.get_fires(SCHEDULE)[0]], OTHER, on(4))
    store.renew_claims(store.get_fires(SCHEDULE), ME, on(5))
    store.end_fires([(store.find_fires(SCHEDULE, [on(1)])[on(1)], RunState.SUCCEEDED)], on(4))
    store.add_fires(nightly, [a_fire(on(2), kind=FireKind.BACKFILL), a_fire(on(0))], "backfill", BY, on(5))
    poll = store.take_poll(PollRecord(SCHEDULE, "file:x", on(1)), on(2))
    assert poll is not None
    store.keep_poll(poll, {}, {"x": 1}, on(1))
    store.renew_service(ServiceRecord(ME, a_runner(), on(0), on(0), on(1)))
    store.get_services(on(0))
    store.remove_service(ME, on(2))
    store.get_polls()
    store.get_signals("file:x", on(0))
    store.get_new_signals(0)
    store.get_last_signal()
    store.find_success(SCHEDULE, on(9))
    store.get_schedules()
    store.get_changed_schedules(1)
    store.find_schedule("nightly")
    store.get_open_fires()
    store.get_fires(SCHEDULE, before=on(9))
    store.get_latest_fires([SCHEDULE], 5)
    store.find_fire_of_run(RunId("nobody"))
    store.add_signal("asset:x", {}, on(1))
    assert a_run_of(a_fire(on(1))).run_id
    kept.close()


def test_every_statement_about_schedules_finds_its_rows_by_an_index(tmp_path: Path) -> None:
    said: dict[str, Any] = {}
    plans: dict[str, list[str]] = {}

    def look(kept: Any) -> None:
        def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
            if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
                said.setdefault(" ".join(statement.split()), parameters[0] if many else parameters)

        sa.event.listen(kept.schedules._transactions._reader, "before_cursor_execute", note)

    do_everything(tmp_path, look)
    assert len(said) > 30
    kept = open_kept("sqlite", tmp_path)
    with kept.schedules._transactions._reader.connect() as connection:  # type: ignore[attr-defined]
        for statement, parameters in said.items():
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            if any(step.startswith(("SCAN", "USE TEMP B-TREE")) for step in plan):
                plans[statement] = plan
    kept.close()
    assert {said: plan for said, plan in plans.items() if not any(small in said for small in SMALL)} == {}
