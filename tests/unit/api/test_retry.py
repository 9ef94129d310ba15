from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.errors import NodeNotFound, UsageError
from jupyter_dataops.ids import NodeName
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]


def story(clean: str = "ok = [row / 0 for row in rows]", **more: str) -> list[dict[str, Any]]:
    """load -> clean -> report, load -> count."""
    return [
        cell("limit = 3", "parameters"),
        cell(more.get("load", "rows = [1, 2]"), "node:load"),
        cell(clean, "node:clean"),
        cell(more.get("count", "n = min(limit, len(rows))"), "node:count"),
        cell("print(ok)", "node:report"),
    ]


def states(run: Any) -> dict[str, str]:
    return {name: node_run.state.value for name, node_run in run.nodes.items()}


def reasons(plan: Any) -> dict[str, str]:
    return {decision.node: decision.reason for decision in plan.decisions}


def actions(plan: Any) -> dict[str, str]:
    return {decision.node: decision.action.value for decision in plan.decisions}


def test_from_failure(save: Save) -> None:
    failed = save(*story()).run(progress=False)
    save(*story(clean="ok = rows"))
    again = failed.retry(progress=False)
    assert states(again) == {"load": "reused", "clean": "succeeded", "count": "reused", "report": "succeeded"}


def test_a_selection_runs_alone_and_what_it_outdates_is_skipped(save: Save) -> None:
    ran = save(*story(clean="ok = rows")).run(progress=False)
    again = ran.retry(select="clean", progress=False)
    assert states(again) == {"load": "reused", "clean": "succeeded", "count": "reused", "report": "skipped"}
    assert again.record.options["mode"] == "selection"
    assert again.record.options["select"] == "clean"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("clean+", "clean report"),
        ("+report", "load clean report"),
        ("count clean", "clean count"),
        ("state:failed", "clean"),
        ("state:failed+", "clean report"),
        ("state:upstream_failed", "clean report"),
        ("state:succeeded", "load count"),
    ],
)
def test_what_a_selection_of_a_failed_run_runs(save: Save, expression: str, expected: str) -> None:
    plan = save(*story()).run(progress=False).plan_retry(select=expression)
    assert " ".join(node for node, action in actions(plan).items() if action == "run") == expected


def test_a_selection_by_a_state_that_nothing_has_is_refused(save: Save) -> None:
    run = save(*story()).run(progress=False)
    with pytest.raises(UsageError, match="nothing in the run is `state:cancelled`"):
        run.plan_retry(select="state:cancelled")


def test_nodes_and_a_selection_exclude_one_another(save: Save) -> None:
    with pytest.raises(UsageError, match="not both"):
        save(*story()).run(progress=False).plan_retry(["clean"], select="count")


def test_an_overridden_parameter_runs_what_reads_it_and_says_old_and_new(save: Save) -> None:
    run = save(*story(clean="ok = rows")).run(progress=False)
    plan = run.plan_retry(parameters={"limit": 1})
    assert actions(plan) == {"load": "reuse", "clean": "reuse", "count": "run", "report": "reuse"}
    assert reasons(plan)["count"] == f"a parameter that it reads changed (`limit`: 3 -> 1) since run {run.run_id}"
    again = run.retry(parameters={"limit": 1}, progress=False)
    assert again.retry(progress=False)["count"].state == "reused"
    assert "(`limit`: 1 -> 2)" in reasons(again.plan_retry(parameters={"limit": 2}))["count"]


def test_a_changed_default_is_told_like_a_given_value(save: Save) -> None:
    run = save(*story(clean="ok = rows")).run(progress=False)
    changed = story(clean="ok = rows")
    changed[0] = cell("limit = 30", "parameters")
    save(*changed)
    assert "(`limit`: 3 -> 30)" in reasons(run.plan_retry())["count"]


