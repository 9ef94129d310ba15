"""Runs, as a user sees them.

What reads notebooks, plans and executes is imported when first used: most commands only look at what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from jupyter_dataops.api.attempts import attempts_behind, loaded_in, no_such_node
from jupyter_dataops.api.description import describe_run
from jupyter_dataops.api.environments import settings_of
from jupyter_dataops.api.node_run import NodeRun
from jupyter_dataops.api.recovery import clear_remains, find_dead_runs
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import UsageError
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.interfaces import ArtifactStore, RunStore
from jupyter_dataops.records import AssetRecord, AttemptRecord, EventRecord, LoadedAsset, RunRecord
from jupyter_dataops.states import RunState
from jupyter_dataops.wiring import Layout, SystemClock, open_artifact_store, open_run_store, open_unsigned_reader

if TYPE_CHECKING:
    from jupyter_dataops.api.explanation import Explanation
    from jupyter_dataops.api.forking import StartingKernels
    from jupyter_dataops.api.reading import AnalysedNotebook
    from jupyter_dataops.api.reporting import Written
    from jupyter_dataops.engine.models import Observer
    from jupyter_dataops.panel.widget import Panel
    from jupyter_dataops.plan.differences import Difference
    from jupyter_dataops.plan.models import Plan


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
    """

    def __init__(self, record: RunRecord, settings: Settings) -> None:
        self.record = record
        self.settings = settings
        """Where it is kept, and so on."""

    def store(self) -> closing[RunStore]:
        """The run store, open for as long as the context lasts."""
        return closing(open_run_store(self.settings))

    def refresh(self) -> Self:
        """Read the run's present state from the store. A run whose runner has died is ``crashed`` from here."""
        with self.store() as store:
            find_dead_runs(store, Layout.of(self.settings), SystemClock())
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
    def environment(self) -> str:
        """The environment that it was started in; empty: none."""
        return str(self.record.options.get("environment", ""))

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
        return Layout.of(self.settings).run(self.run_id)

    @cached_property
    def artifacts(self) -> ArtifactStore:
        """The artifact store that holds its outputs."""
        return open_artifact_store(Layout.of(self.settings, self.record).artifacts)

    @cached_property
    def snapshot(self) -> AnalysedNotebook:
        """The notebook as it was when the run was made."""
        from jupyter_dataops.api.reading import analyse_text  # noqa: PLC0415 - see the module's docstring

        with self.store() as store:
            text = store.get_snapshot(self.record.snapshot)
        return analyse_text(text, str(self.notebook), self.notebook.stem)

    def __getitem__(self, node: str) -> NodeRun:
        if node not in self.nodes:
            raise no_such_node(self.run_id, node, self.nodes)
        return self.nodes[NodeName(node)]

    def load(self, node: str, name: str) -> Any:
        """The value that `node` handed on as `name`. Raises `NodeNotFound`, `ArtifactMissing`."""
        return self[node].load(name)

    def get_attempts(self) -> Mapping[NodeName, Sequence[AttemptRecord]]:
        """Every attempt, by node; a reused node has those of the run that computed it."""
        with self.store() as store:
            return attempts_behind(store, [node_run.record for node_run in self.nodes.values()])

    def published_assets(self) -> Sequence[AssetRecord]:
        """The versions of assets that it has published, by name."""
        from jupyter_dataops.api.assets import published_by  # noqa: PLC0415 - see the module's docstring

        return published_by(self.run_id, self.settings)

    def loaded_assets(self) -> Mapping[NodeName, Sequence[LoadedAsset]]:
        """The versions of assets that its nodes have loaded, those of a reused node when it was computed."""
        loaded = {node: loaded_in(attempts) for node, attempts in self.get_attempts().items()}
        return {node: found for node, found in loaded.items() if found}

    def events(self, after: int = 0) -> Sequence[EventRecord]:
        """What happened to it, in order."""
        with self.store() as store:
            return store.get_events(self.run_id, after)

    def explain(self) -> Explanation:
        """Why the run failed: what failed first, and what differs from when that last succeeded."""
        from jupyter_dataops.api.explaining import explain_run  # noqa: PLC0415 - see the module's docstring

        reader = open_unsigned_reader(Layout.of(self.settings, self.record).artifacts)
        with self.store() as store:
            return explain_run(self.run_id, store, reader.read)

    def changes(self, *names: str) -> Mapping[NodeName, Sequence[Difference]]:
        """What was edited or set otherwise than where these node runs, or all, were planned from; old and new."""
        from jupyter_dataops.api.reasons import changes_in  # noqa: PLC0415 - see the module's docstring

        with self.store() as store:
            return changes_in(self.run_id, store, [self[name].node for name in names or self.nodes])

    def waiting(self) -> Mapping[NodeName, str]:
        """What keeps node runs that have not started from going on, right now."""
        from jupyter_dataops.api.reasons import waiting_in  # noqa: PLC0415 - see the module's docstring

        with self.store() as store:
            return waiting_in(self.run_id, store)

    def to_json(self) -> dict[str, Any]:
        """The run as the documented JSON object of ``show --json``."""
        return describe_run(self.record, [node_run.record for node_run in self.nodes.values()])

    def report(self, path: str | Path | None = None) -> Written:
        """Its report as one HTML page, by default in the run's folder, with the executed notebook beside it.

        Any run has one, also while it goes on. Raises `EnvironmentRefused` where it cannot be written.
        """
        from jupyter_dataops.api.reporting import write_report  # noqa: PLC0415 - see the module's docstring

        return write_report(self, None if path is None else Path(path))

    def panel(self, *, read_only: bool = False) -> Panel:
        """The panel of its pipeline, with this run in it; see `Pipeline.panel`."""
        from jupyter_dataops.api.panels import make_panel  # noqa: PLC0415 - see the module's docstring

        return make_panel(self.notebook, self.settings, run_id=self.run_id, is_read_only=read_only)

    def write_notebook(self, path: str | Path) -> Path:
        """The notebook as it was run, with every node's outputs in its own cells, written to `path`."""
        from jupyter_dataops.api.whole_notebook import write_whole_notebook  # noqa: PLC0415 - see the module's docstring

        return write_whole_notebook(self, Path(path))

    def execute(
        self, *, observer: Observer | None = None, progress: bool = True, kernels: StartingKernels | None = None
    ) -> Self:
        """Drive a queued or crashed run to its end, in this process, with what `Pipeline.start_kernels` has started.

        Raises `IllegalMove` if somebody has taken it.
        """
        from jupyter_dataops.api.launch import execute_run  # noqa: PLC0415 - see the module's docstring
        from jupyter_dataops.api.progress import watched  # noqa: PLC0415 - see the module's docstring

        with watched(len(self.nodes), observer, progress) as observe:
            execute_run(self.run_id, settings_of(self.record, self.settings), observe, kernels)
        return self.refresh()

    def resume(self, *, observer: Observer | None = None, progress: bool = True) -> Self:
        """The crashed run has gone on from where it stopped, to its end, with the notebook as it was.

        Raises
        ------
        UsageError
            It has not crashed.
        IllegalMove
            Somebody else resumes it.
        """
        self.require_resumable()
        return self.execute(observer=observer, progress=progress)

    def plan_resume(self) -> Plan:
        """What `resume` would do, and why. Raises `UsageError` as it does."""
        from jupyter_dataops.plan.resume import plan_resume  # noqa: PLC0415 - see the module's docstring

        self.require_resumable()
        return plan_resume([node_run.record for node_run in self.nodes.values()])

    def require_resumable(self) -> None:
        """Return if the run's runner died, or none has ever taken it. Raises `UsageError`."""
        self.refresh()
        if self.state in (RunState.CRASHED, RunState.QUEUED):
            return
        ended = (
            f"use `jupyter dataops retry {self.run_id}` to run again what failed"
            if self.state.is_terminal
            else "wait for its end"
        )
        raise UsageError(f"run {self.run_id} is {self.state}: only a crashed run can be resumed", hint=ended)

    def __repr__(self) -> str:
        return f"<Run {self.run_id} of {self.notebook.stem}: {self.state}>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        from jupyter_dataops.graph.draw import to_text  # noqa: PLC0415 - only when shown
        from jupyter_dataops.graph.svg import to_svg  # noqa: PLC0415

        states = {name: node_run.state for name, node_run in self.nodes.items()}
        graph = self.snapshot.graph
        return {"image/svg+xml": to_svg(graph, states), "text/plain": f"{self!r}\n{to_text(graph, states)}"}

    def plan_retry(
        self, nodes: Sequence[str] = (), parameters: Mapping[str, Any] | None = None, *, select: str | None = None
    ) -> Plan:
        """What `retry` would do, and why. Raises as `create_retry` does."""
        from jupyter_dataops.api.retry import Selected, prepare_retry  # noqa: PLC0415 - see the module's docstring

        settings_of(self.record, self.settings)  # refuses those of another environment
        return prepare_retry(self, Selected(nodes, select), parameters or {}).plan

    def create_retry(
        self,
        nodes: Sequence[str] = (),
        parameters: Mapping[str, Any] | None = None,
        *,
        select: str | None = None,
        jobs: int | None = None,
        fail_fast: bool | None = None,
    ) -> Run:
        """A queued run that reuses what succeeded here, and runs what failed and what is below.

        The notebook is read anew: an edited cell runs as it is now, and so does everything below it.

        Parameters
        ----------
        nodes
            Run only these, what is below them, and whatever above them has no result that holds. Also checks, and what
            nodes have expanded to: ``score[berlin]``, ``etl/clean``, ``check:clean/not_null``.
        parameters
            Values that replace those of this run.
        select
            Run only what this means, and whatever above has no result that holds: ``clean``, ``clean+``, ``+train``,
            ``state:failed``, ``a b``.

        Raises
        ------
        UsageError
            The run has not ended yet, or `select` means nothing.
        InvalidPipeline, NodeNotFound, ParameterError
        """
        from jupyter_dataops.api.launch import create_run, require_jobs  # noqa: PLC0415 - see the module's docstring
        from jupyter_dataops.api.retry import Selected, prepare_retry  # noqa: PLC0415 - see the module's docstring

        require_jobs(jobs)
        settings = settings_of(self.record, self.settings)
        selected = Selected(nodes, select)
        made = prepare_retry(self, selected, parameters or {})
        if self.state is RunState.CRASHED:
            with self.store() as store:
                clear_remains(store, Layout.of(self.settings), self.record)
        request = made.request(self, selected, jobs, fail_fast)
        return Run(create_run(made.analysed, made.plan, request, settings), settings)

    def retry(
        self,
        nodes: Sequence[str] = (),
        parameters: Mapping[str, Any] | None = None,
        *,
        select: str | None = None,
        jobs: int | None = None,
        fail_fast: bool | None = None,
        observer: Observer | None = None,
        progress: bool = True,
    ) -> Run:
        """The finished run that `create_retry` makes."""
        made = self.create_retry(nodes, parameters, select=select, jobs=jobs, fail_fast=fail_fast)
        return made.execute(observer=observer, progress=progress)

    def retry_node(self, name: str) -> Self:
        """Have the runner try a node again while the run goes on, with the notebook as the run pinned it.

        Only what has failed or was skipped can be tried again; what is below is then decided anew.

        Raises
        ------
        NodeNotFound, UsageError
        """
        from jupyter_dataops.api.retry import reopen_node  # noqa: PLC0415 - see the module's docstring

        reopen_node(self, name, self.settings.actor)
        return self.refresh()

    def plan_retry_node(self, *names: str) -> Plan:
        """What `retry_node` of each would do, and why. Raises as it does."""
        from jupyter_dataops.api.retry import plan_reopen  # noqa: PLC0415 - see the module's docstring

        return plan_reopen(self, names)

    def is_edited_since(self, name: str) -> bool:
        """Whether the notebook's cells of a node differ from those that the run pinned."""
        from jupyter_dataops.api.retry import is_edited_since  # noqa: PLC0415 - see the module's docstring

        return is_edited_since(self, name)

    def cancel(self, reason: str = "cancelled on request") -> None:
        """Ask the run to stop, from any process; returns without waiting for its end.

        A run whose runner is no longer there is ended here and now.

        Raises
        ------
        UsageError
            It has ended already.
        """
        from jupyter_dataops.api.cancelling import cancel_run  # noqa: PLC0415 - see the module's docstring

        with self.store() as store:
            cancel_run(store, self.run_id, SystemClock(), reason=reason, by=self.settings.actor)
        self.refresh()
