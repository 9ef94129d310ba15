"""The user's notebook with the outputs of a run's nodes in their own cells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_dataops.api.description import describe_run
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.spec.models import PipelineSpec, Role

if TYPE_CHECKING:
    from jupyter_dataops.api.run import Run


def write_whole_notebook(run: Run, path: Path) -> Path:
    """`path`, written whole or not at all. Raises `EnvironmentRefused` where it cannot be written."""
    made = whole_notebook(run)
    draft = path.with_name(f".{path.name}.{run.run_id}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", "utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise EnvironmentRefused(
            f"cannot write the notebook: {error.strerror}", where=str(path), hint="choose another place with -o"
        ) from error
    return path


def whole_notebook(run: Run) -> dict[str, Any]:
    """The snapshot as nbformat JSON, with outputs, papermill's timings, and the run's description as metadata.

    Parameters and setup cells ran in every node; they show what they did in the first node that ran.
    """
    made = deepcopy(dict(run.snapshot.notebook))
    place_outputs(made, run.snapshot.spec, executed_cells(run))
    made["metadata"] = {
        **made["metadata"],
        "dataops": {
            **made["metadata"].get("dataops", {}),
            "run": describe_run(run.record, [node.record for node in run.nodes.values()]),
        },
    }
    return made


def place_outputs(notebook: Mapping[str, Any], spec: PipelineSpec, executed: Mapping[str, Mapping[str, Any]]) -> None:
    """Give each code cell of `notebook` what its executed twin has; cells that did not run are emptied."""
    for cell, meaning in zip(notebook["cells"], spec.cells, strict=True):
        if cell["cell_type"] != "code":
            continue
        twin = executed.get(meaning.id) if meaning.role not in (Role.SKIP, Role.CHECK) else None
        cell["outputs"] = list(twin["outputs"]) if twin else []
        cell["execution_count"] = twin["execution_count"] if twin else None
        if twin and "papermill" in twin["metadata"]:
            cell["metadata"] = {**cell["metadata"], "papermill": twin["metadata"]["papermill"]}


def executed_cells(run: Run) -> dict[str, Mapping[str, Any]]:
    """Cell id to executed cell, over the latest attempt of every node that has one."""
    cells: dict[str, Mapping[str, Any]] = {}
    for executed in _executed_notebooks(run):
        for cell in executed["cells"]:
            if cell["cell_type"] == "code" and cell.get("id"):
                cells.setdefault(cell["id"], cell)
    return cells


def _executed_notebooks(run: Run) -> Iterator[Mapping[str, Any]]:
    for node_run in run.nodes.values():
        attempts = node_run.attempts
        if attempts and Path(attempts[-1].notebook).is_file():
            yield json.loads(Path(attempts[-1].notebook).read_text("utf-8"))
