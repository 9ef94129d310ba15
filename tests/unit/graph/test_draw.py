import json
import re

import pytest
from msgspec.structs import replace

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.graph.build import Graph, build_graph
from jupyter_dataops.graph.draw import to_dot, to_json, to_mermaid
from jupyter_dataops.spec.notebook import read_pipeline
from jupyter_dataops.states import LOOKS, NodeState
from tests.support.notebooks import cell, notebook, text
from tests.unit.graph.graphs import CYCLE, SHAPES, graph_of

HOSTILE = graph_of('a -"x;]\\N#<b&`|> b')


def built() -> Graph:
    spec = read_pipeline(
        notebook(
            cell("rows = [1]", "node:load"),
            text('Clean <b>"it"</b>'),
            cell("kept = rows", "node:clean", "retries:2"),
            cell("kept += [2]", "node:clean", "retries:2"),
            cell("print('done')", "node:tell", "after:clean"),
            cell("print(kept, rows)", "node:show", "after:load"),
        ),
        'p"\n',
    )
    return build_graph(spec, analyse(spec))


def test_json_has_exactly_the_documented_keys() -> None:
    assert to_json(built()) == {
        "nodes": [
            {"name": "load", "upstream": [], "downstream": ["clean", "show"], "reads": [], "binds": ["rows"],
             "tags": ["node:load"], "cells": ["c0"]},
            {"name": "clean", "upstream": ["load"], "downstream": ["tell", "show"], "reads": ["rows"],
             "binds": ["kept"], "tags": ["node:clean", "retries:2"], "cells": ["c2", "c3"]},
            {"name": "tell", "upstream": ["clean"], "downstream": [], "reads": [], "binds": [],
             "tags": ["node:tell", "after:clean"], "cells": ["c4"]},
            {"name": "show", "upstream": ["load", "clean"], "downstream": [], "reads": ["kept", "rows"], "binds": [],
             "tags": ["node:show", "after:load"], "cells": ["c5"]},
        ],
        "edges": [
            {"from": "load", "to": "clean", "names": ["rows"], "kind": "data"},
            {"from": "load", "to": "show", "names": ["rows"], "kind": "both"},
            {"from": "clean", "to": "tell", "names": [], "kind": "order"},
            {"from": "clean", "to": "show", "names": ["kept"], "kind": "data"},
        ],
    }  # fmt: skip
    json.dumps(to_json(built()))


def test_dot_has_a_line_per_node_and_edge() -> None:
    dot = to_dot(graph_of("load -rows> clean", "clean > tell"), {"clean": NodeState.FAILED})
    assert [line.strip() for line in dot.splitlines()[4:-1]] == [
        'load [label=load fillcolor="#f5f5f5"]',
        'clean [label="✘ clean (failed)" fillcolor="#ffcdd2"]',
        'tell [label=tell fillcolor="#f5f5f5"]',
        "load -> clean [label=rows]",
        "clean -> tell [style=dashed]",
    ]


def test_a_word_of_the_dot_language_may_be_a_node_s_name() -> None:
    assert '"node" -> "graph" [label="edge"]' in to_dot(graph_of("node -edge> graph"))


def test_dot_quotes_whatever_is_in_a_name() -> None:
    dot = to_dot(HOSTILE)
    assert r'[label="\"x;]\\N#<b&`|"]' in dot
    assert to_dot(built()).startswith('digraph "p\\"\\n" {\n')


@pytest.mark.parametrize("graph", [*SHAPES.values(), HOSTILE, built()])
def test_every_string_in_dot_is_closed_in_its_line(graph: Graph) -> None:
    for line in to_dot(graph).splitlines():
        assert re.fullmatch(r'(?:[^"\\]|"(?:[^"\\]|\\.)*")*', line), line


def test_mermaid_has_a_line_per_node_edge_and_state() -> None:
    graph = graph_of("load -rows,n> clean", "clean > tell")
    assert to_mermaid(graph, {"clean": NodeState.FAILED, "gone": NodeState.FAILED}).splitlines() == [
        "flowchart TD",
        '  n0["load"]',
        '  n1["✘ clean (failed)"]',
        '  n2["tell"]',
        '  n0 -->|"n, rows"| n1',
        "  n1 -.-> n2",
        f"  style n1 fill:{LOOKS[NodeState.FAILED].fill},color:#1f2328",
    ]


def test_mermaid_knows_no_character_of_a_name_as_its_own() -> None:
    edge = to_mermaid(HOSTILE).splitlines()[-1]
    label = edge.removeprefix('  n0 -->|"').removesuffix('"| n1')
    assert label == r"#34;x#59;]\N#35;#60;b#38;#96;#124;"
    assert re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label) == r'"x;]\N#<b&`|'


def test_a_cycle_is_drawn_like_anything_else() -> None:
    assert "b -> a" in to_dot(CYCLE)
    assert "n1 -.-> n0" in to_mermaid(CYCLE)
    assert len(to_json(CYCLE)["edges"]) == 3


def test_json_names_the_files_that_an_edge_carries_after_its_variables() -> None:
    graph = graph_of("a -x> b")
    graph.edges["a", "b"]["edge"] = replace(graph.edges["a", "b"]["edge"], files=("rows.csv",))
    assert to_json(graph)["edges"][0]["names"] == ["x", "rows.csv"]
