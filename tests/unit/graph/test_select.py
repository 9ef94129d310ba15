from __future__ import annotations

import networkx as nx
import pytest

from jupyter_dataops.errors import UsageError
from jupyter_dataops.graph.select import select
from jupyter_dataops.states import NodeState

GRAPH = nx.DiGraph([("load", "clean"), ("clean", "train"), ("train", "report"), ("load", "plot")])
STATES = {"train": NodeState.FAILED, "report": NodeState.UPSTREAM_FAILED, "gone": NodeState.FAILED}


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("clean", "clean"),
        ("+train", "load clean train"),
        ("1+train", "clean train"),
        ("clean+", "clean train report"),
        ("clean+1", "clean train"),
        ("+clean+", "load clean train report"),
        ("plot report", "plot report"),
        ("load+,+report", "load clean train report"),
        ("clean,plot", ""),
        ("*", "load clean train report plot"),
        ("state:failed", "train"),
        ("state:failed+ plot", "train report plot"),
    ],
)
def test_the_operators_of_dbt(expression, names):
    assert select(GRAPH, expression, STATES) == set(names.split())


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("claen", "did you mean `clean`?"),
        ("state:failled", "did you mean `failed`?"),
        ("", "the nodes are"),
        ("a b c-+-", ""),
    ],
)
def test_a_mistake_is_answered_with_a_suggestion(expression, hint):
    with pytest.raises(UsageError) as raised:
        select(GRAPH, expression)
    assert hint in raised.value.hint
