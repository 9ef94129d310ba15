from __future__ import annotations

import pytest

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook

SEEDED = "import random\nimport numpy as np\nrandom.seed(0)\nnp.random.seed(0)"


def found(*cells):
    flow = analyse(read_pipeline(notebook(*cells), "p"))
    return [problem for problem in flow.problems if problem.code == "DO023"]


@pytest.mark.parametrize(
    ("imports", "draw"),
    [
        ("import random", "random.random()"),
        ("import random as r", "r.shuffle([1, 2])"),
        ("from random import random", "random()"),
        ("from random import choice as pick", "pick([1, 2])"),
        ("import numpy", "numpy.random.normal(size=3)"),
        ("import numpy as np", "[np.random.rand() for _ in range(3)]"),
        ("import numpy as np", "sorted([1], key=lambda row: np.random.rand())"),
        ("from numpy import random", "random.rand()"),
        ("from numpy.random import rand", "rand(3)"),
        ("import numpy.random as npr", "list(map(npr.randint, [1, 2]))"),
    ],
)
@pytest.mark.parametrize("is_in_setup", [True, False])
def test_two_nodes_that_draw_from_a_seeded_generator_do_not_continue_one_sequence(imports, draw, is_in_setup):
    shared, own = (imports, "") if is_in_setup else ("", f"{imports}\n")
    nodes = cell(f"{own}x = {draw}", "node:a"), cell(f"{own}y = {draw}", "node:b")
    problems = found(cell(SEEDED, "setup"), cell(shared, "setup"), *nodes)
    assert [problem.node for problem in problems] == ["b"]
    assert "cell 4 (node 'b')" in problems[0].message
    assert "cell 3 (node 'a')" in problems[0].message


@pytest.mark.parametrize(
    ("make", "use"),
    [
        ("def sample():\n    return np.random.rand()", "sample()"),
        ("def draw():\n    return random.random()\ndef sample():\n    return draw()", "sample()"),
        ("sample = lambda: np.random.rand()", "list(map(sample, range(3)))"),
        ("def sample():\n    return np.random.rand()\nalias = sample", "alias()"),
        ("class Model:\n    def fit(self):\n        return random.gauss(0, 1)\nmodel = Model()", "model.fit()"),
        ("from random import shuffle\ndef mix(rows):\n    shuffle(rows)", "mix([1, 2])"),
    ],
)
def test_draws_inside_functions_count_where_they_are_used(make, use):
    setup = cell(f"{SEEDED}\n{make}", "setup")
    assert [one.node for one in found(setup, cell(f"x = {use}", "node:a"), cell(f"y = {use}", "node:b"))] == ["b"]
    assert found(setup, cell(f"x = {use}", "node:a"), cell("y = 1", "node:b")) == []


def test_seeds_inside_a_function_that_setup_calls_count():
    seeding = "import random\ndef seed_everything(seed):\n    random.seed(seed)\nseed_everything(seed)"
    cells = cell("import random\nx = random.random()", "node:a"), cell("import random\ny = random.random()", "node:b")
    assert len(found(cell("seed = 0", "parameters"), cell(seeding, "setup"), *cells)) == 1


@pytest.mark.parametrize(
    "draws",
    [
        ["x = np.random.default_rng(1).normal()", "y = np.random.default_rng(2).normal()"],
        ["x = np.random.RandomState(1).rand()", "y = random.Random(2).random()"],
        ["rng = np.random.default_rng(1)\nx = rng.normal()", "y = rng.normal()"],
        ["x = random.random()", "y = np.random.rand()"],
        ["x = random.random()", "y = 1"],
        ["random = make()\nx = random.random()", "random = make()\ny = random.random()"],
        ["def f(random):\n    return random.random()\nx = f(1)", "y = f(2)"],
    ],
)
def test_generators_of_a_nodes_own_are_fine(draws):
    nodes = [cell(source, f"node:n{index}") for index, source in enumerate(draws)]
    assert found(cell(f"{SEEDED}\nmake = dict", "setup"), *nodes) == []


def test_without_a_seed_every_run_is_different_anyway():
    draws = cell("x = random.random()", "node:a"), cell("y = random.random()", "node:b")
    assert found(cell("import random", "setup"), *draws) == []


def test_setup_may_draw_before_one_node_does():
    setup = cell(f"{SEEDED}\nnoise = random.random()", "setup")
    assert found(setup, cell("x = random.random()", "node:a"), cell("y = noise", "node:b")) == []


def test_setup_below_a_node_that_draws_would_draw_first():
    cells = cell(SEEDED, "setup"), cell("x = random.random()", "node:a"), cell("noise = random.random()", "setup")
    assert [problem.cell_index for problem in found(*cells)] == [2]


def test_a_node_that_seeds_for_itself_has_its_own_sequence():
    again = cell("random.seed(1)\ny = random.random()", "node:b")
    assert found(cell(SEEDED, "setup"), cell("x = random.random()", "node:a"), again) == []


def test_the_cells_of_one_node_continue_one_sequence():
    cells = cell("x = random.random()", "node:a"), cell("y = random.random()", "node:a")
    assert found(cell(SEEDED, "setup"), *cells) == []


def test_each_further_node_is_told_once():
    draws = [cell("x = random.random()", f"node:n{index}") for index in range(3)]
    again = cell("y = random.random()", "node:n2")
    assert [problem.node for problem in found(cell(SEEDED, "setup"), *draws, again)] == ["n1", "n2"]
