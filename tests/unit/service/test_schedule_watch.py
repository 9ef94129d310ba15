from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.config import Settings
from jupyter_dataops.ids import RunId, Token
from jupyter_dataops.records import FireRecord, ServiceRecord
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.service.schedule_watch import LOOK_S, PAUSE_S, SchedulesWatch
from jupyter_dataops.service.service import Service
from jupyter_dataops.service.wire.watching import WatchSchedules
from jupyter_dataops.states import FireFate, FireKind
from tests.support.notebooks import cell
from tests.support.stores import a_runner

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass
class Hands:
    """A clock, turned by hand."""

    at: datetime = NOON
    ticks_s: float = 100.0

    def now(self) -> datetime:
        return self.at

    def monotonic_s(self) -> float:
        return self.ticks_s

    def turn(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.ticks_s += seconds


@dataclass
class Watched:
    """A watch that is polled when a test says so."""

    service: Service
    hands: Hands
    watches: list[SchedulesWatch] = field(default_factory=list)

    def begin(self, **fields: Any) -> None:
        self.watches = [SchedulesWatch(self.service.desk, WatchSchedules(id="s", **fields))]

    def news(self, after_s: float = PAUSE_S) -> list[Any]:
        self.hands.turn(after_s)
        return [told for watch in self.watches for told in watch.news(self.service.desk.version())]


@pytest.fixture
def hands(service: Service) -> Hands:
    made = Hands()
    service.desk.clock = made  # type: ignore[assignment]
    service.desk.monotonic_s = made.monotonic_s
    return made


@pytest.fixture
def watched(service: Service, hands: Hands) -> Watched:
    return Watched(service, hands)


@pytest.fixture
def schedules(settings: Settings, hands: Hands) -> Iterator[Schedules]:
    with Schedules(settings, clock=hands) as made:
        yield made


@pytest.fixture
def notebook(save: Callable[..., Path]) -> Path:
    save(cell("x = 1", "node:a"), name="other.ipynb")
    return save(cell("x = 1", "node:a"))


def test_all_are_told_first_and_then_what_has_changed(watched: Watched, schedules: Schedules, notebook: Path) -> None:
    for name in ("one", "two"):
        schedules.add(name, notebook, parse_trigger("0 6 * * *"))
    watched.begin()

    (first,) = watched.news()
    quiet = watched.news(LOOK_S)
    schedules.pause("two")
    (second,) = watched.news()
    schedules.edit("one", name="uno")
    (third,) = watched.news()
    schedules.remove("two")
    (fourth,) = watched.news()

    assert [one.name for one in first.schedules] == first.names == ["one", "two"]
    assert quiet == []
    assert [(one.name, one.state) for one in second.schedules] == [("two", "paused")]
    assert ([one.name for one in third.schedules], third.names) == (["uno"], ["two", "uno"])
    assert (fourth.schedules, fourth.names) == ([], ["uno"])


def test_those_of_one_notebook_are_told_alone(watched: Watched, schedules: Schedules, notebook: Path) -> None:
    schedules.add("mine", notebook, parse_trigger("0 6 * * *"))
    watched.begin(path="etl.ipynb")
    (first,) = watched.news()
    schedules.add("other", notebook.with_name("other.ipynb"), parse_trigger("0 6 * * *"))

    assert first.names == ["mine"]
    assert watched.news() == []
    schedules.edit("other", notebook=notebook)
    assert watched.news()[0].names == ["mine", "other"]
    schedules.edit("mine", notebook=notebook.with_name("other.ipynb"))
    assert watched.news()[0].names == ["other"]


def test_a_fire_that_goes_on_is_told_although_the_schedule_has_not_changed(
    watched: Watched, schedules: Schedules, notebook: Path
) -> None:
    schedules.add("one", notebook, parse_trigger("0 6 * * *"))
    schedules.backfill("one", NOON - timedelta(days=1))
    watched.begin()
    (first,) = watched.news()

    store = watched.service.desk.stores.schedules
    (waiting,) = [one.fire for one in store.get_open_fires()]
    store.add_fires(store.find_schedule("one"), [claimed(waiting, NOON)], "run_now", "ana", NOON)
    (second,) = watched.news()
    (claim,) = [one.fire for one in store.get_open_fires() if one.fire.fate is FireFate.CLAIMED]
    store.fail_fires([(claim, "no kernel")])
    (third,) = watched.news()

    fates = [[fire.fate.value for fire in told.schedules[0].fires] for told in (first, second, third)]
    assert fates == [["buffered"], ["claimed", "buffered"], ["failed_to_start", "buffered"]]
    assert third.schedules[0].fires[0].reason == "no kernel"


def claimed(like: FireRecord, at: datetime) -> FireRecord:
    return FireRecord(
        schedule_id=like.schedule_id,
        fire_time=at,
        kind=FireKind.MANUAL,
        fate=FireFate.CLAIMED,
        decided_at=at,
        run_id=RunId("bcd2345678"),
        claimed_by=Token("me"),
        lease_until=at + timedelta(minutes=1),
    )


def test_the_next_fires_are_told_anew_when_one_has_come(watched: Watched, schedules: Schedules, notebook: Path) -> None:
    schedules.add("one", notebook, parse_trigger("0 13 * * *"))
    watched.begin()
    (first,) = watched.news()

    (second,) = watched.news(3_600)

    assert [one.at.day for told in (first, second) for one in told.schedules[0].next[:1]] == [31, 1]


def test_a_scheduler_that_comes_and_one_that_is_gone_are_told(
    watched: Watched, schedules: Schedules, notebook: Path
) -> None:
    schedules.add("one", notebook, parse_trigger("0 6 * * *"))
    watched.begin()
    (first,) = watched.news()
    now = watched.hands.now()
    service = ServiceRecord(Token("it"), a_runner(), now, now, now + timedelta(seconds=30))
    watched.service.desk.stores.schedules.renew_service(service)

    (second,) = watched.news()
    (third,) = watched.news(31)

    assert [told.services.is_served for told in (first, second, third)] == [False, True, False]
    assert second.schedules == third.schedules == []


def test_a_store_that_changes_all_the_time_is_not_looked_through_all_the_time(
    watched: Watched, schedules: Schedules, notebook: Path
) -> None:
    schedules.add("one", notebook, parse_trigger("0 6 * * *"))
    watched.begin()
    watched.news()
    schedules.pause("one")

    assert watched.news(PAUSE_S / 2) == []
    assert len(watched.news(PAUSE_S / 2)) == 1


def test_what_could_not_be_told_is_told_later(watched: Watched, schedules: Schedules, notebook: Path) -> None:
    schedules.add("one", notebook, parse_trigger("0 6 * * *"))
    watched.begin()
    watched.news()
    schedules.pause("one")
    watched.hands.turn(PAUSE_S)
    (watch,) = watched.watches
    next(watch.news(watched.service.desk.version()))  # and the listener is gone before it is asked for more

    (again,) = watched.news()

    assert [one.state for one in again.schedules] == ["paused"]
