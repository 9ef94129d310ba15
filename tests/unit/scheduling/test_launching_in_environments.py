from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.errors import ConfigError, ParameterError
from jupyter_dataops.ids import RunId
from jupyter_dataops.records import RunRecord
from jupyter_dataops.schedules.as_json import trigger_to_json
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling.checking import check_schedule
from jupyter_dataops.scheduling.launching import DetachedLauncher
from jupyter_dataops.states import FireFate
from jupyter_dataops.wiring import SystemClock, open_run_store
from tests.support.notebooks import cell, notebook
from tests.support.schedules import a_fire, a_schedule, on

FILE = """
[parameters]
country = "us"
[env.prod]
store = "prod"
[env.prod.parameters]
country = "de"
[env.prod.retry]
retries = 3
[env.bad.parameters]
days = "many"
"""


@pytest.fixture
def schedule(tmp_path: Path) -> Any:
    (tmp_path / "dataops.toml").write_text(FILE)
    made = notebook(cell("country = 'fr'\ndays = 1", "parameters"), cell("x = country * days", "node:a"))
    path = tmp_path / "etl.ipynb"
    path.write_text(json.dumps(made))
    return a_schedule(notebook=str(path), trigger=trigger_to_json(parse_trigger("@daily")), parameters={"days": 2})


def made_by(schedule: Any, settings: Settings) -> RunRecord:
    kept: list[RunRecord] = []
    with closing(open_run_store(settings)) as store:
        launcher = DetachedLauncher(settings, store, SystemClock())
        fire = a_fire(on(1), FireFate.CLAIMED, run_id=RunId("bcd2345678"))
        launcher.for_portion().make(fire, schedule, None, lambda run, *_: kept.append(run))
    (run,) = kept
    return run


def test_a_scheduled_run_has_the_settings_and_parameters_of_its_environment(schedule: Any, tmp_path: Path) -> None:
    settings = replace(load_settings(tmp_path, {}, environment="prod"), store=str(tmp_path / "prod"))

    plain, prod = (made_by(replace(schedule, environment=name), settings) for name in (None, "prod"))

    assert (plain.options["environment"], plain.parameters) == ("", {"country": "us", "days": 2})
    assert (prod.options["environment"], prod.parameters) == ("prod", {"country": "de", "days": 2})
    assert (plain.options["retry"], prod.options["retry"]) == ({}, {"retries": "3"})


def test_a_schedule_in_an_environment_that_cannot_be_is_refused_before_it_is_kept(
    schedule: Any, tmp_path: Path
) -> None:
    settings = Settings(store=str(tmp_path / "s"), jobs=1)
    with pytest.raises(ConfigError, match="no environment 'prdo'"):
        check_schedule(replace(schedule, environment="prdo"), settings)
    with pytest.raises(ParameterError, match="'days' takes int"):
        check_schedule(replace(schedule, environment="bad"), settings)
    check_schedule(replace(schedule, environment="prod"), settings)
