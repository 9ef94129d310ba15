"""Runs: listed, shown whole, started, tried again, stopped."""

from __future__ import annotations

from pathlib import Path

from jupyter_dataops.api.detached import start_detached
from jupyter_dataops.api.environments import settings_of
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.api.run import Run
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import UsageError
from jupyter_dataops.records import RunRecord
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.views import plan_view
from jupyter_dataops.service.wire.pipelines import PlanRequest, PlanView
from jupyter_dataops.service.wire.runs import (
    RetryRequest,
    RunList,
    RunRef,
    RunRequest,
    RunsRequest,
    RunView,
    Started,
)
from jupyter_dataops.states import RunState


def list_runs(desk: Desk, request: RunsRequest, _actor: str | None) -> RunList:
    """The latest runs, newest first."""
    desk.look_for_dead()
    notebook = None if request.path is None else desk.places.absolute(request.path)
    return RunList(runs=desk.summaries(notebook, request.limit))


def get_run(desk: Desk, request: RunRef, _actor: str | None) -> RunView:
    """One run, whole. Raises `RunNotFound`."""
    return desk.picture(desk.find_run(request.run_id).run_id).whole()


def plan(desk: Desk, request: PlanRequest, _actor: str | None) -> PlanView:
    """What a run of the saved notebook would do with each node, and why."""
    pipeline = _pipeline(desk, request.path, None)
    return plan_view(pipeline.plan(request.parameters, select=request.select, changed=request.changed))


def create_run(desk: Desk, request: RunRequest, actor: str | None) -> Started:
    """A run of the saved notebook has been made, and a process of its own drives it."""
    pipeline = _pipeline(desk, request.path, actor)
    run = pipeline.create_run(
        request.parameters,
        jobs=request.jobs,
        fail_fast=request.fail_fast,
        select=request.select,
        changed=request.changed,
    )
    return _started(desk, run.record, pipeline.settings)


def retry(desk: Desk, request: RetryRequest, actor: str | None) -> Started:
    """A new run from one that has ended; or the runner of one that goes on tries `nodes` again."""
    run = desk.open_run(request.run_id, actor)
    if request.nodes and run.state is RunState.RUNNING:
        _require_only_nodes(request)
        run.plan_retry_node(*request.nodes)  # all of them, or none
        for node in request.nodes:
            run.retry_node(node)
        return Started(run=desk.summary(run.refresh().record))
    made = run.create_retry(request.nodes, request.parameters, select=request.select, jobs=request.jobs)
    return _started(desk, made.record, _settings_of(desk, made, actor))


def plan_retry(desk: Desk, request: RetryRequest, _actor: str | None) -> PlanView:
    """What `retry` would do with each node, and why."""
    run = desk.open_run(request.run_id)
    if request.nodes and run.state is RunState.RUNNING:
        _require_only_nodes(request)
        return plan_view(run.plan_retry_node(*request.nodes))
    return plan_view(run.plan_retry(request.nodes, request.parameters, select=request.select))


def resume(desk: Desk, request: RunRef, actor: str | None) -> Started:
    """A process of its own goes on with the crashed run. Raises `UsageError` where it has not crashed."""
    run = desk.open_run(request.run_id, actor)
    run.require_resumable()
    return _started(desk, run.record, _settings_of(desk, run, actor))


def cancel(desk: Desk, request: RunRef, actor: str | None) -> Started:
    """The run was asked to stop. Raises `UsageError` where it has ended."""
    run = desk.open_run(request.run_id, actor)
    run.cancel()
    return Started(run=desk.summary(run.record))


def _pipeline(desk: Desk, path: str, actor: str | None) -> Pipeline:
    notebook = desk.places.absolute(path)
    return Pipeline(notebook, settings=desk.settings_in(notebook.parent, actor))


def _settings_of(desk: Desk, run: Run, actor: str | None) -> Settings:
    return settings_of(run.record, desk.settings_in(Path(run.record.notebook).parent, actor))


def _started(desk: Desk, run: RunRecord, settings: Settings) -> Started:
    start_detached(run, settings).when_ended(desk.runner_ended)
    return Started(run=desk.summary(desk.store.get_run(run.run_id)))


def _require_only_nodes(request: RetryRequest) -> None:
    if request.parameters or request.select or request.jobs is not None:
        raise UsageError(
            f"run {request.run_id} goes on: it can only try single nodes again",
            hint="wait for its end to retry it with other parameters, or another selection",
        )
