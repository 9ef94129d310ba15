"""A run whose notebook papermill holds: the work behind the engine ``dataops``.

papermill succeeds if the run does. It decides that by error outputs, so only errors at which nodes failed stay such;
errors that a trigger rule handled, or that ``raises-exception`` allows, are shown as text on stderr.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import nbformat
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine
from papermill.iorw import papermill_io
from papermill.log import logger

from jupyter_dataops.api.asset_digests import newest_assets
from jupyter_dataops.api.environments import configured_parameters
from jupyter_dataops.api.fingerprints import fingerprints_of
from jupyter_dataops.api.launch import Request, create_run
from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from jupyter_dataops.api.run import Run
from jupyter_dataops.api.whole_notebook import ExecutedCells, cells_of_children, executed_cells_of, read_executed
from jupyter_dataops.config import load_settings
from jupyter_dataops.errors import EnvironmentRefused
from jupyter_dataops.events import Event, NodeExpanded, NodeFailed, NodeStarted, NodeSucceeded
from jupyter_dataops.ids import CellId, NodeName, parts_of
from jupyter_dataops.interfaces import CellFinished
from jupyter_dataops.plan.planner import plan_full
from jupyter_dataops.records import Failure, NodeRunRecord
from jupyter_dataops.states import CheckSeverity, NodeState, RunState

_INJECTED: Final = "injected-parameters"


class ManagedEngine(Engine):  # type: ignore[misc]  # papermill has no types
    """Runs the notebook that papermill has prepared as one run in the configured store."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        input_path: Any = None,
        jobs: int | None = None,
        fail_fast: bool = False,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
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
        if not isinstance(input_path, str):
            # papermill puts the whole input in here where it was given a notebook instead of a path.
            nb_man.nb.metadata.papermill["input_path"] = None
        run = _create_run(nb_man.nb, kernel_name, _address(input_path), jobs, fail_fast=fail_fast)
        logs = SimpleNamespace(log=logger, log_output=log_output, stdout_file=stdout_file, stderr_file=stderr_file)
        shown = _ShownNotebook(nb_man, run.snapshot, logs)
        run.execute(observer=shown.observe, progress=False)
        shown.settle_errors(run)
        if run.state is RunState.SUCCEEDED:
            nb_man.complete_pbar()  # Markdown cells were never counted
        nb_man.nb.metadata["dataops"] = {**run.snapshot.spec.metadata, "run": run.to_json()}
        if run.state is not RunState.SUCCEEDED and not shown.has_error:
            raise EnvironmentRefused(f"run {run.run_id} {run.state}: {run.reason}", hint=f"see `why {run.run_id}`")


def _address(input_path: Any) -> Path | None:
    """Where the notebook is, if papermill was told; a file's path is relative to where papermill was called."""
    if not isinstance(input_path, str) or input_path.lstrip().startswith("{"):
        return None
    if "://" in input_path:
        return Path(input_path)
    return Path(papermill_io.get_handler("local")._cwd or Path.cwd()) / input_path  # noqa: SLF001 - the only place


def _create_run(notebook: Any, kernel_name: str, address: Path | None, jobs: int | None, *, fail_fast: bool) -> Run:
    working_dir = Path.cwd()
    path = address or working_dir / "notebook.ipynb"
    folder = path.parent if path.is_file() else working_dir
    settings = load_settings(folder)
    analysed = analyse_text(_text_before_papermill(notebook, kernel_name), str(path), path.stem, folder)
    analysed.require_valid()
    given = notebook.metadata.papermill.get("parameters") or {}
    parameters = {**configured_parameters(settings, analysed.parameters), **given}
    prints = fingerprints_of(analysed, parameters, Path.cwd(), assets=newest_assets(settings))
    request = Request(path, working_dir, parameters, int(jobs or settings.jobs), bool(fail_fast))
    return Run(create_run(analysed, plan_full(analysed.flow, prints), request, settings), settings)


def _text_before_papermill(notebook: Any, kernel_name: str) -> str:
    """The notebook as papermill read it, but for the kernel that it was told to use."""
    original = json.loads(nbformat.writes(notebook))  # type: ignore[no-untyped-call]
    original["cells"] = [cell for cell in original["cells"] if _INJECTED not in cell["metadata"].get("tags", [])]
    for cell in original["cells"]:
        cell["metadata"].pop("papermill", None)
    metadata = original["metadata"]
    metadata.pop("papermill", None)
    if metadata.get("kernelspec", {}).get("name") != kernel_name:
        metadata["kernelspec"] = {"name": kernel_name, "display_name": kernel_name}
    return json.dumps(original, indent=1, ensure_ascii=False) + "\n"


