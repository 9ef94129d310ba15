"""The documented JSON of a run."""

from __future__ import annotations

import json

from jupyter_dataops.api.description import describe_run
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from tests.unit.report.made import a_check_failure, a_failure, a_run, an_output, check, node, ran


def test_nodes_and_checks_have_lists_of_their_own() -> None:
    made = describe_run(
        a_run(), [node("clean"), check("check:clean/x", NodeState.SUCCEEDED), node("etl/load", parent="etl")]
    )
    assert [one["node"] for one in made["nodes"]] == ["clean", "etl/load"]
    assert [one["check"] for one in made["checks"]] == ["check:clean/x"]


def test_a_childs_key_stands_apart_from_its_node() -> None:
    names = {"score": None, "score[new york]": "new york", "etl[de]/clean": None, "etl[de]/score[3]": "3"}
    nodes = [node(name, key=key) for name, key in names.items()]
    assert [(one["node"], one["key"]) for one in describe_run(a_run(), nodes)["nodes"]] == [
        ("score", None),
        ("score", "new york"),
        ("etl[de]/clean", None),
        ("etl[de]/score", "3"),
    ]


def test_a_check_says_which_node_it_checks_and_what_it_found() -> None:
    failed = check("etl[de]/check:clean/x", NodeState.FAILED, CheckSeverity.WARN, failure=a_check_failure())
    (made,) = describe_run(a_run(), [failed])["checks"]
    assert (made["check"], made["node"], made["name"]) == ("etl[de]/check:clean/x", "etl[de]/clean", "x")
    assert (made["severity"], made["state"], made["cause"]) == ("warn", "failed", "check_failed")
    assert made["error"] == {"ename": "AssertionError", "evalue": "negative prices"}
    assert made["facts"]["failing_rows"]["count"] == 12


def test_what_is_not_there_yet_is_null() -> None:
    (made,) = describe_run(a_run(), [node("clean", NodeState.PENDING)])["nodes"]
    assert [made[key] for key in ("started_at", "finished_at", "duration_s", "cause", "error")] == [None] * 5


def test_it_is_json() -> None:
    nodes = [ran("a", 0, 1, outputs={"df": an_output()}), ran("b", 1, 2, NodeState.FAILED, failure=a_failure())]
    made = json.loads(json.dumps(describe_run(a_run(RunState.FAILED), nodes)))
    assert made["nodes"][0]["outputs"]["df"]["shape"] == [3, 2]
    assert made["nodes"][0]["duration_s"] == 1
