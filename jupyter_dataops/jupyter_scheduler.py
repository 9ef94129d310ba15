"""An execution manager for jupyter-scheduler, whose button *Create a notebook job* then runs pipelines, too.

``c.Scheduler.execution_manager_class = "jupyter_dataops.jupyter_scheduler.PipelineExecutionManager"``

A notebook with nodes is run as a pipeline, in the run store of the server's root folder; any other as jupyter-scheduler
itself would. Needs the extra ``[jupyter-scheduler]``.

jupyter-scheduler makes the object in the server and runs its `process` in a process of its own, started by ``spawn``:
so the object holds nothing but what it was given.
"""

from __future__ import annotations

import ast
import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import fsspec
import nbformat
from jupyter_scheduler.executors import DefaultExecutionManager
from jupyter_scheduler.models import Status
from jupyter_scheduler.orm import Job
from jupyter_scheduler.utils import get_utc_timestamp
from msgspec.structs import replace

from jupyter_dataops.errors import DataOpsError

if TYPE_CHECKING:
    from jupyter_dataops.api.pipeline import Pipeline
    from jupyter_dataops.api.run import Run
    from jupyter_dataops.config import Settings
    from jupyter_dataops.spec.parameters import Parameter

_LOG: Final = logging.getLogger(__name__)
MOST_CHARACTERS: Final = 1_024
"""Of a job's status message, the only place that jupyter-scheduler has for what became of nodes."""
MOST_TROUBLES: Final = 3
TELL_EVERY_S: Final = 1.0


class PipelineExecutionManager(DefaultExecutionManager):  # type: ignore[misc]  # jupyter-scheduler has no types
    """Runs one job: a notebook with nodes as a pipeline, any other as its base class does."""

    def execute(self) -> None:
        """The notebook has run, and the files that the job asked for are written.

        Raises
        ------
        JobFailed
            The run did not succeed; its files are written all the same.
        DataOpsError
            Nothing was started.
        """
        from jupyter_dataops.api.pipeline import Pipeline  # noqa: PLC0415 - the server needs none of it
        from jupyter_dataops.lint.models import is_plain  # noqa: PLC0415

        path = Path(self.staging_paths["input"])
        pipeline = Pipeline(path, settings=settings_of(path.parent, Path(self.root_dir)))
        if is_plain(pipeline.diagnostics):
            super().execute()
        else:
            self._execute_pipeline(pipeline)

    def _execute_pipeline(self, pipeline: Pipeline) -> None:
        from jupyter_dataops.states import RunState  # noqa: PLC0415 - the server needs none of it

        job = self.model
        run = pipeline.create_run(read_values(pipeline.parameters, job.parameters or {}))
        try:
            with _Teller(self, run) as teller:
                run.execute(observer=teller, progress=False)
        finally:
            self.add_side_effects_files(str(pipeline.path.parent))
            self._write_outputs(job, run.refresh())
        self.tell(run)
        if run.state is not RunState.SUCCEEDED:
            raise JobFailed(status_of(run))

    def _write_outputs(self, job: Any, run: Run) -> None:
        """What the job asked for: HTML is the report of the run, anything else is made of the executed notebook."""
        from jupyter_dataops.api.whole_notebook import whole_notebook  # noqa: PLC0415 - the server needs none of it

        others = [form for form in job.output_formats or () if form != "html"]
        if len(others) < len(job.output_formats or ()):
            page = run.report().page.read_text("utf-8")
            with fsspec.open(self.staging_paths["html"], "w", encoding="utf-8") as file:
                file.write(page)
        notebook = nbformat.from_dict(whole_notebook(run))  # type: ignore[no-untyped-call]
        self.create_output_files(job.copy(update={"output_formats": others}), notebook)

    def tell(self, run: Run) -> None:
        """The job's status message says how far `run` is."""
        self._update(status_message=status_of(run))

    def on_failure(self, e: Exception) -> None:
        """The job has failed, and says why, as far as there is room for it."""
        if not isinstance(e, DataOpsError):
            super().on_failure(e)
            return
        self._update(status=Status.FAILED, status_message=_cut(str(e)), end_time=get_utc_timestamp())

    def _update(self, **values: Any) -> None:
        with self.db_session() as session:
            session.query(Job).filter(Job.job_id == self.job_id).update(values)
            session.commit()