def test_an_unknown_node_suggests_a_known_one(save: Save) -> None:
    run = save(*story()).run(progress=False)
    with pytest.raises(NodeNotFound, match="did you mean `clean`"):
        run.plan_retry(["claen"])
    with pytest.raises(UsageError, match="there is no node `claen`"):
        run.plan_retry(select="claen")


def test_a_selection_of_a_new_run_may_be_about_the_last_one(save: Save) -> None:
    pipeline = save(*story())
    pipeline.run(progress=False)
    plan = pipeline.plan(select="state:failed")
    assert actions(plan) == {"load": "reuse", "clean": "run", "count": "skip", "report": "skip"}


def test_without_an_earlier_run_no_node_has_a_state(save: Save) -> None:
    assert set(actions(save(*story()).plan(select="load state:failed")).values()) == {"run", "skip"}


# -- checks


def checked(clean: str = "ok = rows", check: str = "assert min(ok) > 1", *tags: str) -> list[dict[str, Any]]:
    return [
        cell("rows = [1, 2]", "node:load"),
        cell(clean, "node:clean"),
        cell(check, "check:clean/large", *tags),
        cell("print(ok)", "node:report"),
    ]


LARGE = "check:clean/large"


def test_a_failed_check_runs_its_node_again_and_holds_nothing_back_once_it_passes(save: Save) -> None:
    failed = save(*checked()).run(progress=False)
    assert states(failed) == {"load": "succeeded", "clean": "succeeded", LARGE: "failed", "report": "upstream_failed"}
    assert reasons(failed.plan_retry())["clean"] == f"its check `large` failed in run {failed.run_id}"
    save(*checked(clean="ok = [row + 1 for row in rows]"))
    again = failed.retry(progress=False)
    assert states(again) == {"load": "reused", "clean": "succeeded", LARGE: "succeeded", "report": "succeeded"}
    assert set(states(again.retry(progress=False)).values()) == {"reused"}


def test_an_edited_check_runs_alone_on_the_result_that_is_there(save: Save) -> None:
    failed = save(*checked()).run(progress=False)
    save(*checked(check="assert min(ok) > 0"))
    again = failed.retry(progress=False)
    assert states(again) == {"load": "reused", "clean": "reused", LARGE: "succeeded", "report": "succeeded"}


def test_an_edited_check_that_fails_again_holds_back_what_is_below(save: Save) -> None:
    failed = save(*checked()).run(progress=False)
    save(*checked(check="assert min(ok) > 5"))
    again = failed.retry(progress=False)
    assert states(again) == {"load": "reused", "clean": "reused", LARGE: "failed", "report": "upstream_failed"}
    assert again.state == "failed"


def test_a_check_can_be_run_again_by_name(save: Save) -> None:
    warned = save(*checked("ok = rows", "assert min(ok) > 1", "severity:warn")).run(progress=False)
    assert (warned.state, warned[LARGE].state) == ("succeeded", "failed")
    again = warned.retry([LARGE], progress=False)
    assert states(again) == {"load": "reused", "clean": "reused", LARGE: "failed", "report": "reused"}


# -- each


def fanned(score: str = "result = 10 / number") -> list[dict[str, Any]]:
    return [
        cell("numbers = [0, 1, 2]", "node:load"),
        cell(score, "node:score", "each:number=numbers"),
        cell("print(result)", "node:report"),
    ]


def test_children_that_succeeded_are_reused_and_the_failed_one_runs(save: Save) -> None:
    failed = save(*fanned("if number == 0:\n    1 / 0\nresult = number")).run(progress=False)
    assert states(failed)["score[0]"] == "failed"
    again = failed.retry(progress=False)
    assert {name: state for name, state in states(again).items() if "[" in name} == {
        "score[0]": "failed",
        "score[1]": "reused",
        "score[2]": "reused",
    }


def test_one_child_can_be_run_again_by_name(save: Save) -> None:
    ran = save(*fanned("result = number")).run(progress=False)
    again = ran.retry(["score[1]"], progress=False)
    assert states(again) == {
        "load": "reused",
        "score": "succeeded",
        "score[0]": "reused",
        "score[1]": "succeeded",
        "score[2]": "reused",
        "report": "succeeded",
    }
    assert again.record.options["only"] == ["score[1]"]


