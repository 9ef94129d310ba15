"""Assets in a database: runs that publish at once, and what SQLite does for each question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jupyter_dataops.ids import RunId
from tests.support.published import loaded_of, publish
from tests.support.stores import in_processes, open_kept

ROUNDS = 10
SALES = {"sales": "df"}


def publish_many(index: int, barrier: Any, folder: Path) -> None:
    kept = open_kept("sqlite", folder)
    barrier.wait()
    for number in range(ROUNDS):
        publish(kept, f"r{index}x{number}", SALES)
    kept.close()


def reuse_first(index: int, barrier: Any, folder: Path) -> None:
    kept = open_kept("sqlite", folder)
    barrier.wait()
    publish(kept, f"r{index}", SALES, source="never published")
    kept.close()


def test_runs_that_publish_at_once_get_numbers_without_gap_or_double(tmp_path: Path) -> None:
    open_kept("sqlite", tmp_path).close()
    assert in_processes(4, publish_many, tmp_path) == [0] * 4
    kept = open_kept("sqlite", tmp_path)
    found = kept.assets.get_asset_versions("sales", 1_000)
    assert [one.version for one in found] == list(range(4 * ROUNDS, 0, -1))
    assert len({one.run_id for one in found}) == 4 * ROUNDS
    signals = kept.schedules.get_new_signals(0)
    assert [(one.verdict["version"], one.verdict["run_id"]) for one in signals] == [
        (one.version, one.run_id) for one in reversed(found)
    ]
    kept.close()


def test_of_runs_that_reuse_one_result_at_once_one_publishes_it(tmp_path: Path) -> None:
    open_kept("sqlite", tmp_path).close()
    assert in_processes(4, reuse_first, tmp_path) == [0] * 4
    kept = open_kept("sqlite", tmp_path)
    assert [one.version for one in kept.assets.get_asset_versions("sales")] == [1]
    assert kept.schedules.get_last_signal() == 1
    kept.close()


def test_every_statement_about_assets_finds_its_rows_by_an_index(tmp_path: Path) -> None:
    kept = open_kept("sqlite", tmp_path)
    said: dict[str, Any] = {}

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if "asset" in statement and statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            said.setdefault(" ".join(statement.split()), parameters[0] if many else parameters)

    reader = kept.assets._transactions._reader  # type: ignore[attr-defined]
    sa.event.listen(reader, "before_cursor_execute", note)
    publish(kept, "r1", SALES)
    publish(kept, "r2", SALES, source="r1")
    kept.assets.get_asset("sales")
    kept.assets.get_asset("sales", 1)
    kept.assets.get_asset_versions("sales")
    kept.assets.get_published_by(RunId("r1"))
    publish(kept, "u1", {}, loaded=[loaded_of(kept.assets.get_asset("sales"))])
    kept.assets.get_uses(kept.assets.get_asset("sales"))
    assert len(said) == 9
    with reader.connect() as connection:
        for statement, parameters in said.items():
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert [step for step in plan if step.startswith("SCAN")] == [], statement
    kept.close()
