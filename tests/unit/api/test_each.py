"""``each:`` nodes, run by the real engine over real stores, without kernels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.errors import UndeclaredMutation
from jupyter_dataops.states import FailureCause, RunState
from tests.support.notebooks import cell, notebook
from tests.support.one_kernel import run_all, run_pipeline

Save = Callable[..., Pipeline]

SCORE = cell("score = [city.upper(), len(base)]\nsize = len(city)", "node:score", "each:city=cities")
REPORT = cell("report = (score, size)\nprint(report)", "node:report", "out:report")


def load(cities: str) -> dict[str, Any]:
    return cell(f"cities = {cities}\nbase = [1, 2]", "node:load")


def states(run: Run) -> dict[str, str]:
    return {name: node.state.value for name, node in run.nodes.items()}


def children(run: Run, group: str = "score") -> dict[str | None, str]:
    """Key to state."""
    return {node.record.key: node.state.value for node in run.nodes.values() if node.record.parent == group}


def test_the_node_runs_for_each_element_and_hands_on_lists_in_order(save: Save) -> None:
    run = save(load("['berlin', 'rome']"), SCORE, REPORT).run(progress=False)
    assert states(run) == {
        "load": "succeeded",
        "score": "succeeded",
        "score[berlin]": "succeeded",
        "score[rome]": "succeeded",
        "report": "succeeded",
    }
    assert run.load("report", "report") == ([["BERLIN", 2], ["ROME", 2]], [6, 4])
    assert run.load("score[rome]", "score") == ["ROME", 2]
    assert run["score"].record.attempt == 0


@pytest.mark.parametrize(
    ("cities", "keys"),
    [
        ("{'de': 1, 'us': 2}", ["de", "us"]),
        ("['a', 'b', 'a']", ["a", "b", "a#2"]),
        ("[(1, 'a'), (2, 'b')]", ["1,a", "2,b"]),
        ("'xyz'", ["x", "y", "z"]),
    ],
)
def test_elements_are_those_of_a_for_loop(save: Save, cities: str, keys: list[str]) -> None:
    run = save(load(cities), cell("seen = item", "node:each", "each:item=cities"), cell("print(seen)")).run(
        progress=False
    )
    assert list(children(run, "each")) == keys
    expected: dict[str, Any] = {}
    exec(f"expected = [item for item in {cities}]", expected)
    run = save(
        load(cities), cell("seen = item", "node:each", "each:item=cities"), cell("end = seen", "node:z", "out:end")
    )
    assert run.run(progress=False).load("z", "end") == expected["expected"]


def test_an_empty_list_skips_the_node_and_what_needs_it(save: Save) -> None:
    run = save(load("[]"), SCORE, REPORT).run(progress=False)
    assert states(run) == {"load": "succeeded", "score": "skipped", "report": "skipped"}
    assert run.state is RunState.SUCCEEDED


def test_three_hundred_elements(save: Save) -> None:
    run = save(load("[f'c{i}' for i in range(300)]"), SCORE, REPORT).run(progress=False)
    assert run.state is RunState.SUCCEEDED
    assert len(run.nodes) == 303
    assert run.load("report", "report")[1] == [len(f"c{i}") for i in range(300)]


def test_nested_groups_run_over_what_a_group_handed_on(save: Save) -> None:
    run = save(
        load("['berlin', 'rome']"),
        SCORE,
        cell("twice = 2 * n", "node:twice", "each:n=size"),
        cell("print(twice)", "node:z"),
    ).run(progress=False)
    assert run.load("twice", "twice") == [12, 8]
    assert list(children(run, "twice")) == ["berlin", "rome"], "an element keeps the key of the child that made it"


def test_every_child_starts_from_the_state_above_the_node(save: Save) -> None:
    run = save(
        load("['a', 'b']"),
        cell("own = list(base)\nown.append(city)", "node:score", "each:city=cities"),
        cell("end = (own, base)", "node:z", "out:end"),
    ).run(progress=False)
    assert run.load("z", "end") == ([[1, 2, "a"], [1, 2, "b"]], [1, 2])


FAILING = cell("assert city != 'rome', city\nscore = city", "node:score", "each:city=cities")


def test_a_failing_child_fails_the_group_and_not_its_siblings(save: Save) -> None:
    run = save(load("['berlin', 'rome', 'oslo']"), FAILING, cell("print(score)", "node:z")).run(progress=False)
    assert children(run) == {"berlin": "succeeded", "rome": "failed", "oslo": "succeeded"}
    assert states(run)["score"] == "failed"
    assert states(run)["z"] == "upstream_failed"
    assert run.state is RunState.FAILED
    failure = run["score[rome]"].failure
    assert failure is not None
    assert failure.ename == "AssertionError"


def test_failures_within_the_tolerance_are_left_out_of_the_lists(save: Save) -> None:
    tolerant = cell(FAILING["source"], "node:score", "each:city=cities", "tolerate:1")
    run = save(load("['berlin', 'rome', 'oslo']"), tolerant, cell("end = score", "node:z", "out:end")).run(
        progress=False
    )
    assert states(run)["score"] == "succeeded"
    assert run.load("z", "end") == ["berlin", "oslo"]


def test_where_all_may_fail_and_do_the_lists_are_empty(save: Save) -> None:
    failing = cell("score = 1 / 0", "node:score", "each:city=cities", "tolerate:100%")
    run = save(load("['berlin', 'rome']"), failing, cell("end = score", "node:z", "out:end")).run(progress=False)
    assert run.load("z", "end") == []


def test_a_child_is_tried_again_by_itself(save: Save, tmp_path: Path) -> None:
    flaky = cell(
        f"from pathlib import Path\nmark = Path('{tmp_path}') / city\n"
        "if city == 'rome' and not mark.exists():\n    mark.touch()\n    raise ValueError(city)\nscore = city",
        "node:score", "each:city=cities", "retries:1",
    )  # fmt: skip
    run = save(load("['berlin', 'rome']"), flaky).run(progress=False)
    assert [run[f"score[{key}]"].attempt for key in ("berlin", "rome")] == [1, 2]
    assert states(run)["score"] == "succeeded"


def test_a_name_that_only_some_children_bind_is_no_list(save: Save) -> None:
    """Where analysis cannot see it: what it sees is a diagnostic."""
    source = "import sys\nscore = city\nif city == 'berlin':\n    sys.modules['__main__'].__dict__.pop('score')"
    some = cell(source, "node:score", "each:city=cities", "out:score")
    run = save(load("['berlin', 'rome']"), some, cell("print(1)", "node:z", "after:score")).run(progress=False)
    failure = run["score"].failure
    assert failure is not None
    assert failure.cause is FailureCause.CONFIG_INVALID
    assert "`score[berlin]` has bound no 'score'" in failure.evalue


def test_the_notebook_of_a_child_shows_its_element(save: Save) -> None:
    run = save(load("['berlin']"), SCORE, REPORT).run(progress=False)
    text = run["score[berlin]"].notebook_path().read_text("utf-8")
    assert 'city = __dataops__.load(\\"cities\\"' in text
    assert "# element berlin" in text


def test_an_element_changed_in_place_is_refused_where_somebody_else_reads_the_whole(save: Save) -> None:
    changing = cell("row.update(n=1)\ndone = row", "node:score", "each:row=rows")
    load_rows = cell("rows = [{'n': 0}, {'n': 5}]", "node:load")
    fine = save(load_rows, changing, cell("end = done", "node:z", "out:end")).run(progress=False)
    assert fine.load("z", "end") == [{"n": 1}, {"n": 1}]
    seen = save(load_rows, changing, cell("print(done, rows)", "node:z")).run(progress=False)
    assert children(seen) == dict.fromkeys(children(seen), "failed")
    failure = next(node.failure for node in seen.nodes.values() if node.record.key)
    assert failure is not None
    assert failure.ename == UndeclaredMutation.__name__


def test_an_element_that_shares_an_object_with_another_is_not_changed_in_place(save: Save) -> None:
    shared = cell("one = {'n': 0}\nrows = [one, one]", "node:load")
    run = save(shared, cell("row.update(n=1)\ndone = row", "node:score", "each:row=rows")).run(progress=False)
    assert set(children(run).values()) == {"failed"}


def test_a_node_that_cannot_be_iterated_over_fails_where_it_is_bound(save: Save) -> None:
    run = save(load("5"), SCORE, REPORT).run(progress=False)
    failure = run["load"].failure
    assert failure is not None
    assert "no elements for 'each:'" in failure.evalue
    assert "'score' would read it" in failure.evalue


# -- retries


def test_a_retry_runs_the_child_that_failed_and_reuses_the_others(save: Save, tmp_path: Path) -> None:
    guarded = cell(
        f"from pathlib import Path\nassert city != 'rome' or Path('{tmp_path}/mended').exists()\nscore = city",
        "node:score", "each:city=cities",
    )  # fmt: skip
    cells = [load("['berlin', 'rome']"), guarded, cell("end = score", "node:z", "out:end")]
    failed = save(*cells).run(progress=False)
    (tmp_path / "mended").touch()
    mended = failed.retry(progress=False)
    assert children(mended) == {"berlin": "reused", "rome": "succeeded"}
    assert mended.load("z", "end") == ["berlin", "rome"]
    assert mended["score[berlin]"].record.source_run_id == failed.run_id
    assert "failed in run" in mended["score[rome]"].reason


def tolerant(save: Save, tmp_path: Path) -> Pipeline:
    source = f"from pathlib import Path\nassert city != 'rome' or Path('{tmp_path}/mended').exists()\nscore = city"
    end = cell("end = score", "node:z", "out:end")
    return save(load("['berlin', 'rome']"), cell(source, "node:score", "each:city=cities", "tolerate:1"), end)


def test_a_retry_runs_the_child_whose_failure_was_tolerated(save: Save, tmp_path: Path) -> None:
    done = tolerant(save, tmp_path).run(progress=False)
    assert (done.state, states(done)["score"]) == (RunState.SUCCEEDED, "succeeded")
    (tmp_path / "mended").touch()
    mended = done.retry(progress=False)
    assert children(mended) == {"berlin": "reused", "rome": "succeeded"}
    assert mended.load("z", "end") == ["berlin", "rome"]
    planned = {one.node: one.reason for one in done.plan_retry().decisions}
    assert planned["score"] == f"1 of its elements failed in run {done.run_id} (tolerated)"


def test_a_tolerated_failure_is_found_by_its_state(save: Save, tmp_path: Path) -> None:
    done = tolerant(save, tmp_path).run(progress=False)
    (tmp_path / "mended").touch()
    assert children(done.retry(select="state:failed", progress=False)) == {"berlin": "reused", "rome": "succeeded"}


def test_what_was_tolerated_does_for_a_node_that_is_asked_for_below(save: Save, tmp_path: Path) -> None:
    done = tolerant(save, tmp_path).run(progress=False)
    below = done.retry(["z"], progress=False)
    assert states(below)["score"] == "reused"
    (tmp_path / "mended").touch()
    assert children(below.retry(progress=False)) == {"berlin": "reused", "rome": "succeeded"}


def test_an_edited_cell_runs_for_every_element(save: Save) -> None:
    failed = save(load("['berlin', 'rome']"), FAILING).run(progress=False)
    save(load("['berlin', 'rome']"), cell("score = city", "node:score", "each:city=cities"))
    mended = failed.retry(progress=False)
    assert children(mended) == {"berlin": "succeeded", "rome": "succeeded"}
    assert "its code changed" in mended["score[berlin]"].reason


def test_retrying_one_child_by_name_after_an_edit_keeps_the_others_and_says_so(save: Save) -> None:
    failed = save(load("['berlin', 'rome']"), FAILING).run(progress=False)
    save(load("['berlin', 'rome']"), cell("score = city + '!'", "node:score", "each:city=cities"))
    mended = failed.retry(["score[rome]"], progress=False)
    assert children(mended) == {"berlin": "reused", "rome": "succeeded"}
    assert "although its code changed" in mended["score[berlin]"].reason
    assert mended["score[rome]"].reason.startswith("its retry was asked for")


def test_a_group_asked_for_by_name_runs_for_every_element(save: Save) -> None:
    done = save(load("['berlin', 'rome']"), SCORE, REPORT).run(progress=False)
    assert set(children(done.retry(["score"], progress=False)).values()) == {"succeeded"}


def test_a_changed_list_runs_only_what_is_new_in_it(save: Save) -> None:
    done = save(load("['berlin', 'rome']"), SCORE, REPORT).run(progress=False)
    save(load("['oslo', 'rome']"), SCORE, REPORT)
    again = done.retry(progress=False)
    assert children(again) == {"oslo": "succeeded", "rome": "reused"}
    assert again.load("report", "report")[1] == [4, 4]


def test_a_changed_element_under_the_same_key_runs(save: Save) -> None:
    use = cell("twice = 2 * x", "node:score", "each:x=xs")
    done = save(cell("xs = [1, 2]", "node:load"), use, cell("print(twice)", "node:z")).run(progress=False)
    save(cell("xs = ['1', 2]", "node:load"), use, cell("print(twice)", "node:z"))
    again = done.retry(progress=False)
    assert children(again) == {"1": "succeeded", "2": "reused"}
    assert again["score[1]"].reason.startswith("its element changed")
    assert again.load("score", "twice") == ["11", 4]


def test_a_change_of_what_all_children_read_runs_them_all(save: Save) -> None:
    use = cell("n = len(base)", "node:score", "each:city=cities")
    done = save(load("['a', 'b']"), use, cell("print(n)", "node:z")).run(progress=False)
    save(cell("cities = ['a', 'b']\nbase = [1]", "node:load"), use, cell("print(n)", "node:z"))
    again = done.retry(progress=False)
    assert children(again) == {"a": "succeeded", "b": "succeeded"}
    assert "a value that it reads changed" in again["score[a]"].reason


def test_what_is_run_over_since_is_stored_anew_element_by_element(save: Save) -> None:
    done = save(load("['a', 'b']"), cell("print(cities)", "node:z")).run(progress=False)
    save(
        load("['a', 'b']"),
        cell("big = city.upper()", "node:score", "each:city=cities", "out:big"),
        cell("print(cities)", "node:z"),
    )
    again = done.retry(progress=False)
    assert states(again)["load"] == "succeeded"
    assert "`score` runs for each element of `cities`" in again["load"].reason
    assert again.load("score", "big") == ["A", "B"]


def test_children_of_a_reused_group_are_found_again(save: Save) -> None:
    first = save(load("['berlin', 'rome']"), SCORE, REPORT).run(progress=False)
    second = first.retry(["report"], progress=False)
    assert states(second)["score"] == "reused"
    third = second.retry(["score[rome]"], progress=False)
    assert children(third) == {"berlin": "reused", "rome": "succeeded"}
    assert third["score[berlin]"].record.source_run_id == first.run_id


def test_the_whole_notebook_shows_the_outputs_of_the_children_in_order(save: Save) -> None:
    cells = [load("['berlin', 'rome']"), cell("print('at', city)", "node:score", "each:city=cities")]
    run = save(*cells, cell("print(1)", "node:z")).run(progress=False)
    one_again = run.retry(["score[rome]"], progress=False)
    for shown in (run, one_again, one_again.retry(["z"], progress=False)):
        path = shown.write_notebook(shown.folder / "whole.ipynb")
        outputs = json.loads(path.read_text("utf-8"))["cells"][1]["outputs"]
        text = "".join(output["text"] for output in outputs)
        assert text == "--- score[berlin]\nat berlin\n--- score[rome]\nat rome\n"


# -- the same as the loop in one kernel


def test_results_are_those_of_the_loop_in_one_kernel(tmp_path: Path) -> None:
    setup = cell("import math\ndef area(r):\n    return round(math.pi * r * r, 3)", "setup")
    made = cell("radii = [1, 2, 3]\nlabels = {1: 'one', 2: 'two', 3: 'three'}", "node:load")
    body = "label = labels[r]\nring = {'label': label, 'area': area(r)}"
    end = cell("end = (label, [one['area'] for one in ring])", "node:z", "out:end")
    loop = "label_, ring_ = [], []\nfor r in radii:\n" + "".join(f"    {line}\n" for line in body.splitlines())
    loop += "    label_.append(label)\n    ring_.append(ring)\nlabel, ring = label_, ring_"
    expected = run_all(notebook(setup, made, cell(loop), end))["end"]
    found = run_pipeline(notebook(setup, made, cell(body, "node:each", "each:r=radii"), end), tmp_path)
    assert found.load("z", "end") == expected


def test_what_a_child_hands_on_together_is_one_object_below(tmp_path: Path) -> None:
    made = notebook(
        cell("names = ['a', 'b']", "node:load"),
        cell("row = [name]\nholder = {'row': row}", "node:each", "each:name=names"),
        cell("end = [h['row'] is r for h, r in zip(holder, row)]\napart = row[0] is not row[1]", "node:z"),
    )
    last = run_pipeline(made, tmp_path).last
    assert last["end"] == [True, True]
    assert last["apart"] is True


def test_a_whole_list_handed_on_and_an_element_of_it_are_watched_as_one(tmp_path: Path) -> None:
    made = notebook(
        cell("names = ['a', 'b']", "node:load"),
        cell("row = [name]\nholder = {'row': row}", "node:each", "each:name=names"),
        cell("row[0].append('changed')", "node:change"),
        cell("print(holder)", "node:z"),
    )
    with pytest.raises(UndeclaredMutation):
        run_pipeline(made, tmp_path)
