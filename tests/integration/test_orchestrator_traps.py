"""What goes wrong in other orchestrators, where no other test here has it; docs/guarantees.md lists them all."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.api import launch
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import DataOpsError
from tests.support.in_process import InProcessExecutor
from tests.support.notebooks import cell, notebook
from tests.support.shell import PATIENCE_S, Shell, finished, node_of, open_shell, states
from tests.support.waiting import WAIT_FOR, until

Save = Callable[..., Pipeline]

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as opened:
        yield opened


@pytest.fixture
def save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Save:
    """Saves a notebook with the given cells; its runs need no kernels."""
    monkeypatch.setattr(launch, "make_executor", InProcessExecutor)

    def save(*cells: dict[str, Any], jobs: int = 2) -> Pipeline:
        path = tmp_path / "etl.ipynb"
        path.write_text(json.dumps(notebook(*cells)), "utf-8")
        return Pipeline(path, settings=Settings(store=str(tmp_path / "store"), jobs=jobs))

    return save


def states_of(run: Run) -> dict[str, str]:
    return {name: node_run.state.value for name, node_run in run.nodes.items()}


def test_every_trap_that_is_told_of_is_held_by_tests_that_are_there() -> None:
    page = (REPOSITORY / "docs" / "guarantees.md").read_text("utf-8")
    section = page.split("## Bugs of others that are tests here")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (?!promise|---)(.+) \|$", section, re.MULTILINE)
    links = [re.findall(r"\[([^]]+)\]\(\.\./([^)]+)\)", row) for row in rows]
    assert len(rows) > 20
    assert all(links)
    missing = [
        (name, path)
        for name, path in itertools.chain.from_iterable(links)
        if f"def test_{name.replace(' ', '_')}(" not in (REPOSITORY / path).read_text("utf-8")
    ]
    assert missing == []


# -- what decides reuse

EVERYTHING = (
    cell("scale = {'b', 'a'}\nlabels: dict = {'z': 1, 'y': [2, {'x': 3}]}", "parameters"),
    cell("import math, helpers, pandas\nknown = {'one', 'two', 'three'}\ndef f(x): return math.floor(x)", "setup"),
    cell(
        "cities, is_new = ['a', 'b'], True\ntable = pandas.DataFrame({helpers.name: [f(len(known))]})",
        "node:load",
        "in:rows.csv",
        "env:REGION",
    ),
    cell("score = f(table) + len(scale)", "node:score", "each:city=cities", "tolerate:10%"),
    cell("all(score)", "check:score/whole"),
    cell("print(labels, score)", "node:tell", "when:is_new", "trigger:none_failed", "after:load"),
    cell("amount = table", "node:inner", "notebook:inner.ipynb", "out:total"),
)
INNER = (cell("amount = 1", "parameters"), cell("parts = {amount, 2, 3}", "node:a"), cell("total = sum(parts)"))
TELL_FINGERPRINTS = """
import sys
from pathlib import Path
from jupyter_dataops.api.fingerprints import fingerprints_of
from jupyter_dataops.api.reading import read_notebook
given = {"scale": {"q", "r", "s"}, "labels": {"k": {"t", "u"}, "j": 1}}
folder = Path(sys.argv[1])
found = fingerprints_of(read_notebook(folder / "etl.ipynb"), given, folder)
print(sorted((node, sorted(parts.items())) for node, parts in found.items()))
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_pipeline_has_one_fingerprint_in_a_hundred_processes(shell: Shell) -> None:
    shell.save(*EVERYTHING)
    shell.save(*INNER, name="inner.ipynb")
    shell.write("1,2\n", "rows.csv")
    shell.write("import more_helpers\nname = more_helpers.name\n", "helpers.py")
    shell.write("import numpy, json\nname = 'x'\n", "more_helpers.py")

    def told(seed: int) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": str(seed), "REGION": "eu"}
        command = [sys.executable, "-c", TELL_FINGERPRINTS, str(shell.folder)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(2) as pool:
        printed = set(pool.map(told, range(1, 101)))
    assert len(printed) == 1
    assert "unknown" not in printed.pop()


def test_what_cannot_be_compared_is_not_reused_and_the_reason_says_so(save: Save, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    ran = save(cell("rows = 1", "node:load", "in:data/"), cell("other = 1", "node:other")).run(progress=False)
    plan = {decision.node: decision for decision in ran.plan_retry().decisions}
    assert {node: decision.action for node, decision in plan.items()} == {"load": "run", "other": "reuse"}
    assert plan["load"].reason == f"its files may have changed since run {ran.run_id}"


# -- what a retry has to remember

CITIES = cell("cities = ['a', 'b', 'c', 'd']", "node:cities")
SCORE = "score = city if is_mended else city[city == 'b']\nassert score"
BELOW = (
    cell("assert len(score) == 4", "check:score/whole"),
    cell("best = max(score)", "node:best"),
    cell("assert best == 'd'", "check:best/last"),
    cell("late = best", "node:late", "out:late"),
)


def test_a_retry_forgets_no_child_check_or_node_that_never_started(save: Save) -> None:
    def pipeline(is_mended: bool) -> Pipeline:
        setup = cell(f"is_mended = {is_mended}", "setup")
        return save(setup, CITIES, cell(SCORE, "node:score", "each:city=cities"), *BELOW, jobs=1)

    failed = pipeline(is_mended=False).run(progress=False, fail_fast=True)
    stopped = states_of(failed)
    assert (stopped["score[a]"], stopped["score[b]"]) == ("succeeded", "failed")
    never_started = {"score[c]", "score[d]", "check:score/whole", "best", "check:best/last", "late"}
    assert {stopped[name] for name in never_started} <= {"cancelled", "upstream_failed"}

    pipeline(is_mended=True)
    retried = failed.retry(progress=False)
    assert {states_of(retried)[name] for name in never_started} == {"succeeded"}
    assert retried.load("late", "late") == "d"


def test_a_retry_remembers_a_failed_check_below_which_nothing_was_to_run(save: Save, tmp_path: Path) -> None:
    rows = tmp_path / "rows"
    rows.touch()
    read = cell(f"from pathlib import Path\nrows = Path({str(rows)!r}).read_text()", "node:load")
    pipeline = save(read, cell("assert rows", "check:load/some"))
    failed = pipeline.run(progress=False)
    assert (failed.state, states_of(failed)) == ("failed", {"load": "succeeded", "check:load/some": "failed"})
    rows.write_text("1,2")
    retried = failed.retry(progress=False)
    assert (retried.state, set(states_of(retried).values())) == ("succeeded", {"succeeded"})


def test_a_result_belongs_to_the_code_that_made_it_and_not_to_an_edit_of_that_time(save: Save, tmp_path: Path) -> None:
    """The first node edits the second one's cell, as somebody in a hurry might."""
    edit = (
        "from pathlib import Path\n"
        f"path = Path({str(tmp_path / 'etl.ipynb')!r})\n"
        "path.write_text(path.read_text().replace('\"n = 1\"', '\"n = 2\"'))"
    )
    ran = save(cell(edit, "node:hurry"), cell("n = 1", "node:count", "after:hurry", "out:n")).run(progress=False)
    assert ran.load("count", "n") == 1
    again = ran.retry(progress=False)
    assert states_of(again) == {"hurry": "reused", "count": "succeeded"}
    assert again.load("count", "n") == 2


# -- what has ended


@pytest.mark.parametrize("ending", ["succeeded", "failed", "cancelled"])
def test_nothing_moves_a_run_that_has_ended(save: Save, ending: str) -> None:
    pipeline = save(cell("1 / 0" if ending == "failed" else "x = 1", "node:a"))
    run = pipeline.create_run()
    if ending == "cancelled":
        run.cancel("enough")
    else:
        run.execute(progress=False)
    before = (run.refresh().record, run.events())
    late: tuple[Callable[[], object], ...] = (
        lambda: run.execute(progress=False),
        lambda: run.resume(progress=False),
        lambda: run.retry_node("a"),
        lambda: run.cancel("too late"),
    )
    for ask in late:
        with pytest.raises(DataOpsError):
            ask()
    assert (run.refresh().record, run.events()) == before
    assert run.state == ending


# -- real kernels


@pytest.mark.kernel
def test_runs_of_one_notebook_at_one_time_do_not_see_each_other(shell: Shell) -> None:
    shell.save(
        cell("me = 'x'\nother = 'y'", "parameters"),
        cell(WAIT_FOR, "setup"),
        cell("note('here-' + me)\nwait_for('here-' + other)\nfound = [me]", "node:first"),
        cell("print('found', found)", "node:second"),
    )
    runners = [
        shell.start("run", "etl.ipynb", "-p", "me", me, "-p", "other", other, "--json") for me, other in ("ab", "ba")
    ]
    runs = [json.loads(finished(runner, 0).out) for runner in runners]
    assert [run["parameters"]["me"] for run in runs] == ["a", "b"]
    for run, me in zip(runs, "ab", strict=True):
        assert [node["attempt"] for node in run["nodes"]] == [1, 1]
        assert f"found ['{me}']" in shell.call("logs", run["run_id"], "second").out


LAST_WORDS = """
attempt = os.environ["DATAOPS_ATTEMPT"]
print("last words of", attempt)
open("pid-" + attempt, "w").write(str(os.getpid()))
wait_for("never")
"""


@pytest.mark.kernel
def test_killed_attempts_keep_their_logs_and_their_failure_is_handled_once(shell: Shell) -> None:
    shell.save(
        cell(WAIT_FOR, "setup"),
        cell(LAST_WORDS, "node:big", "infra_retries:1"),
        cell("print('told', file=open('told', 'a'))", "node:tell", "trigger:one_failed", "after:big"),
    )
    runner = shell.start("run", "etl.ipynb", "--json")
    for attempt in (1, 2):
        pid, words = shell.folder / f"pid-{attempt}", f"last words of {attempt}"
        until(lambda: pid.exists() and pid.read_text(), f"attempt {attempt} is at work")  # noqa: B023 - used up here
        until(lambda: words in shell.last()["big"].log, "its words are in the log")  # noqa: B023 - used up here
        os.kill(int(pid.read_text()), signal.SIGKILL)
    run = json.loads(finished(runner, 0).out)
    assert states(run) == {"big": "failed", "tell": "succeeded"}
    assert (node_of(run, "big")["attempt"], node_of(run, "big")["cause"]) == (2, "kernel_died")
    for attempt in (1, 2):
        log = shell.call("logs", "last", "big", "--attempt", str(attempt)).out
        assert f"last words of {attempt}" in log
        assert "killed by SIGKILL" in log
    assert (shell.folder / "told").read_text() == "told\n"


@pytest.mark.kernel
def test_papermill_does_not_wait_for_a_kernel_that_was_killed(shell: Shell) -> None:
    shell.save(cell("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "node:a", "infra_retries:0"))
    papermill = subprocess.run(
        [sys.executable, "-m", "papermill", "etl.ipynb", "out.ipynb", "--engine", "dataops"],
        cwd=shell.folder,
        env=shell.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert papermill.returncode != 0
    assert "the kernel was killed by SIGKILL" in papermill.stderr
