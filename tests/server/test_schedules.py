"""Schedules over HTTP and on the stream, as the front end asks for them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.config import Settings
from jupyter_dataops.ids import Token
from jupyter_dataops.records import ServiceRecord
from jupyter_dataops.runners import this_runner
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.wiring import open_stores
from tests.support.api import Api, Stream, eventually
from tests.support.notebooks import cell, notebook

Connect = Callable[..., Awaitable[Stream]]
CELLS = (cell("country = 'de'", "parameters"), cell("x = country", "node:a"))


@pytest.fixture
def nightly(api: Api, save: Callable[..., Path], jp_asyncio_loop: Any) -> dict[str, Any]:
    """A schedule of a notebook below the root."""
    save(*CELLS)
    adding = api.call(
        "add_schedule",
        name="nightly",
        path="etl.ipynb",
        trigger="30 2 * * *",
        zone="Europe/Berlin",
        policy={"overlap": "buffer_one"},
        parameters={"country": "fr"},
        jobs=1,
    )
    added: dict[str, Any] = jp_asyncio_loop.run_until_complete(adding)
    assert added.pop("notes") == []
    return added


async def test_a_schedule_is_added_and_listed_with_its_next_fires(api: Api, nightly: dict[str, Any]) -> None:
    answer = await api.call("list_schedules", next=2)

    (listed,) = answer["schedules"]
    assert listed == {**nightly, "next": nightly["next"][:2]}
    assert (listed["path"], listed["state"], listed["version"], listed["jobs"]) == ("etl.ipynb", "active", 1, 1)
    assert (listed["told"], listed["zone"]) == ("At 02:30 every day, Europe/Berlin time", "Europe/Berlin")
    assert listed["trigger"] == "cron 30 2 * * * tz=Europe/Berlin"
    assert [fire["told"][11:16] for fire in listed["next"]] == ["02:30", "02:30"]
    assert (listed["policy"]["overlap"], listed["policy"]["misfire_grace_s"]) == ("buffer_one", 3600)
    assert [sentence.partition(":")[0] for sentence in listed["policy"]["told"]] == ["While an earlier run is active"]
    assert not answer["services"]["is_served"]
    assert "jupyter dataops scheduler" in answer["services"]["told"]


async def test_schedules_of_one_notebook_are_listed(api: Api, nightly: dict[str, Any]) -> None:
    for path, names in (("etl.ipynb", ["nightly"]), ("other.ipynb", [])):
        assert [one["name"] for one in (await api.call("list_schedules", path=path))["schedules"]] == names


async def test_who_starts_what_is_due_is_told(api: Api, nightly: dict[str, Any], settings: Settings) -> None:
    serve(settings)

    services = (await api.call("list_schedules"))["services"]

    here = this_runner().host
    assert (services["is_served"], services["told"]) == (True, f"A scheduler on {here} starts what is due.")
    assert [one["host"] for one in services["services"]] == [here]


async def test_a_trigger_is_previewed_with_what_a_change_of_clocks_does(api: Api) -> None:
    answer = await api.call(
        "preview_trigger", trigger="30 2 * * * tz=Europe/Berlin | asset sales", after="2026-03-28T12:00:00Z", count=2
    )

    assert [fire["told"] for fire in answer["next"]] == ["2026-03-29 03:00 CEST", "2026-03-30 02:30 CEST"]
    assert [fire["note"] for fire in answer["next"]] == ["02:30 does not exist: clocks go from 02:00 to 03:00", ""]
    assert answer["waits"] == ["When asset sales has a new version"]
    assert [member["kind"] for member in answer["structure"]["members"]] == ["cron", "asset"]
    assert answer["problem"] is None


async def test_a_text_that_is_no_trigger_says_which_part_is_wrong(api: Api) -> None:
    text = "asset sales | 0 25 * * *"

    answer = await api.call("preview_trigger", trigger=text)

    problem = answer["problem"]
    assert text[problem["start"] : problem["end"]] == "25"
    assert (problem["code"], problem["message"]) == (
        "invalid_schedule",
        "the hour of the cron expression cannot be read: 25",
    )
    assert (answer["trigger"], answer["next"]) == (None, [])


async def test_a_schedule_is_edited_and_what_is_not_sent_stays(api: Api, nightly: dict[str, Any]) -> None:
    edited = await api.call(
        "edit_schedule", schedule="nightly", version=1, trigger="every 1h", policy={"max_runs": 5}, jobs=None
    )

    assert (edited["trigger"], edited["version"], edited["jobs"]) == ("every 1h", 2, None)
    assert (edited["policy"]["overlap"], edited["policy"]["max_runs"]) == ("buffer_one", 5)
    assert edited["parameters"] == {"country": "fr"}


async def test_who_adds_or_edits_one_is_told_what_may_keep_it_from_starting(api: Api, nightly: dict[str, Any]) -> None:
    added = await api.call("add_schedule", name="fed", path="etl.ipynb", trigger="asset sales")
    live = {"environment": "prod", "deployed": True}
    edited = await api.call("edit_schedule", schedule="nightly", **live)

    assert added["notes"] == ["no run has published an asset 'sales' yet; the schedule waits until one does"]
    (told,) = edited["notes"]
    assert told.startswith("the notebook etl.ipynb is not deployed: nothing of the schedule can start")
    assert "notes" not in (await api.call("get_schedule", schedule="fed"))["schedule"]


async def test_an_asset_that_nobody_has_published_is_told_before_a_schedule_waits_for_it(
    api: Api, save: Callable[..., Path], run: Callable[..., str]
) -> None:
    async def notes(trigger: str, **more: str) -> list[str]:
        told: list[str] = (await api.call("preview_trigger", trigger=trigger, **more))["notes"]
        return told

    run(save(cell("sales = 1", "node:a", "asset:sales")))

    (told,) = await notes("0 6 * * * | asset sale | asset sales")

    assert told.startswith("no run has published an asset 'sale' yet; did you mean")
    assert "sales" in told
    assert told.endswith("; the schedule waits until one does")
    assert await notes("0 6 * * *") == []
    assert await notes("asset") == []
    # What a panel asks has its notebook: what is in the store besides is not told.
    assert await notes("asset sale", path="etl.ipynb") == []


async def test_an_edit_of_what_was_changed_meanwhile_is_refused(api: Api, nightly: dict[str, Any]) -> None:
    await api.call("pause_schedule", schedule="nightly")

    status, refusal = await api.refused("edit_schedule", schedule="nightly", version=1, name="daily")

    assert (status, refusal["code"]) == (409, "illegal_move")


async def test_a_schedule_is_paused_and_resumed(api: Api, nightly: dict[str, Any]) -> None:
    paused = await api.call("pause_schedule", schedule="nightly", because="holidays")
    resumed = await api.call("resume_schedule", schedule="nightly")

    assert (paused["state"], paused["paused_because"], paused["next_at"]) == ("paused", "holidays", None)
    assert (resumed["state"], resumed["paused_because"]) == ("active", None)
    assert resumed["next_at"] is not None


async def test_a_schedule_is_removed(api: Api, nightly: dict[str, Any]) -> None:
    assert await api.call("remove_schedule", schedule="nightly") == {"name": "nightly"}

    status, refusal = await api.refused("get_schedule", schedule="nightly")
    assert (status, refusal["code"]) == (404, "schedule_not_found")


async def test_what_cannot_run_is_not_scheduled(api: Api, nightly: dict[str, Any]) -> None:
    wanted = {"name": "other", "path": "etl.ipynb", "trigger": "every 1h"}
    for change, status, code in (
        ({"name": "nightly"}, 409, "schedule_exists"),
        ({"name": "no name"}, 400, "usage"),
        ({"path": "nothing.ipynb"}, 422, "notebook_unreadable"),
        ({"path": "../etl.ipynb"}, 404, "outside_contents"),
        ({"trigger": "every now and then"}, 400, "invalid_schedule"),
        ({"zone": "Europe/Atlantis", "trigger": "0 6 * * *"}, 400, "invalid_schedule"),
        ({"parameters": {"cuntry": "de"}}, 400, "parameter"),
    ):
        answer, refusal = await api.refused("add_schedule", **{**wanted, **change})
        assert (answer, refusal["code"]) == (status, code), change


async def test_a_backfill_is_planned_and_then_done_once(api: Api, nightly: dict[str, Any]) -> None:
    days = {"since": "2026-01-01T00:00:00+01:00", "until": "2026-01-04T00:00:00+01:00"}

    planned = await api.call("plan_backfill", schedule="nightly", **days)
    done = await api.call("backfill", schedule="nightly", max_active=2, reverse=True, **days)
    again = await api.call("plan_backfill", schedule="nightly", **days)

    assert (planned["wanted"], planned["batch"], planned["is_served"]) == (3, None, False)
    assert planned["told"].startswith("3 runs, one at a time: the first for 2026-01-01 02:30 CET")
    assert [fire["told"][8:10] for fire in done["fires"]] == ["03", "02", "01"]
    assert done["batch"] is not None
    assert (again["wanted"], again["left_out"]) == (0, 3)
    shown = await api.call("get_schedule", schedule="nightly", fires=2)
    assert [fire["fate"] for fire in shown["schedule"]["fires"]] == ["buffered", "buffered"]
    assert (shown["has_more"], shown["schedule"]["waiting"]) == (True, 3)
    older = await api.call("get_schedule", schedule="nightly", before=shown["schedule"]["fires"][-1]["fire_time"])
    assert [fire["told"][8:10] for fire in older["schedule"]["fires"]] == ["01"]


async def test_an_empty_range_is_refused(api: Api, nightly: dict[str, Any]) -> None:
    status, refusal = await api.refused(
        "plan_backfill", schedule="nightly", since="2026-01-02T00:00:00Z", until="2026-01-01T00:00:00Z"
    )

    assert (status, "empty" in refusal["message"]) == (400, True)


async def test_a_schedule_of_a_notebook_outside_the_root_has_no_path(
    api: Api, settings: Settings, tmp_path: Path
) -> None:
    outside = tmp_path / "elsewhere.ipynb"
    outside.write_text(json.dumps(notebook(*CELLS)))
    with Schedules(settings) as schedules:
        schedules.add("outside", outside, parse_trigger("every 1h"), origin=str(tmp_path / "dataops.toml"))

    (listed,) = (await api.call("list_schedules"))["schedules"]

    assert (listed["path"], listed["notebook"], listed["origin"]) == (None, "elsewhere.ipynb", "dataops.toml")
    assert str(tmp_path) not in json.dumps(listed)


async def test_changes_are_told_to_who_watches(connect: Connect, api: Api, nightly: dict[str, Any]) -> None:
    stream = await connect()
    await stream.say("watch_schedules", id="s")
    await stream.say("watch_schedules", id="other", path="other.ipynb")
    first, others = await stream.hear(), await stream.hear()

    await api.call("pause_schedule", schedule="nightly")
    paused = await stream.hear()
    await api.call("remove_schedule", schedule="nightly")
    removed = await stream.hear()

    assert (first["kind"], first["id"], first["schedules"]) == ("schedules", "s", [nightly])
    assert (others["id"], others["schedules"]) == ("other", [])
    assert [one["state"] for one in paused["schedules"]] == ["paused"]
    assert (removed["id"], removed["schedules"], removed["names"]) == ("s", [], [])


@pytest.mark.kernel
async def test_a_schedule_is_run_now_without_a_scheduler(api: Api, nightly: dict[str, Any]) -> None:
    fired = await api.call("run_schedule", schedule="nightly", parameters={"country": "it"})

    run = fired["run"]
    assert (fired["fire"]["fate"], fired["fire"]["kind"]) == ("started", "manual")
    assert (run["schedule"], run["parameters"]) == ("nightly", {"country": "it"})

    async def has_ended() -> bool:
        shown = (await api.call("get_schedule", schedule="nightly"))["schedule"]
        (fire,) = shown["fires"]
        return (fire["run_state"], shown["active_runs"]) == ("succeeded", [])

    await eventually(has_ended, "the run's end seen in the schedule")


def serve(settings: Settings) -> None:
    """A scheduler is there, as far as the store knows."""
    now = datetime.now(UTC)
    with closing(open_stores(settings)) as stores:
        stores.schedules.renew_service(
            ServiceRecord(Token("a service"), this_runner(), now, now, now + timedelta(minutes=5))
        )
