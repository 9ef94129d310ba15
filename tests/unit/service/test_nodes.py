from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from jupyter_dataops import Run
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import ArtifactMissing, NodeNotFound, UsageError
from jupyter_dataops.events import NodeExpanded, NodeQueued
from jupyter_dataops.ids import NodeName, child_name
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.service import outputs
from jupyter_dataops.service.places import FolderPlaces
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.wire.runs import ArtifactRef, AttemptRef, Inputs, LogRequest, NodeRef, RunRef
from jupyter_dataops.wiring import Stores, open_stores
from tests.support.failing_store import Call, failing
from tests.support.notebooks import cell, text
from tests.support.played_run import PlayedRun

CELLS = (
    cell("n = 1", "parameters"),
    cell("import pandas as pd\nimport numpy as np\ndef twice(x):\n    return 2 * x", "setup"),
    text("Loads *them*."),
    cell("df = pd.DataFrame({'a': range(150), 'b': 'x'})\nfn = twice\ncities = ['berlin', 'rome']", "node:load"),
    cell("print('cleaning')\nsmall = df[df.a < fn(n)]\nsmall", "node:clean"),
    cell("assert len(small)", "check:clean/some"),
    cell("big = city.upper()", "node:shout", "each:city=cities"),
    cell("print(small, big)\nx = 1 / (4 - n)", "node:show"),
)


def test_a_node_run_is_told_with_what_it_was_given_and_made(service: Service, run: Callable[..., Run]) -> None:
    run(*CELLS, n=3)
    found = service.answer("get_node", NodeRef(run_id="last", node="clean"))
    assert (found.node.node, found.cells) == ("clean", ["c4"])
    assert [(one.name, one.producer, one.type) for one in found.inputs] == [
        ("df", "load", "pandas.DataFrame"),
        ("fn", "load", "function"),
    ]
    assert [(one.name, one.shape) for one in found.outputs] == [("small", [6, 2])]
    assert [one.node for one in found.checks] == ["check:clean/some"]
    assert [(one.attempt, one.state, one.failure) for one in found.attempts] == [(1, "succeeded", None)]
    assert service.answer("get_node", NodeRef(run_id="last", node="load")).description == "Loads *them*."


def test_a_failure_is_told_whole_with_its_lines(service: Service, run: Callable[..., Run]) -> None:
    run(*CELLS, n=4)
    (attempt,) = service.answer("get_node", NodeRef(run_id="last", node="show")).attempts
    failure = attempt.failure
    assert failure is not None
    assert (attempt.state, failure.ename, failure.cell_id, failure.cell_index) == (
        "failed",
        "ZeroDivisionError",
        "c7",
        7,
    )
    assert "x = 1 / (4 - n)" in [line.text for line in failure.source]
    assert failure.meaning == "a cell raised an exception"


def test_children_and_their_elements_are_told(service: Service, run: Callable[..., Run]) -> None:
    run(*CELLS)
    group = service.answer("get_node", NodeRef(run_id="last", node="shout"))
    assert [one.node for one in group.children] == ["shout[berlin]", "shout[rome]"]
    (given,) = service.answer("get_inputs", NodeRef(run_id="last", node="shout[rome]")).inputs
    assert (given.name, given.producer, given.preview) == ("city", "load", "rome")
    shown = service.answer(
        "preview_artifact", ArtifactRef(run_id="last", node="load", name="city", digest=given.digest)
    )
    assert shown.text == "rome"


@pytest.mark.parametrize("operation", ["get_node", "get_inputs"])
def test_a_child_that_comes_into_being_while_it_is_asked_for_is_told(
    settings: Settings, root: Path, operation: str
) -> None:
    played = PlayedRun(settings, root)
    played.create("a")
    played.take()
    child = NodeRunRecord(played.run_id, child_name("a", "k"), 0, parent=NodeName("a"), key="k")
    expansions = [NodeExpanded(**played._of("a"), children=(child,), parameters=None)]

    def expand(call: Call) -> None:
        if call.method == "get_node_runs" and expansions:
            played._apply(NodeQueued(**played._of("a"), reason="ready"), expansions.pop())

    def opened(settings: Settings) -> Stores:
        stores = open_stores(settings)
        return replace(stores, runs=failing(stores.runs, expand))

    service = Service(FolderPlaces(root), settings, open_stores=opened)
    found = service.answer(operation, NodeRef(run_id="last", node="a[k]"))
    assert isinstance(found, Inputs) or found.node.node == "a[k]"
    assert not expansions
    service.close()
    played.close()


