from __future__ import annotations

from xml.etree import ElementTree

import pytest

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.dataflow.models import Edge, EdgeKind, Flow, NodeFlow
from jupyter_dataops.graph.build import build_graph
from jupyter_dataops.graph.critical_path import critical_path
from jupyter_dataops.graph.draw import to_dot, to_json, to_mermaid, to_text
from jupyter_dataops.graph.layout import lay_out
from jupyter_dataops.graph.svg import to_svg
from jupyter_dataops.spec.notebook import read_pipeline
from jupyter_dataops.states import LOOKS, NodeState
from tests.support.notebooks import cell, notebook

PAGE = (
    cell("raw = 1", "node:load", "retries:2"),
    cell("clean = raw", "node:clean"),
    cell("stats = raw", "node:stats"),
    cell("print(clean, stats)", "node:report"),
    cell("1", "node:mail", "after:report"),
)


def graph_of(*cells):
    spec = read_pipeline(notebook(*cells), 'my "etl"')
    return build_graph(spec, analyse(spec))


def circle():
    spec = read_pipeline(notebook(cell("1", "node:a"), cell("1", "node:b")), "p")
    nodes = {name: NodeFlow(name, {}, *[frozenset()] * 3, (), (), frozenset()) for name in "ab"}
    edges = (Edge("a", "b", (), EdgeKind.ORDER), Edge("b", "a", (), EdgeKind.ORDER))
    return build_graph(spec, Flow(nodes, edges, {}, {}))


def test_json_has_the_documented_keys():
    found = to_json(graph_of(*PAGE))
    assert found["nodes"][0] == {
        "name": "load",
        "upstream": [],
        "downstream": ["clean", "stats"],
        "reads": [],
        "binds": ["raw"],
        "tags": ["node:load", "retries:2"],
        "cells": ["c0"],
    }
    assert found["edges"][0] == {"from": "load", "to": "clean", "names": ["raw"], "kind": "data"}
    assert found["edges"][-1] == {"from": "report", "to": "mail", "names": [], "kind": "order"}


def test_text_shows_a_diamond_and_what_travels():
    assert to_text(graph_of(*PAGE)).split("\n") == [
        "●   load",
        "├─● clean  ← load: raw",
        "● │ stats  ← load: raw",
        "●─╯ report ← clean: clean; stats: stats",
        "●   mail   ← report: (order)",
    ]


def test_text_names_states_beside_their_symbols():
    first = to_text(graph_of(*PAGE), {"load": NodeState.FAILED}).split("\n")[0]
    assert first.split() == [LOOKS[NodeState.FAILED].symbol, "load", "failed"]


def test_text_crosses_lanes_without_joining_them():
    drawn = to_text(
        graph_of(
            cell("a = 1", "node:a"),
            cell("b = a", "node:b"),
            cell("c = a", "node:c"),
            cell("a, b", "node:d"),
            cell("c", "node:e"),
        )
    )
    assert drawn.split("\n")[2].startswith("├─│─●")


def test_dot_escapes_and_dashes_order():
    dot = to_dot(graph_of(*PAGE), {"load": NodeState.SUCCEEDED})
    assert dot.startswith('digraph "my \\"etl\\"" {')
    assert '"report" -> "mail" [style=dashed]' in dot
    assert '"load" -> "clean" [label="raw"]' in dot
    assert f'fillcolor="{LOOKS[NodeState.SUCCEEDED].fill}"' in dot


def test_mermaid_styles_states_and_dots_order():
    drawn = to_mermaid(graph_of(*PAGE), {"load": NodeState.FAILED})
    assert 'n0 -->|"raw"| n1' in drawn
    assert "n3 -.-> n4" in drawn
    assert f"style n0 fill:{LOOKS[NodeState.FAILED].fill}" in drawn


def test_svg_is_well_formed_and_titles_everything():
    root = ElementTree.fromstring(to_svg(graph_of(*PAGE), {"load": NodeState.FAILED}))
    titles = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[0] == 'Pipeline my "etl": 5 nodes'
    assert "load to clean: raw" in titles
    assert "report to mail: order only" in titles
    assert any(title.startswith("load: failed") for title in titles)


def test_svg_boxes_of_a_layer_do_not_overlap():
    fan = [cell("x = 1", "node:start"), *(cell("x", f"node:reader_number_{at}") for at in range(30))]
    root = ElementTree.fromstring(to_svg(graph_of(*fan)))
    boxes = [
        (float(rect.get("y")), float(rect.get("x")), float(rect.get("width")))
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
    ]
    for (y, x, width), (next_y, next_x, _) in zip(sorted(boxes), sorted(boxes)[1:], strict=False):
        assert y != next_y or x + width < next_x


@pytest.mark.parametrize("draw", [to_text, to_dot, to_mermaid, to_svg, to_json])
def test_an_empty_pipeline_and_a_circle_can_be_drawn(draw):
    assert draw(graph_of())
    assert draw(circle())


def test_layers_follow_the_longest_path():
    layers = lay_out(graph_of(*PAGE)).layers
    assert [sorted(layer) for layer in layers] == [["load"], ["clean", "stats"], ["report"], ["mail"]]


def test_the_critical_path_is_the_slowest_chain():
    durations = {"load": 1.0, "clean": 2.0, "stats": 5.0, "report": 1.0}
    assert critical_path(graph_of(*PAGE), durations) == ("load", "stats", "report", "mail")
    assert critical_path(graph_of(), {}) == ()
