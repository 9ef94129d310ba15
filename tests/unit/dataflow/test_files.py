from __future__ import annotations

import pytest

from jupyter_dataops.dataflow.flow import analyse
from jupyter_dataops.dataflow.models import Edge, EdgeKind
from jupyter_dataops.spec.models import Severity
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook


def flow_of(*tags, **sources):
    cells = [cell(sources.get(of_cell[0], "1"), f"node:{of_cell[0]}", *of_cell[1:]) for of_cell in tags]
    return analyse(read_pipeline(notebook(*cells), "p"))


def test_a_file_makes_an_edge_that_shows_it_and_hands_no_variable_on():
    flow = flow_of(("a", "out:data/clean.csv"), ("b", "in:data/clean.csv"))
    assert flow.edges == (Edge("a", "b", (), EdgeKind.DATA, ("data/clean.csv",)),)
    assert flow.edges[0].carries == ("data/clean.csv",)
    assert flow.nodes["a"].outputs == ()
    assert flow.nodes["b"].reads == {}
    assert flow.problems == ()


def test_files_and_variables_between_two_nodes_share_an_edge():
    flow = flow_of(("a", "out:x.csv"), ("b", "in:x.csv", "after:a"), a="n = 1", b="n")
    assert flow.edges == (Edge("a", "b", ("n",), EdgeKind.BOTH, ("x.csv",)),)


@pytest.mark.parametrize(
    ("made", "read"),
    [
        ("./x.csv", "x.csv"),
        ("data//x.csv", "data/./x.csv"),
        ("a/../x.csv", "x.csv"),
        ("data/", "data/x.csv"),
        ("data/", "./data/"),
        ("s3://bucket/x.csv", "s3://bucket/x.csv"),
        ("s3://bucket/rows/", "s3://bucket/rows/x.csv"),
    ],
)
def test_paths_are_compared_by_what_they_name(made, read):
    assert [(edge.source, edge.target) for edge in flow_of(("a", f"out:{made}"), ("b", f"in:{read}")).edges] == [
        ("a", "b")
    ]


def test_the_nearest_maker_above_counts_and_a_new_maker_waits_for_those_who_use_the_old_file():
    flow = flow_of(("a", "out:x.csv"), ("b", "in:x.csv"), ("c", "out:x.csv"), ("d", "in:x.csv"))
    assert {(edge.source, edge.target, edge.kind) for edge in flow.edges} == {
        ("a", "b", EdgeKind.DATA),
        ("a", "c", EdgeKind.ORDER),
        ("b", "c", EdgeKind.ORDER),
        ("c", "d", EdgeKind.DATA),
    }
    assert flow.problems == ()


def test_a_folder_made_anew_waits_for_those_who_read_in_it():
    flow = flow_of(("a", "out:data/"), ("b", "in:data/x.csv"), ("c", "out:data/"), ("d", "in:data/x.csv"))
    assert {(edge.source, edge.target) for edge in flow.edges} == {("a", "b"), ("a", "c"), ("b", "c"), ("c", "d")}


def test_a_node_that_changes_a_file_reads_it_and_makes_it():
    flow = flow_of(("a", "out:x.csv"), ("b", "in:x.csv", "out:x.csv"), ("c", "in:x.csv"))
    assert [(edge.source, edge.target, edge.kind) for edge in flow.edges] == [
        ("a", "b", EdgeKind.BOTH),
        ("b", "c", EdgeKind.DATA),
    ]


def test_a_file_that_is_made_only_below_is_reported_and_the_page_keeps_its_order():
    flow = flow_of(("a", "in:x.csv"), ("b", "out:x.csv"))
    (problem,) = flow.problems
    assert (problem.code, problem.severity, problem.node) == ("DO006", Severity.WARNING, "a")
    assert "made only further down, by cell 2 (node 'b')" in problem.message
    assert [(edge.source, edge.target, edge.kind) for edge in flow.edges] == [("a", "b", EdgeKind.ORDER)]


@pytest.mark.parametrize("tags", [["in:x.csv"], ["in:x.csv", "out:x.csv"]])
def test_a_file_that_no_other_node_makes_comes_from_outside(tags):
    flow = flow_of(("a", *tags), ("b",))
    assert (flow.edges, flow.problems) == ((), ())