def test_what_changed_since_the_run_that_is_retried_is_told(
    service: Service, run: Callable[..., Run], save: Callable[..., Path]
) -> None:
    first = run(*CELLS, n=4)
    save(*CELLS[:7], cell("print(small, big)\nx = 2", "node:show"))
    first.retry(progress=False)
    found = service.answer("get_node", NodeRef(run_id="last", node="show"))
    assert [(one.kind, one.name) for one in found.changes] == [("code", "show")]
    assert "+x = 2" in found.changes[0].diff
    reused = service.answer("get_node", NodeRef(run_id="last", node="clean"))
    assert (reused.node.state, reused.attempts[0].run_id) == ("reused", first.run_id)
    assert service.answer("get_log", LogRequest(run_id="last", node="clean")).pieces[-1].text == "cleaning\n"


def test_nodes_and_attempts_that_are_not_there_are_refused(service: Service, run: Callable[..., Run]) -> None:
    run(*CELLS)
    with pytest.raises(NodeNotFound, match="did you mean 'clean'"):
        service.answer("get_node", NodeRef(run_id="last", node="cleam"))
    with pytest.raises(UsageError, match="no attempt 2"):
        service.answer("get_log", LogRequest(run_id="last", node="clean", attempt=2))
    with pytest.raises(ArtifactMissing, match="no output 'dff'"):
        service.answer("preview_artifact", ArtifactRef(run_id="last", node="load", name="dff"))


def test_tables_are_shown_by_their_first_rows_and_other_values_as_text(
    service: Service, run: Callable[..., Run]
) -> None:
    run(*CELLS)
    shown = service.answer("preview_artifact", ArtifactRef(run_id="last", node="load", name="df"))
    assert shown.table is not None
    assert (shown.table.columns, shown.table.dtypes[0], shown.table.row_count) == (["a", "b"], "int64", 150)
    assert (shown.table.rows[99], len(shown.table.rows), shown.is_cut) == ([99, "x"], 100, True)
    shown = service.answer("preview_artifact", ArtifactRef(run_id="last", node="load", name="fn"))
    assert shown.text is not None
    assert shown.text.startswith("<function twice")


def test_outputs_are_those_of_the_users_own_cells(service: Service, run: Callable[..., Run]) -> None:
    made = run(*CELLS)
    path = made["clean"].notebook_path()
    executed = json.loads(path.read_text())
    mine = next(one for one in executed["cells"] if one["id"] == "c4")
    mine["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]},
        {"output_type": "display_data", "data": {"text/html": ["<b onclick='x()'>", "ok</b>"]}, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": "x" * (outputs.LARGEST_OUTPUT + 1)},
    ]
    path.write_text(json.dumps(executed))
    (found,) = service.answer("get_outputs", AttemptRef(run_id="last", node="clean")).cells
    assert (found.cell_id, found.outputs[0]["text"]) == ("c4", "a\nb\n")
    assert found.outputs[1]["data"]["text/html"] == "<b onclick='x()'>ok</b>"
    assert found.outputs[2]["text"].startswith("[output of 1.9 MiB left out")
    assert "<b>ok</b>" in found.html
    assert "onclick" not in found.html


def test_an_attempt_that_left_no_notebook_has_no_outputs(service: Service, run: Callable[..., Run]) -> None:
    run(*CELLS)["clean"].notebook_path().unlink()
    assert service.answer("get_outputs", AttemptRef(run_id="last", node="clean")).cells == []


def test_a_timeline_says_when_what_ran_and_what_decided(service: Service, run: Callable[..., Run]) -> None:
    made = run(*CELLS, n=4)
    found = service.answer("timeline", RunRef(run_id="last"))
    kinds = {(one.node, one.kind) for one in found.spans}
    assert {("load", "queued"), ("load", "attempt"), ("shout", "group"), ("shout[rome]", "attempt")} <= kinds
    assert all(one.finished_at is not None and one.started_at <= one.finished_at for one in found.spans)
    assert found.critical_path[0] == "load"
    assert found.critical_path[-1] == "show"
    assert found.seq == made.events()[-1].seq


def test_a_failed_run_is_explained(service: Service, run: Callable[..., Run]) -> None:
    first = run(*CELLS)
    run(*CELLS, n=4)
    found = service.answer("explain", RunRef(run_id="last"))
    assert (found.node, found.compared_with) == ("show", first.run_id)
    assert found.failure is not None
    assert found.failure.ename == "ZeroDivisionError"
    assert next((one.kind, one.name, one.pointed_at) for one in found.differences) == ("parameters", "n", False)


def test_a_report_is_a_page_without_paths_of_this_machine(
    service: Service, run: Callable[..., Run], root: Path, tmp_path: Path
) -> None:
    run(*CELLS)
    html = service.answer("report", RunRef(run_id="last")).html
    assert "etl.ipynb" in html
    assert str(tmp_path) not in html
    assert "<script" not in html
