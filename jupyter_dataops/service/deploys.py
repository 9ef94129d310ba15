"""What moves a live pointer: deploying, promoting, going back; none of it in the process that answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.api.environments import settings_in
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.config import load_settings
from jupyter_dataops.deploying.apart import Apart, Deploy, Place, Promote, Rollback
from jupyter_dataops.deploying.schedules import in_words, told_of
from jupyter_dataops.deploying.versions import find_live, require_name
from jupyter_dataops.errors import DataOpsError, UsageError
from jupyter_dataops.service.deployment_views import move_view, schedule_moves, version_view
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.refusals import refusal_of, shown_text
from jupyter_dataops.service.wire.deployments import (
    Deploying,
    DeployOutcome,
    DeployRequest,
    MoveView,
    OutcomeRequest,
    PromoteRequest,
    RollbackPlan,
    RollbackRequest,
)
from jupyter_dataops.states import ENDED, RunState


def deploy(desk: Desk, request: DeployRequest, actor: str | None) -> Deploying:
    """The version is live, or its test goes on in a process of its own, which makes it live once it has succeeded.

    Raises
    ------
    InvalidPipeline, NotDeployable, PolicyViolated, AnotherNotebook, UsageError, LiveMoved
        What was live still is.
    """
    notebook = desk.places.absolute(request.path)
    if request.parameters and not request.test:
        raise UsageError("parameters are for a test", hint="ask for a test, or set them in dataops.toml, [env.NAME]")
    place = _place(desk, request.environment, notebook.parent, actor)
    _require_here(desk, place)
    # What cannot run is refused at once.
    Pipeline(notebook, settings=desk.settings).analysed.require_valid(notebook.name)
    test = request.parameters if request.test else None
    answers = Apart(Deploy(str(notebook), place, request.name, test, request.takeover)).answers()
    first = next(answers)
    if "done" in first:
        answers.close()
        return _deploying(desk, request, first["done"], None)
    run_id = first["prepared"]["test_run_id"]
    threading.Thread(target=_follow, args=(desk, run_id, answers), name="dataops-deploying", daemon=True).start()
    return _deploying(desk, request, first["prepared"], run_id)


def _follow(desk: Desk, run_id: str, answers: Iterator[Mapping[str, Any]]) -> None:
    """Keep what came of it for whoever asks."""
    try:
        for _ in answers:
            pass
    except DataOpsError as error:
        desk.refused.put(run_id, refusal_of(error, desk.places))
    desk.runner_ended()


def _deploying(desk: Desk, request: DeployRequest, done: Mapping[str, Any], run_id: str | None) -> Deploying:
    store = desk.deployments
    version = store.get_version(done["name"], done["number"])
    previous, where = done["previous"], request.environment
    schedules = told_of(done)
    if run_id is not None:
        told = f"{version.label} is live in {where} once its test has succeeded"
    elif previous == version.number:
        told = f"{version.label} is live in {where} already" + ("" if schedules else ": nothing has changed")
    else:
        told = f"{version.label} is live in {where}"
    # Those of the version itself are told with it.
    remarks = [one for one in done.get("remarks", ()) if one not in version.details.get("remarks", ())]
    return Deploying(
        state="live" if run_id is None else "testing",
        version=version_view(version, store.get_live(version.name), desk.places),
        environment=where,
        is_new=done["is_new"],
        previous=previous,
        test=None if run_id is None else desk.summary(desk.find_run(run_id)),
        schedules=schedule_moves(schedules, desk.places),
        told="; ".join(filter(None, [told, in_words(schedules), *remarks])),
    )


def get_deploy_outcome(desk: Desk, request: OutcomeRequest, _actor: str | None) -> DeployOutcome:
    """What came of the version that a run tests. Raises `RunNotFound`; `UsageError` where it tests none."""
    run = desk.find_run(request.run_id)
    tested = deployment_of(run)
    if tested is None or not tested.is_test or tested.environment is None:
        raise UsageError(f"run {run.run_id} tests no version", hint="ask for the run of a deployment with a test")
    label = f"{tested.name}@{tested.version}"
    refusal = desk.refused.get(run.run_id)
    moves = desk.deployments.get_moves(tested.name, tested.environment, limit=500)
    where = tested.environment
    made_live = next((move for move in reversed(moves) if move.details.get("test_run_id") == run.run_id), None)
    if made_live is not None:
        state, told = "live", f"{label} is live in {where} since its test succeeded"
        told = "; ".join(filter(None, [told, in_words(told_of(made_live.details))]))
    elif run.state not in ENDED:
        state, told = "testing", f"{label} is live in {where} once its test has succeeded"
    elif run.state is not RunState.SUCCEEDED:
        live = next(iter(desk.deployments.get_live(tested.name, where)), None)
        still = "nothing" if live is None else f"{tested.name}@{live.number}"
        state, told = "failed", f"the test of {label} {run.state}; {still} is live in {where}, as before"
    elif refusal is not None:
        state, told = "refused", f"{label} is not live in {where}, although its test succeeded"
    else:
        state, told = "unknown", f"The test of {label} succeeded, and it has not become live in {where} (yet)"
    return DeployOutcome.model_validate(
        {
            "state": state,
            "deployment": tested.name,
            "version": tested.version,
            "environment": where,
            "refusal": refusal if state == "refused" else None,
            "told": told,
        }
    )


def promote(desk: Desk, request: PromoteRequest, actor: str | None) -> MoveView:
    """What is live in one environment is live in another. Raises as `jupyter_dataops.deploying.moving.promote` does."""
    version, _ = find_live(request.deployment, request.source, desk.deployments)
    folder = Path(version.notebook).parent
    source, target = (_place(desk, where, folder, actor) for where in (request.source, request.target))
    for place in (source, target):
        _require_here(desk, place)
    for _ in Apart(Promote(request.deployment, source, target, request.takeover)).answers():
        pass
    return move_view(find_live(request.deployment, request.target, desk.deployments)[1], desk.places)


def rollback(desk: Desk, request: RollbackRequest, actor: str | None) -> MoveView:
    """An earlier version is live again. Raises as `jupyter_dataops.deploying.moving.rollback` does."""
    _go_back(desk, request, actor, dry_run=False)
    return move_view(find_live(request.deployment, request.environment, desk.deployments)[1], desk.places)


def plan_rollback(desk: Desk, request: RollbackRequest, actor: str | None) -> RollbackPlan:
    """What `rollback` would do now. Raises as it does.

    It asks the rules of the policy, which may be code: so it is for whoever may roll back.
    """
    done = _go_back(desk, request, actor, dry_run=True)
    return RollbackPlan(
        version=done["version"],
        previous=done["previous"],
        schedules=schedule_moves(told_of(done), desk.places),
        remarks=[shown_text(remark, desk.places) for remark in done["remarks"]],
    )


def _go_back(desk: Desk, request: RollbackRequest, actor: str | None, *, dry_run: bool) -> Mapping[str, Any]:
    version, _ = find_live(request.deployment, request.environment, desk.deployments)
    place = _place(desk, request.environment, Path(version.notebook).parent, actor)
    _require_here(desk, place)
    (answer,) = Apart(Rollback(request.deployment, place, request.to, dry_run)).answers()
    done: Mapping[str, Any] = answer["done"]
    return done


def _place(desk: Desk, environment: str, folder: Path, actor: str | None) -> Place:
    """An environment, for notebooks in a folder; in the service's store, unless it has one of its own."""
    require_name(environment, "environment")
    found, default = settings_in(environment, folder), load_settings(folder, environment="")
    store = desk.settings.store if found.store == default.store else found.store
    return Place(environment, str(folder), store, actor or found.actor)


def _require_here(desk: Desk, place: Place) -> None:
    """What cannot be looked at here is not changed from here."""
    if place.store != desk.settings.store:
        raise UsageError(
            f"the environment '{place.environment}' keeps its versions and runs in a store of its own",
            hint=f"use the command line: jupyter dataops deploy NOTEBOOK --env {place.environment}",
        )
