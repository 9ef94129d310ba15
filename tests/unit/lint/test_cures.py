from __future__ import annotations

import pytest

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.lint import check_pipeline
from jupyter_dataops.lint.cures import CURED, Cure, cures_of
from jupyter_dataops.lint.models import Diagnostic, Subject
from jupyter_dataops.lint.rules import RULES
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook

OFTEN_NONE = {"DO005", "DO009", "DO020", "DO025"}
"""Codes whose smallest notebook needs more than tags."""


def open_notebook(path):
    cells = cell("day = 0", "parameters"), cell("x = 1", "node:a")
    return read_pipeline(notebook(*cells), path) if path == "sub.ipynb" else None


def checked(cells, language="python") -> tuple[Subject, list[Diagnostic]]:
    spec = read_pipeline(notebook(*[cell(source, *tags) for source, *tags in cells], language=language), "p")
    subject = Subject(spec, analyse(spec), open_notebook)
    return subject, list(check_pipeline(spec, subject.flow, open_notebook))


def cured(cells, cure: Cure):
    ids = [f"c{index}" for index in range(len(cells))]
    return [(one[0], *cure.tags.get(name, one[1:])) for name, one in zip(ids, cells, strict=True)]


def cures(*cells) -> dict[str, list[tuple[str, list[tuple[str, ...]]]]]:
    """Code to titles of its cures, each with all tags of the notebook afterwards."""
    subject, found = checked(cells)
    return {
        one.code: [(cure.title, [tags for _, *tags in cured(cells, cure)]) for cure in cures_of(subject, one)]
        for one in found
    }


@pytest.mark.parametrize("code", sorted(CURED))
def test_each_cure_takes_the_problem_away_from_the_notebook_of_its_rule(code):
    rule = RULES[code]
    subject, found = checked(rule.bad, rule.language)
    for one in (one for one in found if one.code == code):
        offered = cures_of(subject, one)
        assert offered or code in OFTEN_NONE, one
        for cure in offered:
            assert cure.title[0].isupper()
            assert code not in {left.code for left in checked(cured(rule.bad, cure))[1]}, cure


@pytest.mark.parametrize("code", sorted(RULES.keys() - CURED))
def test_what_needs_a_thought_has_no_cure(code):
    subject, found = checked(RULES[code].bad, RULES[code].language)
    assert [cures_of(subject, one) for one in found] == [()] * len(found)


def test_a_misspelt_tag_is_respelled():
    assert cures(("x = 1", "node:a", "time-out:10m")) == {
        "DO010": [("Change to timeout:10m", [["node:a", "timeout:10m"]])]
    }
    assert cures(("x = 1", "node:a", "retry_jitter:ful"))["DO003"] == [
        ("Change to retry_jitter:full", [["node:a", "retry_jitter:full"]])
    ]
    assert cures(("x = 1", "node:a b"))["DO003"] == [("Change to node:a_b", [["node:a_b"]])]


def test_a_value_that_means_nothing_can_only_be_removed():
    assert cures(("x = 1", "node:a", "timeout:soon"))["DO003"] == [("Remove timeout:soon", [["node:a"]])]


def test_an_option_out_of_place_is_removed_and_others_tags_stay():
    assert cures(("x = 1", "setup", "mine", "timeout:1m"), ("y = x", "node:a"))["DO010"] == [
        ("Remove timeout:1m", [["setup", "mine"], ["node:a"]])
    ]


def test_an_unknown_node_is_the_one_spelled_most_alike_or_nobody():
    load = ("df = 1", "node:load")
    assert cures(load, ("1", "node:b", "after:laod"))["DO002"] == [
        ("Change to after:load", [["node:load"], ["node:b", "after:load"]]),
        ("Remove after:laod", [["node:load"], ["node:b"]]),
    ]
    assert cures(load, ("assert df", "check:laod/some"))["DO002"] == [
        ("Change to check:load/some", [["node:load"], ["check:load/some"]])
    ]
    assert cures(load, ("1", "node:b", "after:zzz"))["DO002"] == [("Remove after:zzz", [["node:load"], ["node:b"]])]


def test_of_two_contradicting_tags_either_is_kept():
    assert cures(("x = 1", "node:a", "retries:2"), ("y = x", "retries:3", "mine"))["DO004"] == [
        ("Keep retries:2", [["node:a", "retries:2"], ["mine"]]),
        ("Keep retries:3", [["node:a"], ["retries:3", "mine"]]),
    ]
    assert cures(("x = 1", "node:a", "setup", "mine"))["DO004"] == [
        ("Keep node:a", [["node:a", "mine"]]),
        ("Keep setup", [["setup", "mine"]]),
    ]


def test_a_cell_that_only_sets_state_moves_to_setup_and_the_next_begins_the_node():
    given = (
        ("import random\nrandom.seed(1)", "node:a", "retries:2", "mine"),
        ("x = random.random()",),
        ("y = x", "node:b"),
    )
    assert cures(*given)["DO009"] == [("Move to setup", [["setup", "mine"], ["node:a", "retries:2"], ["node:b"]])]
    amid = ("x = 1", "node:a"), ("import random\nrandom.seed(x and 1)",), ("y = x", "node:b")
    assert cures(*amid)["DO009"] == []


def test_a_cell_that_is_needed_in_its_node_does_not_move():
    assert cures(("import random\nrandom.seed(1)\nx = 2", "node:a"), ("y = x", "node:b"))["DO009"] == []
    assert cures(("import os\nos.chdir('/')", "node:a"), ("1", "node:b", "after:a"))["DO009"] == []


def test_a_variable_is_the_one_spelled_most_alike():
    assert cures(("total = 1", "node:a", "out:totl"))["DO011"] == [
        ("Change to out:total", [["node:a", "out:total"]]),
        ("Remove out:totl", [["node:a"]]),
    ]
    assert cures(("cities = [1]", "node:a"), ("x = city", "node:b", "each:city=citis"))["DO012"][0] == (
        "Change to each:city=cities",
        [["node:a"], ["node:b", "each:city=cities"]],
    )


def test_a_broken_cell_that_continues_another_can_be_left_out():
    assert cures(("x = 1", "node:a"), ("y = = 2",))["DO005"] == [("Leave the cell out: skip", [["node:a"], ["skip"]])]


def test_a_definition_that_each_element_would_make_moves_to_setup():
    given = ("days = [1]", "node:load"), ("def f(x):\n    return x", "node:work", "each:day=days"), ("y = f(day)",)
    assert cures(*given, ("print(f(3))", "node:report"))["DO025"] == [
        ("Move to setup", [["node:load"], ["setup"], ["node:work", "each:day=days"], ["node:report"]])
    ]


def test_an_untagged_notebook_is_tagged_as_proposed():
    assert cures(("import os",), ("rows = os.listdir()",))["DO020"] == [
        ("Tag cells as proposed", [["setup"], ["node:rows"]])
    ]


def test_kales_tags_are_found_as_they_are_written():
    assert cures(("x = 1", "step:a", "prev:zzz"))["DO002"] == [("Remove prev:zzz", [["step:a"]])]
