"""What fires that were decided together share, and what each has for itself."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from jupyter_dataops import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import NotebookUnreadable
from jupyter_dataops.ids import NodeName, RunId
from jupyter_dataops.records import NewRun, ScheduleRecord
from jupyter_dataops.schedules.as_json import trigger_to_json
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling.making import Once, Portion
from jupyter_dataops.states import FireFate
from tests.support.notebooks import cell, notebook
from tests.support.schedules import a_fire, a_schedule, on


def save(folder: Path, source: str = "x = country * days") -> Path:
    path = folder / "etl.ipynb"
    path.write_text(json.dumps(notebook(cell("country = 'fr'\ndays = 1", "parameters"), cell(source, "node:a"))))
    return path


@pytest.fixture
def schedule(tmp_path: Path) -> ScheduleRecord:
    return a_schedule(notebook=str(save(tmp_path)), trigger=trigger_to_json(parse_trigger("@daily")))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(store=str(tmp_path / "store"), jobs=1)


def made(portion: Portion, schedule: ScheduleRecord, number: int = 1) -> NewRun:
    kept: list[NewRun] = []
    fire = a_fire(on(number), FireFate.CLAIMED, run_id=RunId(f"r{number}"))
    portion.make(fire, schedule, None, lambda *new: kept.append(NewRun(*new)))
    (new,) = kept
    return new


def fingerprint(new: NewRun) -> Any:
    return new.node_runs[0].fingerprint


def test_a_portion_has_one_notebook_and_one_configuration_and_the_next_one_what_there_is_then(
    tmp_path: Path, schedule: ScheduleRecord, settings: Settings
) -> None:
    (tmp_path / "dataops.toml").write_text("[parameters]\ncountry = 'de'\n")
    portion = Portion(settings)
    first = made(portion, schedule)
    save(tmp_path, "x = country + days")
    (tmp_path / "dataops.toml").write_text("[parameters]\ncountry = 'it'\n")
    second, later = made(portion, schedule, 2), made(Portion(settings), schedule, 3)
    assert first.run.snapshot == second.run.snapshot != later.run.snapshot
    assert [new.run.parameters["country"] for new in (first, second, later)] == ["de", "de", "it"]


def test_what_is_a_fires_own_is_its_own_in_a_portion_too(
    tmp_path: Path, schedule: ScheduleRecord, settings: Settings
) -> None:
    portion = Portion(settings)
    twice = replace(schedule, name="twice", parameters={"days": 2})
    plain, other, again = made(portion, schedule), made(portion, twice, 2), made(portion, schedule, 3)
    assert (plain.run.created_by, other.run.created_by) == ("schedule nightly", "schedule twice")
    assert [new.run.options["schedule"]["fire_time"] for new in (plain, again)] == [
        on(1).isoformat(),
        on(3).isoformat(),
    ]
    planned = [Pipeline(schedule.notebook, settings=settings).plan(given) for given in ({}, {"days": 2}, {})]
    assert [fingerprint(new) for new in (plain, other, again)] == [
        {one.node: one.fingerprint for one in plan.decisions}[NodeName("a")] for plan in planned
    ]
    assert fingerprint(plain) != fingerprint(other)


def test_what_could_not_be_read_is_read_again_for_the_next_fire(
    tmp_path: Path, schedule: ScheduleRecord, settings: Settings
) -> None:
    Path(schedule.notebook).unlink()
    portion = Portion(settings)
    with pytest.raises(NotebookUnreadable):
        made(portion, schedule)
    save(tmp_path)
    assert made(portion, schedule).run.run_id == "r1"


def test_whoever_asks_at_the_same_time_what_is_being_found_waits_for_it_and_for_nothing_else() -> None:
    once, is_looking, may_end = Once(), threading.Event(), threading.Event()
    asked: list[str] = []

    def slow() -> str:
        asked.append("slow")
        is_looking.set()
        may_end.wait(30)
        return "found"

    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(once.get, "a", slow) for _ in range(2)]
        assert is_looking.wait(30)
        assert once.get("b", lambda: "at once") == "at once"
        may_end.set()
        assert [answer.result(30) for answer in answers] == ["found", "found"]
    assert asked == ["slow"]
