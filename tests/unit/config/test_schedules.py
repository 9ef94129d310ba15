from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.config.document import Document
from jupyter_dataops.config.schedules import Change, WantedSchedule, difference, read_schedules
from jupyter_dataops.errors import ConfigError
from jupyter_dataops.schedules.policies import Catchup, OnFold, OnGap, Overlap, Policy
from jupyter_dataops.schedules.triggers import AllOf, Asset, At, Condition, Cron, File, Interval

PATH = Path("/project/dataops.toml")
NIGHTLY = '[schedules.nightly]\nnotebook = "etl.ipynb"\n'


def schedules(text: str, prefix: str = "") -> Any:
    return read_schedules(Document(PATH, tomllib.loads(text), prefix))


def nightly(*lines: str) -> WantedSchedule:
    found: WantedSchedule = schedules(NIGHTLY + "\n".join(lines))["nightly"]
    return found


def refusal(*lines: str) -> str:
    with pytest.raises(ConfigError) as refused:
        nightly(*lines)
    return str(refused.value)


def test_a_notebook_and_a_trigger_are_enough():
    assert nightly('cron = "0 6 * * *"') == WantedSchedule("nightly", "/project/etl.ipynb", Cron("0 6 * * *"))


def test_everything_reaches_its_place():
    found = schedules(
        "[env.prod]\n" + NIGHTLY + 'cron = "0 6 * * *"\ntz = "Europe/Berlin"\non_gap = "skip"\non_fold = "both"\n'
        'env = "prod"\ndeployed = true\npaused = true\noverlap = "buffer_one"\ncatchup = "all"\ncatchup_max = 7\n'
        'misfire_grace = "2h"\njitter = 90\nstarts_at = 2026-01-31T06:00:00\nends_at = "2027-01-31T06:00:00Z"\n'
        'max_runs = 3\njobs = 2\nfail_fast = true\nselect = "+train"\nchanged = true\n'
        '[schedules.nightly.parameters]\ncountry = "de"\nday = "{{ fire_time }}"\n'
    )["nightly"]
    assert found == WantedSchedule(
        "nightly",
        "/project/etl.ipynb",
        Cron("0 6 * * *", "Europe/Berlin", OnGap.SKIP, OnFold.BOTH),
        Policy(
            Overlap.BUFFER_ONE,
            Catchup.ALL,
            7,
            timedelta(hours=2),
            timedelta(seconds=90),
            datetime(2026, 1, 31, 5, tzinfo=UTC),
            datetime(2027, 1, 31, 6, tzinfo=UTC),
            3,
        ),
        environment="prod",
        parameters={"country": "de", "day": "{{ fire_time }}"},
        options={"jobs": 2, "fail_fast": True, "select": "+train", "changed": True},
        deployed=True,
        paused=True,
    )


