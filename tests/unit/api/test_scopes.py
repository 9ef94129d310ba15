"""What a node run's name means, over analysed notebooks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from jupyter_dataops.api.examiner import Examiner
from jupyter_dataops.api.scopes import Scopes
from jupyter_dataops.errors import UndeclaredMutation
from jupyter_dataops.ids import Digest, NodeName, RunId
from jupyter_dataops.kernels.node_notebook import Delivery
from jupyter_dataops.records import ArtifactRecord, OutputRecord, RunRecord
from jupyter_dataops.states import FailureCause, RunState
from tests.support.notebooks import cell, notebook
from tests.support.one_kernel import analysed, run_nodes

RUN = RunRecord(
    RunId("r1"), "top.ipynb", Digest("d:1"), {"year": 2026}, RunState.RUNNING, datetime(2026, 1, 1, tzinfo=UTC),
    options={"working_dir": "/work", "folder": "/home/notebooks"},
)  # fmt: skip
INNER = notebook(
    cell("country = 'us'\nlimit = 3\nother = 1", "parameters"),
    cell("rows = [country] * limit", "node:load"),
    cell("long = len(row)", "node:measure", "each:row=rows"),
)
OUTER = notebook(
    cell("year = 1", "parameters"),
    cell("countries = ['de', 'us']", "node:list"),
    cell("limit = 2", "node:etl", "each:country=countries", "notebook:parts/etl.ipynb", "out:long"),
    cell("first = one[0]", "node:take", "each:one=long"),
    cell("limit = 5", "node:plain", "notebook:parts/etl.ipynb", "out:rows"),
    cell("size = len(r)", "node:size", "each:r=rows"),
    cell("print(limit, size, first)", "node:show"),
)


@pytest.fixture
def scopes() -> Scopes:
    return Scopes(RUN, analysed(OUTER), {"parts/etl.ipynb": analysed(INNER)})


def test_a_run_has_its_own_notebook_with_its_parameters(scopes: Scopes) -> None:
    own = scopes.of(NodeName("score[x]"))
    assert own is scopes.own is scopes.of(NodeName("check:list/some"))
    assert (own.parameters, own.working_dir) == ({"year": 2026}, Path("/work"))
    assert own.name(NodeName("list")) == "list"


def test_a_group_has_the_notebook_that_it_runs_in_that_ones_folder(scopes: Scopes) -> None:
    opened = scopes.open(NodeName("etl[de]"), {"country": "de"})
    assert scopes.of(NodeName("etl[de]/measure[x]")) is opened
    assert (opened.path, opened.parameters) == ("parts/etl.ipynb", {"country": "de"})
    assert opened.working_dir == Path("/home/notebooks/parts")
    assert opened.name(NodeName("check:load/some")) == "etl[de]/check:load/some"


def test_outputs_are_seen_by_their_names_in_the_notebook(scopes: Scopes) -> None:
    opened = scopes.open(NodeName("etl[de]"), {})
    record = {"rows": OutputRecord("rows", ArtifactRecord(Digest("d:2"), "json", "list", 1))}
    everything = {NodeName("load"): {}, NodeName("etl[de]/load"): record, NodeName("etl[us]/load"): {}}
    assert opened.outputs(everything) == {"load": record}


def test_elements_are_stored_by_whoever_hands_on_what_others_run_over(scopes: Scopes) -> None:
    assert scopes.delivery(NodeName("list")).each == ("countries",)
    scopes.open(NodeName("etl[de]"), {})
    assert scopes.delivery(NodeName("etl[de]/load")).each == ("rows",)
    assert scopes.delivery(NodeName("etl[de]/measure")) == Delivery(each=(), abroad=("long",))
    assert scopes.own.each_of(NodeName("etl")) == {"long"}
    inner = scopes.open(NodeName("plain"), {})
    assert inner.each_of(NodeName("load")) == {"rows"}, "inside, and outside"


def test_a_child_stores_its_values_whole(scopes: Scopes) -> None:
    inner = scopes.open(NodeName("plain"), {})
    assert inner.itemised == {"rows"}
    assert scopes.delivery(NodeName("plain/measure[us]")).each == ()


def test_parameters_are_those_that_the_notebook_declares_and_the_node_has(scopes: Scopes) -> None:
    of_each = scopes.delivery(NodeName("etl[de]"))
    assert (of_each.parameters, of_each.notebook) == (("country", "limit"), "parts/etl.ipynb")
    assert scopes.delivery(NodeName("plain")).parameters == ("limit",)


def test_what_an_end_makes_stale_is_a_failure() -> None:
    made = notebook(
        cell("data = {'train': [1]}", "node:load"),
        cell("train = data['train']", "node:split"),
        cell("train[0] = 2", "node:change"),
        cell("print(data, train)", "node:show"),
    )
    scopes = Scopes(replace(RUN, options={"working_dir": "/work"}), analysed(made), {})
    outputs = {
        NodeName("load"): {"data": OutputRecord("data", ArtifactRecord(Digest("d:1"), "json", "dict", 1))},
        NodeName("split"): {
            "train": OutputRecord("train", ArtifactRecord(Digest("d:2"), "json", "list", 1), shares=("data",))
        },
        NodeName("change"): {},
    }
    found = Examiner(scopes)(NodeName("change"), outputs)
    assert found is not None
    assert (found.cause, found.ename) == (FailureCause.UNDECLARED_MUTATION, UndeclaredMutation.__name__)
    assert Examiner(scopes)(NodeName("split"), {NodeName("split"): outputs[NodeName("split")]}) is None


def test_a_run_of_nodes_alone_finds_it_as_well(tmp_path: Path) -> None:
    made = notebook(
        cell("data = {'train': [1]}", "node:load"),
        cell("train = data['train']", "node:split"),
        cell("train[0] = 2", "node:change"),
        cell("print(data, train)", "node:show"),
    )
    with pytest.raises(UndeclaredMutation):
        run_nodes(made, tmp_path)
