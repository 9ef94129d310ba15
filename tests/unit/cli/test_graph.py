from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from jupyter_dataops.cli.verbs import graph as graph_verb
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.states import LOOKS, NodeState, RunState
from tests.support.notebooks import cell, notebook
from tests.unit.cli.fakes import FakeFace, FakePipeline, FakeRun, node_record, run_record


def analysed() -> AnalysedNotebook:
    cells = [cell("n = 1", "parameters"), cell("rows = list(range(n))", "node:load"), cell("print(rows)", "node:clean")]
    return analyse_text(json.dumps(notebook(*cells)), "etl.ipynb", "etl")


def a_face() -> FakeFace:
    nodes = [node_record("load", NodeState.SUCCEEDED), node_record("clean", NodeState.FAILED)]
    run = FakeRun(run_record(RunState.FAILED), nodes, analysed=analysed())
    return FakeFace(run, pipeline=FakePipeline(Path("etl.ipynb"), run, analysed=analysed()))


@pytest.mark.parametrize(
    ("form", "part"),
    [("text", "clean"), ("dot", "digraph"), ("mermaid", "flowchart "), ("svg", "<svg"), ("json", '"nodes"')],
)
def test_every_text_format_is_printed_whole(call, form: str, part: str) -> None:
    done = call(a_face(), "graph", "etl.ipynb", "--format", form)
    assert done.exit_code == 0
    assert part in done.stdout
    assert done.stdout.endswith("\n")
    assert not done.stdout.endswith("\n\n")


def test_graph_json_has_the_documented_keys(call) -> None:
    found = json.loads(call(a_face(), "graph", "etl.ipynb", "--json").stdout)
    assert list(found) == ["nodes", "edges", "parameters", "diagnostics"]
    assert list(found["nodes"][0]) == ["name", "upstream", "downstream", "reads", "binds", "tags", "cells"]
    assert found["edges"] == [{"from": "load", "to": "clean", "names": ["rows"], "kind": "data"}]
    assert found["parameters"] == [{"name": "n", "default": "1", "type": "int", "help": ""}]


@pytest.mark.parametrize("form", ["text", "dot", "mermaid", "svg"])
def test_a_runs_states_are_drawn(call, form: str) -> None:
    done = call(a_face(), "graph", "/home/jo/etl.ipynb", "--run", "last", "--format", form)
    assert LOOKS[NodeState.FAILED].symbol in done.stdout


def test_a_run_of_another_notebook_is_refused(call) -> None:
    done = call(a_face(), "graph", "/home/jo/other.ipynb", "--run", "last")
    assert done.exit_code == 2
    assert "-> it is of /home/jo/etl.ipynb" in done.stderr


@pytest.mark.parametrize(("name", "begin"), [("g.svg", b"<"), ("g.PNG", b"\x89PNG"), ("g.dot", b"digraph"), ("g", b"")])
def test_the_ending_of_the_file_decides_the_format(call, tmp_path: Path, name: str, begin: bytes) -> None:
    path = tmp_path / name
    done = call(a_face(), "graph", "etl.ipynb", "-o", str(path))
    assert (done.exit_code, done.stdout) == (0, "")
    assert path.read_bytes().startswith(begin)


def test_a_picture_is_not_thrown_at_a_terminal(call) -> None:
    face = a_face()
    face.looked_at = True
    assert call(face, "graph", "etl.ipynb", "--format", "png").exit_code == 2


def test_a_picture_can_be_piped(call) -> None:
    assert call(a_face(), "graph", "etl.ipynb", "--format", "png").stdout_bytes.startswith(b"\x89PNG")


def test_without_graphviz_svg_is_drawn_plainly_and_png_refused(call, monkeypatch) -> None:
    def nothing() -> str:
        raise EnvironmentRefused("no Graphviz found", hint="install it")

    monkeypatch.setattr(graph_verb, "find_renderer", nothing)
    done = call(a_face(), "graph", "etl.ipynb", "--format", "svg")
    assert done.stdout.startswith("<svg")
    assert "drawn plainly: no Graphviz found" in done.stderr
    assert call(a_face(), "graph", "etl.ipynb", "--format", "png").exit_code == 3
