"""Making a run from a plan, and driving it to its end.

A run is made first (``queued``, with everything it needs stored) and executed after, by this process or another: the
executing side reads nothing but the store, so that editing a notebook meanwhile changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from jupyter_dataops.api.asset_digests import newest_assets
from jupyter_dataops.api.deliveries import told_of
from jupyter_dataops.api.deployed import prepare_files
from jupyter_dataops.api.examiner import Examiner
from jupyter_dataops.api.expansion import Expansions
from jupyter_dataops.api.forking import StartingKernels, fork_request
from jupyter_dataops.api.jobs import JobMaker
from jupyter_dataops.api.notifying import notification_options
from jupyter_dataops.api.past import Past
from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from jupyter_dataops.api.recall import Recall, Setting
from jupyter_dataops.api.recovery import clear_remains, wake_runners
from jupyter_dataops.api.scopes import Scopes
from jupyter_dataops.api.secret_values import read_secrets, require_no_secret
from jupyter_dataops.api.signals import cancel_on_signals
from jupyter_dataops.api.sub_notebooks import (
    Notebooks,
    parts_of_pipeline,
    pinned_sub_notebooks,
    read_sub_notebooks,
    text_digest,
)
from jupyter_dataops.config import Settings
from jupyter_dataops.control import ControlListener
from jupyter_dataops.engine.coordinator import Coordinator
from jupyter_dataops.engine.models import Observer
from jupyter_dataops.errors import UsageError
from jupyter_dataops.ids import Digest, NodeName, RunId, new_run_id
from jupyter_dataops.interfaces import Executor, NodeJob, Report, RunStore
from jupyter_dataops.plan.earlier import FULL
from jupyter_dataops.plan.models import Action, Plan
from jupyter_dataops.records import Failure, NodeRunRecord, RunRecord
from jupyter_dataops.runners import this_runner
from jupyter_dataops.spec.parameters import check_parameters
from jupyter_dataops.states import RunState
from jupyter_dataops.store.slots import require_slots
from jupyter_dataops.wiring import (
    Layout,
    SystemClock,
    make_executor,
    open_artifact_store,
    open_run_store,
    require_artifact_store,
)


class Request(Struct, frozen=True):
    """How a run is asked for; stored with it."""

    notebook: Path
    working_dir: Path
    parameters: Mapping[str, Any]
    jobs: int
    fail_fast: bool = False
    select: str | None = None
    parent_run_id: RunId | None = None
    run_id: RunId | None = None
    """Made before, by who must not make the run twice; `None`: a new one."""
    schedule: Mapping[str, Any] | None = None
    """The schedule and the fire that it is for: ``name``, ``schedule_id``, ``fire_time``, ``kind``."""
    deployment: Mapping[str, Any] | None = None
    """Of a run of a version: see `jupyter_dataops.api.deployed`; `None`: the notebook as it is."""


class Keep(Protocol):
    """What stores a new run; see `RunStore.create_run`."""

    def __call__(
        self, run: RunRecord, node_runs: Sequence[NodeRunRecord], snapshots: Mapping[Digest, str], at: datetime, /
    ) -> None:
        """The run is stored, in one transaction."""


def create_run(
    analysed: AnalysedNotebook, plan: Plan, request: Request, settings: Settings, keep: Keep | None = None
) -> RunRecord:
    """A queued run of `plan`, stored with the text of every notebook that it runs.

    Parameters
    ----------
    keep
        What stores it; by default the run store.

    Raises
    ------
    InvalidPipeline, NotebookUnreadable, ParameterError, EnvironmentRefused, ConfigError, StoreUnavailable
        Nothing has been stored then.
    """
    notebooks = read_sub_notebooks(analysed)
    parts = list(parts_of_pipeline(analysed, notebooks))
    for path, part in parts:
        part.require_valid(path)
    _require_slots(parts, settings.pools)
    require_artifact_store(Layout.of(settings).artifacts)
    secrets = read_secrets((part for _, part in parts), sources=settings.secrets)
    require_no_secret(secrets, {str(request.notebook): analysed, **notebooks}, request.parameters)
    check_parameters(analysed.parameters, request.parameters)
    now = SystemClock().now()
    run = RunRecord(
        run_id=request.run_id or new_run_id(),
        notebook=str(request.notebook),
        snapshot=text_digest(analysed.text),
        parameters=dict(request.parameters),
        state=RunState.QUEUED,
        created_at=now,
        parent_run_id=request.parent_run_id,
        options=_options(analysed, notebooks, plan, request, settings),
        created_by=settings.actor,
    )
    checks = analysed.spec.checks
    node_runs = [
        NodeRunRecord(
            run_id=run.run_id,
            node=decision.node,
            position=position,
            severity=checks[decision.node].severity if decision.node in checks else None,
            reason=decision.reason,
            fingerprint=decision.fingerprint,
            source_run_id=decision.source_run_id,
        )
        for position, decision in enumerate(plan.decisions)
    ]
    snapshots = {text_digest(one.text): one.text for one in (analysed, *notebooks.values())}
    if keep is not None:
        keep(run, node_runs, snapshots, now)
        return run
    with closing(open_run_store(settings)) as store:
        store.create_run(run, node_runs, snapshots, now)
    return run


def _require_slots(parts: Iterable[tuple[str, AnalysedNotebook]], sizes: Mapping[str, int]) -> None:
    for path, part in parts:
        for name, node in part.spec.nodes.items():
            where = f"node {name} of {path}" if path else f"node {name}"
            require_slots(node.options.pools, sizes, where)


def _options(
    analysed: AnalysedNotebook, notebooks: Notebooks, plan: Plan, request: Request, settings: Settings
) -> dict[str, Any]:
    return {
        "name": analysed.spec.name,
        "working_dir": str(request.working_dir),
        # A version's files are those of its working copy, and its notebook is in the bundle.
        "folder": str(request.working_dir if request.deployment else analysed.folder) if analysed.folder else None,
        "notebooks": {path: text_digest(one.text) for path, one in notebooks.items()},
        "jobs": request.jobs,
        "fail_fast": request.fail_fast,
        "mode": plan.mode,
        "select": request.select,
        "only": list(plan.only),
        "environment": settings.environment,
        "artifacts": settings.artifacts,
        "retry": dict(settings.retry),
        "actions": {decision.node: decision.action.value for decision in plan.decisions},
        **({"deployment": dict(request.deployment)} if request.deployment else {}),
        **notification_options(settings),
        **({"schedule": dict(request.schedule)} if request.schedule is not None else {}),
    }


def require_jobs(jobs: int | None) -> None:
    """Return if `jobs` nodes can run at the same time; `None` stands for the configured number. Raises `UsageError`."""
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs is {jobs}", hint="at least one node must be allowed to run at a time")


def execute_run(
    run_id: RunId, settings: Settings, observer: Observer | None, kernels: StartingKernels | None = None
) -> RunRecord:
    """Take a queued or crashed run and drive it to its end, in this thread; a signal cancels it, a second one kills.

    Parameters
    ----------
    kernels
        What of its kernels is on the way already.

    Raises
    ------
    EnvironmentRefused, ConfigError, ArtifactMissing, ArtifactCorrupt
        A secret is not set here, or too short; the version that it runs is damaged. The run stays as it is.
    IllegalMove
        Somebody else has taken the run.
    StoreUnavailable
        The store failed meanwhile; no kernel is left behind.
    """
    with closing(open_run_store(settings)) as store:
        run = store.get_run(run_id)
        layout = Layout.of(settings, run)
        if run.state is RunState.CRASHED:
            clear_remains(store, layout, run)
        prepare_files(run, layout)
        scopes, parts = _notebooks_of(run, store, settings)
        secrets = read_secrets(parts, sources=settings.secrets)
        past = Past(store.get_run(run.parent_run_id) if run.parent_run_id else None, store.get_node_runs)
        artifacts = open_artifact_store(layout.artifacts)
        expansions = Expansions(scopes, artifacts, past, tuple(map(NodeName, run.options.get("only", ()))))
        node_runs = store.get_node_runs(run_id)
        forking = fork_request(parts, scopes.own.working_dir, settings, run.options["jobs"])
        executor_of_run = _ExecutorWhenNeeded(partial(make_executor, forking, kernels.servers if kernels else None))
        with closing(executor_of_run) as executor, _controlled() as control:
            coordinator = Coordinator(
                run=run,
                work=expansions.start(node_runs, _actions(run)),
                store=store,
                executor=executor,
                clock=SystemClock(),
                make_job=JobMaker(run, scopes, layout, secrets),
                expand=expansions.expand,
                collect=expansions.collect,
                recall=Recall(_setting(run, scopes, expansions), store, artifacts, SystemClock()),
                examine=Examiner(scopes),
                jobs=run.options["jobs"],
                fail_fast=run.options["fail_fast"],
                pool_sizes=settings.pools,
                runner=this_runner(),
                lease_s=settings.lease_s,
                by=settings.actor,
                wake_others=lambda: wake_runners(store, but=run_id),
                resume_from=node_runs if run.state is RunState.CRASHED else None,
                observer=observer,
                control=control.address,
            )
            control.target = coordinator
            with told_of(run, settings), cancel_on_signals(coordinator):
                return coordinator.execute()


def _notebooks_of(run: RunRecord, store: RunStore, settings: Settings) -> tuple[Scopes, list[AnalysedNotebook]]:
    """The notebooks that a run has pinned: what its names mean in them, and they themselves."""
    analysed = analyse_text(store.get_snapshot(run.snapshot), run.notebook, Path(run.notebook).stem)
    notebooks = pinned_sub_notebooks(run, store)
    parts = [part for _, part in parts_of_pipeline(analysed, notebooks)]
    return Scopes(run, analysed, notebooks, newest_assets(settings)), parts


class _ExecutorWhenNeeded:
    """The executor that `make` makes, once there is a job: what runs nothing does not load papermill, 0.3 s."""

    def __init__(self, make: Callable[[], Executor]) -> None:
        self._make = make
        self._made: Executor | None = None

    def submit(self, job: NodeJob, report: Report) -> None:
        self._made = self._made or self._make()
        self._made.submit(job, report)

    def stop(self, job: NodeJob, failure: Failure, grace_s: float) -> None:
        if self._made is not None:
            self._made.stop(job, failure, grace_s)

    def close(self) -> None:
        if self._made is not None:
            self._made.close()


def _setting(run: RunRecord, scopes: Scopes, expansions: Expansions) -> Setting:
    return Setting(
        run.notebook,
        run.options.get("mode", FULL),
        scopes.notebooks,
        scope_of=scopes.of,
        fingerprint_of=expansions.fingerprint_of,
        element_of=scopes.elements.get,
    )


class _Control:
    def __init__(self) -> None:
        self.target: Coordinator | None = None
        self.address = ""

    def wake(self) -> None:
        if self.target is not None:
            self.target.wake()


@contextmanager
def _controlled() -> Iterator[_Control]:
    control = _Control()
    with ControlListener(control.wake) as listener:
        control.address = listener.address
        yield control


def _actions(run: RunRecord) -> Mapping[NodeName, Action]:
    return {NodeName(node): Action(action) for node, action in run.options["actions"].items()}
