"""The user's notebook with the outputs of a run's nodes in their own cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_dataops.api.description import describe_run
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.ids import CellId, NodeName, RunId
from jupyter_dataops.kernels.protocol import INPUTS, OUTPUTS
from jupyter_dataops.spec.models import PipelineSpec, Role

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run

ExecutedCells = Mapping[CellId, Mapping[str, Any]]
"""Cells of the pipeline to what became of them, as nbformat JSON."""


def write_whole_notebook(run: Run, path: Path) -> Path:
    """`path`, written whole or not at all. Raises `EnvironmentRefused` where it cannot be written."""
    made = whole_notebook(run)
    draft = path.with_name(f".{path.name}.{run.run_id}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):  # where nothing can be written there is nothing to remove
            draft.unlink()
        raise EnvironmentRefused(
            f"cannot write the notebook: {error.strerror}", where=str(path), hint="choose another place with -o"
        ) from error
    return path


def whole_notebook(run: Run) -> dict[str, Any]:
    """The snapshot as nbformat JSON, with outputs, papermill's timings, and the run's description as metadata.

    Parameters and setup cells ran in every node; they show what they did in the first node that ran.
    """
    spec = run.snapshot.spec
    made = deepcopy(dict(run.snapshot.notebook))
    place_outputs(made, spec, executed_cells(run))
    description = describe_run(run.record, [node.record for node in run.nodes.values()])
    made["metadata"] = {**made.get("metadata", {}), "dataops": {**spec.metadata, "run": description}}
    return made


def place_outputs(notebook: Mapping[str, Any], spec: PipelineSpec, executed: ExecutedCells) -> None:
    """Give each code cell of `notebook` what its executed twin has; cells that did not run are emptied.

    Ids, where cells have them, are unique afterwards: a notebook in which some repeat is not valid.
    """
    for cell, meaning in zip(notebook["cells"], spec.cells, strict=True):
        if "id" in cell:
            cell["id"] = meaning.id
        if cell["cell_type"] != "code":
            continue
        twin = executed.get(meaning.id)
        cell["outputs"] = list(twin["outputs"]) if twin else []
        cell["execution_count"] = twin["execution_count"] if twin else None
        # An earlier execution's timings would speak of other outputs.
        cell["metadata"] = {key: value for key, value in cell.get("metadata", {}).items() if key != "papermill"}
        if twin and "papermill" in twin["metadata"]:
            cell["metadata"]["papermill"] = twin["metadata"]["papermill"]


def executed_cells(run: Run) -> ExecutedCells:
    """What became of each cell, in the latest attempt of the first node that has one."""
    cells: dict[CellId, Mapping[str, Any]] = {}
    for node, computed_by, path in _latest_attempts(run):
        executed = read_executed(path)
        if executed is not None:
            is_earlier = computed_by != run.run_id
            for cell_id, cell in executed_cells_of(executed, run.snapshot.spec, node, is_earlier=is_earlier).items():
                cells.setdefault(cell_id, cell)
    return cells


def executed_cells_of(
    executed: Mapping[str, Any], spec: PipelineSpec, node: NodeName, *, is_earlier: bool = False
) -> ExecutedCells:
    """What became of each cell in the executed notebook of one attempt at `node`.

    Parameters
    ----------
    is_earlier
        It is from an earlier run, whose notebook may have had other cells beside the node's; cell ids that were made up
        from places (nbformat before 4.5) may then mean other cells. So the node's own are told by their order alone.
    """
    code = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    ids = [cell["id"] for cell in code]
    own = code[ids.index(INPUTS) + 1 : ids.index(OUTPUTS)]
    meant = spec.nodes[node].cells
    if not is_earlier:
        known = {cell.id for cell in spec.cells_with(Role.PARAMETERS, Role.SETUP)} | {cell.id for cell in meant}
        return {cell["id"]: cell for cell in code if cell["id"] in known}
    if len(own) == len(meant):
        return {cell.id: twin for cell, twin in zip(meant, own, strict=True)}
    return {cell.id: twin for cell in meant for twin in own if twin["id"] == cell.id}


def read_executed(path: str | None) -> Mapping[str, Any] | None:
    """The executed notebook of an attempt; `None` if the attempt left none."""
    if path is None or not Path(path).is_file():
        return None
    executed: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
    return executed


def _latest_attempts(run: Run) -> Iterator[tuple[NodeName, RunId, str]]:
    """Each node that ran, the run that it ran in, and the path of the executed notebook."""
    computed_by = {name: node_run.record.source_run_id or run.run_id for name, node_run in run.nodes.items()}
    with run.store() as store:
        notebooks = {
            run_id: {attempt.node: attempt.notebook for attempt in store.get_attempts(run_id)}
            for run_id in set(computed_by.values())
        }
    for name, run_id in computed_by.items():
        if name in notebooks[run_id]:
            yield name, run_id, notebooks[run_id][name]
