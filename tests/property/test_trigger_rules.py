"""Every trigger rule is total, deterministic and monotone."""

from __future__ import annotations

from itertools import combinations_with_replacement, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.engine.trigger_rules import Verdict, tally, verdict, verdict_of
from jupyter_dataops.spec.models import TriggerRule
from jupyter_dataops.states import DONE, NodeState

DONE_STATES = sorted(DONE)
UNDONE_STATES = sorted(set(NodeState) - DONE)
SUCCESS = {NodeState.SUCCEEDED, NodeState.REUSED}
FAILURE = {NodeState.FAILED, NodeState.UPSTREAM_FAILED, NodeState.CANCELLED}

rules = st.sampled_from(TriggerRule)


def holds(rule: TriggerRule, states: tuple[NodeState, ...]) -> bool:
    """What the rule's name says, over upstream that is all done."""
    succeeded = [state in SUCCESS for state in states]
    failed = [state in FAILURE for state in states]
    skipped = [state is NodeState.SKIPPED for state in states]
    return {
        TriggerRule.ALL_SUCCESS: all(succeeded),
        TriggerRule.ALL_FAILED: all(failed),
        TriggerRule.ALL_DONE: True,
        TriggerRule.ALL_SKIPPED: all(skipped),
        TriggerRule.ONE_SUCCESS: any(succeeded),
        TriggerRule.ONE_FAILED: any(failed),
        TriggerRule.ONE_DONE: any(succeeded) or any(failed),
        TriggerRule.NONE_FAILED: not any(failed),
        TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS: not any(failed) and any(succeeded),
        TriggerRule.NONE_SKIPPED: not any(skipped),
        TriggerRule.ALWAYS: True,
    }[rule]


@pytest.mark.parametrize("rule", TriggerRule)
def test_every_rule_means_what_its_name_says_over_every_multiset_of_done_upstream(rule: TriggerRule) -> None:
    for size in range(5):
        for states in combinations_with_replacement(DONE_STATES, size):
            decided = verdict(rule, states)
            assert decided is not Verdict.WAIT, states
            assert (decided is Verdict.RUN) == holds(rule, states), states


@pytest.mark.parametrize("rule", TriggerRule)
def test_the_order_in_which_upstream_ends_never_matters_and_nothing_decided_changes(rule: TriggerRule) -> None:
    for size in range(5):
        for states in combinations_with_replacement((NodeState.REUSED, NodeState.FAILED, NodeState.SKIPPED), size):
            for order in set(permutations(states)):
                seen = [
                    verdict(rule, (*order[:done], *[NodeState.RUNNING] * (size - done))) for done in range(size + 1)
                ]
                decided = [each for each in seen if each is not Verdict.WAIT]
                assert seen[size - len(decided) + 1 :] == decided, "undecided again"
                assert set(decided) == {verdict(rule, states)}, order


@given(rules, st.lists(st.sampled_from(DONE_STATES), max_size=30), st.data())
def test_a_verdict_given_early_is_the_one_at_the_end(
    rule: TriggerRule, states: list[NodeState], data: st.DataObject
) -> None:
    hidden = data.draw(st.lists(st.booleans(), min_size=len(states), max_size=len(states)))
    early = [NodeState.PENDING if hide else state for state, hide in zip(states, hidden, strict=True)]
    assert verdict(rule, early) in {Verdict.WAIT, verdict(rule, states)}


@given(rules, st.lists(st.sampled_from(list(NodeState)), max_size=30))
def test_counting_one_by_one_gives_the_verdict_of_the_whole(rule: TriggerRule, states: list[NodeState]) -> None:
    assert verdict_of(rule, tally(states)) is verdict(rule, reversed(states))


@pytest.mark.parametrize("state", UNDONE_STATES)
def test_only_always_decides_before_any_upstream_is_done(state: NodeState) -> None:
    deciding = {rule for rule in TriggerRule if verdict(rule, [state, state]) is not Verdict.WAIT}
    assert deciding == {TriggerRule.ALWAYS}
