"""Messages in a database: processes that race, and what SQLite does for each question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jupyter_dataops.events import RunFinished
from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.notices import trying
from jupyter_dataops.notices.wanted import called_for_by_lateness
from jupyter_dataops.states import NoticeState, RunState
from tests.support.notices import a_receiver, a_run_for
from tests.support.stores import TOKEN, a_start, at, in_processes, keep, open_kept


def fail(kept: Any, run_id: str, state: RunState = RunState.FAILED) -> None:
    keep(kept.runs, a_run_for(a_receiver(late_after_s=5), run_id=run_id))
    kept.runs.apply(a_start(run_id), None)
    kept.notices.add_late(called_for_by_lateness(kept.runs.get_run(RunId(run_id)), at(6)))
    kept.runs.apply(RunFinished(run_id=RunId(run_id), at=at(10), state=state, reason="so"), TOKEN)


def claim_all(index: int, barrier: Any, folder: Path) -> None:
    """Claim what there is, and leave a file for each message: a second one is an error."""
    kept = open_kept("sqlite", folder)
    barrier.wait()
    while claims := kept.notices.claim_notices(Token(f"{index}"), at(10), at(70), limit=3):
        for claim in claims:
            (folder / f"{claim.message_id}.sent").touch(exist_ok=False)
            assert kept.notices.keep_outcome(claim, trying.sent(claim, at(11)))
    kept.close()


def test_of_four_processes_that_race_for_each_message_one_has_it(tmp_path: Path) -> None:
    kept = open_kept("sqlite", tmp_path)
    for number in range(20):
        fail(kept, f"r{number}")
    assert in_processes(4, claim_all, tmp_path) == [0] * 4
    assert len(list(tmp_path.glob("*.sent"))) == 40  # each run is late, and fails
    found = [one for number in range(20) for one in kept.notices.get_notices(RunId(f"r{number}"))]
    assert {(one.state, one.attempts) for one in found} == {(NoticeState.SENT, 1)}
    kept.close()


def test_every_statement_about_messages_finds_its_rows_by_an_index(tmp_path: Path) -> None:
    kept = open_kept("sqlite", tmp_path)
    said: dict[str, Any] = {}

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            said.setdefault(" ".join(statement.split()), parameters[0] if many else parameters)

    reader = kept.notices._transactions._reader  # type: ignore[attr-defined]
    sa.event.listen(reader, "before_cursor_execute", note)
    for number, state in enumerate((RunState.FAILED, RunState.SUCCEEDED)):
        fail(kept, f"r{number}", state)
    kept.notices.find_next()
    kept.notices.get_waiting()
    for claim in kept.notices.claim_notices(Token("me"), at(10), at(70)):
        kept.notices.keep_outcome(claim, trying.failed(claim, at(11), "no"))
    kept.notices.get_notices(RunId("r0"))
    kept.notices.get_notices_of_fires(ScheduleId("nightly"), [RunId("r0")], at())
    mine = {
        statement: given for statement, given in said.items() if "notices" in statement or "runs.options" in statement
    }
    assert len(mine) > 6
    with reader.connect() as connection:
        for statement, parameters in mine.items():
            plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert [step for step in plan if step.startswith("SCAN")] == [], statement
    kept.close()
