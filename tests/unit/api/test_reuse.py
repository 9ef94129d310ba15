from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline, wiring
from jupyter_dataops.config import Settings
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]

LOAD = cell("rows = [3, 1, 2]", "node:load")


def story(load: str = "rows = [3, 1, 2]", top: str = "best = max(rows)", *tags: str) -> list[dict[str, Any]]:
    """load -> top -> report, and alone."""
    return [
        cell("limit = 3\nunused = 1", "parameters"),
        cell(load, "node:load"),
        cell(top, "node:top", *tags),
        cell("print(best)", "node:report"),
        cell("other = limit", "node:alone"),
    ]


def ran(run: Any) -> str:
    """The nodes and checks that ran; everything else was reused."""
    states = {name: one.state.value for name, one in run.nodes.items()}
    assert set(states.values()) <= {"succeeded", "reused"}, states
    return " ".join(name for name, state in states.items() if state == "succeeded")


def changed(pipeline: Pipeline, **parameters: Any) -> Any:
    return pipeline.run(parameters, changed=True, progress=False)


def test_nothing_changed_so_nothing_runs(save: Save) -> None:
    first = save(*story()).run(progress=False)
    again = changed(save(*story()))
    assert ran(again) == ""
    assert again.load("top", "best") == 3
    assert again["load"].reason == f"its result of run {first.run_id} still holds"


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        ("rows = [3, 1, 2]  # a comment", ""),
        ("rows = [3] + [1, 2]", "load"),
        ("rows = [4, 1, 2]", "load top report"),
    ],
)
def test_what_is_below_a_change_runs_as_far_as_contents_differ(save: Save, load: str, expected: str) -> None:
    save(*story()).run(progress=False)
    assert ran(changed(save(*story(load)))) == expected


def test_the_reasons_say_what_changed_and_what_did_not(save: Save) -> None:
    first = save(*story()).run(progress=False)
    again = changed(save(*story("rows = [3] + [1, 2]")))
    assert again["load"].reason.startswith(f"its code changed since run {first.run_id}")
    holds = f"its result of run {first.run_id} still holds"
    assert again["top"].reason == f"{holds}: `load` ran again, and what it reads of that is unchanged"
    third = changed(save(*story("rows = [9]")))
    assert third["top"].reason.startswith(f"`rows` is not what it was in run {first.run_id}")


def test_the_dry_run_tells_what_can_be_told(save: Save) -> None:
    first = save(*story()).run(progress=False)
    plan = save(*story("rows = [3] + [1, 2]")).plan(changed=True)
    assert plan.mode == "changed"
    assert {one.node: (one.action.value, one.reason) for one in plan.decisions} == {
        "load": ("run", f"its code changed since run {first.run_id}"),
        "top": ("run", "`load`, above it, runs: whether its result holds is decided then"),
        "report": ("run", "`top`, above it, runs: whether its result holds is decided then"),
        "alone": ("reuse", f"its result of run {first.run_id} still holds"),
    }


def test_a_full_run_runs_everything_and_its_results_are_found_again(save: Save) -> None:
    save(*story()).run(progress=False)
    assert ran(save(*story()).run(progress=False)) == "load top report alone"
    assert ran(changed(save(*story()))) == ""


def test_only_a_parameter_that_a_node_uses_counts(save: Save) -> None:
    save(*story()).run(progress=False)
    assert ran(changed(save(*story()), unused=2)) == ""
    assert ran(changed(save(*story()), limit=4)) == "alone"


def test_an_older_result_is_found_not_only_the_last(save: Save) -> None:
    first = save(*story()).run(progress=False)
    save(*story("rows = [9]")).run(progress=False)
    again = changed(save(*story()))
    assert ran(again) == ""
    assert again["top"].record.source_run_id == first.run_id


def test_another_notebook_has_its_own_results(save: Save) -> None:
    save(*story()).run(progress=False)
    assert ran(changed(save(*story(), name="other.ipynb"))) == "load top report alone"


def test_what_failed_runs_again(save: Save) -> None:
    failed = save(*story(top="best = max(rows) / 0")).run(progress=False)
    assert failed.state == "failed"
    again = changed(save(*story(top="best = max(rows) / 0")))
    assert {name: one.state.value for name, one in again.nodes.items()} == {
        "load": "reused",
        "top": "failed",
        "report": "upstream_failed",
        "alone": "reused",
    }
    assert ran(changed(save(*story()))) == "top report"


# -- cache:


