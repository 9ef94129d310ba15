"""``notebook:`` nodes, run by the real engine over real stores, without kernels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import ArtifactMissing, ConfigError, InvalidPipeline, UndeclaredMutation
from jupyter_dataops.states import RunState
from jupyter_dataops.store.sql import SqlRunStore
from tests.support.notebooks import cell, notebook
from tests.support.one_kernel import run_all, run_pipeline

Save = Callable[..., Pipeline]

INNER = (
    cell("country = 'us'\nlimit = 3", "parameters"),
    cell("import math\ndef shout(text):\n    return text.upper() + '!'", "setup"),
    cell("rows = [country] * limit", "node:load"),
    cell("rows = [shout(row) for row in rows]", "node:clean"),
    cell("total = len(rows)", "node:count"),
)
OUTER = (
    cell("country = 'de'", "node:etl", "notebook:parts/etl.ipynb", "out:rows", "out:total"),
    cell("end = (rows, total, country)", "node:use", "out:end"),
)
DE = (["DE!"] * 3, 3, "de")


def states(run: Run) -> dict[str, str]:
    return {name: node.state.value for name, node in run.nodes.items()}


@pytest.fixture
def pipeline(save: Save) -> Pipeline:
    save(*INNER, name="parts/etl.ipynb")
    return save(*OUTER)


def test_the_nodes_of_the_notebook_run_with_the_values_that_the_node_gives_them(pipeline: Pipeline) -> None:
    run = pipeline.run(progress=False)
    assert states(run) == dict.fromkeys(["etl", "etl/load", "etl/clean", "etl/count", "use"], "succeeded")
    assert run.load("use", "end") == DE
    assert run["etl"].record.parameters == {"country": "de"}
    assert run.load("etl/count", "total") == 3


def test_the_same_as_the_notebooks_cells_run_with_the_parameters(tmp_path: Path) -> None:
    inner = run_all(notebook(*INNER), country="de")
    outer = notebook(cell("rows, total = handed", "setup"), cell("country = 'de'"), OUTER[1])
    outer["cells"][0]["source"] = f"rows, total = {(inner['rows'], inner['total'])!r}"
    found = run_pipeline(notebook(*OUTER), tmp_path, beside={"parts/etl.ipynb": notebook(*INNER)})
    assert found.load("use", "end") == run_all(outer)["end"] == DE


def test_a_plain_notebook_is_one_node_and_works_in_its_own_folder(save: Save) -> None:
    plain = [
        cell(one["source"], *one["metadata"].get("tags", ())[:1] if index == 0 else ())
        for index, one in enumerate(INNER)
    ]
    save(*plain, name="parts/etl.ipynb")
    run = save(*OUTER).run(progress=False)
    assert list(states(run)) == ["etl", "etl/main", "use"]
    assert run.load("use", "end") == DE
    executed = json.loads(run["etl/main"].notebook_path().read_text("utf-8"))
    assert [one["source"] for one in executed["cells"]][-2] == "total = len(rows)"


def test_notebooks_within_notebooks_are_found_from_the_one_that_names_them(save: Save) -> None:
    save(*INNER, name="parts/etl.ipynb")
    middle = cell("limit = n", "node:fetch", "notebook:etl.ipynb", "out:rows")
    save(cell("n = 1", "parameters"), middle, cell("first = rows[0]", "node:take"), name="parts/middle.ipynb")
    outer = cell("n = 2", "node:run", "notebook:parts/middle.ipynb", "out:first", "out:rows")
    run = save(outer, cell("end = (first, rows)", "node:use", "out:end")).run(progress=False)
    assert list(states(run)) == [
        "run", "run/fetch", "run/fetch/load", "run/fetch/clean", "run/fetch/count", "run/take", "use",
    ]  # fmt: skip
    assert run.load("use", "end") == ("US!", ["US!", "US!"])


def test_a_notebook_for_each_element(save: Save) -> None:
    save(*INNER, name="parts/etl.ipynb")
    run = save(
        cell("countries = ['de', 'us']", "node:list"),
        cell("limit = 1", "node:etl", "each:country=countries", "notebook:parts/etl.ipynb", "out:rows"),
        cell("first = one[0]", "node:each", "each:one=rows"),
        cell("end = (rows, first)", "node:use", "out:end"),
    ).run(progress=False)
    assert run.load("use", "end") == ([["DE!"], ["US!"]], ["DE!", "US!"])
    assert run["etl[us]"].record.parameters == {"country": "us", "limit": 1}
    assert states(run)["etl[de]/clean"] == "succeeded"


def test_an_each_node_within_a_notebook_and_one_over_what_it_hands_on(save: Save) -> None:
    save(
        cell("names = ['a', 'b']", "parameters"),
        cell("items = list(names)", "node:load"),
        cell("score = 2 * item", "node:score", "each:item=items"),
        name="inner.ipynb",
    )
    run = save(
        cell("names = ['x', 'y', 'z']", "node:sub", "notebook:inner.ipynb", "out:score"),
        cell("long = len(one)", "node:measure", "each:one=score"),
        cell("end = (score, long)", "node:use", "out:end"),
    ).run(progress=False)
    assert run.load("use", "end") == (["xx", "yy", "zz"], [2, 2, 2])
    assert [name for name in run.nodes if name.startswith(("sub/score[", "measure["))] == [
        "sub/score[x]", "sub/score[y]", "sub/score[z]", "measure[x]", "measure[y]", "measure[z]",
    ]  # fmt: skip


def test_conditions_and_rules_hold_within_a_notebook(save: Save) -> None:
    save(
        cell("full = False", "parameters"),
        cell("is_full = bool(full)\nrows = [1]", "node:load"),
        cell("extra = [2]", "node:more", "when:is_full"),
        cell("total = len(rows)", "node:count", "after:more", "trigger:none_failed"),
        name="parts/etl.ipynb",
    )
    for full in (False, True):
        run = save(
            cell(f"full = {full}", "node:etl", "notebook:parts/etl.ipynb", "out:total"),
            cell("print(total)", "node:use"),
        ).run(progress=False)
        assert states(run)["etl/more"] == ("succeeded" if full else "skipped")
        assert states(run)["use"] == "succeeded"


def test_a_failing_node_within_fails_the_group(save: Save) -> None:
    save(*INNER[:3], cell("1 / 0", "node:clean", "after:load"), cell("total = 1", "node:count"), name="parts/etl.ipynb")
    run = save(cell("limit = 1", "node:etl", "notebook:parts/etl.ipynb", "out:total"), cell("print(total)", "node:use"))
    ended = run.run(progress=False)
    assert states(ended) == {
        "etl": "failed",
        "etl/load": "succeeded",
        "etl/clean": "failed",
        "etl/count": "succeeded",
        "use": "upstream_failed",
    }
    assert ended.state is RunState.FAILED


def test_a_failure_that_a_node_within_handles_is_none_of_the_group(save: Save) -> None:
    save(
        cell("limit = 1", "parameters"),
        cell("1 / 0", "node:load"),
        cell("total = limit", "node:rescue", "after:load", "trigger:one_failed"),
        name="parts/etl.ipynb",
    )
    run = save(
        cell("limit = 7", "node:etl", "notebook:parts/etl.ipynb", "out:total"),
        cell("end = total", "node:use", "out:end"),
    )
    ended = run.run(progress=False)
    assert states(ended)["etl"] == "succeeded"
    assert ended.load("use", "end") == 7


def test_checks_run_within_notebooks(save: Save) -> None:
    save(*INNER, cell("assert total > 100", "check:count/many"), name="parts/etl.ipynb")
    run = save(*OUTER).run(progress=False)
    assert states(run)["etl/check:count/many"] == "failed"
    assert states(run)["etl"] == "failed"


def test_a_parameter_must_be_plain(save: Save) -> None:
    save(*INNER, name="parts/etl.ipynb")
    run = save(cell("country = {1, 2}", "node:etl", "notebook:parts/etl.ipynb", "out:total"), cell("1", "node:z"))
    failure = run.run(progress=False)["etl"].failure
    assert failure is not None
    assert "'country', a set, cannot be a parameter of parts/etl.ipynb" in failure.evalue


def test_what_relies_on_the_notebook_does_not_leave_it(save: Save) -> None:
    save(*INNER, cell("handler = lambda row: shout(row)", "node:make"), name="parts/etl.ipynb")
    run = save(
        cell("limit = 1", "node:etl", "notebook:parts/etl.ipynb", "out:handler"), cell("print(handler)", "node:use")
    )
    failure = run.run(progress=False)["etl/make"].failure
    assert failure is not None
    assert "cannot be handed on to another notebook: it relies on 'shout'" in failure.evalue


def test_what_nobody_within_binds_is_not_handed_on(pipeline: Pipeline) -> None:
    run = pipeline.run(progress=False)
    with pytest.raises(ArtifactMissing):
        run.load("etl", "nothing")


# -- pinning


def test_the_notebooks_are_pinned_when_the_run_is_made(pipeline: Pipeline, save: Save) -> None:
    run = pipeline.create_run()
    save(cell("1 / 0", "node:broken"), name="parts/etl.ipynb")
    assert run.execute(progress=False).load("use", "end") == DE


def test_an_invalid_notebook_is_named_before_anything_starts(save: Save) -> None:
    save(*INNER, cell("def broken(:", "node:wrong"), name="parts/etl.ipynb")
    with pytest.raises(InvalidPipeline, match=r"parts/etl\.ipynb cannot run as a pipeline"):
        save(*OUTER).create_run()


def test_a_missing_notebook_is_named_before_anything_starts(save: Save) -> None:
    with pytest.raises(InvalidPipeline, match=r"parts/etl\.ipynb"):
        save(*OUTER).create_run()


@pytest.mark.parametrize("inside", [False, True])
def test_more_slots_than_a_pool_has_are_refused_when_the_run_is_made(save: Save, inside: bool) -> None:
    save(cell("x = 1", "node:fit", *(["pool:gpu=3"] if inside else [])), name="parts/etl.ipynb")
    outer = save(cell("y = 1", "node:etl", "notebook:parts/etl.ipynb", *([] if inside else ["pool:gpu=3"])))
    where = "node fit of parts/etl.ipynb" if inside else "node etl"
    with pytest.raises(ConfigError, match="3 slots of the pool 'gpu' are wanted, and it has 1") as caught:
        outer.create_run()
    assert caught.value.where == where
    assert "gpu = 3" in caught.value.hint


def test_every_attempt_in_a_notebook_takes_the_slots_of_its_node(save: Save, settings: Settings) -> None:
    save(
        cell("days = [1]", "node:load", "pool:gpu=2", "pool:db"),
        cell("x = day", "node:fit", "each:day=days"),
        cell("assert x", "check:fit/any"),
        name="parts/etl.ipynb",
    )
    outer = save(cell("y = 1", "node:etl", "notebook:parts/etl.ipynb", "pool:gpu"))
    taken: dict[str, dict[str, int]] = {}
    original = SqlRunStore.take_slots

    def noted(self: SqlRunStore, run_id: Any, token: Any, node: str, wanted: Any, *rest: Any) -> Any:
        taken[node] = dict(wanted)
        return original(self, run_id, token, node, wanted, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqlRunStore, "take_slots", noted)
        run = Pipeline(outer.path, settings=replace(settings, pools={"gpu": 2})).run(progress=False)
    assert run.state is RunState.SUCCEEDED
    assert taken == {
        "etl": {"gpu": 1}, "etl/load": {"gpu": 2, "db": 1}, "etl/fit[1]": {"gpu": 1}, "etl/check:fit/any": {"gpu": 1},
    }  # fmt: skip


# -- retries


def test_a_retry_runs_an_element_within_whose_failure_was_tolerated(save: Save, tmp_path: Path) -> None:
    guarded = f"from pathlib import Path\nassert day > 1 or Path('{tmp_path}/mended').exists()\nx = day"
    save(
        cell("days = [1, 2]", "node:load"),
        cell(guarded, "node:fit", "each:day=days", "tolerate:1"),
        name="parts/etl.ipynb",
    )
    cities = cell("cities = ['rome']", "node:cities")
    etl = cell("y = 1", "node:etl", "each:city=cities", "notebook:parts/etl.ipynb", "out:x")
    done = save(cities, etl, cell("end = x", "node:z", "out:end")).run(progress=False)
    assert done.load("z", "end") == [[2]]
    (tmp_path / "mended").touch()
    mended = done.retry(progress=False)
    assert mended.load("z", "end") == [[1, 2]]
    assert states(mended)["etl[rome]/fit[2]"] == "reused"


def broken(save: Save, source: str) -> Pipeline:
    save(*INNER[:3], cell(source, "node:clean", "after:load"), INNER[4], name="parts/etl.ipynb")
    return save(*OUTER)


def test_a_retry_reuses_the_nodes_within_that_succeeded(save: Save) -> None:
    failed = broken(save, "1 / 0").run(progress=False)
    broken(save, "done = 1")
    mended = failed.retry(progress=False)
    assert states(mended) == {
        "etl": "succeeded", "etl/load": "reused", "etl/clean": "succeeded", "etl/count": "reused", "use": "succeeded",
    }  # fmt: skip
    assert mended["etl/load"].record.source_run_id == failed.run_id


def test_a_node_within_is_retried_by_name_and_keeps_its_siblings(pipeline: Pipeline) -> None:
    done = pipeline.run(progress=False)
    again = done.retry(["etl/clean"], progress=False)
    assert states(again) == {
        "etl": "succeeded", "etl/load": "reused", "etl/clean": "succeeded", "etl/count": "succeeded", "use": "succeeded",
    }  # fmt: skip
    assert again["etl/clean"].reason.startswith("its retry was asked for")


def test_another_parameter_runs_the_nodes_that_read_it(save: Save, pipeline: Pipeline) -> None:
    done = pipeline.run(progress=False)
    save(cell("country = 'fr'", *OUTER[0]["metadata"]["tags"]), OUTER[1])
    again = done.retry(progress=False)
    assert again.load("use", "end") == (["FR!"] * 3, 3, "fr")
    assert states(again)["etl/load"] == "succeeded"


def test_an_edited_notebook_runs_what_changed_in_it_and_below(save: Save, pipeline: Pipeline) -> None:
    done = pipeline.run(progress=False)
    save(*INNER[:4], cell("total = len(rows) * 10", "node:count"), name="parts/etl.ipynb")
    again = done.retry(progress=False)
    assert again.load("use", "end") == (["DE!"] * 3, 30, "de")
    assert states(again)["etl/clean"] == "reused"
    assert states(again)["etl/count"] == "succeeded"


def test_a_name_that_is_newly_asked_for_runs_the_node_that_had_not_stored_it(save: Save) -> None:
    save(*INNER[:4], cell("total = len(rows)\nspare = total + 1", "node:count"), name="parts/etl.ipynb")
    done = save(
        cell("country = 'de'", "node:etl", "notebook:parts/etl.ipynb", "out:total"), cell("print(total)", "node:use")
    ).run(progress=False)
    save(
        cell("country = 'de'", "node:etl", "notebook:parts/etl.ipynb", "out:total", "out:spare"),
        cell("end = (total, spare)", "node:use", "out:end"),
    )
    again = done.retry(progress=False)
    assert again.load("use", "end") == (3, 4)
    assert "asks for `spare`" in again["etl/count"].reason
    assert again["etl/clean"].state.value == "reused"


def test_the_whole_notebook_shows_the_nodes_own_cells(save: Save) -> None:
    save(*INNER, name="parts/etl.ipynb")
    run = save(cell("country = 'de'\nprint('own')", *OUTER[0]["metadata"]["tags"]), OUTER[1]).run(progress=False)
    whole: dict[str, Any] = json.loads(run.write_notebook(run.folder / "whole.ipynb").read_text("utf-8"))
    assert whole["cells"][0]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "own\n"}]


def test_an_object_that_two_names_from_a_notebook_share_is_not_changed_through_one_alone(tmp_path: Path) -> None:
    inner = notebook(
        cell("n = 1", "parameters"), cell("rows = [[n]]", "node:load"), cell("first = rows[0]", "node:take")
    )
    outer = notebook(
        cell("n = 5", "node:sub", "notebook:inner.ipynb", "out:rows", "out:first"),
        cell("first.append(2)", "node:change"),
        cell("print(rows)", "node:show"),
    )
    with pytest.raises(UndeclaredMutation):
        run_pipeline(outer, tmp_path, beside={"inner.ipynb": inner})
