from __future__ import annotations

import pytest
from msgspec.structs import replace

from jupyter_dataops.cli.errors_view import failure_view, marked_source
from jupyter_dataops.ids import CellId, NodeName
from jupyter_dataops.spec.models import Cell, Role
from jupyter_dataops.states import CAUSE_MEANINGS, CheckSeverity, FailureCause, NodeState, RunState
from tests.unit.cli.fakes import a_failure, node_record

CELL = Cell(CellId("c1"), 3, "x = 1\nx / 0\n", ("node:clean",), Role.NODE, NodeName("clean"))


def test_a_failure_shows_the_users_cell_with_its_line_the_error_and_what_to_do() -> None:
    node = node_record("clean", NodeState.FAILED, attempt=2, failure=a_failure())
    assert failure_view(node, [CELL], "last", RunState.FAILED).plain.splitlines() == [
        "✘ clean  attempt 2, cell 4, line 2",
        "    1  x = 1",
        "  > 2  x / 0",
        "  ZeroDivisionError: division by zero",
        "  -> jupyter dataops logs last clean   what it printed, and the whole traceback",
        "  -> jupyter dataops open last clean   its executed notebook",
        "  -> jupyter dataops retry last   once the cell is mended: run it again, and what is below",
    ]


@pytest.mark.parametrize("cause", [cause for cause in FailureCause if cause is not FailureCause.EXCEPTION])
def test_any_other_cause_is_said_in_a_sentence(cause: FailureCause) -> None:
    node = node_record("clean", NodeState.FAILED, attempt=1, failure=a_failure(cause=cause))
    assert CAUSE_MEANINGS[cause] in failure_view(node, [CELL], "last", RunState.FAILED).plain


def test_a_failure_without_a_cell_shows_the_error_alone() -> None:
    node = node_record("clean", NodeState.FAILED, failure=a_failure(cell_id=None, line=None))
    assert failure_view(node, [CELL], "last", RunState.FAILED).plain.startswith(
        "✘ clean\n  ZeroDivisionError: division by zero\n"
    )


def test_an_exception_without_a_message_stands_alone() -> None:
    node = node_record("clean", NodeState.FAILED, failure=a_failure(ename="AssertionError", evalue=""))
    assert "  AssertionError\n" in failure_view(node, [CELL], "last", RunState.FAILED).plain


def test_a_long_cell_is_cut_to_the_lines_around_the_failed_one() -> None:
    source = "\n".join(f"line_{number}" for number in range(1, 101))
    shown = marked_source(source, 50).plain.splitlines()
    assert shown[0] == "    45  line_45"
    assert shown[5] == "  > 50  line_50"
    assert shown[-1] == "    55  line_55"


@pytest.mark.parametrize(("source", "line"), [("", None), ("", 3), ("a", 99), ("a\nb", 0)])
def test_a_line_that_is_not_there_marks_nothing(source: str, line: int | None) -> None:
    assert ">" not in marked_source(source, line).plain


def test_a_node_is_tried_again_by_name_while_its_run_goes_on() -> None:
    node = node_record("score[a b]", NodeState.FAILED, failure=a_failure())
    shown = failure_view(node, [], "last", RunState.RUNNING).plain
    assert "-> jupyter dataops retry last --node 'score[a b]'   try it again while the run goes on\n" in shown


def test_a_check_that_warns_is_run_again_alone() -> None:
    check = replace(node_record("check:a/x", NodeState.FAILED, failure=a_failure()), severity=CheckSeverity.WARN)
    shown = failure_view(check, [], "last", RunState.SUCCEEDED).plain
    assert "-> jupyter dataops retry last --node check:a/x   check again, and nothing else\n" in shown
