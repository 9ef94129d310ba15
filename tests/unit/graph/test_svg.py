from itertools import pairwise
from xml.etree import ElementTree

import pytest

from jupyter_dataops.graph.build import Graph
from jupyter_dataops.graph.layout import lay_out
from jupyter_dataops.graph.svg import to_svg
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import LOOKS, NodeState
from tests.unit.graph.graphs import CHAIN, DIAMOND, LARGE, SHAPES, graph_of

SVG = "{http://www.w3.org/2000/svg}"


def titles(graph: Graph, **states: NodeState) -> list[str]:
    root = ElementTree.fromstring(to_svg(graph, states))
    return [title.text or "" for group in root.iter(f"{SVG}g") for title in group.findall(f"{SVG}title")]


@pytest.mark.parametrize("graph", SHAPES.values(), ids=SHAPES)
def test_it_is_xml_with_a_title_for_the_whole_each_node_and_each_edge(graph: Graph) -> None:
    root = ElementTree.fromstring(to_svg(graph))
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title") == f"Pipeline p: {len(graph)} nodes"
    expected = {*graph, *(f"{source} to {target}" for source, target in graph.edges)}
    assert {title.split(":")[0] for title in titles(graph)} == expected
    assert len(titles(graph)) == len(expected)


def test_titles_say_what_travels_and_what_a_state_means() -> None:
    found = titles(graph_of("a -x,y> b", "b > c"), b=NodeState.REUSED)
    assert found == ["a to b: x, y", "b to c: order only", "a", f"b: reused, {LOOKS[NodeState.REUSED].meaning}", "c"]


def test_what_means_something_in_xml_is_escaped() -> None:
    graph = graph_of('a -<&"]]> b')
    graph.graph["name"] = '<script>"&\x1b\x00\n'
    assert 'a to b: <&"]]' in titles(graph)
    assert "<script>" not in to_svg(graph)


def test_a_state_is_told_by_symbol_word_and_colour() -> None:
    drawn = to_svg(CHAIN, {"clean": NodeState.FAILED})
    look = LOOKS[NodeState.FAILED]
    assert f"{look.symbol} clean (failed)" in drawn
    assert f'fill="{look.fill}"' in drawn
    assert "jp-dataops-failed" in drawn


def test_edges_without_data_are_dashed() -> None:
    assert "stroke-dasharray" in to_svg(graph_of("a > b"))
    assert "stroke-dasharray" not in to_svg(DIAMOND)


def boxes(graph: Graph) -> list[tuple[float, float, float, float]]:
    root = ElementTree.fromstring(to_svg(graph))
    keys = ("x", "y", "width", "height")
    return [tuple(float(rect.get(key, "")) for key in keys) for rect in root.iter(f"{SVG}rect")]  # type: ignore[misc]


@pytest.mark.parametrize("graph", [*SHAPES.values(), LARGE], ids=[*SHAPES, "large"])
def test_boxes_do_not_overlap_and_lie_in_the_picture(graph: Graph) -> None:
    root = ElementTree.fromstring(to_svg(graph))
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    columns: dict[float, list[tuple[float, float]]] = {}
    for x, y, w, h in boxes(graph):
        assert x >= 0
        assert y >= 0
        assert x + w <= width + 1
        assert y + h <= height
        columns.setdefault(x, []).append((y, y + h))
    for column in columns.values():
        column.sort()
        assert all(upper[1] < lower[0] for upper, lower in pairwise(column))


def test_a_thousand_nodes_are_drawn_whole() -> None:
    found = titles(LARGE)
    assert len(found) == len(LARGE.nodes) + len(LARGE.edges)


def test_the_layout_has_no_more_places_than_edges_pass_layers() -> None:
    layout = lay_out(LARGE)
    slots = [slot for layer in layout.layers for slot in layer]
    passing = sum(len(route) - 2 for route in layout.routes.values())
    assert len(slots) == len(set(slots)) == len(LARGE) + passing


def test_notes_stand_beside_names_and_links_lead_elsewhere() -> None:
    drawn = to_svg(CHAIN, notes={NodeName("clean"): "48/50"}, links={NodeName("clean"): '#n"1'})
    assert drawn.count("<a ") == 1
    assert '<a href="#n&quot;1"><g class="jp-dataops-node"><title>clean</title>' in drawn
    assert ">clean 48/50</text>" in drawn
