"""A failed node run in plain lines."""

from __future__ import annotations

from jupyter_dataops.ids import CellId, NodeName, RunId
from jupyter_dataops.records import Failure, NodeRunRecord
from jupyter_dataops.report.trouble import CONTEXT, source_lines, trouble_text
from jupyter_dataops.spec.models import Cell, Role
from jupyter_dataops.states import CheckSeverity, FailureCause, NodeState

CELL = Cell(CellId("c"), 4, "x = 1\nassert x > 2", (), Role.CHECK)


def failed(failure: Failure | None, **more: object) -> NodeRunRecord:
    record = {
        "run_id": RunId("r"),
        "node": NodeName("clean"),
        "position": 0,
        "state": NodeState.FAILED,
        "reason": "why",
    }
    return NodeRunRecord(**{**record, "failure": failure, **more})  # type: ignore[arg-type]


def test_the_first_line_says_node_place_and_error() -> None:
    failure = Failure(FailureCause.EXCEPTION, "ValueError", "no rows\nin the table", cell_id="c", line=2)

    assert trouble_text(failed(failure, attempt=3), [CELL]).splitlines() == [
        "✘ clean  attempt 3, cell 5, line 2: ValueError: no rows",
        "    1  x = 1",
        "  > 2  assert x > 2",
        "  in the table",
    ]


def test_what_a_check_found_follows_and_a_warning_is_called_one() -> None:
    facts = {"values": {"x": "1"}, "failing_rows": {"columns": ["n"], "rows": [["7"]], "count": 1}}
    failure = Failure(FailureCause.CHECK_FAILED, "AssertionError", "", cell_id="c", line=2, facts=facts)

    said = trouble_text(failed(failure, severity=CheckSeverity.WARN), [CELL]).splitlines()

    assert said[0] == "⚠ clean  cell 5, line 2: AssertionError"
    assert said[3:] == [
        "  a check did not pass; it only warns, so nothing was held up",
        "  x = 1",
        "  1 failing row:",
        "    n",
        "    7",
    ]


def test_without_a_cell_or_a_failure_it_says_what_is_known() -> None:
    failure = Failure(FailureCause.KERNEL_DIED, "KernelDied", "gone")

    assert trouble_text(failed(failure), [CELL]) == "✘ clean  KernelDied: gone\n  its kernel died or could not start"
    assert trouble_text(failed(None), [CELL]) == "✘ clean: why"


def test_a_long_cell_is_cut_to_what_surrounds_the_line() -> None:
    lines = source_lines("\n".join(f"x = {number}" for number in range(1, 41)), 20)

    assert len(lines) == 2 * CONTEXT + 1
    assert [text for text, has_failed in lines if has_failed] == ["  > 20  x = 20"]
