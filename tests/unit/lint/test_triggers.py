from itertools import combinations_with_replacement

import pytest

from jupyter_dataops.engine.trigger_rules import Verdict, verdict
from jupyter_dataops.lint.triggers import HOLDS, End
from jupyter_dataops.spec.models import Severity, TriggerRule
from jupyter_dataops.states import NodeState
from tests.support.notebooks import cell, notebook
from tests.unit.lint.flows import check, codes


@pytest.mark.parametrize("rule", TriggerRule)
def test_the_rules_hold_exactly_when_the_engine_runs_the_node(rule):
    for count in range(4):
        for ends in combinations_with_replacement(End, count):
            runs = verdict(rule, [NodeState(end) for end in ends]) is Verdict.RUN
            assert HOLDS[rule](frozenset(ends)) == runs, ends


NEEDS_ONE = {
    TriggerRule.ONE_SUCCESS,
    TriggerRule.ONE_FAILED,
    TriggerRule.ONE_DONE,
    TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
}


@pytest.mark.parametrize("rule", TriggerRule)
def test_a_rule_that_asks_for_one_never_holds_without_upstream(rule):
    found = check(notebook(cell("x = 1", "node:a"), cell("y = 1", f"trigger:{rule}", "node:b")))
    assert [one.code for one in found] == (["DO014"] if rule in NEEDS_ONE else [])
    assert all(one.severity is Severity.ERROR and one.cell_index == 1 and "no upstream" in one.message for one in found)


@pytest.mark.parametrize("rule", sorted(set(TriggerRule) - {TriggerRule.ALL_SKIPPED}))
def test_below_an_ordinary_node_every_rule_but_all_skipped_can_hold(rule):
    assert codes(notebook(cell("x = 1", "node:a"), cell("y = x", "node:b", f"trigger:{rule}")), ("a", "b")) == []


def test_all_skipped_below_a_node_that_is_never_skipped_is_a_warning():
    (found,) = check(notebook(cell("x = 1", "node:a"), cell("y = x", "node:b", "trigger:all_skipped")), ("a", "b"))
    assert (found.code, found.severity, found.node) == ("DO014", Severity.WARNING, "b")


def test_a_node_whose_upstream_may_only_fail_is_never_skipped():
    given = notebook(cell("x", "node:a"), cell("y", "node:b"), cell("z", "node:c", "trigger:all_skipped"))
    assert codes(given, ("a", "b"), ("b", "c")) == ["DO014"]


def test_all_skipped_can_hold_below_a_condition():
    given = notebook(
        cell("x = 1", "node:a"),
        cell("y = x", "node:b", "when:x"),
        cell("z", "node:c"),
        cell("w", "node:d", "trigger:all_skipped"),
    )
    assert codes(given, ("a", "b"), ("b", "c"), ("c", "d")) == []


def test_all_skipped_can_hold_below_a_rule_that_may_not_hold():
    given = notebook(
        cell("x = 1", "node:a"), cell("y", "node:b", "trigger:one_failed"), cell("w", "node:d", "trigger:all_skipped")
    )
    assert codes(given, ("a", "b"), ("b", "d")) == []


def test_opposite_conditions_on_one_variable_can_never_hold():
    (found,) = check(notebook(cell("x = 1", "node:a"), cell("y", "node:b", "when:x", "unless:x")), ("a", "b"))
    assert found.code == "DO014"
    assert "'when:x'" in found.message
    assert "'unless:x'" in found.message


def test_different_conditions_are_fine():
    assert codes(notebook(cell("x = y = 1", "node:a"), cell("y", "node:b", "when:x", "unless:y")), ("a", "b")) == []


def test_in_a_cycle_only_the_cycle_is_reported():
    given = notebook(cell("x", "node:a"), cell("y", "node:b", "trigger:all_skipped"))
    assert codes(given, ("a", "b"), ("b", "a")) == ["DO001"]


def test_many_upstream_nodes_are_no_trouble():
    upstream = [f"n{number}" for number in range(300)]
    given = notebook(*[cell("x", f"node:{name}") for name in upstream], cell("y", "node:last", "trigger:all_failed"))
    assert codes(given, *[(name, "last") for name in upstream]) == []
