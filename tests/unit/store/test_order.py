from __future__ import annotations

import random

from jupyter_dataops.ids import NodeName
from jupyter_dataops.store.order import places
from tests.support.stores import a_node, children_of


def test_children_stand_between_their_parent_and_its_next_sibling_however_they_are_given() -> None:
    node_runs = [
        a_node("a", position=0),
        *children_of("a", 12),
        a_node("check:a/c", position=1),
        a_node("b", position=2),
    ]
    rows = [(node_run.node, node_run.parent, node_run.position) for node_run in node_runs]
    random.Random(1).shuffle(rows)
    where = places(rows)
    assert sorted(where, key=where.__getitem__) == [node_run.node for node_run in node_runs]


def test_a_place_names_the_way_from_the_outermost_group() -> None:
    rows = [("a", None, 3), ("a/b", "a", 1), ("a/b[k]", "a/b", 0)]
    where = places((NodeName(node), None if parent is None else NodeName(parent), p) for node, parent, p in rows)
    assert where == {"a": (3,), "a/b": (3, 1), "a/b[k]": (3, 1, 0)}
