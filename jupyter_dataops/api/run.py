"""Runs, as a user sees them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from jupyter_dataops.api.description import describe_run
from jupyter_dataops.api.fingerprints import fingerprints_of
from jupyter_dataops.api.launch import Request, create_run, execute_run, require_jobs
from jupyter_dataops.api.node_run import NodeRun
from jupyter_dataops.api.progress import watched
from jupyter_dataops.api.reading import AnalysedNotebook, absolute_path, analyse_text, read_notebook
from jupyter_dataops.api.whole_notebook import write_whole_notebook
from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.control import wake
from jupyter_dataops.engine.models import Observer
from jupyter_dataops.errors import IllegalMove, NodeNotFound, UsageError
from jupyter_dataops.events import NodeCancelled, RunCancelRequested, RunFinished
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.interfaces import ArtifactStore, RunStore
from jupyter_dataops.plan.models import Plan
from jupyter_dataops.plan.planner import plan_from_failure
from jupyter_dataops.records import EventRecord, RunRecord
from jupyter_dataops.spec.parameters import check_parameters
from jupyter_dataops.states import RunState
from jupyter_dataops.wiring import Layout, SystemClock, open_artifact_store, open_run_store


class Run:
    """One execution of a pipeline. What is shown is what the store said when it was made, or last `refresh`-ed.

    Examples
    --------
    >>> import tempfile
    >>> from jupyter_dataops.api.pipeline import Pipeline
    >>> settings = Settings(store=tempfile.mkdtemp(), jobs=2)
    >>> pipeline = Pipeline("example_notebooks/flights.ipynb", settings=settings)
    >>> run = pipeline.create_run({"test_share": 0.5})
    >>> run.state, run.parameters, list(run.nodes)[:3]
    (<RunState.QUEUED: 'queued'>, {'test_share': 0.5}, ['load_flights', 'load_weather', 'load_planes'])
    >>> run["clean"]
    <NodeRun clean: pending>
    >>> run["claen"]
    Traceback (most recent call last):
    jupyter_dataops.errors.NodeNotFound: run ... has no node 'claen'
      -> did you mean 'clean'?
    >>> run.cancel("not today")
    >>> run.state, run.reason
    (<RunState.CANCELLED: 'cancelled'>, 'not today; no runner was there to stop')
    >>> [event.kind for event in run.events()][:3]
    ['RunCreated', 'RunCancelRequested', 'NodeCancelled']
    >>> open_run("last", settings).run_id == run.run_id
    True
    """

    def __init__(self, record: RunRecord, settings: Settings) -> None:
        self.record = record
        self._settings = settings

    def store(self) -> closing[RunStore]:
        """The run store, open for as long as the context lasts."""
        return closing(open_run_store(self._settings))

    def refresh(self) -> Self:
        """Read the run's present state from the store."""
        with self.store() as store:
            self.record = store.get_run(self.run_id)
        self.__dict__.pop("nodes", None)
        return self

    @cached_property
    def nodes(self) -> Mapping[NodeName, NodeRun]:
        """Its node runs, in document order."""
        with self.store() as store:
            records = store.get_node_runs(self.run_id)
        return MappingProxyType({record.node: NodeRun(record, self) for record in records})

    @property
    def run_id(self) -> RunId:
        """Its id."""
        return self.record.run_id

    @property
    def state(self) -> RunState:
        """Its state."""
        return self.record.state

    @property
    def reason(self) -> str | None:
        """Why it ended as it did."""
        return self.record.reason

    @property
    def notebook(self) -> Path:
        """The user's notebook it was made from."""
        return Path(self.record.notebook)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters it was given; others had their defaults."""
        return self.record.parameters

    @property
    def parent_run_id(self) -> RunId | None:
        """The run that this one retries."""
        return self.record.parent_run_id

    @property
    def started_at(self) -> datetime | None:
        """When a runner took it."""
        return self.record.started_at

    @property
    def finished_at(self) -> datetime | None:
        """When it ended."""
        return self.record.finished_at

    @property
    def folder(self) -> Path:
        """Where its executed notebooks and logs lie."""
        return Layout(Path(self._settings.store)).run(self.run_id)

    @cached_property
    def artifacts(self) -> ArtifactStore:
        """The artifact store that holds its outputs."""
        return open_artifact_store(Layout(Path(self._settings.store)).artifacts)

    @cached_property
    def snapshot(self) -> AnalysedNotebook:
        """The notebook as it was when the run was made."""
        with self.store() as store:
            text = store.get_snapshot(self.record.snapshot)
        return analyse_text(text, str(self.notebook), self.notebook.stem)

    def __getitem__(self, node: str) -> NodeRun:
        if node not in self.nodes:
            close = difflib.get_close_matches(node, self.nodes, 1)
            raise NodeNotFound(
                f"run {self.run_id} has no node '{node}'",
                hint=f"did you mean '{close[0]}'?" if close else f"its nodes: {', '.join(self.nodes)}",
            )
        return self.nodes[NodeName(node)]

    def load(self, node: str, name: str) -> Any:
        """The value that `node` handed on as `name`. Raises `NodeNotFound`, `ArtifactMissing`."""
        return self[node].load(name)

    def events(self, after: int = 0) -> Sequence[EventRecord]:
        """What happened to it, in order."""
        with self.store() as store:
            return store.get_events(self.run_id, after)

    def to_json(self) -> dict[str, Any]:
        """The run as the documented JSON object of ``show --json``."""
        return describe_run(self.record, [node_run.record for node_run in self.nodes.values()])

    def write_notebook(self, path: str | Path) -> Path:
        """The notebook as it was run, with every node's outputs in its own cells, written to `path`."""
        return write_whole_notebook(self, Path(path))

    def execute(self, *, observer: Observer | None = None, progress: bool = True) -> Self:
        """Drive a queued run to its end, in this process. Raises `IllegalMove` if somebody has taken it."""
        with watched(len(self.nodes), observer, progress) as observe:
            execute_run(self.run_id, self._settings, observe)
        return self.refresh()

    def __repr__(self) -> str:
        return f"<Run {self.run_id} of {self.notebook.stem}: {self.state}>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        from jupyter_dataops.graph.draw import to_text  # noqa: PLC0415 - only when shown
        from jupyter_dataops.graph.svg import to_svg  # noqa: PLC0415

        states = {name: node_run.state for name, node_run in self.nodes.items()}
        graph = self.snapshot.graph
        return {"image/svg+xml": to_svg(graph, states), "text/plain": f"{self!r}\n{to_text(graph, states)}"}

    def plan_retry(self, nodes: Sequence[str] = (), parameters: Mapping[str, Any] | None = None) -> Plan:
        """What `retry` would do, and why."""
        return self._retry(nodes, parameters)[1]

    def _retry(
        self, nodes: Sequence[str], parameters: Mapping[str, Any] | None
    ) -> tuple[AnalysedNotebook, Plan, dict[str, Any]]:
        self.refresh()
        self._require_ended()
        analysed = read_notebook(self.notebook)
        analysed.require_valid()
        given = {**self.parameters, **(parameters or {})}
        check_parameters(analysed.parameters, given)
        prints = fingerprints_of(analysed, given, Path(self.record.options["working_dir"]))
        plan = plan_from_failure(
            analysed.flow,
            prints,
            self.record,
            {name: node_run.record for name, node_run in self.nodes.items()},
            only=frozenset(NodeName(node) for node in nodes),
        )
        return analysed, plan, given

    def _require_ended(self) -> None:
        if self.state.is_terminal:
            return
        control = self.record.control
        if control is not None and not wake(control):
            raise UsageError(
                f"run {self.run_id} is still {self.state}, but its runner is no longer there",
                hint=f"`jupyter dataops cancel {self.run_id}` ends it; retry it then",
            )
        raise UsageError(f"run {self.run_id} is still {self.state}", hint="wait for its end, or cancel it first")

    def create_retry(
        self,
        nodes: Sequence[str] = (),
        parameters: Mapping[str, Any] | None = None,
        *,
        jobs: int | None = None,
        fail_fast: bool | None = None,
    ) -> Run:
        """A queued run that reuses what succeeded here, and runs what failed and what is below.

        The notebook is read anew: an edited cell runs as it is now, and so does everything below it.

        Raises
        ------
        UsageError
            The run has not ended yet.
        InvalidPipeline, NodeNotFound, ParameterError
        """
        analysed, plan, given = self._retry(nodes, parameters)
        require_jobs(jobs)
        options = self.record.options
        request = Request(
            notebook=self.notebook,
            working_dir=Path(options["working_dir"]),
            parameters=given,
            jobs=jobs or options["jobs"],
            fail_fast=options["fail_fast"] if fail_fast is None else fail_fast,
            parent_run_id=self.run_id,
        )
        return Run(create_run(analysed, plan, request, self._settings), self._settings)

    def retry(
        self,
        nodes: Sequence[str] = (),
        parameters: Mapping[str, Any] | None = None,
        *,
        jobs: int | None = None,
        fail_fast: bool | None = None,
        observer: Observer | None = None,
        progress: bool = True,
    ) -> Run:
        """The finished run that `create_retry` makes."""
        made = self.create_retry(nodes, parameters, jobs=jobs, fail_fast=fail_fast)
        return made.execute(observer=observer, progress=progress)

    def cancel(self, reason: str = "cancelled on request") -> None:
        """Ask the run to stop, from any process; returns without waiting for its end.

        A run whose runner is no longer there is ended here and now.

        Raises
        ------
        UsageError
            It has ended already.
        """
        with self.store() as store:
            try:
                store.apply(RunCancelRequested(run_id=self.run_id, at=SystemClock().now(), reason=reason), None)
            except IllegalMove:
                if store.get_run(self.run_id).state is not RunState.CANCELLING:
                    raise UsageError(
                        f"run {self.run_id} has already ended: {store.get_run(self.run_id).state}", hint="see `runs`"
                    ) from None
            run = store.get_run(self.run_id)
            if run.control is None or not wake(run.control):
                _end_abandoned(store, run, reason)
        self.refresh()


def _end_abandoned(store: RunStore, run: RunRecord, reason: str) -> None:
    now = SystemClock().now()
    for record in store.get_node_runs(run.run_id):
        if not record.state.is_done:
            store.apply(NodeCancelled(run_id=run.run_id, at=now, node=record.node, reason=reason), run.token)
    ended = RunFinished(
        run_id=run.run_id, at=now, state=RunState.CANCELLED, reason=f"{reason}; no runner was there to stop"
    )
    store.apply(ended, run.token)


def open_run(name: str, settings: Settings | None = None, notebook: str | Path | None = None) -> Run:
    """The run meant by an id, a unique prefix of one, or ``last``. Raises `RunNotFound`."""
    settings = settings or load_settings()
    with closing(open_run_store(settings)) as store:
        return Run(store.find_run(name, _absolute(notebook)), settings)


def list_runs(settings: Settings | None = None, notebook: str | Path | None = None, limit: int = 50) -> list[Run]:
    """The latest runs, newest first."""
    settings = settings or load_settings()
    with closing(open_run_store(settings)) as store:
        return [Run(record, settings) for record in store.get_runs(_absolute(notebook), limit)]


def _absolute(notebook: str | Path | None) -> str | None:
    return None if notebook is None else str(absolute_path(notebook))
