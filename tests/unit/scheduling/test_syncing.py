from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.config.document import Document
from jupyter_dataops.config.schedules import Change
from jupyter_dataops.errors import IllegalMove, ScheduleExists
from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.schedules.as_json import trigger_to_json
from jupyter_dataops.schedules.triggers import Cron
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.scheduling.syncing import SyncPlan, apply_sync, plan_sync
from jupyter_dataops.store.memory_schedules import MemoryScheduleStore
from tests.support.clock import START
from tests.support.schedules import BY, a_schedule
from tests.support.scheduling import World

NIGHTLY = '[schedules.nightly]\nnotebook = "etl.ipynb"\ncron = "0 6 * * *"\n'
HOURLY = '[schedules.hourly]\nnotebook = "etl.ipynb"\nevery = "1h"\n'


def on(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def store(world: World) -> MemoryScheduleStore:
    return world.store


@pytest.fixture
def plan(tmp_path: Path, store: MemoryScheduleStore) -> Callable[..., SyncPlan]:
    """Plans to bring the store in line with a file of that text."""

    def plan(text: str, environment: str = "") -> SyncPlan:
        path = tmp_path / "dataops.toml"
        path.write_text(text)
        data = {"JUPYTER_DATA_DIR": str(tmp_path)}

        def settings(name: str) -> Settings:
            return load_settings(tmp_path, data, environment=name)

        document = Document(path, tomllib.loads(text))
        return plan_sync(document, store.get_schedules(), settings(environment), lambda name: settings(name).store)

    return plan


@pytest.fixture
def schedules(world: World, tmp_path: Path) -> Schedules:
    stores = world.stores
    settings = Settings(store=str(tmp_path), jobs=1, actor=BY)
    return Schedules(settings, stores=stores, clock=world.clock, launcher=world.launcher, check=lambda *_: None)


@pytest.fixture
def sync(plan: Callable[..., SyncPlan], schedules: Schedules, world: World) -> Callable[..., None]:
    """Does it, so many hours after the start."""

    def sync(text: str, *, hours: float = 1, prune: bool = False, environment: str = "") -> None:
        world.clock.set_by = timedelta(hours=hours)
        apply_sync(plan(text, environment), schedules, prune=prune)

    return sync


Sync = Callable[..., None]
Plan = Callable[..., SyncPlan]


def by_hand(store: MemoryScheduleStore, name: str, **fields: Any) -> ScheduleRecord:
    trigger = trigger_to_json(Cron("0 6 * * *"))
    record = a_schedule(name, f"id-{name}", **{"trigger": trigger, **fields})
    return store.add_schedule(record, BY, on(0))


def test_what_a_file_describes_is_there_afterwards_and_needs_no_second_time(
    sync: Sync, plan: Plan, store: MemoryScheduleStore, tmp_path: Path
) -> None:
    sync(NIGHTLY + HOURLY)
    hourly, nightly = store.get_schedules()
    assert (hourly.name, nightly.name) == ("hourly", "nightly")
    assert nightly.trigger == trigger_to_json(Cron("0 6 * * *"))
    assert (nightly.notebook, nightly.origin) == (str(tmp_path / "etl.ipynb"), str(tmp_path / "dataops.toml"))
    assert nightly.considered_until == nightly.created_at == on(1), "it does not fire for what has been"
    again = plan(NIGHTLY + HOURLY)
    assert not again.difference
    assert set(again.difference.same) == {"hourly", "nightly"}


def test_an_edit_keeps_the_schedule_and_never_fires_backwards(
    sync: Sync, plan: Plan, store: MemoryScheduleStore
) -> None:
    sync(NIGHTLY)
    (before,) = store.get_schedules()
    edited = NIGHTLY.replace("0 6", "0 7") + 'overlap = "allow_all"\n'
    assert plan(edited).difference.changed == {
        "nightly": (
            Change("trigger", "cron 0 6 * * * tz=UTC", "cron 0 7 * * * tz=UTC"),
            Change("overlap", "skip", "allow_all"),
        )
    }
    sync(edited, hours=5)
    (after,) = store.get_schedules()
    assert (after.schedule_id, after.version) == (before.schedule_id, 2)
    assert after.considered_until == on(5)
    assert after.policy["overlap"] == "allow_all"


def test_what_left_the_file_is_removed_when_asked_for_alone(sync: Sync, plan: Plan, store: MemoryScheduleStore) -> None:
    sync(NIGHTLY + HOURLY)
    by_hand(store, "mine")
    found = plan(NIGHTLY)
    assert found.difference.removed == ("hourly",)
    assert (found.is_needed(prune=False), found.is_needed(prune=True)) == (False, True)
    sync(NIGHTLY)
    assert [one.name for one in store.get_schedules()] == ["hourly", "mine", "nightly"]
    sync(NIGHTLY, prune=True)
    assert [one.name for one in store.get_schedules()] == ["mine", "nightly"]


def test_one_of_the_same_name_that_was_added_by_hand_is_taken_over_and_that_is_shown(
    plan: Plan, sync: Sync, store: MemoryScheduleStore, tmp_path: Path
) -> None:
    mine = by_hand(store, "nightly", notebook=str(tmp_path / "etl.ipynb"))
    (change,) = plan(NIGHTLY).difference.changed["nightly"]
    assert (change.key, change.old, change.new) == ("described by", None, str(tmp_path / "dataops.toml"))
    sync(NIGHTLY)
    assert [(one.schedule_id, one.origin) for one in store.get_schedules()] == [
        (mine.schedule_id, str(tmp_path / "dataops.toml"))
    ]


def test_one_that_another_file_describes_is_left_to_it(plan: Plan, store: MemoryScheduleStore) -> None:
    by_hand(store, "nightly", origin="/other/dataops.toml")
    with pytest.raises(ScheduleExists, match="described by another file"):
        plan(NIGHTLY)


def test_one_that_a_deployed_version_describes_is_left_to_it(
    plan: Plan, sync: Sync, store: MemoryScheduleStore
) -> None:
    theirs = by_hand(store, "nightly", origin="deployment etl in prod", environment="prod")
    found = plan("[env.prod]\n" + NIGHTLY + 'env = "prod"\n', "prod")
    assert (bool(found.difference), dict(found.deployed)) == (False, {"nightly": "deployment etl in prod"})
    sync("[env.prod]\n", prune=True, environment="prod")
    assert store.get_schedules() == [theirs]


def test_a_table_of_live_versions_without_an_environment_is_left_to_each_version(plan: Plan) -> None:
    found = plan(NIGHTLY + "deployed = true\n" + HOURLY)
    assert (found.difference.added, [*found.deployed]) == (("hourly",), ["nightly"])


def test_a_table_without_an_environment_is_not_there_twice_once_it_is_deployed(
    plan: Plan, store: MemoryScheduleStore, tmp_path: Path
) -> None:
    deployed = {"environment": "prod", "origin": "deployment etl in prod"}
    by_hand(store, "nightly-prod", notebook=str(tmp_path / "etl.ipynb"), **deployed)
    by_hand(store, "hourly-prod", notebook="/another/etl.ipynb", **deployed)
    found = plan(NIGHTLY + HOURLY)
    assert (found.difference.added, dict(found.deployed)) == (("hourly",), {"nightly": "deployment etl in prod"})


def test_a_pause_by_hand_stays_and_one_of_the_file_comes_and_goes(sync: Sync, store: MemoryScheduleStore) -> None:
    sync(NIGHTLY)
    sync(NIGHTLY + "paused = true\n", hours=2)
    (paused,) = store.get_schedules()
    assert (paused.paused_at, paused.paused_because) == (on(2), "its file says so")
    sync(NIGHTLY, hours=3)
    assert store.get_schedules()[0].is_paused
    sync(NIGHTLY + "paused = false\n", hours=4)
    (going,) = store.get_schedules()
    assert not going.is_paused
    assert going.resumed_at == on(4)


def test_with_catchup_all_the_fires_of_a_pause_are_still_to_be_decided(sync: Sync, store: MemoryScheduleStore) -> None:
    every = NIGHTLY + 'catchup = "all"\n'
    sync(every + "paused = true\n", hours=2)
    sync(every + "paused = false\n", hours=4)
    assert store.get_schedules()[0].considered_until == on(2)


def test_a_schedule_whose_environment_has_another_store_belongs_there(
    plan: Plan, sync: Sync, store: MemoryScheduleStore
) -> None:
    text = '[env.prod]\nstore = "prod"\n[env.dev]\n' + NIGHTLY + 'env = "prod"\n' + HOURLY + 'env = "dev"\n'
    found = plan(text)
    assert (found.difference.added, dict(found.elsewhere)) == (("hourly",), {"nightly": "prod"})
    assert plan(text, "prod").difference.added == ("nightly",)
    sync(text, environment="prod")
    assert [(one.name, one.environment) for one in store.get_schedules()] == [("nightly", "prod")]
    assert plan(text, "dev").difference.removed == (), "those of other environments are none of its business"


def test_what_somebody_changed_meanwhile_is_not_overwritten(
    sync: Sync, plan: Plan, store: MemoryScheduleStore, schedules: Schedules
) -> None:
    sync(NIGHTLY)
    planned = plan(NIGHTLY.replace("0 6", "0 7"))
    sync(NIGHTLY.replace("0 6", "0 8"))
    with pytest.raises(IllegalMove):
        apply_sync(planned, schedules, prune=False)
    assert store.get_schedule(ScheduleId(planned.existing["nightly"].schedule_id)).trigger["expression"] == "0 8 * * *"
