"""``check:`` cells, run by the real engine over real stores, without kernels."""

from __future__ import annotations

import json
from collections.abc import Callable

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.states import FailureCause, RunState
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]

LOAD = cell("rows = [3, 1, 2]\nlimit = 10", "node:load")
USE = cell("total = sum(rows)", "node:use")


def states(run: Run) -> dict[str, str]:
    return {name: node.state.value for name, node in run.nodes.items()}


def test_checks_run_on_the_outputs_of_their_node_before_anything_below(save: Save) -> None:
    check = cell("assert rows\nmax(rows) < limit", "check:load/small")
    run = save(LOAD, check, USE).run(progress=False)
    assert states(run) == dict.fromkeys(["load", "check:load/small", "use"], "succeeded")
    started = [event.node for event in run.events() if event.kind == "NodeStarted"]
    assert started == ["load", "check:load/small", "use"]


def test_a_failing_check_keeps_what_is_below_from_starting(save: Save) -> None:
    run = save(LOAD, cell("max(rows) < 3", "check:load/small"), USE).run(progress=False)
    assert states(run) == {"load": "succeeded", "check:load/small": "failed", "use": "upstream_failed"}
    failure = run["check:load/small"].failure
    assert failure is not None
    assert failure.cause is FailureCause.CHECK_FAILED
    assert "max(rows) < 3 is False" in failure.evalue
    assert run.state is RunState.FAILED


def test_a_check_that_warns_stops_nothing_and_is_told(save: Save) -> None:
    run = save(LOAD, cell("max(rows) < 3", "check:load/small", "severity:warn"), USE).run(progress=False)
    assert states(run) == {"load": "succeeded", "check:load/small": "failed", "use": "succeeded"}
    assert run.state is RunState.SUCCEEDED


def test_a_check_without_a_verdict_fails(save: Save) -> None:
    run = save(LOAD, cell("ok = max(rows)", "check:load")).run(progress=False)
    assert states(run)["check:load/check_1"] == "failed"


def test_a_check_that_changes_what_it_looks_at_fails(save: Save) -> None:
    run = save(LOAD, cell("rows.sort()\nassert rows[0] == 1", "check:load/sorted"), USE).run(progress=False)
    failure = run["check:load/sorted"].failure
    assert failure is not None
    assert "check 'check:load/sorted' changed 'rows' in place" in failure.evalue


def test_a_check_of_an_each_node_sees_the_collected_list(save: Save) -> None:
    run = save(
        LOAD,
        cell("double = 2 * row", "node:double", "each:row=rows"),
        cell("double == [2 * row for row in rows]", "check:double/all"),
        cell("print(double)", "node:use"),
    ).run(progress=False)
    assert states(run)["check:double/all"] == "succeeded"
    assert run.state is RunState.SUCCEEDED


def test_a_check_of_a_node_that_runs_a_notebook_sees_what_that_hands_on(save: Save) -> None:
    save(cell("n = 1", "parameters"), cell("rows = [n] * 3", "node:make"), name="inner.ipynb")
    run = save(
        cell("n = 7", "node:sub", "notebook:inner.ipynb", "out:rows"),
        cell("assert rows == [7, 7, 7]", "check:sub/three"),
        cell("print(rows)", "node:use"),
    ).run(progress=False)
    assert states(run)["check:sub/three"] == "succeeded"


def test_its_cells_show_what_they_said_in_the_whole_notebook(save: Save) -> None:
    run = save(LOAD, cell("print('looking')\nassert rows", "check:load/any"), USE).run(progress=False)
    whole = json.loads(run.write_notebook(run.folder / "whole.ipynb").read_text("utf-8"))
    assert whole["cells"][1]["outputs"][0]["text"] == "looking\n"
