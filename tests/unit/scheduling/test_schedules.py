from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from jupyter_dataops.config import Settings
from jupyter_dataops.errors import (
    InvalidSchedule,
    NotebookUnreadable,
    ParameterError,
    ScheduleExists,
    ScheduleNotFound,
    UsageError,
)
from jupyter_dataops.ids import Digest
from jupyter_dataops.interfaces import Move, NewVersion
from jupyter_dataops.schedules.policies import Catchup, Overlap, Policy
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.schedules.triggers import At
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.states import FireFate, MoveKind, RunState
from tests.support.notebooks import cell, notebook
from tests.support.published import publish
from tests.support.scheduling import World, hours

HOURLY = parse_trigger("0 * * * *")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def schedules(world: World, tmp_path: Path) -> Schedules:
    settings = Settings(store=str(tmp_path), jobs=2, actor="ada@here")
    stores = world.stores
    return Schedules(settings, stores=stores, clock=world.clock, launcher=world.launcher, check=lambda *_: None)


@pytest.fixture
def checked(world: World, tmp_path: Path) -> Schedules:
    settings = Settings(store=str(tmp_path / "store"), jobs=2, actor="ada@here")
    stores = world.stores
    return Schedules(settings, stores=stores, clock=world.clock, launcher=world.launcher)


def save(tmp_path: Path, *cells: object, name: str = "etl.ipynb") -> Path:
    import json

    path = tmp_path / name
    path.write_text(json.dumps(notebook(*cells)))  # type: ignore[arg-type]
    return path


def test_what_is_added_is_listed_shown_and_foreseen(schedules: Schedules) -> None:
    added = schedules.add("hourly", "etl.ipynb", HOURLY, parameters={"x": 1}, options={"jobs": 2, "fail_fast": False})
    assert [one.name for one in schedules.list()] == ["hourly"]
    assert schedules.show("hourly").record == added.record
    assert added.record.notebook == str(Path("etl.ipynb").absolute())
    assert added.record.options == {"jobs": 2}
    assert added.next_at == hours(1)
    assert [one.at for one in schedules.next("hourly", 2)] == [hours(1), hours(2)]
    with pytest.raises(ScheduleExists):
        schedules.add("hourly", "etl.ipynb", HOURLY)
    with pytest.raises(UsageError, match="cannot be the name"):
        schedules.add("a b", "etl.ipynb", HOURLY)


def test_what_is_foreseen_keeps_to_the_policy(schedules: Schedules) -> None:
    schedules.add("later", "n", HOURLY, policy=Policy(starts_at=hours(5), ends_at=hours(7)))
    assert [one.at for one in schedules.next("later")] == [hours(5), hours(6)]
    schedules.add("twice", "n", HOURLY, policy=Policy(max_runs=2))
    assert len(schedules.next("twice")) == 2


