"""The whole story of a failure: siblings go on, the cell is mended, and only what has to run again does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline
from tests.support.notebooks import cell
from tests.support.shell import Shell, finished, node_of, open_shell, states
from tests.support.waiting import WAIT_FOR, until

pytestmark = pytest.mark.kernel


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as made:
        yield made


def story(load: str = "rows = [1, 2, 3]", fit: str = "model = max(rows) / 0") -> list[dict[str, Any]]:
    """load -> fit -> report, load -> count."""
    return [
        cell(load, "node:load"),
        cell(fit, "node:fit"),
        cell("n = len(rows)\nprint('counted', n)", "node:count"),
        cell("print('model', model)", "node:report"),
    ]


@dataclass(frozen=True)
class Story:
    shell: Shell
    failed: dict[str, Any]
    untouched: bool
    mended: dict[str, Any]
    edited_above: dict[str, Any]
    one_node: dict[str, Any]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Fails in the middle; is mended; is edited above what failed; has one node run again."""
    with open_shell(tmp_path_factory.mktemp("story")) as shell:
        path = shell.save(*story())
        before = path.read_bytes()
        failed = shell.run("run", path.name, exit_code=1)
        untouched = path.read_bytes() == before
        shell.save(*story(fit="# mended\nmodel = max(rows) * 10"))
        mended = shell.run("retry", "last", "-o", "mended.ipynb")
        shell.save(*story(load="rows = [7, 8]", fit="model = max(rows) * 10"))
        edited_above = shell.run("retry", failed["run_id"], "-o", "edited.ipynb")
        one_node = shell.run("retry", "last", "--node", "count")
        yield Story(shell, failed, untouched, mended, edited_above, one_node)


def test_what_does_not_hang_below_the_failure_goes_on(told: Story) -> None:
    assert states(told.failed) == {
        "load": "succeeded",
        "fit": "failed",
        "count": "succeeded",
        "report": "upstream_failed",
    }
    assert node_of(told.failed, "fit")["cause"] == "exception"
    assert node_of(told.failed, "fit")["error"]["ename"] == "ZeroDivisionError"


def test_a_run_leaves_the_notebook_as_it_is(told: Story) -> None:
    assert told.untouched
    assert sorted(path.name for path in told.shell.folder.iterdir()) == [
        "edited.ipynb",
        "etl.ipynb",
        "mended.ipynb",
        "store",
    ]


def test_a_retry_runs_the_mended_cell_and_reuses_what_succeeded(told: Story) -> None:
    assert states(told.mended) == {"load": "reused", "fit": "succeeded", "count": "reused", "report": "succeeded"}
    assert told.mended["parent_run_id"] == told.failed["run_id"]
    assert "model 30" in (told.shell.folder / "mended.ipynb").read_text()


def test_a_retry_says_for_each_node_why(told: Story) -> None:
    reasons = {node["node"]: node["reason"] for node in told.mended["nodes"]}
    failed = told.failed["run_id"]
    assert reasons["load"] == reasons["count"] == f"its result of run {failed} still holds"
    started = {
        event.node: event.data["reason"]
        for event in told.shell.last().events()
        if event.kind == "NodeQueued" and event.node
    }
    assert "its retry was asked for" in started["count"]
    why = told.shell.call("why", told.mended["run_id"], "--json").json
    said = {node["node"]: " ".join(event["detail"] for event in node["events"]) for node in why["nodes"]}
    assert f"it failed in run {failed}" in said["fit"]
    assert re.search("`fit`, above it, runs again|it never ran in run", said["report"])


def test_an_edited_node_above_the_failure_is_noticed_and_runs(told: Story) -> None:
    assert set(states(told.edited_above).values()) == {"succeeded"}
    assert "model 80" in (told.shell.folder / "edited.ipynb").read_text()


def test_one_node_can_be_run_again(told: Story) -> None:
    assert states(told.one_node) == {"load": "reused", "fit": "reused", "count": "succeeded", "report": "reused"}


def test_a_retry_refuses_what_does_not_exist_also_as_a_preview(told: Story) -> None:
    for preview in ((), ("--dry-run",)):
        said = told.shell.call("retry", "last", "--node", "cuont", *preview, exit_code=2).err
        assert "did you mean `count`?" in said
        said = told.shell.call("retry", "last", "-p", "n", "3", *preview, exit_code=2).err
        assert "unknown parameter 'n'" in said


def test_a_queued_run_is_of_the_notebook_as_it_was(shell: Shell) -> None:
    path = shell.save(cell("print('as asked for')", "node:a"))
    run = Pipeline(path, settings=shell.settings).create_run()
    shell.save(cell("1/0", "node:a"))
    assert run.execute(progress=False)["a"].log == "as asked for\n"


def test_editing_the_notebook_does_not_change_the_run_going_on(shell: Shell) -> None:
    def cells(second: str) -> list[dict[str, Any]]:
        return [
            cell(WAIT_FOR, "setup"),
            cell("note('here')\nwait_for('go')\nx = 1", "node:a"),
            cell(second, "node:b"),
        ]

    shell.save(*cells("print('as started', x)"))
    process = shell.start("run", "etl.ipynb", "-o", "out.ipynb")
    until((shell.folder / "here").exists, "the first node is at work")
    shell.save(*cells("1/0"))
    shell.put("go")
    finished(process, 0)
    out = (shell.folder / "out.ipynb").read_text()
    assert "as started 1" in out
    assert "1/0" not in out


