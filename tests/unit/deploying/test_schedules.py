"""Schedules go with the live version: they come, change and go with it, and those of people are left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying import pointing
from jupyter_dataops.deploying.deploy import Outcome, deploy, foresee_deploy
from jupyter_dataops.deploying.description import describe_foreseen, describe_outcome
from jupyter_dataops.deploying.moving import Promotion, promote, rollback
from jupyter_dataops.deploying.schedules import Fate, Told, in_words, told_of
from jupyter_dataops.deploying.versions import list_live, list_moves, list_versions
from jupyter_dataops.errors import ConfigError, ParameterError, ScheduleExists, UsageError
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.schedules.policies import Policy
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.wiring import open_stores
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]
NIGHTLY = '[schedules.nightly]\nnotebook = "etl.ipynb"\ncron = "0 6 * * *"\nenv = "prod"\n'
HOURLY = '[schedules.hourly]\nnotebook = "etl.ipynb"\nevery = "1h"\nenv = "prod"\n'
ALWAYS = '[schedules.daily]\nnotebook = "etl.ipynb"\ncron = "@daily"\n'


@pytest.fixture
def deployed(save: Save, tmp_path: Path) -> Callable[..., Outcome]:
    """Deploys the notebook with these schedules."""

    def deployed(schedules: str, environment: str = "prod", cells: str = "x = n", **more: Any) -> Outcome:
        pipeline = save(cell("n = 1", "parameters"), cell(cells, "node:a"))
        configure(tmp_path, schedules)
        return deploy(pipeline, environment, **more)

    return deployed


Deployed = Callable[..., Outcome]


def configure(folder: Path, schedules: str) -> None:
    (folder / "project").mkdir(exist_ok=True)
    (folder / "project" / "dataops.toml").write_text(f"[env.dev]\n[env.prod]\n{schedules}")


@pytest.fixture
def schedules(settings: Settings) -> Iterator[Schedules]:
    with Schedules(settings, check=lambda *_: None) as opened:
        yield opened


def there(schedules: Schedules) -> dict[str, ScheduleRecord]:
    return {one.name: one.record for one in schedules.list()}


def words(told: Any) -> list[tuple[str, str]]:
    return [(one.name, one.fate.value) for one in told]


def test_what_a_version_describes_is_there_once_it_is_live(
    deployed: Deployed, schedules: Schedules, tmp_path: Path
) -> None:
    before = datetime.now(UTC)
    outcome = deployed(NIGHTLY + "[schedules.nightly.parameters]\nn = 2\n")
    (nightly,) = there(schedules).values()
    assert (nightly.name, nightly.environment, nightly.deployed) == ("nightly", "prod", True)
    assert (nightly.deployment, nightly.origin) == ("etl", "deployment etl in prod")
    assert (nightly.notebook, nightly.parameters) == (str(tmp_path / "project" / "etl.ipynb"), {"n": 2})
    assert nightly.created_by == "ana@here"
    assert nightly.considered_until >= before, "it does not fire for what has been"
    assert outcome.schedules == [Told("nightly", Fate.ADDED, "cron 0 6 * * * tz=UTC")]
    assert describe_outcome(outcome)["schedules"] == [
        {"name": "nightly", "change": "added", "trigger": "cron 0 6 * * * tz=UTC"}
    ]


def test_schedules_come_change_and_go_with_versions_and_back(
    deployed: Deployed, schedules: Schedules, settings: Settings
) -> None:
    deployed(NIGHTLY + HOURLY)
    first = there(schedules)
    outcome = deployed(NIGHTLY.replace("0 6", "0 7"))
    assert words(outcome.schedules) == [("nightly", "changed"), ("hourly", "removed")]
    (change,) = outcome.schedules[0].changes
    assert (change.key, change.old, change.new) == ("trigger", "cron 0 6 * * * tz=UTC", "cron 0 7 * * * tz=UTC")
    (nightly,) = there(schedules).values()
    assert nightly.schedule_id == first["nightly"].schedule_id
    assert nightly.considered_until > first["nightly"].considered_until, "an edit never fires backwards"
    back = rollback("etl", "prod", settings)
    assert words(told_of(back.details)) == [("hourly", "added"), ("nightly", "changed")]
    after = there(schedules)
    assert {name: one.schedule_id for name, one in after.items()} == {
        name: one.schedule_id for name, one in first.items()
    }
    assert after["nightly"].trigger == first["nightly"].trigger
    assert after["hourly"].considered_until > first["hourly"].considered_until, "nor does one that comes back"


def test_a_pause_by_hand_outlives_versions_also_those_without_the_schedule(
    deployed: Deployed, schedules: Schedules, settings: Settings
) -> None:
    deployed(NIGHTLY)
    paused = schedules.pause("nightly", "holidays").record
    deployed(NIGHTLY.replace("0 6", "0 7") + "paused = false\n")
    assert there(schedules)["nightly"].paused_at == paused.paused_at
    deployed(HOURLY)
    assert list(there(schedules)) == ["hourly"]
    back = told_of(rollback("etl", "prod", settings).details)
    assert there(schedules)["nightly"].paused_because == "holidays"
    assert [one.because for one in back if one.name == "nightly"] == ["paused, as it was"]


def test_a_pause_of_a_version_comes_and_goes_with_it(deployed: Deployed, schedules: Schedules) -> None:
    deployed(NIGHTLY + "paused = true\n")
    first = there(schedules)["nightly"]
    assert first.paused_because == "its version says so"
    deployed(NIGHTLY)
    going = there(schedules)["nightly"]
    assert (going.is_paused, going.considered_until) == (False, going.resumed_at)
    deployed(NIGHTLY + 'paused = true\ncatchup = "all"\n')
    paused = there(schedules)["nightly"]
    deployed(NIGHTLY + 'catchup = "all"\n')
    assert there(schedules)["nightly"].considered_until == paused.considered_until, "what it missed it still runs"


def test_a_schedule_belongs_to_its_environment_and_one_of_none_to_each(
    deployed: Deployed, schedules: Schedules, settings: Settings
) -> None:
    kept_out = '[schedules.here]\nnotebook = "etl.ipynb"\ncron = "@daily"\nenv = "dev"\ndeployed = false\n'
    deployed(NIGHTLY + ALWAYS + kept_out, "dev")
    assert {name: one.environment for name, one in there(schedules).items()} == {"daily-dev": "dev"}
    promote(Promotion("etl", "dev", "prod", settings, settings))
    assert {name: one.environment for name, one in there(schedules).items()} == {
        "daily-dev": "dev",
        "daily-prod": "prod",
        "nightly": "prod",
    }
    deployed("", "dev")
    assert sorted(there(schedules)) == ["daily-prod", "nightly"]


@pytest.mark.parametrize("origin", [None, "/elsewhere/dataops.toml", "deployment other in prod"])
def test_a_schedule_of_somebody_else_is_never_touched(
    deployed: Deployed, schedules: Schedules, settings: Settings, origin: str | None
) -> None:
    deployed(NIGHTLY)
    deployed("")
    hers = schedules.add("nightly", "other.ipynb", parse_trigger("@daily"), origin=origin).record
    with pytest.raises(ScheduleExists, match="schedule 'nightly' is not etl's to change") as refused:
        deployed(NIGHTLY + HOURLY)
    assert refused.value.hint
    assert len(list_versions(settings)) == 2, "nothing is stored"
    back = told_of(rollback("etl", "prod", settings).details)
    assert words(back) == [("nightly", "left")], "who rolls back does, at once"
    assert "is not etl's to change" in back[0].because
    assert there(schedules) == {"nightly": hers}
    assert [one.number for one in list_live(settings)] == [1]


def test_what_its_own_file_described_for_the_environment_is_taken_over(
    deployed: Deployed, schedules: Schedules, tmp_path: Path
) -> None:
    file, notebook = str(tmp_path / "project" / "dataops.toml"), tmp_path / "project" / "etl.ipynb"
    synced = schedules.add("nightly", notebook, parse_trigger("0 6 * * *"), environment="prod", origin=file).record
    outcome = deployed(NIGHTLY)
    assert {one.key: one.new for one in outcome.schedules[0].changes} == {
        "deployed": True,
        "described by": "deployment etl in prod",
    }
    after = there(schedules)["nightly"]
    assert (after.schedule_id, after.considered_until) == (synced.schedule_id, synced.considered_until)


def test_what_was_changed_or_removed_by_hand_is_put_right_by_deploying_again(
    deployed: Deployed, schedules: Schedules, settings: Settings
) -> None:
    first = deployed(NIGHTLY + HOURLY, test={})
    assert deployed(NIGHTLY + HOURLY).move is None
    schedules.edit("nightly", policy=Policy(max_runs=1))
    schedules.remove("hourly")
    again = deployed(NIGHTLY + HOURLY)
    assert words(again.schedules) == [("hourly", "added"), ("nightly", "changed")]
    assert there(schedules)["nightly"].policy["max_runs"] is None
    assert (again.version.number, again.is_live) == (1, True)
    assert first.test is not None
    assert list_live(settings)[0].details["test_run_id"] == first.test.run_id, "it has still been tested"
    with pytest.raises(UsageError, match="none to go back to"):
        rollback("etl", "prod", settings)


@pytest.mark.parametrize(
    ("table", "error", "said"),
    [
        (NIGHTLY + "[schedules.nightly.parameters]\nm = 2\n", ParameterError, "schedule 'nightly': .*'m'"),
        (NIGHTLY + "overlapp = 'skip'\n", ConfigError, "overlapp"),
        (NIGHTLY.replace('"prod"', '"porod"'), ConfigError, "porod"),
        (ALWAYS + NIGHTLY.replace("nightly", "daily-prod"), ConfigError, "two schedules are called 'daily-prod'"),
    ],
)
def test_a_version_whose_schedules_are_impossible_is_not_stored(
    deployed: Deployed, settings: Settings, table: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        deployed(table)
    assert list_versions(settings) == []


def test_what_would_be_is_said_and_nothing_done(
    deployed: Deployed, save: Save, schedules: Schedules, tmp_path: Path, settings: Settings
) -> None:
    deployed(NIGHTLY)
    pipeline = save(cell("n = 1", "parameters"), cell("x = n", "node:a"))
    same = describe_foreseen(foresee_deploy(pipeline, "prod"))
    assert (same["version"], same["is_new"], same["is_live"], same["schedules"]) == (1, False, True, [])
    configure(tmp_path, HOURLY)
    found = foresee_deploy(pipeline, "prod")
    assert (found.label, found.is_new, found.previous) == ("etl@2", True, 1)
    assert words(found.schedules) == [("hourly", "added"), ("nightly", "removed")]
    assert list(there(schedules)) == ["nightly"]
    assert (len(list_versions(settings)), len(list_moves(settings, "etl"))) == (1, 1)
    done = deploy(pipeline, "prod")
    assert (done.version.number, done.version.digest) == (found.number, found.digest)
    assert tuple(done.schedules) == found.schedules


def test_who_changes_a_schedule_while_a_version_becomes_live_is_reckoned_with(
    deployed: Deployed, schedules: Schedules, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(NIGHTLY)
    looks: list[str] = []

    def opened(settings: Settings) -> Any:
        stores = open_stores(settings)
        move_live = stores.deployments.move_live

        def meddled(*given: Any) -> Any:
            if not looks:
                looks.append("paused")
                schedules.pause("nightly")
            return move_live(*given)

        monkeypatch.setattr(stores.deployments, "move_live", meddled)
        return stores

    monkeypatch.setattr(pointing, "open_stores", opened)
    deployed(NIGHTLY.replace("0 6", "0 7"))
    after = there(schedules)["nightly"]
    assert looks
    assert (after.is_paused, after.trigger["expression"]) == (True, "0 7 * * *")


def test_fires_follow_the_schedules_of_what_is_live(
    deployed: Deployed, schedules: Schedules, settings: Settings
) -> None:
    deployed(NIGHTLY)
    (first,) = schedules.next("nightly", 1)
    deployed(NIGHTLY.replace("0 6", "30 6"))
    (second,) = schedules.next("nightly", 1)
    assert (first.at.minute, second.at.minute) == (0, 30)
    assert abs(second.at - first.at) <= timedelta(days=1)


def test_what_became_of_schedules_is_one_line() -> None:
    assert in_words([]) == ""
    told = [Told("a", Fate.ADDED), Told("b", Fate.ADDED), Told("c", Fate.ADDED), Told("d", Fate.LEFT)]
    assert in_words(told) == "schedules: a, b and c added, d left"
