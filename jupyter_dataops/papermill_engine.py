"""papermill's engine ``dataops``: runs a tagged notebook as a pipeline.

``papermill in.ipynb out.ipynb --engine dataops -p month 6`` and everything else that speaks papermill drives us through
this. The output is the original notebook with every node's outputs in its own cells; a failed node's error is where
papermill looks for it. Engine options: ``jobs``, ``fail_fast``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from papermill.engines import Engine

from jupyter_dataops.api.launch import Request, create_run
from jupyter_dataops.api.reading import analyse_text
from jupyter_dataops.api.run import Run
from jupyter_dataops.api.whole_notebook import executed_cells, place_outputs
from jupyter_dataops.config import load_settings
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.events import Event, NodeFailed, NodeSucceeded
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.plan.fingerprint import fingerprint
from jupyter_dataops.plan.planner import plan_full
from jupyter_dataops.states import RunState

INJECTED = "injected-parameters"


class PipelineEngine(Engine):  # type: ignore[misc]  # papermill has no types
    """Runs the notebook that papermill has prepared as one run in the configured store."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,  # noqa: ARG003 - papermill's signature; every node names its own
        *,
        input_path: str = "",
        jobs: int | None = None,
        fail_fast: bool = False,
        **_others: Any,
    ) -> None:
        """Run the pipeline, and put its outputs into papermill's notebook.

        Raises
        ------
        InvalidPipeline, ParameterError
            Nothing was started.
        EnvironmentRefused
            The run ended otherwise than by a cell's error, which papermill itself reports.
        """
        working_dir = Path.cwd()
        path = Path(input_path).absolute()
        settings = load_settings(working_dir)
        original = _without_injected(nb_man.nb)
        parameters = dict(nb_man.nb.metadata.papermill.get("parameters", {}))
        analysed = analyse_text(json.dumps(original), input_path, path.stem)
        analysed.require_valid()
        prints = {node: fingerprint(analysed.spec, analysed.flow, node, parameters) for node in analysed.spec.nodes}
        request = Request(path, working_dir, parameters, int(jobs or settings.jobs), bool(fail_fast))
        run = Run(create_run(analysed, plan_full(analysed.flow, prints), request, settings), settings)

        def observe(event: Event | CellFinished) -> None:
            if isinstance(event, NodeSucceeded | NodeFailed):
                _show(nb_man.nb, run.refresh())
                nb_man.save()

        run.execute(observer=observe, progress=False)
        _show(nb_man.nb, run)
        nb_man.nb.metadata["dataops"] = {**nb_man.nb.metadata.get("dataops", {}), "run": run.to_json()}
        if run.state is not RunState.SUCCEEDED and not _has_error(nb_man.nb):
            raise EnvironmentRefused(f"run {run.run_id} {run.state}: {run.reason}", hint=f"see `why {run.run_id}`")


def _without_injected(notebook: Mapping[str, Any]) -> dict[str, Any]:
    original = deepcopy(json.loads(json.dumps(notebook)))
    original["cells"] = [cell for cell in original["cells"] if INJECTED not in cell["metadata"].get("tags", [])]
    for cell in original["cells"]:
        cell["metadata"].pop("papermill", None)
    original["metadata"].pop("papermill", None)
    return dict(original)


def _show(notebook: Any, run: Run) -> None:
    """Give papermill's cells what the run's cells have; the injected cell, which is papermill's own, stays as it is."""
    from nbformat import from_dict  # noqa: PLC0415 - loaded by papermill already

    as_node: Callable[[Any], Any] = from_dict
    own = [cell for cell in notebook.cells if INJECTED not in cell.metadata.get("tags", [])]
    shown: dict[str, Any] = {"cells": [dict(cell) for cell in own]}
    place_outputs(shown, run.snapshot.spec, executed_cells(run))
    for cell, made in zip(own, shown["cells"], strict=True):
        if cell.cell_type == "code":
            cell.outputs = [as_node(output) for output in made["outputs"]]
            cell.execution_count = made["execution_count"]
            cell.metadata = as_node(dict(made["metadata"]))


def _has_error(notebook: Any) -> bool:
    return any(
        output.output_type == "error"
        for cell in notebook.cells
        if cell.cell_type == "code" and "raises-exception" not in cell.metadata.get("tags", [])
        for output in cell.outputs
    )