FLAKY = """
import os
count = len(os.listdir('tries'))
open(f'tries/{count}', 'w').close()
print('try', count)
if count < 2:
    raise ConnectionError('no answer')
"""


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shell, dict[str, Any]]]:
    """One run, with a node for each policy."""
    with open_shell(tmp_path_factory.mktemp("policies")) as shell:
        (shell.folder / "tries").mkdir()
        shell.save(
            cell(FLAKY, "node:flaky", "retries:2", "retry_delay:0s", "retry_on:ConnectionError"),
            cell("print(1 / 0)", "node:hopeless", "retries:5", "retry_on:ConnectionError"),
            cell("import signal\nsignal.pause()", "node:slow", "timeout:1s"),
            cell("wanted, unwanted = [1], []", "node:ask"),
            cell("print('wanted')", "node:yes", "when:wanted", "unless:unwanted"),
            cell("print('not wanted')", "node:no", "when:unwanted"),
            cell("print('below')", "node:below", "after:no"),
            cell("print('cleaned')", "node:clean-up", "trigger:always", "after:hopeless"),
        )
        yield shell, shell.run("run", "etl.ipynb", exit_code=1)


def test_a_node_is_tried_again_as_its_tags_say_and_each_attempt_is_kept(policies: Any) -> None:
    shell, run = policies
    node = node_of(run, "flaky")
    assert (node["state"], node["attempt"]) == ("succeeded", 3)
    logs = [shell.call("logs", "last", "flaky", "--attempt", str(number)).out for number in (1, 2, 3)]
    assert [f"try {index}" in log for index, log in enumerate(logs)] == [True, True, True]
    assert ["ConnectionError" in log for log in logs] == [True, True, False]


def test_an_exception_that_is_not_listed_is_not_retried(policies: Any) -> None:
    node = node_of(policies[1], "hopeless")
    assert (node["state"], node["attempt"], node["cause"]) == ("failed", 1, "exception")


def test_a_node_that_takes_too_long_is_ended(policies: Any) -> None:
    node = node_of(policies[1], "slow")
    assert (node["state"], node["cause"]) == ("failed", "timeout")
    assert "longer than 1 s" in node["error"]["evalue"]
    assert node["duration_s"] < 15


def test_conditions_decide_what_is_skipped_and_what_is_below_is_skipped_too(policies: Any) -> None:
    found = {name: state for name, state in states(policies[1]).items() if name in ("ask", "yes", "no", "below")}
    assert found == {"ask": "succeeded", "yes": "succeeded", "no": "skipped", "below": "skipped"}
    assert "unwanted" in node_of(policies[1], "no")["reason"]


def test_a_clean_up_node_runs_after_failures(policies: Any) -> None:
    shell, run = policies
    assert node_of(run, "clean-up")["state"] == "succeeded"
    assert "cleaned" in shell.call("logs", "last", "clean-up").out


def test_a_failure_with_nothing_below_that_takes_it_fails_the_run(policies: Any) -> None:
    shell, run = policies
    assert run["state"] == "failed"
    shown = shell.call("why", "last").out
    assert "`slow` failed" in shown
    assert json.loads(shell.call("show", "last", "--json").out) == {
        **run,
        "notifications": [],
        "assets": {"loaded": [], "published": []},
    }


def test_fail_fast_ends_everything_at_the_first_failure(shell: Shell) -> None:
    shell.save(
        cell(WAIT_FOR, "setup"),
        cell("note('here')\nwait_for('never')", "node:other"),
        cell("wait_for('here')\n1/0", "node:bad"),
        cell("x = 1", "node:late", "after:other"),
    )
    run = shell.run("run", "etl.ipynb", "--fail-fast", "--jobs", "2", exit_code=1)
    assert states(run) == {"other": "cancelled", "bad": "failed", "late": "cancelled"}
    assert run["state"] == "failed"


def test_a_failed_node_is_tried_again_by_the_runner_that_is_at_work(shell: Shell) -> None:
    """Its data is mended while a long node goes on: nothing else runs twice, and the run succeeds."""
    shell.save(
        cell(WAIT_FOR, "setup"),
        cell("note('here')\nwait_for('go')", "node:long"),
        cell("rows = open('rows.txt').read().split()", "node:load"),
        cell("print('counted', len(rows))", "node:count"),
    )
    process = shell.start("run", "etl.ipynb", "--jobs", "2", "--json")
    until((shell.folder / "here").exists, "the long node is at work")
    until(lambda: shell.last()["count"].state == "upstream_failed", "it failed")
    waits = {node["node"]: node["waits_for"] for node in shell.call("why", "last", "--json").json["nodes"]}
    assert waits == {"long": None, "load": None, "count": None}
    assert "is running" in shell.call("retry", "last", "--node", "long", exit_code=2).err
    assert "still running" in shell.call("retry", "last", exit_code=2).err
    (shell.folder / "rows.txt").write_text("a b c")
    planned = shell.call("retry", "last", "--node", "load", "--dry-run", "--json").json
    assert [node["node"] for node in planned["nodes"]] == ["load", "count"]
    assert "tries `load` again" in shell.call("retry", "last", "--node", "load").out
    until(lambda: shell.last()["count"].state == "succeeded", "it was tried again")
    shell.put("go")
    run = json.loads(finished(process, 0).out)
    assert states(run) == {"long": "succeeded", "load": "succeeded", "count": "succeeded"}
    assert [node["attempt"] for node in run["nodes"]] == [1, 2, 1]
    assert "counted 3" in shell.call("logs", "last", "count").out


def test_a_selection_is_retried_and_its_reasons_are_told(told: Story) -> None:
    shell = told.shell
    plan = shell.call("retry", told.failed["run_id"], "--select", "state:failed+", "--dry-run", "--json").json
    found = {node["node"]: node["action"] for node in plan["nodes"]}
    assert plan["mode"] == "selection"
    assert (found["fit"], found["report"], found["count"]) == ("run", "run", "skip")
    assert "nothing in the run is" in shell.call("retry", "last", "--select", "state:cancelled", exit_code=2).err
