"""dbt's operators, over load -> clean -> train -> report, load -> plot -> report, and alone."""

import pytest

from jupyter_dataops.errors import UsageError
from jupyter_dataops.graph.select import select
from jupyter_dataops.states import NodeState
from tests.unit.graph.graphs import CYCLE, graph_of

GRAPH = graph_of("load -r> clean", "clean -k> train", "load -r> plot", "train -m> report", "plot > report", "x > y")
STATES = {"load": NodeState.SUCCEEDED, "clean": NodeState.FAILED, "train": NodeState.UPSTREAM_FAILED}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("clean", "clean"),
        ("+clean", "load clean"),
        ("clean+", "clean train report"),
        ("+train+", "load clean train report"),
        ("1+train", "clean train"),
        ("2+report", "report train plot clean load"),
        ("load+1", "load clean plot"),
        ("0+train", "train"),
        ("clean plot", "clean plot"),
        ("clean  plot\n", "clean plot"),
        ("load+,+train", "load clean train"),
        ("load+,+train,clean+", "clean train"),
        ("clean,plot", ""),
        ("x+ load+1,plot", "x y plot"),
        ("*", "load clean train plot report x y"),
        ("*,+plot", "load plot"),
        ("state:failed", "clean"),
        ("state:failed+", "clean train report"),
        ("+state:failed", "load clean"),
        ("state:upstream_failed", "train"),
        ("state:cancelled", ""),
    ],
)
def test_expression_selects(expression: str, expected: str) -> None:
    assert select(GRAPH, expression, STATES) == set(expected.split())


@pytest.mark.parametrize("expression", ["+a", "a+", "3+c"])
def test_a_cycle_is_walked_once(expression: str) -> None:
    assert select(CYCLE, expression) >= {"a", "b"}


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("claen", "there is no node `claen`", "did you mean `clean`?"),
        ("zzz", "there is no node `zzz`", "the nodes are: load, clean, train, plot, report, x, y"),
        ("state:faild", "`faild` is no state", "did you mean `failed`?"),
        ("state:zzz", "`zzz` is no state", "the states are: pending"),
        ("a-->b", "`a-->b` is no selection", "write NODE"),
        ("clean,", "`` is no selection", "write NODE"),
        ("++clean", "`++clean` is no selection", "write NODE"),
        (" ", "the selection is empty", "the nodes are: load"),
    ],
)
def test_what_means_no_node_is_refused_with_a_hint(expression: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(GRAPH, expression, STATES)
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_a_state_of_a_node_that_the_notebook_no_longer_has_selects_nothing() -> None:
    assert select(GRAPH, "state:failed", {"gone": NodeState.FAILED}) == set()


RUN = {
    **STATES,
    "check:clean/not_null": NodeState.FAILED,
    "train": NodeState.FAILED,
    "train[de, at]": NodeState.FAILED,
    "train[c++]": NodeState.SUCCEEDED,
    "train[us]/fit": NodeState.FAILED,
    "train[us]": NodeState.FAILED,
    "train[us]/check:fit/sane": NodeState.FAILED,
    "gone[x]": NodeState.FAILED,
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("train[c++]", {"train[c++]"}),
        ("train[de, at]", {"train[de, at]"}),
        ("train[de, at] clean", {"train[de, at]", "clean"}),
        ("train[c++]+", {"train[c++]", "report"}),
        ("1+train[c++]", {"train[c++]", "clean"}),
        ("train[us]/fit", {"train[us]/fit"}),
        ("train[us]/check:fit/sane", {"train[us]/check:fit/sane"}),
        ("check:clean/not_null", {"check:clean/not_null"}),
        ("check:clean/not_null+", {"check:clean/not_null", "train", "report"}),
        (
            "state:failed",
            {"clean", "check:clean/not_null", "train[de, at]", "train[us]/fit", "train[us]/check:fit/sane"},
        ),
        ("state:failed,train[de, at]", {"train[de, at]"}),
        ("state:succeeded", {"load", "train[c++]"}),
    ],
)
def test_parts_of_nodes_and_checks_are_selected_by_name_and_state(expression: str, expected: set[str]) -> None:
    assert select(GRAPH, expression, RUN) == expected


def test_an_unknown_part_suggests_a_known_one() -> None:
    with pytest.raises(UsageError) as caught:
        select(GRAPH, "train[c+]", RUN)
    assert caught.value.hint == "did you mean `train[c++]`?"
