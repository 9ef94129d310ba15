"""The pipeline in a notebook, as a user sees it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from msgspec.structs import replace

from jupyter_dataops.api.asset_digests import newest_assets
from jupyter_dataops.api.environments import configured_parameters
from jupyter_dataops.api.fingerprints import fingerprints_of
from jupyter_dataops.api.paths import absolute_path
from jupyter_dataops.api.reading import AnalysedNotebook, read_notebook
from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import list_runs
from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.errors import UsageError
from jupyter_dataops.ids import NodeName, owner_of
from jupyter_dataops.lint.models import Diagnostic
from jupyter_dataops.plan.earlier import CHANGED, FULL, allowance_s
from jupyter_dataops.plan.models import Plan
from jupyter_dataops.plan.planner import plan_full, plan_selection
from jupyter_dataops.plan.reuse import Fingerprints
from jupyter_dataops.records import NodeRunRecord
from jupyter_dataops.spec.models import PipelineSpec
from jupyter_dataops.spec.parameters import Parameter, check_parameters
from jupyter_dataops.states import NodeState

if TYPE_CHECKING:
    import networkx

    from jupyter_dataops.api.forking import StartingKernels
    from jupyter_dataops.engine.models import Observer
    from jupyter_dataops.panel.widget import Panel


class Pipeline:
    """The pipeline that a notebook's tags describe. Draws itself in a notebook.

    Parameters
    ----------
    path
        The notebook; read here, and again by every `run`.
    settings
        Where the store is, and so on; by default what ``dataops.toml`` and the environment say.

    Raises
    ------
    NotebookUnreadable
        There is no such file, or it is not a notebook. What is wrong inside it is in `diagnostics`.

    Examples
    --------
    >>> pipeline = Pipeline("example_notebooks/flights.ipynb")
    >>> pipeline
    <Pipeline flights: 12 nodes>
    >>> {parameter.name: parameter.default for parameter in pipeline.parameters}["test_share"]
    '0.25'
    >>> list(pipeline.graph.predecessors("join"))
    ['load_weather', 'load_planes', 'clean', 'congestion']
    >>> pipeline.diagnostics
    ()
    >>> pipeline.plan({"test_share": 0.5}).decisions[0].reason
    'a full run runs every node'
    """

    def __init__(self, path: str | Path, *, settings: Settings | None = None) -> None:
        self.path = absolute_path(path)
        self.settings = settings or load_settings(self.path.parent)
        self._analysed = read_notebook(self.path)

    @classmethod
    def here(cls, *, settings: Settings | None = None) -> Self:
        """The pipeline of the notebook that this is called in, as last saved.

        Raises
        ------
        UsageError
            The front end does not tell the kernel which notebook it is.
        """
        main = sys.modules["__main__"]
        path = os.environ.get("JPY_SESSION_NAME") or getattr(main, "__vsc_ipynb_file__", None)
        if not path or not Path(path).is_file():
            raise UsageError("cannot tell which notebook this is", hint="name it: Pipeline('my_notebook.ipynb')")
        return cls(path, settings=settings)

    @property
    def analysed(self) -> AnalysedNotebook:
        """The notebook's text and everything that follows from it."""
        return self._analysed

    @property
    def notebook(self) -> Mapping[str, Any]:
        """The notebook as nbformat JSON."""
        return self._analysed.notebook

    @property
    def name(self) -> str:
        """Its name: of the file, unless the notebook's metadata name it."""
        return self.spec.name

    @property
    def spec(self) -> PipelineSpec:
        """What the notebook's tags say."""
        return self._analysed.spec

    @property
    def flow(self) -> Flow:
        """What its cells read and bind, and the edges that follow."""
        return self._analysed.flow

    @property
    def graph(self) -> networkx.DiGraph[str]:
        """Its graph."""
        return self._analysed.graph

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What its ``parameters`` cell declares."""
        return self._analysed.parameters

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything that is wrong or doubtful in the notebook."""
        return self._analysed.diagnostics

    def plan(
        self,
        parameters: Mapping[str, Any] | None = None,
        *,
        select: str | None = None,
        changed: bool = False,
        fingerprints: Callable[[Mapping[str, Any]], Fingerprints] | None = None,
    ) -> Plan:
        """What `run` would do with each node, and why, as far as that can be told; nothing is started.

        With `changed`, a node below one that runs is said to run, though it may turn out that its result holds.

        Parameters
        ----------
        fingerprints
            Takes them for parameters; `None`: with everything as it is now.

        Raises
        ------
        InvalidPipeline, ParameterError
        UsageError
            `select` names no node, or leaves out one whose result is needed and not there. ``state:failed`` in it is
            about the notebook's last run.
        """
        self._analysed.require_valid()
        given = self._with_configured(parameters)
        check_parameters(self.parameters, given)
        prints = (fingerprints or self._fingerprints)(given)
        plan = self._first_plan(prints, select, CHANGED if changed else FULL)
        return self._reusing(plan, prints, given)

    def _fingerprints(self, parameters: Mapping[str, Any]) -> Fingerprints:
        return fingerprints_of(self._analysed, parameters, self.path.parent, assets=newest_assets(self.settings))

    def _first_plan(self, prints: Fingerprints, select: str | None, mode: str) -> Plan:
        """What a run does that reuses nothing but what a selection needs."""
        if select is None:
            return plan_full(self.flow, prints, mode)
        from jupyter_dataops.graph.select import select as selected  # noqa: PLC0415 - networkx costs 0.1 s

        last = self._alike(self.runs(limit=100))[:1]
        latest = dict.fromkeys(self.spec.checks, NodeState.PENDING) | _last_states(last)
        plan = plan_selection(self.flow, prints, selected(self.graph, select, latest), self._latest_results())
        return replace(plan, mode=mode) if mode == CHANGED else plan

    def _reusing(self, plan: Plan, prints: Fingerprints, parameters: Mapping[str, Any]) -> Plan:
        """`plan`, with the results that certainly hold in the place of what they stand for."""
        spec = self.spec
        caches = {name: node.options.cache for name, node in spec.nodes.items()}
        eligible = {
            decision.node
            for decision in plan.decisions
            if allowance_s(caches[_node_of(spec, decision.node)], plan.mode) > 0
        }
        if not eligible:
            return plan
        from jupyter_dataops.api.recall import Recall, Setting  # noqa: PLC0415 - a full run needs none of it
        from jupyter_dataops.api.scopes import Scope  # noqa: PLC0415
        from jupyter_dataops.api.sub_notebooks import read_sub_notebooks  # noqa: PLC0415
        from jupyter_dataops.plan.changed import plan_reuse  # noqa: PLC0415
        from jupyter_dataops.wiring import (  # noqa: PLC0415
            Layout,
            SystemClock,
            open_artifact_store,
            open_run_store,
        )

        scope = Scope(self._analysed, "", None, parameters, self.path.parent, assets=newest_assets(self.settings))
        setting = Setting(
            str(self.path),
            plan.mode,
            read_sub_notebooks(self._analysed),
            scope_of=lambda _name: scope,
            fingerprint_of=prints.__getitem__,
            is_planned_now=True,
        )
        with closing(open_run_store(self.settings)) as store:
            artifacts = open_artifact_store(Layout.of(self.settings).artifacts)
            recall = Recall(setting, store, artifacts, SystemClock())
            recall.expect(eligible)
            return plan_reuse(plan, spec, self.flow, eligible, recall)

    def create_run(
        self,
        parameters: Mapping[str, Any] | None = None,
        *,
        jobs: int | None = None,
        fail_fast: bool = False,
        select: str | None = None,
        changed: bool = False,
    ) -> Run:
        """A queued run; `Run.execute` runs it, here or in another process. Raises as `plan` does."""
        from jupyter_dataops.api.launch import Request, create_run, require_jobs  # noqa: PLC0415 - 30 ms: the engine

        require_jobs(jobs)
        self._analysed = read_notebook(self.path)
        request = Request(
            notebook=self.path,
            working_dir=self.path.parent,
            parameters=self._with_configured(parameters),
            jobs=jobs or self.settings.jobs,
            fail_fast=fail_fast,
            select=select,
        )
        plan = self.plan(parameters, select=select, changed=changed)
        return Run(create_run(self._analysed, plan, request, self.settings), self.settings)

    def start_kernels(self, jobs: int | None = None) -> StartingKernels:
        """Kernels start already, while a run is made; a context, for `Run.execute`."""
        from jupyter_dataops.api.forking import StartingKernels  # noqa: PLC0415 - as `create_run`

        return StartingKernels(self._analysed, self.path.parent, self.settings, jobs or self.settings.jobs)

    def run(
        self,
        parameters: Mapping[str, Any] | None = None,
        *,
        jobs: int | None = None,
        fail_fast: bool = False,
        select: str | None = None,
        changed: bool = False,
        observer: Observer | None = None,
        progress: bool = True,
        **more_parameters: Any,
    ) -> Run:
        """The finished run, whether it succeeded or not.

        Parameters
        ----------
        parameters
            Values for the notebook's parameters; the others keep their defaults. Also as keywords.
        jobs
            How many nodes may run at the same time; by default as configured.
        fail_fast
            Stop everything at the first failure; by default other branches go on.
        select
            Run only these nodes: ``clean``, ``+train``, ``clean+``, ``a b``, ``state:failed`` (in the last run); what
            they need comes from earlier runs.
        changed
            Reuse the result of every node that would compute the same again.
        observer
            Called with every event.
        progress
            Show a progress bar.

        Raises
        ------
        InvalidPipeline, ParameterError, UsageError
            Before anything starts.
        StoreUnavailable
            The store failed meanwhile.
        """
        given = {**(parameters or {}), **more_parameters}
        made = self.create_run(given, jobs=jobs, fail_fast=fail_fast, select=select, changed=changed)
        return made.execute(observer=observer, progress=progress)

    def panel(self, *, read_only: bool = False) -> Panel:
        """A widget for an output cell: graph, form, runs, logs; live, also while a cell runs.

        It shows the notebook as last saved. What it starts are processes of their own, which go on without it.

        Parameters
        ----------
        read_only
            Nothing can be started, retried or cancelled.

        Raises
        ------
        EnvironmentRefused
            In a checkout whose front end is not built.
        """
        from jupyter_dataops.api.panels import make_panel  # noqa: PLC0415 - 0.5 s: ipywidgets, pydantic

        return make_panel(self.path, self.settings, is_read_only=read_only)

    def runs(self, limit: int = 50) -> list[Run]:
        """Its latest runs, newest first."""
        return list_runs(self.settings, self.path, limit)

    def _latest_results(self) -> dict[NodeName, NodeRunRecord]:
        """Node to its latest successful node run, and check to what came of it in the same run."""
        latest: dict[NodeName, NodeRunRecord] = {}
        for run in self._alike(self.runs(limit=100)):
            records = [node_run.record for node_run in run.nodes.values()]
            found = {record.node for record in records if record.state.has_outputs} - latest.keys()
            latest |= {one.node: one for one in records if one.parent is None and owner_of(one.node) in found}
            if latest.keys() >= self.spec.nodes.keys():
                break
        return latest

    def _alike(self, runs: Sequence[Run]) -> list[Run]:
        """Those in the same environment: its results are no other one's, and may not be where this one looks."""
        own = self.settings.environment, self.settings.artifacts
        return [run for run in runs if (run.environment, run.record.options.get("artifacts")) == own]

    def _with_configured(self, parameters: Mapping[str, Any] | None) -> dict[str, Any]:
        """What is given over what is configured. Raises `ParameterError` where that does not fit."""
        return {**configured_parameters(self.settings, self.parameters), **(parameters or {})}

    def __repr__(self) -> str:
        return f"<Pipeline {self.name}: {len(self.spec.nodes)} nodes>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        from jupyter_dataops.graph.draw import to_text  # noqa: PLC0415 - only when shown
        from jupyter_dataops.graph.svg import to_svg  # noqa: PLC0415

        return {"image/svg+xml": to_svg(self.graph), "text/plain": to_text(self.graph)}


def _node_of(spec: PipelineSpec, name: NodeName) -> NodeName:
    """The node that `name` is, or is a check of."""
    return spec.checks[name].node if name in spec.checks else name


def _last_states(runs: Sequence[Run]) -> dict[NodeName, NodeState]:
    """Of the nodes and checks of the notebook itself: what they expanded to is another run's."""
    own = (node_run.record for run in runs for node_run in run.nodes.values() if node_run.record.parent is None)
    return {record.node: record.state for record in own}
