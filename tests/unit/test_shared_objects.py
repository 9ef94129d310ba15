"""Objects that names of several nodes share: *Run All* and the pipeline agree, or the pipeline says why not."""

from __future__ import annotations

import random

import pytest

from jupyter_dataops.errors import UndeclaredMutation
from tests.support.notebooks import cell, notebook
from tests.support.one_kernel import run_all, run_nodes

PART = (
    cell("data = {'train': [1]}", "node:load"),
    cell("train = data['train']", "node:split"),
)


def refused(*cells, seed: int, folder) -> str:
    made = notebook(*cells)
    run_all(made)
    with pytest.raises(UndeclaredMutation) as error:
        run_nodes(made, folder, random.Random(seed))
    return str(error.value)


@pytest.mark.parametrize("seed", range(4))
def test_a_part_handed_on_by_one_node_and_changed_through_the_whole_by_another(tmp_path, seed):
    unseen = cell("data['train'].append(2)", "node:grow")
    assert "'data'" in refused(*PART, unseen, cell("result = len(train)", "node:report"), seed=seed, folder=tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_with_a_change_that_can_be_seen_in_the_code(tmp_path, seed):
    seen = cell("data['train'][0] = 2", "node:grow")
    assert "'train'" in refused(*PART, seen, cell("result = train[0]", "node:report"), seed=seed, folder=tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_an_object_of_setup_under_another_name(tmp_path, seed):
    cells = (cell("kept = [1]", "setup"), cell("alias = kept", "node:a"), cell("kept.append(2)", "node:b"))
    assert "'kept'" in refused(*cells, cell("result = len(alias)", "node:c"), seed=seed, folder=tmp_path)


def test_a_change_within_the_reader_of_both(tmp_path):
    both = cell("train.append(2)\nresult = len(data['train'])", "node:use")
    assert "'train'" in refused(*PART, both, seed=0, folder=tmp_path)


def test_a_change_that_nobody_else_could_see_is_fine(tmp_path):
    made = notebook(*PART, cell("own = [*train]\nown.append(2)\nresult = len(own) + len(data)", "node:use"))
    assert run_nodes(made, tmp_path)["result"] == run_all(made)["result"] == 3


def test_names_of_one_node_that_are_one_object_come_back_as_one(tmp_path):
    made = notebook(cell("a = [1]\nb = a", "node:x"), cell("b.append(2)\nresult = (len(a), a is b)", "node:y"))
    assert run_nodes(made, tmp_path)["result"] == run_all(made)["result"] == (2, True)