class JobFailed(DataOpsError):
    """The run of a job did not succeed; the message is the job's."""

    code = "job_failed"
    exit_code = 1


class _Teller:
    """Called with every event of the run; tells the job's status, with a pause of `TELL_EVERY_S` after each time.

    Telling has a thread of its own: the run does not wait for it, and what comes within the pause is told after it.
    """

    def __init__(self, manager: PipelineExecutionManager, run: Run) -> None:
        self._manager = manager
        self._run = run
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._tell, name="dataops-job-status", daemon=True)

    def __call__(self, _event: object) -> None:
        self._changed.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._changed.set()
        self._thread.join()

    def _tell(self) -> None:
        from jupyter_dataops.api.stored_runs import open_run  # noqa: PLC0415 - the server needs none of it

        while self._changed.wait() and not self._ended.is_set():
            self._changed.clear()
            try:
                self._manager.tell(open_run(self._run.run_id, self._run.settings))
            except Exception:  # noqa: BLE001 - the run is worth more than what is told of it meanwhile
                _LOG.warning("The status of job %s could not be told", self._manager.job_id, exc_info=True)
            self._ended.wait(TELL_EVERY_S)


def settings_of(folder: Path, root: Path) -> Settings:
    """Settings for a notebook in jupyter-scheduler's `folder` for the job, of a server that shows `root`.

    A ``dataops.toml`` that was copied there with the notebook counts, but for the stores: these stay the server's, in
    which the run is seen later on.
    """
    from jupyter_dataops.config import FILE_NAME, load_settings  # noqa: PLC0415 - the server needs none of it

    of_server = load_settings(root)
    if not (folder / FILE_NAME).exists():
        return of_server
    return replace(load_settings(folder), store=of_server.store, artifacts=of_server.artifacts)


def read_values(declared: Sequence[Parameter], written: Mapping[str, str]) -> dict[str, Any]:
    """What was typed as parameters of a job.

    jupyter-scheduler puts them into the notebook as they stand, so that text has to be in quotes. Here quotes are
    allowed, and not needed.

    Examples
    --------
    >>> from jupyter_dataops.spec.parameters import Parameter
    >>> declared = [Parameter("shop", "'a'", "str"), Parameter("years", "[]", "list")]
    >>> read_values(declared, {"shop": "'Bern'", "years": "[2024, 2025]"})
    {'shop': 'Bern', 'years': [2024, 2025]}
    >>> read_values(declared, {"shop": "24", "years": "Bern"})
    {'shop': '24', 'years': 'Bern'}
    """
    texts = {parameter.name for parameter in declared if parameter.type == "str"}
    values: dict[str, Any] = {}
    for name, text in written.items():
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            value = text
        values[name] = text if name in texts and not isinstance(value, str) else value
    return values


def status_of(run: Run) -> str:
    """How a run is, for a job: nodes by state, the first of what failed, then each node; cut where there is no room."""
    from jupyter_dataops.report.looks import counts_sentence, shown, troubles_of  # noqa: PLC0415 - as above
    from jupyter_dataops.report.trouble import cell_at_fault, place_of  # noqa: PLC0415

    records = [node_run.record for node_run in run.nodes.values()]
    lines = [f"run {run.run_id} {run.state}: {counts_sentence(records)}"]
    for one in troubles_of(records)[:MOST_TROUBLES]:
        if one.failure is not None:
            place = place_of(one, one.failure, cell_at_fault(one.failure, run[one.node].cells))
            lines.append(f"{shown(one).symbol} {one.node}  {place + ': ' if place else ''}{one.failure.headline}")
    lines += [f"{one.node}: {shown(one).word}" for one in records if one.parent is None]
    return _cut("\n".join(lines))


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"
