from __future__ import annotations

from jupyter_dataops.report.tree import FOLD_OVER, rows_of
from jupyter_dataops.states import CheckSeverity, NodeState
from tests.unit.report.made import check, node

MANY = [node(f"score[{n}]", parent="score", position=n) for n in range(FOLD_OVER + 1)]


def shape(*node_runs, **more):
    return [f"{'  ' * row.depth}{row.node_run.node}" for row in rows_of(node_runs, **more)]


def test_children_and_checks_stand_below_their_node() -> None:
    assert shape(
        node("etl", position=0),
        node("etl/clean", parent="etl", position=0),
        check("etl/check:clean/x", NodeState.SUCCEEDED, parent="etl", position=1),
        node("etl/save", parent="etl", position=2),
        check("check:etl/y", NodeState.SUCCEEDED, position=1),
        node("report", position=2),
    ) == ["etl", "  etl/clean", "    etl/check:clean/x", "  etl/save", "  check:etl/y", "report"]


def test_children_that_came_last_stand_in_their_place_all_the_same() -> None:
    late = [node("b", position=1), node("a", position=0), node("a[2]", parent="a", position=1)]
    assert shape(*late, node("a[1]", parent="a", position=0)) == ["a", "  a[1]", "  a[2]", "b"]


def test_a_group_of_twenty_is_shown_whole_and_a_larger_one_folded() -> None:
    assert len(shape(node("score"), *MANY[:-1])) == FOLD_OVER + 1
    (row,) = rows_of([node("score"), *MANY])
    assert (row.is_folded, row.progress, row.children) == (True, (21, 21), {NodeState.SUCCEEDED: 21})


def test_a_folded_group_shows_what_failed_in_it() -> None:
    failed = node("score[3]", NodeState.FAILED, parent="score", position=3)
    inner = node("score[5]/fit", NodeState.FAILED, parent="score[5]")
    found = shape(node("score"), *MANY[:3], failed, *MANY[4:], inner)
    assert found == ["score", "  score[3]", "  score[5]", "    score[5]/fit"]


def test_a_folded_group_shows_only_so_many_failures() -> None:
    failed = [node(f"score[{n}]", NodeState.FAILED, parent="score", position=n) for n in range(500)]
    assert len(shape(node("score"), *failed)) == 1 + FOLD_OVER


def test_checks_within_a_group_do_not_count_as_its_children() -> None:
    warned = check("etl/check:a/x", NodeState.FAILED, CheckSeverity.WARN, parent="etl", position=1)
    (group, *_) = rows_of([node("etl"), node("etl/a", parent="etl"), warned])
    assert group.progress == (1, 1)


def test_what_is_done_counts_as_progress_however_it_ended() -> None:
    states = [NodeState.SUCCEEDED, NodeState.FAILED, NodeState.RUNNING, NodeState.PENDING]
    children = [node(f"a[{n}]", state, parent="a", position=n) for n, state in enumerate(states)]
    assert rows_of([node("a"), *children])[0].progress == (2, 4)


def test_ten_thousand_children_make_rows_at_once() -> None:
    many = [node(f"a[{n}]", parent="a", position=n) for n in range(10_000)]
    assert len(rows_of([node("a"), *many])) == 1


def test_a_group_says_how_many_failed_though_it_tolerated_them() -> None:
    children = [node("a[0]", NodeState.FAILED, parent="a"), node("a[1]", parent="a", position=1)]
    group, failed, _ = rows_of([node("a"), *children])
    assert (group.progress_text, failed.progress_text) == ("2/2, 1 failed", "")
