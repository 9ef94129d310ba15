import json

from jupyter_dataops.lint.models import Diagnostic
from jupyter_dataops.spec.models import Problem, Severity
from tests.support.notebooks import cell, notebook
from tests.unit.lint.flows import check, codes


def test_a_sound_notebook_has_no_diagnostics():
    assert check(notebook(cell("x = 1", "node:a"), cell("y = x", "node:b")), ("a", "b")) == ()


def test_a_diagnostic_has_exactly_the_documented_json():
    found = Diagnostic("DO003", Severity.ERROR, "wrong", "right", "c0", 0, "a")
    assert json.loads(json.dumps(found.as_json())) == {
        "code": "DO003",
        "severity": "error",
        "message": "wrong",
        "hint": "right",
        "cell_id": "c0",
        "cell_index": 0,
        "node": "a",
    }


def test_problems_of_reading_and_analysis_become_diagnostics():
    problem = Problem("DO006", "x is never bound", "bind it", "c0", 0, "a")
    (found, bad_tag) = check(
        notebook(
            cell("print(x)", "node:a", "timeout:soon"),
        ),
        problems=[problem],
    )[::-1]
    assert found == Diagnostic("DO006", Severity.WARNING, "x is never bound", "bind it", "c0", 0, "a")
    assert (bad_tag.code, bad_tag.severity, bad_tag.cell_index) == ("DO003", Severity.ERROR, 0)


def test_a_problem_may_carry_its_own_severity():
    problem = Problem("DO006", "m", "h", severity=Severity.ERROR)
    assert check(notebook(cell("x", "node:a")), problems=[problem])[0].severity is Severity.ERROR


def test_diagnostics_are_sorted_by_cell_then_code_and_said_once():
    problems = [
        Problem("DO008", "m", "h", "c1", 1),
        Problem("DO006", "m", "h", "c1", 1),
        Problem("DO009", "m", "h", "c0", 0),
    ]
    whole = Problem("DO017", "m", "h")
    assert codes(notebook(cell("x", "node:a"), cell("y")), problems=[*problems, *problems, whole]) == [
        "DO017", "DO009", "DO006", "DO008",
    ]  # fmt: skip


def test_of_a_notebook_in_another_language_only_its_tags_are_judged():
    problem = Problem("DO005", "no Python", "h", "c0", 0)
    given = notebook(cell("x <- '/home/ada/x'", "node:a", "timeout:soon"), kernel="ir", language="R")
    assert codes(given, problems=[problem]) == ["DO021", "DO003"]
