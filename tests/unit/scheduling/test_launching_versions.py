"""A schedule of a deployment runs what is live in its environment when it fires."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops import Pipeline
from jupyter_dataops.api.deployed import deployment_of
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.deploy import deploy
from jupyter_dataops.errors import DeploymentNotFound, PolicyViolated
from jupyter_dataops.ids import RunId
from jupyter_dataops.records import RunRecord
from jupyter_dataops.records.schedules import brought_by
from jupyter_dataops.schedules.as_json import trigger_to_json
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling import launching
from jupyter_dataops.scheduling.launching import DetachedLauncher
from jupyter_dataops.states import FireFate
from jupyter_dataops.wiring import SystemClock, open_run_store
from tests.support.notebooks import cell, notebook
from tests.support.schedules import a_fire, a_schedule, on

DAILY = trigger_to_json(parse_trigger("@daily"))
FILE = "[env.prod.parameters]\ncountry = 'de'\n[env.prod.retry]\nretries = 3\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return Settings(store=str(tmp_path / "store"), jobs=1)


def deployed(folder: Path, settings: Settings, source: str = "x = country * days") -> Path:
    path = folder / "project" / "etl.ipynb"
    path.parent.mkdir(exist_ok=True)
    (path.parent / "dataops.toml").write_text(FILE)
    made = notebook(cell("country = 'fr'\ndays = 1", "parameters"), cell(source, "node:a"))
    path.write_text(json.dumps(made))
    deploy(Pipeline(path, settings=settings), "prod")
    return path


def made_by(schedule: Any, settings: Settings, run_id: str = "bcd2345678") -> RunRecord:
    with closing(open_run_store(settings)) as store:
        launcher = DetachedLauncher(settings, store, SystemClock())
        fire = a_fire(on(1), FireFate.CLAIMED, run_id=RunId(run_id))
        launcher.for_portion().make(fire, schedule, None, store.create_run)
        return store.get_run(RunId(run_id))


def test_a_fire_runs_what_is_live_then_with_the_parameters_of_the_version(tmp_path: Path, settings: Settings) -> None:
    path = deployed(tmp_path, settings)
    schedule = a_schedule(trigger=DAILY, notebook=str(path), environment="prod", deployed=True, parameters={"days": 2})
    first = made_by(schedule, settings)
    deployed(tmp_path, settings, "x = [country] * days")
    (path.parent / "dataops.toml").unlink()
    second = made_by(schedule, settings, "zzz2345678")

    labels = [said.label for run in (first, second) if (said := deployment_of(run)) is not None]
    assert labels == ["etl@1 (prod)", "etl@2 (prod)"]
    assert first.parameters == second.parameters == {"country": "de", "days": 2}
    assert first.options["retry"] == {"retries": "3"}
    assert first.options["schedule"]["name"] == schedule.name
    assert first.created_by == f"schedule {schedule.name}"
    assert Path(first.notebook).is_relative_to(tmp_path / "store" / "deployments")


def test_a_schedule_that_a_version_describes_runs_its_deployment_whatever_else_the_notebook_is_deployed_as(
    tmp_path: Path, settings: Settings
) -> None:
    path = deployed(tmp_path, settings)
    deploy(Pipeline(path, settings=settings), "prod", name="trial")
    schedule = a_schedule(trigger=DAILY, notebook=str(path), environment="prod", deployed=True)
    with pytest.raises(DeploymentNotFound, match="name the deployment"):
        made_by(schedule, settings)
    said = deployment_of(made_by(replace(schedule, origin=brought_by("trial", "prod")), settings))
    assert said is not None
    assert said.label == "trial@1 (prod)"


def test_its_process_has_the_settings_of_the_run(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deployed(tmp_path, settings)
    run = made_by(a_schedule(trigger=DAILY, notebook=str(path), environment="prod", deployed=True), settings)
    given: list[Settings] = []

    class Started:
        def when_ended(self, _then: object) -> None: ...

    def start(_run: RunRecord, own: Settings) -> Started:
        given.append(own)
        return Started()

    monkeypatch.setattr(launching, "start_detached", start)
    with closing(open_run_store(settings)) as store:
        DetachedLauncher(settings, store, SystemClock()).start(run.run_id, lambda: None)
    assert [(one.environment, one.store, one.retry) for one in given] == [("prod", settings.store, {"retries": "3"})]


def test_without_a_live_version_or_against_the_policy_it_fails_to_start(tmp_path: Path, settings: Settings) -> None:
    path = deployed(tmp_path, settings)
    schedule = a_schedule(trigger=DAILY, notebook=str(path), environment="dev", deployed=True)
    with pytest.raises(DeploymentNotFound, match="is live in 'dev'"):
        made_by(schedule, settings)
    (tmp_path / "elsewhere" / "dataops.toml").write_text("[env.prod]\npolicy = ['owner']\n")
    with pytest.raises(PolicyViolated, match="forbids etl@1 to start in prod"):
        made_by(replace(schedule, environment="prod"), settings)
