"""Pipelines and runs, as a user of Python sees them; without kernels, see `tests.support.in_process`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from jupyter_dataops import Pipeline, list_runs, open_run
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import (
    ArtifactMissing,
    IllegalMove,
    InvalidPipeline,
    NodeNotFound,
    NotebookUnreadable,
    ParameterError,
    RunNotFound,
    UsageError,
)
from jupyter_dataops.events import NodeStarted, NodeSucceeded, RunFinished, RunStarted
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.plan.models import Action
from jupyter_dataops.states import NodeState, RunState
from tests.support.notebooks import cell, text

Save = Callable[..., Pipeline]

CELLS = [
    cell("n = 1  # int: how many", "parameters"),
    cell("print('loading')\nrows = list(range(n))", "node:load"),
    cell("kept = rows[1:]", "node:clean"),
    cell("kept", "node:show"),
]
BROKEN = [*CELLS[:2], cell("kept = rows[10]", "node:clean"), CELLS[3]]


# -- a pipeline


def test_a_pipeline_says_what_its_notebook_says(save: Save) -> None:
    pipeline = save(*CELLS)
    assert repr(pipeline) == "<Pipeline etl: 3 nodes>"
    assert [(one.name, one.default, one.type, one.help) for one in pipeline.parameters] == [
        ("n", "1", "int", "how many")
    ]
    assert list(pipeline.graph) == list(pipeline.spec.nodes) == ["load", "clean", "show"]
    assert pipeline.diagnostics == ()
    assert pipeline.notebook["nbformat"] == 4


def test_a_pipeline_draws_itself(save: Save) -> None:
    shown = save(*CELLS)._repr_mimebundle_()
    assert set(shown) == {"image/svg+xml", "text/plain"}
    ElementTree.fromstring(shown["image/svg+xml"])
    assert shown["text/plain"].splitlines()[1] == "● clean ← load: rows"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such notebook"),
        (b"\xff", "not UTF-8"),
        (b"", "empty"),
        (b"[]", "not a notebook"),
        (b"x", "not a notebook"),
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "x.ipynb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotebookUnreadable, match=message) as caught:
        Pipeline(path)
    assert caught.value.where == str(path)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("elt.ipynb", "did you mean '{folder}/etl.ipynb'?"),
        ("ETL", "did you mean '{folder}/etl.ipynb'?"),
        ("flights.ipynb", "check the path; it is relative to the working directory"),
        ("nowhere/etl.ipynb", "there is no folder {folder}/nowhere; a path is relative to the working directory"),
    ],
)
def test_a_notebook_that_is_not_there_is_answered_with_one_that_is_called_alike(
    tmp_path: Path, asked: str, hint: str
) -> None:
    (tmp_path / "etl.ipynb").touch()
    (tmp_path / "flights.csv").touch()
    with pytest.raises(NotebookUnreadable, match="no such notebook") as caught:
        Pipeline(tmp_path / asked)
    assert caught.value.hint == hint.format(folder=tmp_path)


def test_a_folder_is_no_notebook(tmp_path: Path) -> None:
    with pytest.raises(NotebookUnreadable, match="is a folder"):
        Pipeline(tmp_path)


def test_a_text_notebook_is_read_through_jupytext(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "etl.py"
    path.write_text('# %% tags=["node:load"]\nrows = [1]\n\n# %% tags=["node:show"]\nprint(rows)\n')
    assert list(Pipeline(path, settings=settings).graph.edges) == [("load", "show")]


def test_here_is_the_notebook_that_the_front_end_names(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = save(*CELLS)
    monkeypatch.setenv("JPY_SESSION_NAME", str(pipeline.path))
    assert Pipeline.here(settings=pipeline.settings).path == pipeline.path


def test_here_is_known_in_vs_code_too(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = save(*CELLS)
    monkeypatch.setattr(sys.modules["__main__"], "__vsc_ipynb_file__", str(pipeline.path), raising=False)
    assert Pipeline.here().path == pipeline.path


@pytest.mark.parametrize("name", ["", "gone.ipynb"])
def test_here_is_refused_where_nobody_says_which_notebook_it_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", name)
    with pytest.raises(UsageError, match="cannot tell which notebook this is") as caught:
        Pipeline.here()
    assert "Pipeline('my_notebook.ipynb')" in caught.value.hint


# -- a plan


def test_a_plan_starts_nothing(save: Save) -> None:
    pipeline = save(*CELLS)
    plan = pipeline.plan({"n": 3})
    assert [(one.node, one.action) for one in plan.decisions] == [
        (name, Action.RUN) for name in ("load", "clean", "show")
    ]
    assert pipeline.runs() == []


def test_an_invalid_pipeline_is_refused_with_its_diagnostics(save: Save) -> None:
    pipeline = save(cell("x = ", "node:a"), cell("y = (", "node:b"), text("fine"))
    for refused in (pipeline.plan, pipeline.create_run, pipeline.run):
        with pytest.raises(InvalidPipeline) as caught:
            refused()  # type: ignore[operator]
        assert [(one.code, one.node) for one in caught.value.diagnostics] == [("DO005", "a"), ("DO005", "b")]
        assert caught.value.diagnostics[0].message in str(caught.value)
    assert pipeline.runs() == []


@pytest.mark.parametrize(
    ("given", "message"), [({"m": 1}, "unknown parameter 'm'"), ({"n": "x"}, "takes int, not str")]
)
def test_a_parameter_that_does_not_fit_is_refused(save: Save, given: dict[str, Any], message: str) -> None:
    pipeline = save(*CELLS)
    for refused in (pipeline.plan, pipeline.create_run, pipeline.run):
        with pytest.raises(ParameterError, match=message):
            refused(given)  # type: ignore[operator]
    assert pipeline.runs() == []


def test_no_jobs_is_refused(save: Save) -> None:
    pipeline = save(*CELLS)
    with pytest.raises(UsageError, match="jobs is 0"):
        pipeline.run(jobs=0)
    failed = save(*BROKEN).run(progress=False)
    with pytest.raises(UsageError, match="jobs is -1"):
        failed.retry(jobs=-1)


def test_the_notebook_is_read_anew_for_every_run(save: Save) -> None:
    pipeline = save(*BROKEN)
    save(*CELLS)
    assert pipeline.run(progress=False).state is RunState.SUCCEEDED


# -- a run


def test_a_run_has_state_outputs_values_and_logs(save: Save) -> None:
    run = save(*CELLS).run(n=3, progress=False)
    assert (run.state, run.parameters, run.parent_run_id) == (RunState.SUCCEEDED, {"n": 3}, None)
    assert repr(run) == f"<Run {run.run_id} of etl: succeeded>"
    assert list(run.nodes) == ["load", "clean", "show"]
    load = run["load"]
    assert repr(load) == "<NodeRun load: succeeded>"
    assert load.log == "loading\n"
    assert [line.text for line in load.log_lines()] == ["loading\n"]
    assert list(load.outputs) == ["rows"]
    assert run.load("load", "rows") == load.load("rows") == [0, 1, 2]
    assert (load.attempt, load.failure, load.node) == (1, None, "load")
    assert load.duration_s is not None
    assert load.notebook_path().is_relative_to(run.folder)
    assert json.loads(load.notebook_path(1).read_text())["nbformat"] == 4
    assert load.log_path().is_file()
    assert run.started_at is not None
    assert run.finished_at is not None
    assert run.started_at <= run.finished_at


def test_a_run_draws_itself_with_states(save: Save) -> None:
    run = save(*BROKEN).run(progress=False)
    shown = run._repr_mimebundle_()
    ElementTree.fromstring(shown["image/svg+xml"])
    assert shown["text/plain"].splitlines()[0] == repr(run)
    assert "✘ clean failed" in shown["text/plain"]


def test_json_has_exactly_the_documented_keys(save: Save) -> None:
    described = save(*BROKEN).run({"n": 2}, progress=False).to_json()
    assert list(described) == [
        "run_id", "state", "notebook", "parent_run_id", "environment", "parameters", "deployment", "schedule",
        "started_at", "finished_at", "nodes", "checks",
    ]  # fmt: skip
    node_keys = [
        "node", "key", "state", "attempt", "reason", "started_at", "finished_at", "duration_s", "cause", "error", "outputs",
    ]  # fmt: skip
    assert [list(node) for node in described["nodes"]] == [node_keys] * 3
    load, clean, show = described["nodes"]
    assert list(load["outputs"]["rows"]) == [
        "type", "size_bytes", "shape", "columns", "digest", "serializer", "preview",
    ]  # fmt: skip
    assert (load["cause"], load["error"], load["key"]) == (None, None, None)
    assert (clean["cause"], clean["error"]) == (
        "exception",
        {"ename": "IndexError", "evalue": "list index out of range"},
    )
    assert (show["state"], show["started_at"], show["duration_s"], show["outputs"]) == (
        "upstream_failed",
        None,
        None,
        {},
    )
    assert described["started_at"].endswith("+00:00")
    json.dumps(described)


def test_names_that_do_not_exist_are_answered_with_close_ones(save: Save) -> None:
    run = save(*CELLS).run(progress=False)
    with pytest.raises(NodeNotFound, match=r"has no node 'laod'\n  -> did you mean 'load'\?"):
        run["laod"]
    with pytest.raises(NodeNotFound, match="its nodes: load, clean, show"):
        run["zzz"]
    with pytest.raises(ArtifactMissing, match=r"did you mean 'rows'\?"):
        run.load("load", "row")
    with pytest.raises(ArtifactMissing, match="its outputs: none; `out:zzz` would keep it"):
        run.load("show", "zzz")


def test_a_node_that_never_ran_has_no_log_notebook_or_attempt(save: Save) -> None:
    run = save(*BROKEN).run(progress=False)
    show = run["show"]
    assert (show.log, show.attempts, show.duration_s) == ("", [], None)
    with pytest.raises(UsageError, match="node 'show' has no attempt") as caught:
        show.notebook_path()
    assert "upstream_failed" in caught.value.hint
    with pytest.raises(UsageError, match="has no attempt 2"):
        run["load"].log_path(2)


def test_an_attempt_that_could_not_be_started_has_no_notebook(save: Save) -> None:
    run = save(cell("import decimal\nflag = decimal.Decimal(1)", "node:a"), cell("x = 1", "node:b", "when:flag")).run(
        progress=False
    )
    assert run["b"].state is NodeState.SUCCEEDED
    table = "import pandas\nflag = pandas.DataFrame({'a': [1]})"
    refused = save(cell(table, "node:a"), cell("x = 1", "node:b", "when:flag")).run(progress=False)
    assert refused["b"].state is NodeState.FAILED
    with pytest.raises(UsageError, match="node 'b' has no attempt"):
        refused["b"].notebook_path()
    assert refused["b"].log == ""


def test_every_attempt_keeps_its_own_notebook_and_log(save: Save, tmp_path: Path) -> None:
    counter = tmp_path / "count"
    source = f"import pathlib\nc = pathlib.Path({str(counter)!r})\nc.write_text(c.read_text() + 'x' if c.exists() else 'x')\n"
    source += "print('try', len(c.read_text()))\nif len(c.read_text()) < 2: raise ValueError('flaky')"
    run = save(cell(source, "node:a", "retries:1")).run(progress=False)
    node = run["a"]
    assert (node.state, node.attempt, len(node.attempts)) == (NodeState.SUCCEEDED, 2, 2)
    assert node.log == "try 2\n"
    assert "".join(line.text for line in node.log_lines(1)).startswith("try 1\n")
    assert node.attempts[0].failure is not None
    assert node.notebook_path(1) != node.notebook_path(2) == node.notebook_path()


def test_a_queued_run_is_executed_once(save: Save) -> None:
    run = save(*CELLS).create_run({"n": 2})
    assert run.state is RunState.QUEUED
    assert {node.state for node in run.nodes.values()} == {NodeState.PENDING}
    assert run.execute(progress=False) is run
    assert run.state is RunState.SUCCEEDED
    assert run.load("load", "rows") == [0, 1]
    with pytest.raises(IllegalMove):
        run.execute(progress=False)


def test_editing_the_notebook_changes_nothing_in_a_run_that_was_made_before(save: Save) -> None:
    run = save(*CELLS).create_run()
    save(*BROKEN)
    assert run.execute(progress=False).state is RunState.SUCCEEDED


def test_a_selection_takes_the_rest_from_earlier_runs(save: Save) -> None:
    pipeline = save(*CELLS)
    with pytest.raises(UsageError, match="Node `clean` needs `load`"):
        pipeline.run(select="clean")
    earlier = pipeline.run(n=4, progress=False)
    run = pipeline.run(n=4, select="clean", progress=False)
    assert {name: node.state.value for name, node in run.nodes.items()} == {
        "load": "reused", "clean": "succeeded", "show": "skipped",
    }  # fmt: skip
    assert run["load"].record.source_run_id == earlier.run_id
    assert run["load"].log == "loading\n"
    assert run.load("clean", "kept") == [1, 2, 3]


def test_events_tell_the_whole_story_in_order(save: Save) -> None:
    run = save(*CELLS[:2]).run(progress=False)
    events = run.events()
    kinds = [event.kind for event in events]
    assert kinds == ["RunCreated", "RunStarted", "NodeQueued", "NodeStarted", "NodeSucceeded", "RunFinished"]
    assert [event.kind for event in run.events(after=events[3].seq)] == kinds[4:]


def test_an_observer_sees_only_what_is_durable_and_in_order(save: Save) -> None:
    pipeline = save(*CELLS[:2])
    seen: list[str] = []
    run = pipeline.create_run()

    def observe(event: Any) -> None:
        seen.append(type(event).__name__)
        stored = open_run(run.run_id, pipeline.settings)
        if isinstance(event, CellFinished):
            return
        assert stored.events()[-1].kind == type(event).__name__
        if isinstance(event, RunStarted):
            assert stored.state is RunState.RUNNING
        elif isinstance(event, NodeStarted):
            assert stored["load"].state is NodeState.RUNNING
        elif isinstance(event, NodeSucceeded):
            assert stored.load("load", "rows") == [0]
        elif isinstance(event, RunFinished):
            assert stored.state is RunState.SUCCEEDED

    run.execute(observer=observe, progress=False)
    assert seen == [
        "RunStarted",
        "NodeQueued",
        "NodeStarted",
        "CellFinished",
        "CellFinished",
        "NodeSucceeded",
        "RunFinished",
    ]
    assert run.state is RunState.SUCCEEDED


def test_a_progress_bar_counts_nodes_however_they_ended(save: Save, capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[str] = []
    run = save(*BROKEN).run(progress=True, observer=lambda event: seen.append(type(event).__name__))
    assert run.state is RunState.FAILED
    assert "3/3" in capfd.readouterr().err
    assert seen[-1] == "RunFinished"


# -- retry and cancel


def test_a_retry_runs_what_failed_and_reuses_the_rest(save: Save) -> None:
    failed = save(*BROKEN).run(n=3, progress=False)
    save(*CELLS)
    plan = failed.plan_retry()
    assert [one.action.value for one in plan.decisions] == ["reuse", "run", "run"]
    retried = failed.retry(progress=False)
    assert (retried.state, retried.parent_run_id, retried.parameters) == (RunState.SUCCEEDED, failed.run_id, {"n": 3})
    assert retried.load("clean", "kept") == [1, 2]
    assert failed.refresh().state is RunState.FAILED


def test_a_retry_of_named_nodes_and_with_other_parameters(save: Save) -> None:
    run = save(*CELLS).run(n=3, progress=False)
    assert [one.action.value for one in run.plan_retry(["show"]).decisions] == ["reuse", "reuse", "run"]
    again = run.create_retry(parameters={"n": 5}, jobs=1, fail_fast=True)
    assert again.state is RunState.QUEUED
    assert (again.record.options["jobs"], again.record.options["fail_fast"]) == (1, True)
    assert again.execute(progress=False).load("load", "rows") == [0, 1, 2, 3, 4]


def test_a_retry_that_makes_no_sense_is_refused(save: Save) -> None:
    pipeline = save(*CELLS)
    queued = pipeline.create_run()
    with pytest.raises(UsageError, match="is still queued\n  -> wait for its end, or cancel it first"):
        queued.retry()
    run = pipeline.run(progress=False)
    with pytest.raises(NodeNotFound, match=r"has no node `laod`\n  -> did you mean `load`\?"):
        run.retry(["laod"])
    for refused in (run.plan_retry, run.retry):
        with pytest.raises(ParameterError, match="unknown parameter 'm'"):
            refused(parameters={"m": 1})  # type: ignore[operator]
    save(cell("x =", "node:load"))
    with pytest.raises(InvalidPipeline):
        run.plan_retry()


def test_a_queued_run_is_cancelled_at_once(save: Save) -> None:
    run = save(*CELLS).create_run()
    run.cancel("no longer wanted")
    assert run.state is RunState.CANCELLED
    assert run.reason == "no longer wanted; no runner was there to stop"
    assert {node.state for node in run.nodes.values()} == {NodeState.CANCELLED}
    with pytest.raises(UsageError, match="has already ended: cancelled"):
        run.cancel()


# -- finding runs


def test_runs_are_found_by_id_prefix_and_last(save: Save) -> None:
    pipeline = save(*CELLS)
    first, second = pipeline.run(progress=False), pipeline.run(progress=False)
    settings = pipeline.settings
    assert open_run(first.run_id, settings).run_id == first.run_id
    assert open_run(first.run_id[:9], settings).run_id == first.run_id
    assert open_run("last", settings).run_id == second.run_id
    assert [run.run_id for run in pipeline.runs()] == [second.run_id, first.run_id]
    assert [run.run_id for run in list_runs(settings, limit=1)] == [second.run_id]
    with pytest.raises(RunNotFound):
        open_run("zzz", settings)


def test_runs_of_a_notebook_are_found_however_its_path_is_written(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = save(*CELLS)
    (tmp_path / "sub").mkdir()
    roundabout = tmp_path / "sub" / ".." / "etl.ipynb"
    run = Pipeline(roundabout, settings=pipeline.settings).run(progress=False)
    monkeypatch.chdir(tmp_path)
    for name in ("etl.ipynb", "sub/../etl.ipynb", str(pipeline.path)):
        assert [one.run_id for one in list_runs(pipeline.settings, name)] == [run.run_id]
        assert open_run("last", pipeline.settings, name).run_id == run.run_id
    assert list_runs(pipeline.settings, "other.ipynb") == []
    assert run.notebook == pipeline.path


def test_a_run_is_found_where_the_settings_of_its_notebooks_folder_say(save: Save, tmp_path: Path) -> None:
    pipeline = save(*CELLS)
    elsewhere = replace(pipeline.settings, store=str(tmp_path / "elsewhere"))
    assert Pipeline(pipeline.path, settings=elsewhere).run(progress=False).folder.is_relative_to(tmp_path / "elsewhere")
    assert pipeline.runs() == []
