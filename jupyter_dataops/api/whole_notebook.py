"""The user's notebook with the outputs of a run's nodes in their own cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_dataops.api.description import describe_run
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.ids import CellId, NodeName, RunId, parts_of
from jupyter_dataops.kernels.protocol import INPUTS, OUTPUTS
from jupyter_dataops.spec.models import PipelineSpec, Role

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.records import NodeRunRecord

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
    """What became of each cell in the latest attempts at it.

    Parameters and setup cells are those of the first node that ran; the cells of an ``each:`` node have the outputs of
    its children, one after the other.
    """
    spec = run.snapshot.spec
    cells: dict[CellId, Mapping[str, Any]] = {}
    children: dict[NodeName, list[tuple[NodeName, ExecutedCells]]] = {}
    for name, computed_by, path in _latest_attempts(run):
        executed = read_executed(path)
        if executed is None:
            continue
        here = parts_of(name)
        found = executed_cells_of(executed, spec, here.local, is_earlier=computed_by != run.run_id)
        if here.key is not None:
            children.setdefault(here.local, []).append((name, found))
        for cell_id, cell in found.items():
            cells.setdefault(cell_id, cell)
    for node, ran in children.items():
        cells |= cells_of_children(spec, node, ran)
    return cells


def cells_of_children(
    spec: PipelineSpec, node: NodeName, ran: Sequence[tuple[NodeName, ExecutedCells]]
) -> ExecutedCells:
    """What became of the cells of an ``each:`` node: the outputs of its children, each below a line with its name."""
    return {
        cell.id: _together([(name, found[cell.id]) for name, found in ran if cell.id in found])
        for cell in spec.nodes[node].cells
        if any(cell.id in found for _, found in ran)
    }


def _together(twins: Sequence[tuple[NodeName, Mapping[str, Any]]]) -> Mapping[str, Any]:
    outputs = []
    for name, twin in twins:
        if twin["outputs"]:
            outputs += [{"output_type": "stream", "name": "stdout", "text": f"--- {name}\n"}, *twin["outputs"]]
    return {**twins[-1][1], "outputs": outputs}


def executed_cells_of(
    executed: Mapping[str, Any], spec: PipelineSpec, name: NodeName, *, is_earlier: bool = False
) -> ExecutedCells:
    """What became of each cell in the executed notebook of one attempt at a node or check of `spec`.

    Parameters
    ----------
    is_earlier
        It is from an earlier run, whose notebook may have had other cells beside the node's; cell ids that were made up
        from places (nbformat before 4.5) may then mean other cells. So the node's own are told by their order alone.
    """
    code = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    ids = [cell["id"] for cell in code]
    own = code[ids.index(INPUTS) + 1 : ids.index(OUTPUTS)]
    meant = spec.checks[name].cells if name in spec.checks else spec.nodes[name].cells
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
    """Each node, child and check of the run's own notebook that ran, in which run, and its executed notebook."""
    with run.store() as store:

        @cache
        def notebooks_of(run_id: RunId) -> Mapping[NodeName, str]:
            return {attempt.node: attempt.notebook for attempt in store.get_attempts(run_id)}

        @cache
        def records_of(run_id: RunId) -> Sequence[NodeRunRecord]:
            return store.get_node_runs(run_id)

        def follow(record: NodeRunRecord, run_id: RunId) -> Iterator[tuple[NodeName, RunId, str]]:
            computed_by = record.source_run_id or run_id
            path = notebooks_of(computed_by).get(record.node)
            if path is not None:
                yield record.node, computed_by, path
            elif record.source_run_id is not None:  # Only that other run knows what a reused group expanded to.
                for child in records_of(computed_by):
                    if child.parent == record.node:
                        yield from follow(child, computed_by)

        for name, node_run in run.nodes.items():
            if parts_of(name).group is None:
                yield from follow(node_run.record, run.run_id)