class _ShownNotebook:
    """papermill's notebook, which fills as nodes end; the injected cell, which is papermill's own, stays as it is."""

    def __init__(self, nb_man: Any, snapshot: AnalysedNotebook, logs: SimpleNamespace) -> None:
        self._nb_man = nb_man
        self._spec = snapshot.spec
        self._logs = logs
        self._executed: dict[NodeName, str] = {}
        self._children: dict[NodeName, list[NodeName]] = {}
        own = [cell for cell in nb_man.nb.cells if _INJECTED not in cell.metadata.get("tags", [])]
        pairs = zip(own, self._spec.cells, strict=True)
        self._cells: dict[CellId, Any] = {meaning.id: cell for cell, meaning in pairs if cell.cell_type == "code"}
        self._waiting = set(self._cells)

    def observe(self, event: Event | CellFinished) -> None:
        """A node that has ended is shown, and the notebook saved."""
        if isinstance(event, NodeStarted):
            self._executed[event.node] = event.notebook
        elif isinstance(event, NodeExpanded):
            self._children[event.node] = [child.node for child in event.children if child.item is not None]
        elif isinstance(event, NodeSucceeded | NodeFailed) and parts_of(event.node).local == event.node:
            self._show(event.node)
            self._nb_man.save()

    def _cells_of(self, name: NodeName) -> ExecutedCells:
        executed = read_executed(self._executed.get(name))
        return {} if executed is None else executed_cells_of(executed, self._spec, parts_of(name).local)

    def _show(self, node: NodeName) -> None:
        ran = [(child, self._cells_of(child)) for child in self._children.get(node, ())]
        shown = {**ran[0][1], **cells_of_children(self._spec, node, ran)} if ran else self._cells_of(node)
        for cell_id, twin in shown.items():
            if cell_id not in self._waiting:
                continue
            self._waiting.remove(cell_id)
            cell = self._cells[cell_id]
            cell.outputs = _as_nodes(twin["outputs"])
            cell.execution_count = twin["execution_count"]
            cell.metadata["papermill"] = _as_nodes(twin["metadata"].get("papermill", cell.metadata.papermill))
            for output in cell.outputs:
                PapermillNotebookClient.log_output_message(self._logs, output)
            if self._nb_man.pbar:
                self._nb_man.pbar.update(1)

    def settle_errors(self, run: Run) -> None:
        """Exactly the cells at which nodes failed, in a run that did not succeed, have error outputs afterwards."""
        at_fault = self._failures(run)
        for cell_id, cell in self._cells.items():
            if cell_id not in at_fault:
                cell.outputs = [_as_text(output) for output in cell.outputs]
                if cell.metadata.papermill.get("exception"):
                    cell.metadata.papermill["exception"] = False
        for cell_id, failure in at_fault.items():
            cell = self._cells[cell_id]
            # papermill shows tracebacks alone, and a kernel that was killed left none.
            if not any(output.output_type == "error" and output.traceback for output in cell.outputs):
                cell.outputs = [*(one for one in cell.outputs if one.output_type != "error"), _as_error(failure)]
            cell.metadata.papermill.update(exception=True, status="failed")
            self._nb_man.nb.metadata.papermill["exception"] = True

    def _failures(self, run: Run) -> Mapping[CellId, Failure]:
        if run.state is RunState.SUCCEEDED:
            return {}
        found: dict[CellId, Failure] = {}
        for name, node_run in run.nodes.items():
            is_own = parts_of(name).local == name and node_run.record.severity is not CheckSeverity.WARN
            if is_own and node_run.state is NodeState.FAILED and node_run.failure is not None:
                found[self._cell_at_fault(node_run.record, node_run.failure)] = node_run.failure
        return found

    def _cell_at_fault(self, record: NodeRunRecord, failure: Failure) -> CellId:
        named = CellId(failure.cell_id or "")
        # Where the node has run another notebook, the cell is one of that.
        if named in self._cells and record.parameters is None:
            return named
        name = record.node
        return (self._spec.checks[name] if name in self._spec.checks else self._spec.nodes[name]).cells[-1].id

    @property
    def has_error(self) -> bool:
        """Whether papermill will raise; ``sys.exit(0)``, at which a node fails, is none to it."""
        outputs = (output for cell in self._cells.values() for output in cell.outputs)
        return any(output.output_type == "error" and not _is_good_exit(output) for output in outputs)


def _is_good_exit(error: Any) -> bool:
    return error.ename == "SystemExit" and error.evalue in ("", "0")


def _as_nodes(value: Any) -> Any:
    return nbformat.from_dict(value)  # type: ignore[no-untyped-call]


def _as_text(output: Any) -> Any:
    if output.output_type != "error":
        return output
    text = "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
    return nbformat.v4.new_output("stream", name="stderr", text=f"{text}\n")  # type: ignore[no-untyped-call]


def _as_error(failure: Failure) -> Any:
    lines = failure.traceback.splitlines() or [failure.error]
    return nbformat.v4.new_output(  # type: ignore[no-untyped-call]
        "error", ename=failure.ename, evalue=failure.evalue, traceback=lines
    )
