from __future__ import annotations

import pytest

from jupyter_dataops.engine.conditions import NotMet, Undecidable, first_obstacle
from jupyter_dataops.engine.models import BoundCondition
from jupyter_dataops.ids import NodeName
from jupyter_dataops.spec.models import Condition
from tests.support.coordinated import output

A = NodeName("a")


def bound(variable: str, wanted: bool = True) -> BoundCondition:
    return BoundCondition(Condition(variable, wanted), A)


@pytest.mark.parametrize(("wanted", "truthy", "met"), [(True, True, True), (True, False, False), (False, False, True)])
def test_when_wants_truth_and_unless_the_opposite(wanted: bool, truthy: bool, met: bool) -> None:
    obstacle = first_obstacle([bound("flag", wanted)], {A: {"flag": output("flag", truthy)}})
    assert (obstacle is None) is met


def test_all_conditions_must_be_met() -> None:
    given = {A: {"x": output("x", True), "y": output("y", False)}}
    assert first_obstacle([bound("x"), bound("y")], given) == NotMet("when:y: `y` is false")


def test_a_variable_that_was_not_stored_is_named_with_its_producer() -> None:
    said = Undecidable("when:flag cannot be decided: `a` has stored no `flag`")
    assert first_obstacle([bound("flag")], {}) == said
    assert first_obstacle([bound("flag")], {A: {}}) == said


def test_a_condition_without_an_answer_is_not_hidden_by_one_that_says_no() -> None:
    given = {A: {"x": output("x", False), "df": output("df", None)}}
    assert isinstance(first_obstacle([bound("x"), bound("df")], given), Undecidable)
