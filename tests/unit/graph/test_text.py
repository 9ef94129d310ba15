import pytest

from jupyter_dataops.graph.build import Graph
from jupyter_dataops.graph.text import to_text
from jupyter_dataops.states import NodeState
from tests.unit.graph.graphs import CHAIN, CYCLE, DIAMOND, FAN, FIFTY, LARGE, graph_of

DRAWN = {
    "chain": (
        CHAIN,
        """
● load
● clean ← load: rows
● train ← clean: kept
""",
    ),
    "diamond": (
        DIAMOND,
        """
●   a
├─● b ← a: x
● │ c ← a: x
●─╯ d ← b: y; c: z
""",
    ),
    "fan-out of five and a join": (
        FAN,
        """
●         a
├─●       b0 ← a: x
├─│─●     b1 ← a: x
├─│─│─●   b2 ← a: x
├─│─│─│─● b3 ← a: x
● │ │ │ │ b4 ← a: x
●─┴─┴─┴─╯ j  ← b0: y0; b1: y1; b2: y2; b3: y3; b4: y4
""",
    ),
    "an edge over two nodes": (
        graph_of("a -x> b", "b -y> c", "a -x> d", "c > d"),
        """
●   a
├─● b ← a: x
│ ● c ← b: y
●─╯ d ← a: x; c: (order)
""",
    ),
    "independent roots": (
        graph_of(nodes="abc"),
        """
● a
● b
● c
""",
    ),
    "a cycle": (
        CYCLE,
        """
● a ← b: (order)
● b ← a: (order)
● c ← b: x
""",
    ),
    "nothing": (graph_of(), "\n(no nodes)\n"),
}


@pytest.mark.parametrize(("graph", "expected"), DRAWN.values(), ids=DRAWN)
def test_graph_is_drawn_as(graph: Graph, expected: str) -> None:
    assert to_text(graph) == expected.strip("\n")


def test_fifty_roots_join_in_one_row() -> None:
    *roots, join = to_text(FIFTY).splitlines()
    assert [root.split("●")[1].split() for root in roots] == [[f"r{index}"] for index in range(50)]
    assert join.startswith("●" + "─┴" * 48 + "─╯ j   ← r0: x0; ")


def test_states_are_shown_as_symbol_and_word_in_columns() -> None:
    drawn = to_text(DIAMOND, {"a": NodeState.SUCCEEDED, "b": NodeState.FAILED, "d": NodeState.UPSTREAM_FAILED})
    assert drawn.splitlines() == [
        "✔   a succeeded",
        "├─✘ b failed          ← a: x",
        "● │ c                 ← a: x",
        "⊗─╯ d upstream_failed ← b: y; c: z",
    ]


def test_rows_are_in_an_order_in_which_nodes_can_run_even_if_the_document_is_not() -> None:
    rows = to_text(graph_of("b -x> a", nodes="abc")).splitlines()
    assert [row.split()[1] for row in rows] == ["b", "a", "c"]


def test_a_thousand_nodes_are_a_thousand_rows() -> None:
    assert len(to_text(LARGE).splitlines()) == 1000


def test_so_many_lines_that_nobody_could_follow_them_are_not_drawn() -> None:
    wide = graph_of(*(f"n{index} -x{index}> join" for index in range(100)))
    *rows, join = to_text(wide).splitlines()
    assert rows[0] == "● n0"
    assert join.startswith("● join ← n0: x0; ")
