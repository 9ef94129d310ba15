from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from jupyter_dataops.cli.face import Face
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import InvalidPipeline
from jupyter_dataops.records import PollRecord
from jupyter_dataops.records.schedules import PAUSED_BY_VERSION
from jupyter_dataops.schedules.policies import OnFold, OnGap, Overlap, Policy
from jupyter_dataops.schedules.triggers import AnyOf, Asset, At, Condition, Cron, File, Interval, Trigger
from jupyter_dataops.scheduling.schedules import Schedules
from tests.support.scheduling import World, hours

Call = Callable[..., Result]


class ScheduleFace(Face):
    """Schedules in memory, at the beginning of 2026."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    def open_schedules(self, start: Path | None = None) -> Schedules:
        return Schedules(
            Settings(store="nowhere", jobs=2, actor="ada@here"),
            stores=self.world.stores,
            clock=self.world.clock,
            launcher=self.world.launcher,
            check=lambda *_: None,
        )

    def now(self) -> Any:
        return self.world.clock.now()

    def trigger(self, name: str = "etl") -> Any:
        return self.open_schedules().show(name).trigger


@pytest.fixture
def face() -> ScheduleFace:
    return ScheduleFace()


@pytest.fixture
def machine_in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is none of the schedules'."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def test_a_schedule_is_added_with_all_that_is_said(call: Call, face: ScheduleFace) -> None:
    result = call(
        face, "schedule", "add", "etl.ipynb", "--name", "nightly", "--cron", "30 2 * * *", "--tz", "Europe/Berlin",
        "--on-gap", "skip", "--on-fold", "both", "-p", "day", "{{ fire_time }}", "-p", "n", "3", "--jobs", "4",
        "--overlap", "buffer_one", "--misfire-grace", "10m", "--max-runs", "5", "--fail-fast", "--json",
    )  # fmt: skip
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (told["name"], told["parameters"]) == ("nightly", {"day": "{{ fire_time }}", "n": 3})
    assert told["options"] == {"jobs": 4, "fail_fast": True}
    assert (told["policy"]["overlap"], told["policy"]["misfire_grace_s"], told["policy"]["max_runs"]) == (
        "buffer_one",
        600,
        5,
    )
    assert face.trigger("nightly") == Cron("30 2 * * *", "Europe/Berlin", OnGap.SKIP, OnFold.BOTH)
    assert result.stderr == "no service is running that starts what is due: `jupyter dataops scheduler`\n"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (["--every", "15m"], Interval),
        (["--at", "2026-02-01T06:00+00:00"], At),
        (["--file", "in/*.csv", "--poll", "5s"], File),
        (["--asset", "sales"], Asset),
        (["--condition", "json:dumps"], Condition),
        (["--trigger", "0 6 * * * | asset sales"], AnyOf),
        (["--cron", "@daily", "--asset", "sales"], AnyOf),
    ],
)
def test_every_kind_of_trigger_can_be_said(call: Call, face: ScheduleFace, options: list[str], kind: type) -> None:
    result = call(face, "schedule", "add", "etl.ipynb", *options)
    assert result.exit_code == 0, result.stderr
    assert isinstance(face.trigger(), kind)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "say when: --cron"),
        (["--cron", "0 25 * * *"], "25"),
        (["--cron", "@daily", "--tz", "Europe/Berln"], "Europe/Berlin"),
        (["--every", "soon"], "'soon' is no duration"),
        (["--cron", "@daily", "--overlap", "jump"], "'jump' is not one of"),
        (["--cron", "@daily", "--name", "a b"], "cannot be the name"),
    ],
)
def test_what_cannot_be_is_wrong_usage(call: Call, face: ScheduleFace, options: list[str], said: str) -> None:
    result = call(face, "schedule", "add", "etl.ipynb", *options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert face.world.store.get_schedules() == []


def test_schedules_are_listed_with_their_next_and_last_fire(call: Call, face: ScheduleFace) -> None:
    assert "no schedules yet" in call(face, "schedule", "list").stderr
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@hourly")
    call(face, "schedule", "add", "etl.ipynb", "--name", "later", "--cron", "@daily", "--paused")
    face.world.pass_time(face.world.service(), 3700)
    result = call(face, "schedule", "list")
    heading, etl, later = result.stdout.splitlines()
    assert heading.split() == ["schedule", "when", "next", "last", "of", "notebook"]
    assert etl.split("  ")[0] == "etl"
    assert "2026-01-01 02:00 UTC" in etl
    assert "succeeded" in etl
    assert "paused" in later
    told = json.loads(call(face, "schedule", "list", "--json").stdout)
    assert [one["name"] for one in told["schedules"]] == ["etl", "later"]
    assert len(told["services"]) == 1


def test_a_schedule_is_shown_with_the_fates_of_its_fires(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@hourly", "-p", "x", "1")
    face.world.launcher.refuses["etl"] = InvalidPipeline("a and b wait for each other")
    face.world.pass_time(face.world.service(), 3700)
    text = call(face, "schedule", "show", "etl").stdout
    assert text.startswith("etl: At the start of every hour, UTC\n")
    assert "✘ failed to start" in text
    assert "a and b wait for each other" in text
    told = json.loads(call(face, "schedule", "show", "etl", "--json").stdout)
    assert [fire["fate"] for fire in told["fires"]] == ["failed_to_start"]


def test_what_was_last_seen_of_files_and_conditions_is_shown_in_words(call: Call, face: ScheduleFace) -> None:
    trigger = File("in/*.csv") | Condition("json:dumps")
    schedule_id = face.open_schedules().add("etl", "etl.ipynb", trigger).record.schedule_id
    for source, seen in (
        ("file:in/*.csv", {"count": 2, "digest": "aa", "files": {}}),
        ("condition:json:dumps", {"verdict": True, "shown": "True"}),
    ):
        taken = face.world.store.take_poll(PollRecord(schedule_id, f"{schedule_id}/{source}", hours(0)), hours(1))
        assert taken is not None
        face.world.store.keep_poll(taken, seen, None, hours(0))
    lines = call(face, "schedule", "show", "etl").stdout.splitlines()
    assert {"  file in/*.csv: 2 are there", "  condition json:dumps: it says yes"} <= set(lines)


def test_the_next_fires_are_told_with_notes(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "30 2 29 3 *", "--tz", "Europe/Berlin")
    text = call(face, "schedule", "next", "etl", "-n", "1").stdout
    assert "03:00 CEST" in text
    assert "02:30 does not exist: clocks go from 02:00 to 03:00" in text
    told = json.loads(call(face, "schedule", "next", "etl", "-n", "2", "--json").stdout)
    assert (told["zone"], len(told["fires"])) == ("Europe/Berlin", 2)
    call(face, "schedule", "add", "etl.ipynb", "--name", "fed", "--asset", "sales")
    assert "does not fire by time" in call(face, "schedule", "next", "fed").stderr


def test_an_asset_that_nobody_has_published_is_warned_of(call: Call, face: ScheduleFace) -> None:
    added = call(face, "schedule", "add", "etl.ipynb", "--asset", "nope")
    warning = "warning: no run has published an asset 'nope' yet; the schedule waits until one does"
    assert (added.exit_code, warning in added.stderr, "warning" in added.stdout) == (0, True, False)
    assert warning in call(face, "schedule", "edit", "etl", "--trigger", "@daily | asset nope").stderr
    assert "nope" not in call(face, "schedule", "edit", "etl", "-p", "x", "1").stderr


def test_a_schedule_is_edited_paused_resumed_and_removed(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@hourly", "-p", "x", "1", "--overlap", "allow_all")
    told = json.loads(
        call(face, "schedule", "edit", "etl", "--cron", "@daily", "-p", "y", "2", "--rename", "daily", "--json").stdout
    )
    assert (told["name"], told["parameters"], told["policy"]["overlap"]) == ("daily", {"x": 1, "y": 2}, "allow_all")
    assert face.open_schedules().show("daily").policy.overlap is Overlap.ALLOW_ALL
    assert call(face, "schedule", "pause", "daily", "--because", "holidays").stdout == "daily is paused\n"
    assert "paused: holidays" in call(face, "schedule", "show", "daily").stdout
    assert call(face, "schedule", "resume", "daily").stdout == "daily goes on: next 2026-01-02 00:00 UTC\n"
    assert call(face, "schedule", "remove", "daily").stdout == "daily is removed\n"
    gone = call(face, "schedule", "show", "daily")
    assert (gone.exit_code, "no schedule has the name 'daily'" in gone.stderr) == (2, True)
    actions = [record.action for record in face.world.runs.get_audit()]
    assert actions == ["add_schedule", "edit_schedule", "pause_schedule", "resume_schedule", "remove_schedule"]


def test_an_edit_keeps_the_zone_and_changes_the_one_that_it_is_told_to(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "0 6 * * *", "--tz", "Europe/Berlin")

    def edited(*options: str) -> Trigger:
        result = call(face, "schedule", "edit", "etl", *options)
        assert result.exit_code == 0, result.stderr
        return face.open_schedules().show("etl").trigger

    assert edited("--cron", "0 7 * * *") == Cron("0 7 * * *", "Europe/Berlin")
    assert edited("--tz", "Europe/Paris") == Cron("0 7 * * *", "Europe/Paris")
    assert edited("--on-gap", "skip") == Cron("0 7 * * *", "Europe/Paris", OnGap.SKIP)
    assert edited("--trigger", "@daily | file in/*.csv") == Cron("@daily", "Europe/Paris") | File("in/*.csv")
    assert edited("--poll", "3m") == Cron("@daily", "Europe/Paris") | File("in/*.csv", timedelta(minutes=3))


def test_an_option_about_another_kind_of_trigger_is_refused(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--asset", "sales")
    for option, value in (("--tz", "Europe/Paris"), ("--on-fold", "both"), ("--poll", "3m")):
        refused = call(face, "schedule", "edit", "etl", option, value)
        assert (refused.exit_code, f"{option} says nothing of this schedule" in refused.stderr) == (2, True)


def test_all_instants_of_a_schedule_are_told_in_one_form_by_the_clock_of_its_zone(
    call: Call, face: ScheduleFace
) -> None:
    given = "--overlap", "skip", "--starts-at", "2026-01-01T00:30+00:00", "--ends-at", "2026-06-01T00:00:05+00:00"
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@hourly", "--tz", "Europe/Berlin", *given)
    face.world.launcher.lasts_s = 5400
    face.world.pass_time(face.world.service(), 7300)
    said = call(face, "schedule", "show", "etl").stdout
    said += call(face, "schedule", "next", "etl").stdout + call(face, "schedule", "list").stdout
    call(face, "schedule", "pause", "etl")
    said += call(face, "schedule", "resume", "etl").stdout
    told = re.findall(r"\d{4}-\d\d-\d\d\S* ?[\d:]* ?\S*", said)
    assert "2026-01-01 03:00 CET" in told  # a fire, and in the reason of the next
    assert "2026-06-01 02:00:05 CEST" in told
    assert [one for one in told if not re.match(r"\S{10} \d\d:\d\d(:\d\d)? (CES?T|UTC)\b", one)] == []


def test_an_edit_that_says_nothing_is_refused_with_what_can_be_said(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@daily")
    version = face.open_schedules().show("etl").record.version
    for options in ((), ("--json",)):
        refused = call(face, "schedule", "edit", "etl", *options)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert (
            "nothing is said that would change schedule 'etl': give one of --rename, --notebook, --cron"
            in refused.stderr
        )
        assert "--parameters, " in refused.stderr
        assert "--json" not in refused.stderr
        assert "`jupyter dataops schedule show etl` says how it is" in refused.stderr
    assert face.open_schedules().show("etl").record.version == version
    assert "no schedule has the name 'nope'" in call(face, "schedule", "edit", "nope").stderr


def test_an_instant_is_read_by_the_clock_of_the_zone(call: Call, face: ScheduleFace) -> None:
    added = call(face, "schedule", "add", "etl.ipynb", "--at", "2027-01-01T08:00", "--tz", "Europe/Berlin")
    moment = datetime(2027, 1, 1, 7, tzinfo=UTC)
    assert face.trigger() == At((moment,), "Europe/Berlin")
    assert "etl: Once at 2027-01-01 08:00 CET" in added.stdout
    assert "next: 2027-01-01 08:00 CET" in added.stdout
    assert "08:00 CET" in call(face, "schedule", "next", "etl").stdout
    # Another zone moves no instant.
    assert "09:00 EET" in call(face, "schedule", "edit", "etl", "--tz", "Europe/Helsinki").stdout
    assert face.trigger() == At((moment,), "Europe/Helsinki")
    assert call(face, "schedule", "edit", "etl", "--at", "2027-01-01T09:00").exit_code == 0
    assert face.trigger() == At((moment,), "Europe/Helsinki")


def test_a_run_is_had_now(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@hourly")
    result = call(face, "schedule", "run-now", "etl", "-p", "x", "5")
    (run,) = face.world.runs.get_runs()
    assert result.stdout == f"{run.run_id}\n"
    face.world.launcher.refuses["etl"] = InvalidPipeline("a and b wait for each other")
    face.world.clock.pass_until_next(1)
    refused = call(face, "schedule", "run-now", "etl")
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "a and b wait for each other" in refused.stderr


def test_a_run_for_which_no_process_can_be_started_is_no_success(
    call: Call, face: ScheduleFace, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@hourly")
    monkeypatch.setattr(face.world.launcher, "start", lambda run_id, _: face.world.launcher.crash(run_id))
    result = call(face, "schedule", "run-now", "etl")
    (run,) = face.world.runs.get_runs()
    assert (result.exit_code, result.stdout) == (3, "")
    assert f"no process could be started for it: jupyter dataops show {run.run_id}" in result.stderr


def test_the_service_that_is_missing_is_that_of_the_environment(call: Call, face: ScheduleFace) -> None:
    told = call(face, "schedule", "add", "etl.ipynb", "--cron", "@daily", "--env", "prod").stderr
    assert told == "no service is running that starts what is due: `jupyter dataops scheduler --env prod`\n"
    followed = call(face, "schedule", "run-now", "etl", "--env", "prod").stderr
    (run,) = face.world.runs.get_runs()
    assert followed == f"follow it with: jupyter dataops logs {run.run_id} -f --env prod\n"


def test_a_backfill_is_looked_at_and_asked_for(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@daily")
    asked = ["backfill", "etl", "--from", "2025-12-29T00:00+00:00", "--to", "2026-01-01T00:00+00:00"]
    looked = call(face, *asked, "--dry-run", "--reverse")
    assert looked.stdout.splitlines() == [f"would run 2025-12-{day} 00:00 UTC" for day in (31, 30, 29)]
    assert face.world.store.get_open_fires() == []
    told = json.loads(call(face, *asked, "--limit", "2", "--max-active", "2", "--json").stdout)
    assert [fire["fire_time"] for fire in told["fires"]] == ["2025-12-29T00:00:00+00:00", "2025-12-30T00:00:00+00:00"]
    again = call(face, *asked)
    assert again.stdout == "will run 2025-12-31 00:00 UTC\n"
    assert "2 left out" in again.stderr
    assert "nothing is left to run" in call(face, *asked).stderr
    assert call(face, "backfill", "etl", "--from", "2027-01-01T00:00+00:00").exit_code == 2


def test_a_limit_of_a_backfill_counts_and_not_the_range(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--every", "1m")
    asked = ["backfill", "etl", "--from", "2025-01-01T00:00Z", "--to", "2026-01-01T00:00Z"]
    refused = call(face, *asked, "--dry-run")
    assert (refused.exit_code, "more than 10,000 fires to run" in refused.stderr) == (2, True)
    assert call(face, *asked, "--limit", "2").stdout.splitlines() == [
        "will run 2025-01-01 00:00 UTC",
        "will run 2025-01-01 00:01 UTC",
    ]
    next_one = call(face, *asked, "--limit", "1", "--dry-run")
    assert next_one.stdout == "would run 2025-01-01 00:02 UTC\n"
    assert "2 left out" in next_one.stderr
    latest = call(face, *asked, "--limit", "1", "--reverse", "--dry-run")
    assert (latest.stdout, latest.stderr) == ("would run 2025-12-31 23:59 UTC\n", "")


def test_a_backfill_reads_and_tells_times_in_the_zone_of_the_schedule(
    call: Call, face: ScheduleFace, machine_in_new_york: None
) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "0 0 * * *", "--tz", "Europe/Berlin")
    looked = call(face, "backfill", "etl", "--from", "2025-12-30", "--to", "2026-01-01", "--dry-run")
    assert looked.stdout.splitlines() == [
        "would run 2025-12-30 00:00 CET (2025-12-29 23:00 UTC)",
        "would run 2025-12-31 00:00 CET (2025-12-30 23:00 UTC)",
    ]
    # What says its own offset, or how long ago, is no matter of zones.
    asked = ["backfill", "etl", "--from", "2025-12-30T00:00Z", "--to", "12h", "--dry-run"]
    assert call(face, *asked).stdout == "would run 2025-12-31 00:00 CET (2025-12-30 23:00 UTC)\n"


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_a_time_of_a_backfill_that_is_none_is_wrong_usage(call: Call, face: ScheduleFace, option: str) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@daily")
    times = {"--from": "2025-12-30", "--to": "2026-01-01", option: "yesterday"}
    refused = call(face, "backfill", "etl", *(word for pair in times.items() for word in pair))
    assert refused.exit_code == 2
    assert f"Invalid value for '{option}': 'yesterday' is no time" in refused.stderr


def test_names_are_completed(face: ScheduleFace) -> None:
    from click.shell_completion import ShellComplete

    from jupyter_dataops.cli.group import program

    face.open_schedules().add("nightly", "n", Cron("@daily"))
    complete = ShellComplete(program, {"obj": face}, "jupyter-dataops", "_X")
    assert [item.value for item in complete.get_completions(["schedule", "show"], "ni")] == ["nightly"]
    assert {"add", "run-now"} <= {item.value for item in complete.get_completions(["schedule"], "")}
    assert hours(0) == face.now()


def test_the_list_says_where_a_schedule_runs_what_and_whether_it_is_over(call: Call, face: ScheduleFace) -> None:
    call(face, "schedule", "add", "etl.ipynb", "--cron", "@hourly")
    heading, _ = call(face, "schedule", "list").stdout.splitlines()
    assert not {"env", "deployed"} & set(heading.split()), "where that says nothing, it is left out"
    live = {"environment": "prod", "deployed": True}
    with face.open_schedules() as schedules:
        schedules.add("brought", "etl.ipynb", Cron("@daily"), origin="deployment sales in prod", **live)
        schedules.add("mine", "etl.ipynb", Cron("@daily"), **live)
        schedules.add("once", "etl.ipynb", At((hours(1),)))
        schedules.add("twice", "etl.ipynb", Cron("@hourly") | Asset("sales"), policy=Policy(max_runs=2))
        schedules.add("waits", "etl.ipynb", Asset("sales"))
    face.world.pass_time(face.world.service(), 2 * 3600 + 300)
    heading, *lines = call(face, "schedule", "list").stdout.splitlines()
    assert heading.split()[:4] == ["schedule", "env", "deployed", "when"]
    shown = {line.split()[0]: line for line in lines}
    assert shown["brought"].split()[1:3] == ["prod", "sales"]
    assert "  prod  live version  " in shown["mine"]
    assert {name for name, line in shown.items() if "  over  " in line} == {"once", "twice"}
    told = json.loads(call(face, "schedule", "list", "--json").stdout)["schedules"]
    assert {one["name"] for one in told if one["over"]} == {"once", "twice"}
    assert {one["name"]: one["deployment"] for one in told if one["deployment"]} == {"brought": "sales"}
    assert "over: it fires no more" in call(face, "schedule", "show", "once").stdout
    assert "described by: deployment sales in prod" in call(face, "schedule", "show", "brought").stdout


def test_a_change_of_what_a_version_or_a_file_describes_says_until_when_it_holds(
    call: Call, face: ScheduleFace
) -> None:
    with face.open_schedules() as schedules:
        live = {"environment": "prod", "deployed": True}
        schedules.add("brought", "etl.ipynb", Cron("@daily"), origin="deployment sales in prod", **live)
        schedules.add("synced", "etl.ipynb", Cron("@daily"), origin="/project/dataops.toml")
        schedules.add("mine", "etl.ipynb", Cron("@daily"))
    brought = "note: brought is described by the live version of sales: the next deploy, promote or rollback in prod"
    synced = "note: synced is described by /project/dataops.toml: the next `jupyter dataops schedule sync`"
    assert brought in call(face, "schedule", "edit", "brought", "--jitter", "1m").stderr
    assert synced in call(face, "schedule", "edit", "synced", "--jitter", "1m").stderr
    assert "note" not in call(face, "schedule", "edit", "mine", "--jitter", "1m").stderr
    # A pause by hand is the one change that every version keeps.
    paused = call(face, "schedule", "pause", "brought")
    assert ("stays so when another version is live" in paused.stdout, "note" in paused.stderr) == (True, False)
    assert "note" not in call(face, "schedule", "resume", "brought").stderr
    with face.open_schedules() as schedules:
        schedules.pause("brought", PAUSED_BY_VERSION)
    assert brought in call(face, "schedule", "resume", "brought").stderr
    assert brought in call(face, "schedule", "remove", "brought").stderr


def test_the_list_is_of_the_chosen_environment(call: Call, face: ScheduleFace, monkeypatch: pytest.MonkeyPatch) -> None:
    with face.open_schedules() as schedules:
        for name, environment in (("a", "prod"), ("b", "dev"), ("c", None)):
            schedules.add(name, "etl.ipynb", Cron("@daily"), environment=environment)

    def listed() -> list[str]:
        return [one["name"] for one in json.loads(call(face, "schedule", "list", "--json").stdout)["schedules"]]

    assert listed() == ["a", "b", "c"]
    monkeypatch.setattr(face, "settings", lambda: Settings("/store", 1, environment="prod"))
    assert listed() == ["a"]
    monkeypatch.setattr(face, "settings", lambda: Settings("/store", 1, environment="stage"))
    assert "no schedules in stage yet" in call(face, "schedule", "list").stderr
