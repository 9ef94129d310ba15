from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import jupyter_dataops
from jupyter_dataops.api.explanation import Explanation, Place
from jupyter_dataops.ids import NodeName
from jupyter_dataops.plan.differences import Difference, Kind
from jupyter_dataops.states import FailureCause, NodeState, RunState
from tests.unit.cli.fakes import FakeFace, FakeRun, a_failure, node_record, run_record

CODE = Difference(
    Kind.CODE, NodeName("clean"), "clean", "its code was edited", diff="--- a\n+++ b\n@@ -1 +1 @@\n-x = 1\n+x / 0"
)
LOST = Difference(
    Kind.CONTENT,
    NodeName("clean"),
    "df",
    "`df` has lost the column `price` (from `load`)",
    lines=("has 5 rows and had 3",),
    is_pointed_at=True,
)
ABOVE = Difference(Kind.PARAMETERS, NodeName("load"), "n", "parameter `n` is 4 and was 3", "3", "4")


def explained(*differences: Difference, **more: Any) -> FakeFace:
    failed = node_record(
        "clean",
        NodeState.FAILED,
        1,
        attempt=2,
        failure=a_failure(**{"traceback": "first\n\x1b[31mlast\x1b[0m", **more}),
    )
    explanation = Explanation(
        run_record(RunState.FAILED),
        "`clean` failed first.",
        failed=failed,
        place=Place("c1", 3, 2, ((1, "x = 1"), (2, "x / 0"), (3, "y = 2"))),
        others=(NodeName("plot"),),
        compared_with=node_record("clean", NodeState.SUCCEEDED),
        differences=differences,
    )
    return FakeFace(FakeRun(run_record(RunState.FAILED), explanation=explanation))


def test_the_verdict_comes_first_then_the_place_the_error_and_what_differs(call) -> None:
    lines = call(explained(LOST, CODE, ABOVE), "explain", "last").stdout.splitlines()
    assert lines[:7] == [
        "✘ failed  run bcd2345678",
        "`clean` failed first.",
        "  cell 4, line 2",
        "    1  x = 1",
        "  > 2  x / 0",
        "    3  y = 2",
        "  ZeroDivisionError: division by zero",
    ]
    assert lines[7:9] == ["  | first", "  | last"]
    found = [line for line in lines if line.startswith("  ◆")]
    assert found == [
        "  ◆ `df` has lost the column `price` (from `load`)   the error points here",
        "  ◆ its code was edited",
        "  ◆ `load`: parameter `n` is 4 and was 3",
    ]
    assert "      has 5 rows and had 3" in lines
    assert "      +x / 0" in lines
    assert "Also failed: plot" in lines
    assert "jupyter dataops retry bcd2345678" in lines[-1]


def test_failing_rows_of_a_check_are_shown(call) -> None:
    rows = {"columns": ["town", "price"], "rows": [["Bern", -1.0]], "count": 1}
    face = explained(
        cause=FailureCause.CHECK_FAILED, facts={"failing_rows": rows, "values": {"df.price.min()": "-1.0"}}
    )
    text = call(face, "explain", "last").stdout
    assert "Bern" in text
    assert "df.price.min() = -1.0" in text


def test_what_is_not_there_is_not_spoken_of(call) -> None:
    text = call(explained(), "explain", "last").stdout
    assert "What differs" not in text


def test_a_long_diff_is_cut(call) -> None:
    diff = "--- a\n+++ b\n@@ -1 +1 @@\n" + "\n".join(f"+line {number}" for number in range(100))
    long = Difference(Kind.CODE, NodeName("clean"), "clean", "its code was edited", diff=diff)
    text = call(explained(long), "explain", "last").stdout
    assert "73 more lines" in text
    assert "+line 50" not in text


def test_a_run_without_a_failure_is_a_sentence(call) -> None:
    nothing = Explanation(run_record(RunState.SUCCEEDED), "The run succeeded: there is nothing to explain.")
    done = call(FakeFace(FakeRun(run_record(RunState.SUCCEEDED), explanation=nothing)), "explain", "last")
    assert done.stdout == "✔ succeeded  run bcd2345678\nThe run succeeded: there is nothing to explain.\n"


def test_as_json_it_is_one_documented_object(call) -> None:
    described = json.loads(call(explained(LOST), "explain", "last", "--json").stdout)
    assert described["place"]["source"][1] == {"line": 2, "text": "x / 0"}
    assert described["differences"][0]["pointed_at"] is True
    assert described["traceback"] == "first\nlast"


THEIRS = "Cell In[3], line 2\n      1 a = 1\n----> 2 sales = load_asset('salse')\n"
OURS = "File /env/lib/site-packages/jupyter_dataops/api/assets.py:55, in load_asset(name)\n---> 55 find_asset(name)\n"
ITS_WORDS = "AssetNotFound: no run has published an asset 'salse'\n  -> tag a node `asset:salse`, and run it"


MRO_OF_OURS = ("AssetNotFound", "UsageError", "DataOpsError", "Exception")
PACKAGE = Path(jupyter_dataops.__file__).parent


def test_an_error_of_ours_is_shown_where_the_users_code_called_us(call) -> None:
    traceback = f"{THEIRS}\n{OURS}\n{OURS}\n{ITS_WORDS}"

    told = call(explained(traceback=traceback, mro=MRO_OF_OURS), "explain", "last").stdout
    as_json = json.loads(call(explained(traceback=traceback, mro=MRO_OF_OURS), "explain", "last", "--json").stdout)

    assert "  | ----> 2 sales = load_asset('salse')\n" in told
    assert "assets.py" not in told
    assert as_json["traceback"] == f"{THEIRS}\n{ITS_WORDS}"


@pytest.mark.parametrize(
    ("folder", "is_ours"),
    [
        (str(PACKAGE), True),
        (f"~/{PACKAGE.parent.name}/jupyter_dataops", True),
        ("/other/lib/python3.12/site-packages/jupyter_dataops", True),
        ("/home/ana/jupyter_dataops", False),
        ("~/work of mine/jupyter_dataops", False),
        ("/env/lib/site-packages/theirs/jupyter_dataops", False),
    ],
)
def test_frames_of_the_installed_package_are_left_out_and_a_folder_of_that_name_is_not(
    call, monkeypatch: pytest.MonkeyPatch, folder: str, is_ours: bool
) -> None:
    monkeypatch.setenv("HOME", str(PACKAGE.parents[1]))
    frame = OURS.replace("/env/lib/site-packages/jupyter_dataops", folder)
    traceback = f"{THEIRS}\n{frame}\n{ITS_WORDS}"

    as_json = json.loads(call(explained(traceback=traceback, mro=MRO_OF_OURS), "explain", "last", "--json").stdout)

    assert ("find_asset(name)" not in as_json["traceback"]) is is_ours
    assert as_json["traceback"].startswith(THEIRS)
    assert as_json["traceback"].endswith(ITS_WORDS)


def test_an_error_of_somebody_else_keeps_all_of_its_frames(call) -> None:
    traceback = f"{THEIRS}\n{OURS}\nKeyError: 'x'"

    assert "find_asset(name)" in call(explained(traceback=traceback, mro=("KeyError",)), "explain", "last").stdout
