"""Making a run from a plan, and driving it to its end.

A run is made first (``queued``, with everything it needs stored) and executed after, by this process or another: the
executing side reads nothing but the store, so that editing the notebook meanwhile changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_dataops.api.jobs import JobMaker
from jupyter_dataops.api.reading import AnalysedNotebook, analyse_text
from jupyter_dataops.api.signals import cancel_on_signals
from jupyter_dataops.config import Settings
from jupyter_dataops.control import ControlListener
from jupyter_dataops.dataflow.models import Flow
from jupyter_dataops.engine.coordinator import Coordinator
from jupyter_dataops.engine.models import BoundCondition, Examine, NodeWork, Observer
from jupyter_dataops.errors import UndeclaredMutation, UsageError
from jupyter_dataops.ids import Digest, NodeName, RunId, new_run_id
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.plan.aliasing import StaleReaders
from jupyter_dataops.plan.models import Action, Decision, Plan
from jupyter_dataops.records import Failure, NodeRunRecord, OutputRecord, RunRecord
from jupyter_dataops.spec.parameters import check_parameters
from jupyter_dataops.states import FailureCause, RunState
from jupyter_dataops.wiring import Layout, SystemClock, make_executor, open_run_store


@dataclass(frozen=True, slots=True)
class Request:
    """How a run is asked for; stored with it."""

    notebook: Path
    working_dir: Path
    parameters: Mapping[str, Any]
    jobs: int
    fail_fast: bool = False
    select: str | None = None
    parent_run_id: RunId | None = None


def create_run(analysed: AnalysedNotebook, plan: Plan, request: Request, settings: Settings) -> RunRecord:
    """A queued run of `plan`, stored.

    Raises
    ------
    InvalidPipeline, ParameterError, StoreUnavailable
        Nothing has been stored then.
    """
    analysed.require_valid()
    check_parameters(analysed.parameters, request.parameters)
    now = SystemClock().now()
    run_id = new_run_id()
    run = RunRecord(
        run_id=run_id,
        notebook=str(request.notebook),
        snapshot=_text_digest(analysed.text),
        parameters=dict(request.parameters),
        state=RunState.QUEUED,
        created_at=now,
        parent_run_id=request.parent_run_id,
        options={
            "working_dir": str(request.working_dir),
            "jobs": request.jobs,
            "fail_fast": request.fail_fast,
            "mode": plan.mode,
            "select": request.select,
            "actions": {decision.node: decision.action.value for decision in plan.decisions},
        },
    )
    node_runs = [
        NodeRunRecord(
            run_id=run_id,
            node=decision.node,
            position=position,
            reason=decision.reason,
            fingerprint=decision.fingerprint,
            source_run_id=decision.source_run_id,
        )
        for position, decision in enumerate(plan.decisions)
    ]
    with closing(open_run_store(settings)) as store:
        store.create_run(run, node_runs, analysed.text, now)
    return run


def require_jobs(jobs: int | None) -> None:
    """Return if `jobs` nodes can run at the same time; `None` stands for the configured number. Raises `UsageError`."""
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs is {jobs}", hint="at least one node must be allowed to run at a time")


def _text_digest(text: str) -> Digest:
    from blake3 import blake3  # noqa: PLC0415 - not needed for reading

    return Digest(f"blake3:{blake3(text.encode()).hexdigest()}")


def execute_run(run_id: RunId, settings: Settings, observer: Observer | None) -> RunRecord:
    """Take a queued run and drive it to its end, in this thread. SIGINT and SIGTERM cancel it, a second one kills.

    Raises
    ------
    IllegalMove
        Somebody else has taken the run.
    StoreUnavailable
        The store failed meanwhile; no kernel is left behind.
    """
    with closing(open_run_store(settings)) as store:
        run = store.get_run(run_id)
        analysed = analyse_text(store.get_snapshot(run.snapshot), run.notebook, Path(run.notebook).stem)
        layout = Layout(Path(settings.store))
        with closing(make_executor()) as executor, _controlled() as control:
            coordinator = Coordinator(
                run=run,
                work=_work(analysed, store.get_node_runs(run_id), _actions(run), store),
                store=store,
                executor=executor,
                clock=SystemClock(),
                make_job=JobMaker(run, analysed, layout),
                jobs=run.options["jobs"],
                fail_fast=run.options["fail_fast"],
                examine=_examiner(analysed.flow),
                observer=observer,
                control=control.address,
            )
            control.target = coordinator
            with cancel_on_signals(coordinator):
                return coordinator.execute()


def _examiner(flow: Flow) -> Examine:
    stale_readers = StaleReaders(flow)

    def examine(node: NodeName, outputs: Mapping[NodeName, Mapping[str, OutputRecord]]) -> Failure | None:
        found = stale_readers.find(node, outputs)
        if found is None:
            return None
        message = f"{found}\n  -> change a copy (copy.deepcopy), or keep these cells in one node"
        return Failure(FailureCause.UNDECLARED_MUTATION, UndeclaredMutation.__name__, message)

    return examine


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


def _work(
    analysed: AnalysedNotebook,
    node_runs: Sequence[NodeRunRecord],
    actions: Mapping[NodeName, Action],
    store: RunStore,
) -> list[NodeWork]:
    upstream: dict[NodeName, list[NodeName]] = {node: [] for node in analysed.spec.nodes}
    for edge in analysed.flow.edges:
        upstream[edge.target].append(edge.source)
    sources: dict[RunId, dict[NodeName, NodeRunRecord]] = {}
    work = []
    for node_run in node_runs:
        decision = Decision(
            node_run.node, actions[node_run.node], node_run.reason, node_run.fingerprint, node_run.source_run_id
        )
        if decision.action is Action.REUSE and decision.source_run_id is not None:
            if decision.source_run_id not in sources:
                sources[decision.source_run_id] = {
                    record.node: record for record in store.get_node_runs(decision.source_run_id)
                }
            decision = replace(decision, outputs=sources[decision.source_run_id][node_run.node].outputs)
        options = analysed.spec.nodes[node_run.node].options
        reads = analysed.flow.nodes[node_run.node].reads
        work.append(
            NodeWork(
                decision=decision,
                upstream=tuple(upstream[node_run.node]),
                trigger=options.trigger,
                retry=options.retry,
                timeout_s=options.timeout_s,
                conditions=tuple(
                    BoundCondition(condition, reads[condition.variable]) for condition in options.conditions
                ),
            )
        )
    return work