def test_cache_on_is_reused_in_a_full_run(save: Save) -> None:
    save(*story(*story_tags("cache:on"))).run(progress=False)
    again = save(*story(*story_tags("cache:on"))).run(progress=False)
    assert ran(again) == "load report alone"
    assert "`load` ran again" in again["top"].reason
    assert (
        ran(save(*story("rows = [9]", "best = max(rows)", "cache:on")).run(progress=False)) == "load top report alone"
    )


def story_tags(*tags: str) -> list[str]:
    return ["rows = [3, 1, 2]", "best = max(rows)", *tags]


def test_cache_off_is_never_reused_but_by_a_retry(save: Save) -> None:
    save(*story(*story_tags("cache:off"))).run(progress=False)
    again = changed(save(*story(*story_tags("cache:off"))))
    assert ran(again) == "top"
    assert ran(again.retry(["report"], progress=False)) == "report"


def test_cache_for_a_day_counts_from_the_computation(save: Save, settings: Settings, monkeypatch: Any) -> None:
    notebook = story(*story_tags("cache:1d"))
    save(*notebook).run(progress=False)
    assert ran(save(*notebook).run(progress=False)) == "load report alone"
    assert ran(changed(save(*notebook))) == ""
    later(monkeypatch, timedelta(days=1, minutes=1))
    again = changed(save(*notebook))
    assert ran(again) == "top"
    assert "is older than 1d" in again["top"].reason


def later(monkeypatch: Any, by: timedelta) -> None:
    """Whoever plans and runs has a clock that is ahead by so much."""
    from jupyter_dataops.api import launch

    real = launch.SystemClock

    class Later:
        def now(self) -> Any:
            return real().now() + by

    monkeypatch.setattr(launch, "SystemClock", Later)
    monkeypatch.setattr(wiring, "SystemClock", Later)


def test_what_is_selected_runs_whatever_its_cache_says(save: Save) -> None:
    notebook = story(*story_tags("cache:on"))
    save(*notebook).run(progress=False)
    run = save(*notebook).run(select="top", progress=False)
    assert run["top"].state == "succeeded"
    run = save(*notebook).run(select="top", changed=True, progress=False)
    assert {name: one.state.value for name, one in run.nodes.items()} == {
        "load": "reused",
        "top": "reused",
        "report": "skipped",
        "alone": "skipped",
    }


# -- what must be there


def test_a_result_whose_artifacts_are_gone_is_computed_again(save: Save, settings: Settings) -> None:
    first = save(*story()).run(progress=False)
    shutil.rmtree(Path(settings.store) / "artifacts")
    again = changed(save(*story()))
    assert ran(again) == "load top"
    assert again["load"].reason.startswith(f"its `rows` of run {first.run_id} is no longer in the artifact store")


def test_a_name_that_a_new_reader_needs_is_computed_again(save: Save) -> None:
    save(cell("x = 1\ny = 2", "node:a"), cell("print(x)", "node:b")).run(progress=False)
    again = changed(save(cell("x = 1\ny = 2", "node:a"), cell("print(x)", "node:b"), cell("print(y)", "node:c")))
    assert ran(again) == "a c"
    assert "`y` is needed" in again["a"].reason


