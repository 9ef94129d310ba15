"""Values handed from one node's kernel to the next, by the notebooks that `build_node_notebook` makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from msgspec.structs import replace

from jupyter_dataops.dataflow.models import Flow, NodeFlow
from jupyter_dataops.ids import CellId, Digest, NodeName, RunId
from jupyter_dataops.interfaces import AttemptFailed, AttemptSucceeded
from jupyter_dataops.kernels.node_notebook import Delivery, Given, Heading, NodeInput, build_node_notebook
from jupyter_dataops.records import ArtifactRecord, OutputRecord
from jupyter_dataops.spec.models import Cell, NodeOptions, NodeSpec, PipelineSpec, Role
from jupyter_dataops.states import FailureCause
from tests.support.node_jobs import node_job, run_job
from tests.support.notebooks import cell, notebook

pytestmark = pytest.mark.kernel

ABOVE, NODE = NodeName("above"), NodeName("work")
SETUP = "class Point:\n    def __init__(self, x): self.x = x\nconfig = {'a': 1}"


def run_node(
    folder: Path,
    source: str,
    *,
    inputs: dict[str, OutputRecord] | None = None,
    outputs: tuple[str, ...] = (),
    watched: frozenset[str] = frozenset(),
) -> tuple[AttemptSucceeded | AttemptFailed, Any]:
    """The node's report and its executed notebook; setup is `SETUP`."""
    document = notebook(cell(SETUP, "setup"), cell(source, "node:work"))
    cells = (
        Cell(CellId("c0"), 0, SETUP, ("setup",), Role.SETUP),
        Cell(CellId("c1"), 1, source, ("node:work",), Role.NODE, NODE),
    )
    spec = PipelineSpec("p", cells, {NODE: NodeSpec(NODE, cells[1:], NodeOptions())}, {}, "python3", "python", {})
    none = frozenset[str]()
    flow = NodeFlow(
        NODE,
        reads=dict.fromkeys(inputs or {}, ABOVE),
        from_setup=none,
        binds=none,
        changes=none,
        outputs=outputs,
        imports=(),
        itemised=none,
        watched=watched,
    )
    made = build_node_notebook(
        document,
        spec,
        Flow({NODE: flow}, (), {}, {}),
        NODE,
        heading=Heading(NODE, RunId("r1"), 1, str(folder / "artifacts")),
        given=Given({name: NodeInput(output, ABOVE) for name, output in (inputs or {}).items()}),
        delivery=Delivery(),
    )
    job = replace(node_job(folder), notebook=made)
    report = run_job(job)
    return report, nbformat.read(job.output_path, as_version=4)


def outputs_of(report: AttemptSucceeded | AttemptFailed) -> dict[str, OutputRecord]:
    assert isinstance(report, AttemptSucceeded), report
    return dict(report.outputs)


def test_a_value_of_a_setup_class_is_of_that_class_in_the_next_node(tmp_path: Path) -> None:
    first, executed = run_node(tmp_path, "p, n = Point(3), 4", outputs=("n", "p", "never"))
    made = outputs_of(first)
    assert set(made) == {"n", "p"}
    assert made["n"].truthy is True
    assert executed.cells[-1].outputs[0].data["text/plain"].startswith("n: int")
    second, _ = run_node(tmp_path, "assert isinstance(p, Point) and p.x + n == 7", inputs=made)
    assert outputs_of(second) == {}


def test_an_undeclared_change_of_a_watched_input_fails_the_node(tmp_path: Path) -> None:
    made = outputs_of(run_node(tmp_path, "rows = [[1]]", outputs=("rows",))[0])
    report, _ = run_node(tmp_path, "rows[0].append(2)", inputs=made, watched=frozenset({"rows"}))
    assert isinstance(report, AttemptFailed)
    assert report.failure.cause is FailureCause.UNDECLARED_MUTATION
    assert report.failure.cell_id is None
    assert "out:rows" in report.failure.evalue
    assert "node.py" not in report.failure.traceback


def test_an_undeclared_change_of_setup_fails_the_node(tmp_path: Path) -> None:
    watched = frozenset({"config"})
    assert outputs_of(run_node(tmp_path, "config.copy().update(b=2)", watched=watched)[0]) == {}
    report, _ = run_node(tmp_path, "config.update(b=2)", watched=watched)
    assert isinstance(report, AttemptFailed)
    assert report.failure.cause is FailureCause.UNDECLARED_MUTATION


def test_what_cannot_be_stored_fails_the_node_and_the_rest_is_kept(tmp_path: Path) -> None:
    report, executed = run_node(tmp_path, "import threading\nlock, n = threading.Lock(), 1", outputs=("lock", "n"))
    assert isinstance(report, AttemptFailed)
    assert report.failure.cause is FailureCause.UNSTORABLE_OUTPUT
    assert "lock" in report.failure.evalue
    shown = [output for each in executed.cells[-1:] for output in each.outputs if output.output_type == "display_data"]
    assert shown[0].data["text/plain"].startswith("n: int")


def test_a_lost_artifact_fails_the_node_before_its_code_runs(tmp_path: Path) -> None:
    lost = OutputRecord("x", ArtifactRecord(Digest("blake3:" + "0" * 64), "json", "int", 1))
    report, _ = run_node(tmp_path, "open('ran', 'w')", inputs={"x": lost})
    assert isinstance(report, AttemptFailed)
    assert (report.failure.cause, report.failure.ename) == (FailureCause.CONFIG_INVALID, "ArtifactMissing")
    assert not (tmp_path / "ran").exists()
