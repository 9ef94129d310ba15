"""Children and checks of a run, as a user of Python finds them; without kernels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_dataops import Pipeline, Run
from jupyter_dataops.api.attempts import no_such_node
from jupyter_dataops.errors import NodeNotFound, UsageError
from jupyter_dataops.ids import NodeName, RunId
from tests.support.notebooks import cell, notebook

Save = Callable[..., Pipeline]


@pytest.fixture
def run(save: Save, tmp_path: Path) -> Run:
    inner = notebook(cell("rows = [1]", "node:load"))
    (tmp_path / "inner.ipynb").write_text(json.dumps(inner), "utf-8")
    made = save(
        cell("cities = ['bern', 'genf']\nprint('here')", "node:load"),
        cell("len(cities) == 2", "check:load/two"),
        cell("print(city)", "node:score", "each:city=cities"),
        cell("", "node:etl", "notebook:inner.ipynb"),
    )
    return made.run(progress=False)


def test_children_inner_nodes_and_checks_are_found_by_name(run: Run) -> None:
    assert run["score[bern]"].log == "bern\n"
    assert (run["score[bern]"].key, run["score"].key) == ("bern", None)
    assert [child.node for child in run["score"].children] == ["score[bern]", "score[genf]"]
    assert [child.node for child in run["etl"].children] == ["etl/load"]
    assert (run["check:load/two"].is_check, run["load"].is_check) == (True, False)
    assert run["load"].children == []


def test_each_has_the_cells_of_the_notebook_that_it_is_in(run: Run) -> None:
    assert [one.source for one in run["etl/load"].cells] == ["rows = [1]"]
    assert run["score[bern]"].cells == run["load"].cells == run.snapshot.spec.cells


def test_a_group_has_no_attempt_and_its_error_names_a_child(run: Run) -> None:
    with pytest.raises(UsageError, match="node 'score' has no attempt") as refused:
        run["score"].notebook_path()
    assert refused.value.hint == "it ran as 2 nodes; name one, such as 'score[bern]'"


def test_all_attempts_are_read_at_once(run: Run) -> None:
    attempts = run.get_attempts()
    assert list(attempts) == list(run.nodes)
    assert [len(found) for found in attempts.values()] == [len(run[name].attempts) for name in attempts]


@pytest.mark.parametrize(
    ("wrong", "right"), [("score[brn]", "score[bern]"), ("load/two", "check:load/two"), ("lod", "load")]
)
def test_a_name_that_is_nearly_right_is_mended(run: Run, wrong: str, right: str) -> None:
    with pytest.raises(NodeNotFound) as refused:
        run[wrong]
    assert refused.value.hint == f"did you mean '{right}'?"


def test_a_name_that_is_like_none_lists_the_nodes_of_the_pipeline_alone() -> None:
    names = [NodeName(f"n{n}") for n in range(30)] + [NodeName(f"n1[{n}]") for n in range(1000)]
    hint = no_such_node(RunId("r"), "somewhere else", names).hint
    assert hint.startswith("its nodes: n0, n1, n2")
    assert hint.endswith("n19, ...")