def test_a_child_of_a_group_that_was_reused_can_be_run_again(save: Save) -> None:
    reused = save(*fanned("result = number")).run(progress=False).retry(progress=False)
    assert states(reused) == {"load": "reused", "score": "reused", "report": "reused"}
    again = reused.retry(["score[1]"], progress=False)
    assert states(again)["score[1]"] == "succeeded"
    assert states(again)["score[0]"] == "reused"


def test_a_selection_by_state_runs_the_children_in_it(save: Save) -> None:
    failed = save(*fanned()).run(progress=False)
    plan = failed.plan_retry(select="state:failed")
    assert plan.only == ("score[0]",)
    assert actions(plan) == {"load": "reuse", "score": "run", "report": "skip"}
    assert reasons(plan)["score"] == "a retry of `score[0]` was asked for"


# -- while the run goes on


def test_a_run_that_has_not_started_or_has_ended_tries_no_node_again(save: Save) -> None:
    pipeline = save(*story())
    queued = pipeline.create_run()
    with pytest.raises(UsageError, match="is queued: it tries no node again"):
        queued.retry_node("clean")
    with pytest.raises(UsageError, match="is failed: it tries no node again"):
        queued.execute(progress=False).retry_node("clean")


def test_a_run_that_goes_on_is_not_retried_as_a_whole(save: Save) -> None:
    seen = []
    run = save(*story()).create_run()

    def look(event: Any) -> None:
        if not seen:
            with pytest.raises(UsageError, match="still running") as caught:
                run.plan_retry()
            seen.append(caught.value.hint)

    run.execute(progress=False, observer=look)
    assert "retry RUN --node NODE" in seen[0]


def test_a_failed_node_is_tried_again_while_its_run_goes_on(save: Save, tmp_path: Any) -> None:
    """The observer, in the runner's own thread, mends the data, and asks for the retry as another process would."""
    data = tmp_path / "data"
    data.write_text("0")
    run = save(
        cell(f"from pathlib import Path\nwhere = {str(data)!r}", "setup"),
        cell("x = 1 / int(Path(where).read_text())", "node:first"),
        cell("y = x", "node:below"),
        cell("z = 1", "node:other"),
    ).create_run()
    asked: list[str] = []

    def ask(event: Any) -> None:
        if type(event).__name__ == "NodeFailed" and not asked:
            data.write_text("4")
            asked.append(reasons(run.plan_retry_node("first"))["first"])
            run.retry_node("first")

    run.execute(progress=False, observer=ask)
    assert asked == ["it is failed, and its retry was asked for"]
    assert states(run) == {"first": "succeeded", "below": "succeeded", "other": "succeeded"}
    assert run["first"].attempt == 2
    assert run.state == "succeeded"
    assert "NodeReopened" in [event.kind for event in run.events()]


def test_what_runs_or_has_ended_well_is_not_tried_again(save: Save) -> None:
    errors: list[str] = []
    run = save(*story(clean="ok = rows")).create_run()

    def ask(event: Any) -> None:
        if type(event).__name__ == "NodeSucceeded" and event.node == "load":
            for node in ("load", "report", "claen"):
                with pytest.raises((UsageError, NodeNotFound)) as caught:
                    run.retry_node(node)
                errors.append(str(caught.value))

    run.execute(progress=False, observer=ask)
    assert "`load` is succeeded" in errors[0]
    assert "what has ended well stays" in errors[0]
    assert "`report` is pending" in errors[1]
    assert "did you mean" in errors[2]


def test_an_edited_cell_is_noticed_though_the_run_keeps_its_own(save: Save) -> None:
    run = save(*story()).run(progress=False)
    assert not run.is_edited_since("clean")
    save(*story(clean="ok = rows"))
    assert run.is_edited_since("clean")
    assert not run.is_edited_since(NodeName("load"))
