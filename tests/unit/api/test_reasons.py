from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.api.reasons import Present, waits_for
from jupyter_dataops.ids import Digest, NodeName, RunId
from jupyter_dataops.plan.differences import Kind
from jupyter_dataops.records import NodeRunRecord, RunRecord
from jupyter_dataops.states import CheckSeverity, NodeState, RunState
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RUN = RunRecord(RunId("run1"), "/nb.ipynb", Digest("d"), {}, RunState.RUNNING, AT, options={"jobs": 2})


def node(name: str, state: str, **fields: Any) -> NodeRunRecord:
    return NodeRunRecord(RUN.run_id, NodeName(name), 0, state=NodeState(state), **fields)


def waiting(record: NodeRunRecord, *others: NodeRunRecord, upstream: str = "") -> str | None:
    nodes = {one.node: one for one in (record, *others)}
    return waits_for(record, Present.of(RUN, nodes), [NodeName(name) for name in upstream.split()])


# -- what a node waits for


def test_a_pending_node_waits_for_upstream_that_is_not_done() -> None:
    others = [node("a", "running"), node("b", "succeeded"), node("c", "queued")]
    assert waiting(node("d", "pending"), *others, upstream="a b c") == "it waits for `a` (running), `c` (queued)"


def test_of_many_the_first_few_are_named() -> None:
    others = [node(name, "pending") for name in "abcde"]
    assert waiting(node("z", "pending"), *others, upstream="a b c d e") == (
        "it waits for `a` (pending), `b` (pending), `c` (pending) and 2 more"
    )


def test_a_pending_node_waits_for_the_blocking_checks_of_what_is_above() -> None:
    others = [
        node("a", "succeeded"),
        node("check:a/ok", "running", severity=CheckSeverity.ERROR),
        node("check:a/soft", "running", severity=CheckSeverity.WARN),
    ]
    assert waiting(node("b", "pending"), *others, upstream="a") == "it waits for `check:a/ok` (running)"
    soft = node("check:a/soft", "pending", severity=CheckSeverity.WARN)
    assert waiting(soft, *others, upstream="a") == "what it needs is done: the runner is about to decide"


def test_in_a_sub_pipeline_checks_are_those_of_siblings() -> None:
    others = [node("etl/a", "succeeded"), node("etl/check:a/ok", "queued", severity=CheckSeverity.ERROR)]
    found = waiting(node("etl/b", "pending"), *others, upstream="etl/a")
    assert found == "it waits for `etl/check:a/ok` (queued)"


def test_a_queued_node_waits_for_a_slot_that_groups_do_not_take() -> None:
    group = node("g", "running")
    others = [group, node("g[1]", "running", parent=group.node), node("x", "running")]
    assert waiting(node("b", "queued"), *others) == "it waits for a free slot: 2 of 2 are taken"


def test_a_queued_node_that_is_held_waits_for_the_pool_and_its_holder() -> None:
    reason = "pool `gpu` is full: run1 `train` has its slot"
    assert waiting(node("b", "queued", reason=reason)) == reason


def test_a_node_to_be_tried_again_waits_for_an_instant() -> None:
    found = waiting(node("b", "retrying", not_before=AT))
    assert found == f"its next attempt starts not before {AT.astimezone():%H:%M:%S}"


@pytest.mark.parametrize("state", ["running", "succeeded", "failed", "skipped"])
def test_what_is_at_work_or_done_waits_for_nothing(state: str) -> None:
    assert waiting(node("b", state)) is None


def test_in_a_run_that_goes_on_each_node_says_what_it_waits_for(save: Save) -> None:
    run = save(cell("x = 1", "node:a"), cell("y = x", "node:b"), cell("x > 0", "check:a/ok")).create_run()
    seen: list[Any] = []

    def look(event: Any) -> None:
        if type(event).__name__ == "NodeStarted" and event.node == "a":
            seen.append(dict(run.waiting()))

    run.execute(progress=False, observer=look)
    assert seen[0]["b"] == "it waits for `a` (running), `check:a/ok` (pending)"
    assert run.waiting() == {}


# -- what changed


def story(load: str = "rows = [1, 2]", setup: str = "k = 1", use: str = "print(rows, k)") -> list[dict[str, Any]]:
    return [
        cell("n = 3", "parameters"),
        cell(setup, "setup"),
        cell(load, "node:load"),
        cell("m = n", "node:count"),
        cell(use, "node:use"),
    ]


def test_a_retry_says_what_was_edited_old_and_new(save: Save) -> None:
    first = save(*story()).run(progress=False)
    save(*story(load="rows = [1, 2, 3]"))
    again = first.retry(progress=False)
    changes = again.changes()
    assert set(changes) == {"load"}
    [change] = changes["load"]
    assert change.kind is Kind.CODE
    assert change.diff.splitlines()[:2] == [f"--- run {first.run_id}", f"+++ run {again.run_id}"]
    assert change.diff.splitlines()[-2:] == ["-rows = [1, 2]", "+rows = [1, 2, 3]"]


def test_a_parameter_and_setup_are_named_with_old_and_new(save: Save) -> None:
    first = save(*story()).run(progress=False)
    save(*story(setup="k = 2"))
    changes = first.retry(parameters={"n": 4}, progress=False).changes()
    assert {name: [one.sentence for one in found] for name, found in changes.items()} == {
        "count": ["parameter `n` is 4 and was 3"],
        "use": ["setup that it uses was edited: `k`"],
    }


def test_a_variable_that_comes_from_another_node_is_told(save: Save) -> None:
    cells = story()
    first = save(*cells).run(progress=False)
    cells.insert(4, cell("rows = [9]", "node:other"))
    save(*cells)
    [change] = first.retry(progress=False).changes("use")["use"]
    assert change.sentence == "`rows` comes from `other` and came from `load`"


def test_where_an_older_result_was_used_it_says_what_changed_since(save: Save) -> None:
    save(*story()).run(progress=False)
    run = save(*story(load="rows = []")).run(select="use", progress=False)
    assert run["load"].state == "reused"
    assert [one.kind for one in run.changes()["load"]] == [Kind.CODE]


def test_a_run_that_was_compared_with_none_has_no_changes(save: Save) -> None:
    assert save(*story()).run(progress=False).changes() == {}


def test_a_retry_that_only_repeats_has_no_changes(save: Save) -> None:
    failed = save(*story(use="1 / 0")).run(progress=False)
    assert failed.retry(progress=False).changes() == {}
