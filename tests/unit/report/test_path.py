from __future__ import annotations

from jupyter_dataops.ids import NodeName
from jupyter_dataops.report.models import RunPage
from jupyter_dataops.report.path import durations_s, path_of
from jupyter_dataops.states import CheckSeverity, NodeState
from tests.unit.report.made import a_page, at, attempt, check, node, ran

DONE, ERROR, WARN = NodeState.SUCCEEDED, CheckSeverity.ERROR, CheckSeverity.WARN


def names(page: RunPage) -> list[str]:
    return [name for name, _ in path_of(page)]


def a_check(name: str, severity: CheckSeverity, start: float, end: float):
    return check(name, DONE, severity, started_at=at(start), finished_at=at(end), attempt=1)


def test_it_is_the_longest_chain_in_seconds() -> None:
    nodes = [ran("a", 0, 6), ran("b", 6, 8), ran("c", 6, 7)]
    assert path_of(a_page(*nodes, edges=["a -x> b", "a -x> c"])) == [("a", 6.0), ("b", 2.0)]


def test_it_leads_through_the_longest_child_and_not_through_the_wait_for_slots() -> None:
    """The children of the group took 2 s each, one after the other; with two slots `b` would have been the longer."""
    children = [ran(f"g[{n}]", 1 + 2 * n, 3 + 2 * n, parent="g", key=str(n), position=n) for n in range(3)]
    group = ran("g", 1, 7, attempt=0)
    page = a_page(
        ran("a", 0, 1), group, *children, ran("b", 1, 4), ran("z", 7, 8), edges=["a > g", "a > b", "g > z", "b > z"]
    )
    assert names(page) == ["a", "b", "z"]


def test_what_is_below_a_group_waits_for_all_of_its_children() -> None:
    children = [ran("g[0]", 0, 5, parent="g", key="0"), ran("g[1]", 0, 2, parent="g", key="1")]
    assert names(a_page(ran("g", 0, 5, attempt=0), *children, ran("z", 5, 6), edges=["g > z"])) == ["g[0]", "z"]


def test_a_sub_pipeline_has_its_own_attempt_and_then_its_nodes_in_order() -> None:
    page = a_page(
        ran("etl", 0, 1, parameters={}),
        ran("etl/a", 1, 3, parent="etl"),
        ran("etl/b", 3, 4, parent="etl"),
        ran("etl/c", 1, 2, parent="etl"),
        ran("z", 4, 5),
        edges=["etl > z"],
        upstream={NodeName("etl/b"): ["etl/a"]},
    )
    assert names(page) == ["etl", "etl/a", "etl/b", "z"]


def test_a_blocking_check_holds_up_what_is_below_its_node_and_a_warning_does_not() -> None:
    def page(severity: CheckSeverity) -> RunPage:
        return a_page(
            ran("a", 0, 1),
            a_check("check:a/x", severity, 1, 3),
            ran("b", 3, 6),
            edges=["a -x> b"],
            upstream={NodeName("check:a/x"): ["a"]},
        )

    assert names(page(ERROR)) == ["a", "check:a/x", "b"]
    assert names(page(WARN)) == ["a", "b"]


def test_one_check_does_not_wait_for_another() -> None:
    checks = [a_check("check:a/x", ERROR, 1, 3), a_check("check:a/y", ERROR, 1, 4)]
    page = a_page(ran("a", 0, 1), *checks, upstream={one.node: ["a"] for one in checks})
    assert names(page) == ["a", "check:a/y"]


def test_all_attempts_count_and_waiting_between_them_does_not() -> None:
    tried = {NodeName("a"): [attempt("a", 1, 0, 3), attempt("a", 2, 5, 9)]}
    assert durations_s(a_page(ran("a", 5, 9, attempt=2), attempts=tried)) == {"a": 7}


def test_what_runs_counts_up_to_now() -> None:
    tried = {NodeName("a"): [attempt("a", 1, 18, None)]}
    assert durations_s(a_page(node("a", NodeState.RUNNING), attempts=tried)) == {"a": 2}


def test_a_reused_node_took_no_time() -> None:
    page = a_page(ran("a", -50, -20, NodeState.REUSED, source_run_id="fgh2345678"))
    assert (durations_s(page), path_of(page)) == ({"a": 0}, [])