def test_an_edit_counts_from_now(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", parse_trigger("0 6 * * *"))
    world.clock.pass_until_next(2.5 * 3600)
    edited = schedules.edit("s", trigger=HOURLY, name="t", policy=Policy(overlap=Overlap.ALLOW_ALL))
    assert (edited.name, edited.next_at, edited.record.considered_until) == ("t", hours(3), hours(2.5))
    assert edited.policy.overlap is Overlap.ALLOW_ALL
    with pytest.raises(UsageError, match="no 'colour' to edit"):
        schedules.edit("t", colour="red")
    with pytest.raises(ScheduleNotFound):
        schedules.edit("s", name="u")


def test_an_edit_of_something_else_loses_no_fire_that_is_due(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", HOURLY)
    world.clock.pass_until_next(3601)
    schedules.edit("s", parameters={"x": 2})
    world.pass_time(world.service(), 60)
    assert world.store.get_fires(schedules.show("s").record.schedule_id)[0].fate is FireFate.STARTED


def test_what_was_due_in_a_pause_is_skipped_with_that_reason(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", HOURLY)
    paused = schedules.pause("s", "holidays")
    assert (paused.record.paused_because, paused.next_at) == ("holidays", None)
    assert schedules.pause("s", "again").record.paused_because == "holidays"
    world.clock.pass_until_next(2.5 * 3600)
    back = schedules.resume("s")
    assert (back.next_at, back.record.is_paused) == (hours(3), False)
    assert [(fire.fate, fire.reason) for fire in back.fires] == [(FireFate.SKIPPED, "the schedule was paused")] * 2
    assert schedules.resume("s").record == back.record


def test_a_pause_may_be_caught_up_on(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", HOURLY, policy=Policy(catchup=Catchup.ALL, overlap=Overlap.ALLOW_ALL))
    service = world.service()
    world.tick(service)
    schedules.pause("s")
    world.pass_time(service, 2.5 * 3600)
    assert world.launcher.started == []
    schedules.resume("s")
    world.pass_time(service, 60)
    assert len(world.launcher.started) == 2


def test_what_is_removed_is_gone(schedules: Schedules) -> None:
    schedules.add("s", "n", HOURLY)
    schedules.remove("s")
    assert list(schedules.list()) == []
    with pytest.raises(ScheduleNotFound):
        schedules.show("s")


def test_a_run_can_be_had_now_without_a_service(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", HOURLY)
    world.clock.pass_until_next(90)
    fire = schedules.run_now("s", {"x": 3})
    assert (fire.fate, fire.kind, fire.asked_by, fire.parameters) == (FireFate.STARTED, "manual", "ada@here", {"x": 3})
    assert fire.run_id is not None
    assert world.runs.get_run(fire.run_id).state is RunState.RUNNING
    assert schedules.show("s").active_runs == (fire.run_id,)
    world.pass_time(world.service(), 120)
    assert schedules.show("s").fires[0].run_state is RunState.SUCCEEDED
    assert schedules.show("s").record.started_count == 0


def test_without_a_service_a_run_by_hand_is_told_as_it_is_and_the_next_one_knows_of_its_success(
    world: World, schedules: Schedules
) -> None:
    schedules.add("s", "n", HOURLY)
    fire = schedules.run_now("s")
    assert fire.run_state is RunState.RUNNING
    assert [one.run_state for one in schedules.show("s").fires] == [RunState.RUNNING]
    world.clock.pass_until_next(60)
    (seen,) = schedules.list(fires=1)
    assert seen.last is not None
    assert (seen.last.run_state, seen.fires[0].run_state) == (RunState.SUCCEEDED, RunState.SUCCEEDED)
    assert (seen.active_runs, seen.previous_success) == ((), fire.fire_time)
    again = schedules.run_now("s")
    assert again.run_id is not None
    _, previous = world.launcher.given[again.run_id]
    assert previous == fire.fire_time
    assert schedules.show("s").fires[1].ended_at == again.fire_time, "it is noted for good"


def test_a_run_by_hand_is_in_the_way_of_the_next_fire(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", HOURLY)
    world.launcher.lasts_s = 7200
    schedules.run_now("s")
    world.pass_time(world.service(), 3700)
    assert schedules.show("s").fires[0].fate is FireFate.SKIPPED


def test_a_backfill_is_looked_at_first_and_never_runs_a_time_twice(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", parse_trigger("0 0 * * *"))
    since, until = hours(-5 * 24), hours(0)
    seen = schedules.backfill("s", since, until, dry_run=True, reverse=True)
    assert [fire.fire_time for fire in seen.wanted] == [hours(-24 * day) for day in range(1, 6)]
    assert seen.batch is None
    assert schedules.show("s").fires == ()
    first = schedules.backfill("s", since, until, limit=2, max_active=2)
    assert [fire.fire_time for fire in first.wanted] == [hours(-24 * 5), hours(-24 * 4)]
    world.pass_time(world.service(), 120)
    assert len(world.launcher.started) == 2
    second = schedules.backfill("s", since, until, parameters={"x": 1})
    assert (len(second.wanted), len(second.left_out)) == (3, 2)
    world.pass_time(world.service(), 400)
    assert len(world.launcher.started) == 5
    third = schedules.backfill("s", since, until)
    assert (len(third.wanted), len(third.left_out), third.batch) == (0, 5, None)
    assert world.times_made() == {1}


def test_a_backfill_runs_what_was_missed(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", HOURLY, policy=Policy(catchup=Catchup.NONE))
    world.clock.pass_until_next(3.5 * 3600)
    service = world.service()
    world.pass_time(service, 1)
    assert [fire.fate for fire in schedules.show("s").fires] == [FireFate.MISSED] * 3
    assert len(schedules.backfill("s", hours(0.5)).wanted) == 3
    world.pass_time(service, 600)
    fire = schedules.show("s").fires[0]
    assert (fire.fate, fire.kind, fire.run_state) == (FireFate.STARTED, "backfill", RunState.SUCCEEDED)
    assert fire.reason.startswith("missed before: ")


def test_a_backfill_of_nothing_or_too_much_is_refused(schedules: Schedules) -> None:
    schedules.add("s", "n", parse_trigger("* * * * *"))
    with pytest.raises(UsageError, match="is empty"):
        schedules.backfill("s", hours(5))
    with pytest.raises(UsageError, match="at least one"):
        schedules.backfill("s", hours(-5), max_active=0)
    with pytest.raises(UsageError, match="more than 10,000"):
        schedules.backfill("s", hours(-24 * 365))


def test_the_previous_success_is_of_before_the_fire(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", HOURLY)
    service = world.service()
    world.pass_time(service, 2.5 * 3600)
    fires = schedules.show("s").fires
    assert [world.launcher.given[fire.run_id][1] for fire in fires if fire.run_id] == [hours(1), None]
    schedules.backfill("s", hours(-2), hours(0))
    world.pass_time(service, 600)
    oldest = schedules.show("s").fires[-1]
    assert oldest.run_id is not None
    assert world.launcher.given[oldest.run_id][1] is None


def test_an_asset_that_nobody_has_published_is_remarked_with_the_one_that_is_meant(
    world: World, schedules: Schedules
) -> None:
    publish(world.stores, "r1", {"sales": "df"})
    schedules.publish("told")
    added = schedules.add("s", "n", parse_trigger("asset salse | asset told & asset sales & every 1h"))
    assert schedules.remarks(added.record) == [
        "no run has published an asset 'salse' yet; did you mean 'sales'?; the schedule waits until one does"
    ]
    edited = schedules.edit("s", trigger=parse_trigger("asset weather"))
    assert schedules.remarks(edited.record) == [
        "no run has published an asset 'weather' yet; the schedule waits until one does"
    ]


def test_one_that_its_own_notebook_starts_again_without_end_is_remarked(
    world: World, checked: Schedules, tmp_path: Path
) -> None:
    publish(world.stores, "r1", {"sales": "df"})
    path = save(tmp_path, cell("sales = 1", "node:load", "asset:sales"))
    added = checked.add("etl", path, parse_trigger("@daily | asset sales"))
    (told,) = checked.remarks(added.record)
    assert told.startswith(
        "asset 'sales' is published by its own node 'load': each run of the schedule starts the next"
    )
    assert told.endswith("(asset sales -> etl -> asset sales)")
    # Once a day, and not by itself.
    assert checked.remarks(checked.edit("etl", trigger=parse_trigger("@daily & asset sales")).record) == []


def test_one_that_a_notebook_which_its_own_runs_starts_again_is_remarked(
    world: World, checked: Schedules, tmp_path: Path
) -> None:
    publish(world.stores, "r1", {"sales": "df"})
    save(tmp_path, cell("sales = 1", "node:load", "asset:sales"), name="sales.ipynb")
    path = save(tmp_path, cell("", "node:all", "notebook:sales.ipynb"))
    (told,) = checked.remarks(checked.add("etl", path, parse_trigger("asset sales")).record)
    assert told.startswith("asset 'sales' is published by its own node 'load' of 'sales.ipynb': each run of")


def test_those_that_start_each_other_without_end_are_remarked_with_the_cycle(
    world: World, checked: Schedules, tmp_path: Path
) -> None:
    publish(world.stores, "r1", {"x": "df", "y": "df", "z": "df"})

    def add(name: str, trigger: str, *publishes: str) -> list[str]:
        tags = [f"asset:{asset}=v" for asset in publishes]
        path = save(tmp_path, cell("v = 1", "node:n", *tags), name=f"{name}.ipynb")
        return list(checked.remarks(checked.add(name, path, parse_trigger(trigger)).record))

    assert add("a", "asset z", "x") == []
    assert add("b", "@hourly | asset x", "y") == []
    assert add("aside", "asset x & @daily", "z") == []  # once a day, and not by itself
    assert add("below", "asset y", "w") == []
    (told,) = add("c", "asset y", "z")
    assert told == (
        "asset 'y' is published by node 'n', which schedule 'b' runs because of this one: each run of the schedule "
        "starts the next one (asset y -> c -> asset z -> a -> asset x -> b -> asset y)"
    )
    (again,) = checked.remarks(checked.edit("a", trigger=parse_trigger("asset z | asset nobody")).record)[1:]
    assert again.endswith("(asset z -> a -> asset x -> b -> asset y -> c -> asset z)")
    checked.remove("b")
    assert checked.remarks(checked.show("c").record) == []


def test_a_deployed_one_that_names_no_environment_is_refused(world: World, checked: Schedules, tmp_path: Path) -> None:
    path = save(tmp_path, cell("x = 1", "node:a"))
    with pytest.raises(UsageError, match="schedule 'live' runs the version that is live in an environment"):
        checked.add("live", path, HOURLY, deployed=True)
    # Unless one is chosen for all that is done.
    settings = Settings(store=str(tmp_path / "store"), jobs=2, actor="ada@here", environment="prod")
    chosen = Schedules(settings, stores=world.stores, clock=world.clock, launcher=world.launcher)
    assert chosen.add("live", path, HOURLY, deployed=True).record.environment == "prod"
    assert chosen.add("copy", path, HOURLY).record.environment is None


def test_a_deployed_one_of_which_nothing_is_live_there_is_remarked_with_where_it_is(
    world: World, checked: Schedules, tmp_path: Path
) -> None:
    path = save(tmp_path, cell("x = 1", "node:a"))
    added = checked.add("live", path, HOURLY, deployed=True, environment="prod").record
    (told,) = checked.remarks(added)
    assert "is not deployed: nothing of the schedule can start until that changes" in told
    world.stores.deployments.add_version(NewVersion("etl", Digest("sha256:aa"), str(path), "ada@here"), hours(0))
    world.stores.deployments.move_live(Move("etl", "dev", 1, None, MoveKind.DEPLOY, "ada@here"), hours(0))
    (told,) = checked.remarks(added)
    assert "no version of etl is live in 'prod': nothing of the schedule can start" in told
    assert "it is live in dev" in told


def test_who_runs_one_now_is_told_of_trouble_by_the_answer_alone(
    world: World, schedules: Schedules, caplog: pytest.LogCaptureFixture
) -> None:
    schedules.add("s", "n", HOURLY)
    world.launcher.refuses["s"] = UsageError("so it is")
    assert schedules.run_now("s").reason == "so it is"
    assert caplog.messages == []


def test_a_condition_that_cannot_be_found_is_refused_where_it_is_added_and_edited(
    checked: Schedules, tmp_path: Path
) -> None:
    path = save(tmp_path, cell("x = 1", "node:a"), cell("True", "is_open", "skip"))
    with pytest.raises(UsageError, match="no cell has the tag `nope`"):
        checked.add("s", path, parse_trigger("condition cell:nope"))
    checked.add("s", path, parse_trigger("condition cell:is_open"))
    with pytest.raises(UsageError, match="there is no module 'nowhere'"):
        checked.edit("s", trigger=parse_trigger("condition nowhere:ready"))
    unknown = parse_trigger("condition cell:nope")
    assert (
        checked.add("live", path, unknown, deployed=True, environment="prod").name == "live"
    )  # the version is asked, and not this copy
    save(tmp_path, cell("x = 1", "node:a"))
    assert checked.edit("s", parameters={}).name == "s"  # what is not touched is not asked


def test_an_asset_that_is_published_fires_what_waits_for_it(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", parse_trigger("asset sales"))
    world.clock.pass_until_next(60)
    schedules.publish("sales")
    world.pass_time(world.service(), 60)
    assert [fire.fate for fire in schedules.show("s").fires] == [FireFate.STARTED]


def test_the_json_of_a_schedule_says_everything(world: World, schedules: Schedules) -> None:
    schedules.add("s", "n", parse_trigger("0 6 * * *", "Europe/Berlin") | parse_trigger("asset sales"), paused=True)
    told = schedules.show("s").to_json()
    assert told["trigger"]["description"] == (
        "At 06:00 every day, Europe/Berlin time; or when asset sales has a new version"
    )
    assert (told["paused"], told["next_at"], told["last_fire"], told["fires"]) == (True, None, None, [])


# -- what is refused before it is kept


def test_a_schedule_of_no_notebook_is_refused(checked: Schedules, tmp_path: Path) -> None:
    with pytest.raises(NotebookUnreadable):
        checked.add("s", tmp_path / "nothing.ipynb", HOURLY)
    assert list(checked.list()) == []


@pytest.mark.parametrize(
    ("parameters", "error", "said"),
    [
        ({"yeer": 3}, ParameterError, "did you mean 'year'"),
        ({"year": "soon"}, ParameterError, "takes int"),
        ({"year": "{{ fire_time }}"}, ParameterError, "takes int"),
        ({"day": "{{ fire_tme }}"}, InvalidSchedule, "fire_time"),
        ({"year": "{{ fire_time: %Y }}", "day": "{{ fire_time }}", "since": "{{ previous_success }}"}, None, ""),
    ],
)
def test_parameters_are_checked_as_they_will_be_given(
    checked: Schedules, tmp_path: Path, parameters: dict[str, object], error: type[Exception] | None, said: str
) -> None:
    path = save(tmp_path, cell("year = 2000\nday = ''\nsince: str = ''", "parameters"), cell("a = year", "node:a"))
    if error is None:
        checked.add("s", path, HOURLY, parameters=parameters)
        return
    with pytest.raises(error, match=said):
        checked.add("s", path, HOURLY, parameters=parameters)


def test_a_schedule_that_would_never_fire_is_refused(schedules: Schedules) -> None:
    with pytest.raises(UsageError, match="would never fire"):
        schedules.add("s", "n", At((hours(-1),)))
    with pytest.raises(UsageError, match="would never fire"):
        schedules.add("s", "n", At((hours(2),)), policy=Policy(ends_at=hours(1)))
    schedules.add("s", "n", At((hours(-1),)) | parse_trigger("asset sales"))


def test_an_option_that_runs_do_not_have_is_refused(checked: Schedules, tmp_path: Path) -> None:
    path = save(tmp_path, cell("a = 1", "node:a"))
    with pytest.raises(UsageError, match="no option 'job'"):
        checked.add("s", path, HOURLY, options={"job": 3})


def test_services_are_told(world: World, schedules: Schedules) -> None:
    assert list(schedules.services()) == []
    world.tick(world.service())
    assert len(schedules.services()) == 1
    assert datetime.now(UTC) > hours(0)
    assert replace(schedules.services()[0], lease_until=hours(1)).lease_until - hours(0) == timedelta(hours=1)