def test_a_declared_file_counts(save: Save, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("1")
    notebook = [
        cell(f"from pathlib import Path\nx = Path({str(data)!r}).read_text()", "node:a", "in:data.csv"),
        cell("print(x)", "node:b"),
    ]
    save(*notebook).run(progress=False)
    data.touch()
    assert ran(changed(save(*notebook))) == ""
    data.write_text("2")
    assert ran(changed(save(*notebook))) == "a b"


def test_a_file_that_a_node_makes_must_be_as_it_left_it(save: Save, tmp_path: Path) -> None:
    made = tmp_path / "made.txt"
    notebook = [
        cell("from pathlib import Path", "setup"),
        cell(f"n = Path({str(made)!r}).write_text('one')", "node:a", "out:made.txt"),
        cell(f"x = Path({str(made)!r}).read_text()", "node:b", "in:made.txt"),
        cell("print(x)", "node:c"),
    ]
    save(*notebook).run(progress=False)
    assert ran(changed(save(*notebook))) == ""
    made.write_text("two")
    again = changed(save(*notebook))
    assert ran(again) == "a"
    assert "made.txt is not as it left it" in again["a"].reason
    made.unlink()
    assert ran(changed(save(*notebook))) == "a"


def test_a_file_that_changes_while_the_node_runs_is_not_what_it_was_computed_from(save: Save, tmp_path: Path) -> None:
    data = tmp_path / "data.txt"
    data.write_text("1")
    notebook = [
        cell("from pathlib import Path", "setup"),
        cell(f"file = Path({str(data)!r})\nn = file.write_text(file.read_text() + '1')", "node:a", "in:data.txt"),
    ]
    save(*notebook).run(progress=False)
    assert ran(changed(save(*notebook))) == "a"


def test_a_module_beside_the_notebook_counts_also_through_others(save: Save, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "outer_of_reuse.py").write_text("def f():\n    import inner_of_reuse\n    return 1\n")
    (tmp_path / "inner_of_reuse.py").write_text("a = 1\n")
    notebook = [
        cell("import outer_of_reuse\nimport math", "setup"),
        cell("x = outer_of_reuse.f()", "node:a"),
        cell("y = math.pi", "node:b"),
    ]
    first = save(*notebook).run(progress=False)
    assert ran(changed(save(*notebook))) == ""
    (tmp_path / "inner_of_reuse.py").write_text("a = 2\n")
    again = changed(save(*notebook))
    assert ran(again) == "a"
    assert again["a"].reason.startswith(f"a module that it imports changed since run {first.run_id}")


# -- where nothing can be compared


def test_a_node_after_one_that_ran_runs_since_nothing_tells_that_it_need_not(save: Save) -> None:
    def notebook(first: str) -> list[dict[str, Any]]:
        return [cell(first, "node:a"), cell("print(2)", "node:b", "after:a")]

    save(*notebook("print(1)")).run(progress=False)
    assert ran(changed(save(*notebook("print(1)")))) == ""
    assert ran(changed(save(*notebook("print(3)")))) == "a b"
    assert ran(changed(save(*notebook("print(3)")))) == ""


def test_what_cannot_be_determined_is_never_reused_and_says_so(save: Save, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    notebook = [cell("x = 1", "node:a", "in:data/"), cell("print(x)", "node:b")]
    save(*notebook).run(progress=False)
    again = changed(save(*notebook))
    assert ran(again) == "a"
    assert again["a"].reason.startswith("its files cannot be determined, so that no earlier result of it is used")


def test_a_node_that_handles_a_failure_is_not_replaced_by_an_earlier_run_of_it(save: Save) -> None:
    notebook = [
        cell("1 / 0", "node:a"),
        cell("print('alarm')", "node:alarm", "after:a", "trigger:one_failed"),
    ]
    save(*notebook).run(progress=False)
    again = changed(save(*notebook))
    assert again["alarm"].state == "succeeded"


def test_a_name_that_a_new_reader_would_see_changed_is_watched_first(save: Save) -> None:
    head = [cell("rows = [1]", "node:a"), cell("n = sorted(rows)", "node:b")]
    save(*head, cell("print(n)", "node:c")).run(progress=False)
    again = changed(save(*head, cell("print(n, rows)", "node:c")))
    assert again["b"].state == "succeeded"
    assert "in place" in again["b"].reason


# -- conditions, checks, groups


def test_conditions_are_asked_again(save: Save) -> None:
    def notebook(flag: bool) -> list[dict[str, Any]]:
        return [cell(f"go = {flag}", "node:a"), cell("x = 1", "node:b", "when:go"), cell("print(x)", "node:c")]

    save(*notebook(True)).run(progress=False)
    off = changed(save(*notebook(False)))
    assert [one.state.value for one in off.nodes.values()] == ["succeeded", "skipped", "skipped"]
    assert ran(changed(save(*notebook(True)))) == ""


def checked(test: str, rows: str = "rows = [1]") -> list[dict[str, Any]]:
    return [cell(rows, "node:a"), cell(test, "check:a/good"), cell("print(rows)", "node:b")]


def test_a_check_is_reused_with_its_node_and_runs_alone_when_it_was_edited(save: Save) -> None:
    save(*checked("assert rows")).run(progress=False)
    assert ran(changed(save(*checked("assert rows")))) == ""
    assert ran(changed(save(*checked("assert len(rows)")))) == "check:a/good"


def test_a_result_that_a_check_found_wrong_is_computed_again(save: Save) -> None:
    assert save(*checked("assert not rows")).run(progress=False).state == "failed"
    again = changed(save(*checked("assert not rows")))
    assert [one.state.value for one in again.nodes.values()] == ["succeeded", "failed", "upstream_failed"]


def each(cities: str, score: str = "score = len(city)") -> list[dict[str, Any]]:
    return [
        cell(cities, "node:a"),
        cell(score, "node:s", "each:city=cities"),
        cell("print(score)", "node:b"),
    ]


def test_a_group_is_reused_whole_or_only_its_new_elements_run(save: Save) -> None:
    save(*each("cities = ['Bern', 'Genf']")).run(progress=False)
    again = changed(save(*each("cities = ['Bern', 'Genf']  # same")))
    assert ran(again) == ""
    assert not [one for one in again.nodes.values() if one.record.parent]
    more = changed(save(*each("cities = ['Bern', 'Genf', 'Basel']")))
    assert ran(more) == "a s s[Basel] b"
    assert more.load("s", "score") == [4, 4, 5]
    fewer = changed(save(*each("cities = ['Genf', 'Basel']")))
    assert ran(fewer) == "a s b"


def test_a_group_in_which_something_failed_is_not_taken_for_whole(save: Save) -> None:
    def notebook() -> list[dict[str, Any]]:
        return [
            cell("cities = ['Bern', '']", "node:a"),
            cell("score = 1 / len(city)", "node:s", "each:city=cities", "tolerate:1"),
        ]

    first = save(*notebook()).run(progress=False)
    assert first["s"].state == "succeeded"
    again = changed(save(*notebook()))
    assert {name: one.state.value for name, one in again.nodes.items()}["s[Bern]"] == "reused"
    assert again["s"].state == "succeeded"


def sub(save: Save, inner: str = "y = x + 1", z: str = "z = y * 2", *tags: str) -> Pipeline:
    save(cell("x = 0", "parameters"), cell(inner, "node:one", *tags), cell(z, "node:two"), name="inner.ipynb")
    return save(
        cell("x = 1", "node:a"), cell("x", "node:sub", "notebook:inner.ipynb", "out:z"), cell("print(z)", "node:b")
    )


def test_a_sub_pipeline_is_reused_whole_and_in_parts(save: Save) -> None:
    sub(save).run(progress=False)
    assert ran(changed(sub(save))) == ""
    again = changed(sub(save, z="z = y * 3"))
    assert ran(again) == "sub sub/two b"
    assert again["sub/one"].state == "reused"


def test_what_surrounds_the_nodes_of_a_sub_pipeline_counts(save: Save, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("1")
    sub(save, "y = x + 1", "z = y * 2", "in:data.csv").run(progress=False)
    assert ran(changed(sub(save, "y = x + 1", "z = y * 2", "in:data.csv"))) == ""
    (tmp_path / "data.csv").write_text("2")
    assert ran(changed(sub(save, "y = x + 1", "z = y * 2", "in:data.csv"))) == "sub sub/one"


def test_cache_off_inside_a_sub_pipeline_keeps_it_from_being_reused_whole(save: Save) -> None:
    sub(save, "y = x + 1", "z = y * 2", "cache:off").run(progress=False)
    assert ran(changed(sub(save, "y = x + 1", "z = y * 2", "cache:off"))) == "sub sub/one"


def test_a_retry_of_a_run_that_reused_takes_its_results_as_its_own(save: Save) -> None:
    save(*story()).run(progress=False)
    failed = changed(save(*story(top="best = max(rows) / 0")))
    save(*story(top="best = min(rows)"))
    assert ran(failed.retry(progress=False)) == "top report"


def test_a_file_at_an_address_is_not_known_and_never_taken_for_the_same(save: Save) -> None:
    notebook = [cell("x = 1", "node:a", "in:s3://bucket/rows.csv"), cell("y = 1", "node:b", "out:s3://bucket/out.csv")]
    save(*notebook).run(progress=False)
    assert ran(changed(save(*notebook))) == "a b"


def test_a_file_that_changes_before_the_node_starts_is_not_the_one_it_was_planned_with(
    save: Save, tmp_path: Path
) -> None:
    data = tmp_path / "data.txt"
    data.write_text("1")
    notebook = [
        cell("from pathlib import Path", "setup"),
        cell("x = 1", "node:a"),
        cell(f"x\ny = Path({str(data)!r}).read_text()", "node:b", "in:data.txt"),
    ]
    save(*notebook).run(progress=False)
    edited = [notebook[0], cell("x = 0 + 1", "node:a"), notebook[2]]
    queued = save(*edited).create_run(changed=True)
    data.write_text("2")
    run = queued.execute(progress=False)
    assert ran(run) == "a b"
    assert run["b"].reason.startswith("a file that it reads changed since the run was made")
    assert ran(changed(save(*edited))) == "b", "what it made is remembered under neither content"


def test_why_shows_what_changed_old_and_new(save: Save) -> None:
    save(*story()).run(progress=False)
    again = changed(save(*story("rows = [9]")))
    found = again.changes()
    assert [(node, one.kind.value) for node, ones in found.items() for one in ones] == [
        ("load", "code"),
        ("top", "content"),
        ("report", "content"),
    ]
    assert "+rows = [9]" in found["load"][0].diff
    assert found["top"][0].sentence.startswith("`rows` ")
    assert found["top"][0].old != found["top"][0].new