@pytest.mark.parametrize(
    ("lines", "trigger"),
    [
        ('every = "15m"', Interval(timedelta(minutes=15))),
        (
            "every = 60\nfrom = 2026-01-01T00:00:00Z",
            Interval(timedelta(minutes=1), datetime(2026, 1, 1, tzinfo=UTC)),
        ),
        ("at = 2026-01-31T06:00:00+01:00", At((datetime(2026, 1, 31, 5, tzinfo=UTC),))),
        (
            'at = ["2026-01-31T06:00:00"]\ntz = "Europe/Berlin"',
            At((datetime(2026, 1, 31, 5, tzinfo=UTC),), "Europe/Berlin"),
        ),
        ('file = "in/*.csv"\npoll = "5s"', File("in/*.csv", timedelta(seconds=5))),
        ('asset = "sales"', Asset("sales")),
        ('condition = "checks:ready"', Condition("checks:ready")),
        (
            'trigger = "cron 0 6 * * * & asset sales"\ntz = "Europe/Berlin"',
            AllOf((Cron("0 6 * * *", "Europe/Berlin"), Asset("sales"))),
        ),
    ],
)
def test_triggers_of_every_kind(lines, trigger):
    assert nightly(lines).trigger == trigger


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "has nothing that makes it fire"),
        ('cron = "0 6 * * *"\nevery = "1h"', "has cron and every"),
        ('corn = "0 6 * * *"', "did you mean 'cron'?"),
        ('cron = "0 25 * * *"', "schedule 'nightly'"),
        ('cron = "0 6 * * *"\ntz = "Europe/Berlni"', "Europe/Berlin"),
        ('cron = "0 6 * * *"\npoll = "1m"', "'poll', which says nothing about 'cron'"),
        ('cron = "0 6 * * *"\noverlap = "skpi"', "did you mean 'skip'?"),
        ('cron = "0 6 * * *"\njitter = "soon"', "a duration such as \"10m\"; it is 'soon'"),
        ('cron = "0 6 * * *"\njitter = true', "a duration"),
        ('cron = "0 6 * * *"\nmax_runs = 0', "at least 1"),
        ('cron = "0 6 * * *"\npaused = "no"', "true or false"),
        ('cron = "0 6 * * *"\nstarts_at = 2026-01-31T06:00:00', "name the zone in `tz`"),
        ('cron = "0 6 * * *"\nstarts_at = 2026-01-31', "must be a time"),
        ('cron = "0 6 * * *"\nstarts_at = "soon"', "must be a time"),
        ('cron = "0 6 * * *"\nends_at = 2026-01-31T06:00:00Z\nstarts_at = 2026-02-01T06:00:00Z', "not after"),
        ('cron = "0 6 * * *"\nenv = "prod"', "the environment 'prod', which is not there"),
        ('cron = "0 6 * * *"\nparameters = 1', "a table of values"),
        ('cron = "0 6 * * *"\nparameters = {x = "{{ firetime }}"}', "firetime"),
        ('asset = ""', "must be a text"),
    ],
)
def test_what_is_wrong_is_said_with_its_table(line, says):
    told = refusal(line)
    assert says in told
    assert "/project/dataops.toml, [schedules.nightly]" in told
    assert "-> " in told


def test_a_schedule_without_a_notebook_is_refused():
    with pytest.raises(ConfigError, match="has no notebook"):
        schedules('[schedules.x]\ncron = "@daily"')


def test_in_a_project_file_the_table_has_its_full_name():
    with pytest.raises(ConfigError, match=r"\[tool.dataops.schedules.x\]"):
        schedules("[schedules.x]", "tool.dataops")


def test_the_same_differs_in_nothing():
    wanted = {"nightly": nightly('cron = "@daily"').facts}
    found = difference(wanted, wanted)
    assert not found
    assert found.same == ("nightly",)


def test_each_changed_value_is_told_old_and_new():
    old, new = nightly('cron = "@daily"'), nightly('cron = "@daily"\ntz = "Europe/Berlin"\njitter = "1m"')
    found = difference({"nightly": new.facts}, {"nightly": old.facts})
    assert found.changed == {
        "nightly": (
            Change("trigger", "cron @daily tz=UTC", "cron @daily tz=Europe/Berlin"),
            Change("jitter_s", 0.0, 60.0),
        )
    }


def test_a_pause_by_hand_stays_unless_the_file_speaks_of_it():
    existing = {"nightly": {**nightly('cron = "@daily"').facts, "paused": True}}
    assert not difference({"nightly": nightly('cron = "@daily"').facts}, existing)
    assert difference({"nightly": nightly('cron = "@daily"', "paused = false").facts}, existing).changed == {
        "nightly": (Change("paused", True, False),)
    }


def test_what_is_new_and_what_is_gone():
    one = nightly('cron = "@daily"').facts
    found = difference({"a": one, "b": one}, {"b": one, "c": one})
    assert (found.added, found.removed, found.same) == (("a",), ("c",), ("b",))
