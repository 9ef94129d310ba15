"""When messages are sent, by whoever goes round."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.api.deliveries import Deliveries, start_delivery_of_left, told_of
from jupyter_dataops.config import Settings, load_settings
from jupyter_dataops.events import RunFinished
from jupyter_dataops.notices import DELIVERY
from jupyter_dataops.notices.trying import PAUSES
from jupyter_dataops.states import RunState
from jupyter_dataops.wiring import open_stores
from tests.support.notices import FakeNotifier, LaterClock, a_receiver, a_run_for, told
from tests.support.stores import RUN, TOKEN, a_run, a_start, at, keep
from tests.support.waiting import until

URL = "json://team/token"


class Folder:
    """A store with a run that told, or tells, `URL`."""

    def __init__(self, folder: Path) -> None:
        (folder / "dataops.toml").write_text(f'[notifications.team]\nurls = "{URL}"\n')
        self.settings = load_settings(folder, store=str(folder / "store"))
        self.notebook = str(folder / "etl.ipynb")
        self.notifier, self.clock, self.passed_s = FakeNotifier(), LaterClock(), 0.0

    def begin(self, **receiver: Any) -> None:
        stores = open_stores(self.settings)
        keep(stores.runs, a_run_for(a_receiver(**receiver), notebook=self.notebook))
        stores.runs.apply(a_start(), None)
        stores.close()

    def fail(self) -> None:
        stores = open_stores(self.settings)
        self.clock.at = at(10)
        stores.runs.apply(RunFinished(run_id=RUN, at=at(10), state=RunState.FAILED, reason="so"), TOKEN)
        stores.close()

    def deliveries(self) -> Deliveries:
        return Deliveries(self.settings, notifier=self.notifier, clock=self.clock, monotonic=lambda: self.passed_s)

    @property
    def told(self) -> list[str]:
        stores = open_stores(self.settings)
        try:
            return [f"{one.event} {one.state}" for one in stores.notices.get_notices(RUN)]
        finally:
            stores.close()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def look(deliveries: Deliveries) -> None:
    """A look, and what it began."""
    deliveries.look()
    if deliveries._thread is not None:
        deliveries._thread.join()


def test_where_there_is_no_store_none_is_made(folder: Folder) -> None:
    look(folder.deliveries())
    assert not Path(folder.settings.store).exists()


def test_what_was_left_is_sent_in_a_look_and_nothing_in_the_next(folder: Folder) -> None:
    folder.begin()
    folder.fail()
    deliveries = folder.deliveries()
    for _ in range(3):
        look(deliveries)
    deliveries.close()
    assert folder.told == ["failed sent"]
    assert [url for url, _ in folder.notifier.sent] == [URL]


def test_a_look_begins_nothing_while_nothing_is_written_and_nothing_due(folder: Folder) -> None:
    folder.begin()
    deliveries = folder.deliveries()
    look(deliveries)
    look(deliveries)
    thread = deliveries._thread
    for _ in range(3):
        look(deliveries)
    assert deliveries._thread is thread
    folder.fail()
    look(deliveries)
    deliveries.close()
    assert folder.told == ["failed sent"]


def test_what_failed_is_tried_again_when_its_time_comes(folder: Folder) -> None:
    folder.begin()
    folder.fail()
    folder.notifier.refuse(URL)
    deliveries = folder.deliveries()
    look(deliveries)
    look(deliveries)
    assert folder.told == ["failed waiting"]
    folder.notifier.raises.clear()
    folder.clock.at += PAUSES[0]
    look(deliveries)
    deliveries.close()
    assert folder.told == ["failed sent"]


def test_a_run_becomes_late_without_anybody_writing(folder: Folder) -> None:
    folder.begin(late_after_s=60)
    deliveries = folder.deliveries()
    look(deliveries)
    look(deliveries)
    assert folder.told == []
    folder.clock.pass_time(seconds=60)
    look(deliveries)
    deliveries.close()
    assert folder.told == ["late sent"]


def test_trouble_with_the_store_is_over_when_it_is(folder: Folder) -> None:
    folder.begin()
    folder.fail()
    database = Path(folder.settings.store) / "runs.sqlite"
    aside = database.rename(database.with_name("aside"))
    database.mkdir()
    deliveries = folder.deliveries()
    look(deliveries)
    look(deliveries)
    database.rmdir()
    aside.rename(database)
    look(deliveries)
    assert folder.notifier.sent == []  # not at once
    folder.passed_s = 10
    look(deliveries)
    deliveries.close()
    assert folder.told == ["failed sent"]


def test_a_service_that_does_not_answer_keeps_no_look_waiting(folder: Folder) -> None:
    folder.begin()
    folder.fail()
    folder.notifier.waits[URL] = threading.Event()
    deliveries = folder.deliveries()
    deliveries.look()
    until(lambda: folder.told == ["failed waiting"], "it is in hand")
    deliveries.look()
    folder.notifier.waits[URL].set()
    deliveries.close()
    assert folder.told == ["failed sent"]


def test_a_run_that_tells_nobody_costs_nothing(folder: Folder) -> None:
    before = threading.active_count()
    with told_of(a_run(), Settings(store="/nowhere", jobs=1)):
        assert threading.active_count() == before
    assert threading.active_count() == before


def test_a_command_sends_only_where_something_may_be_sent(folder: Folder) -> None:
    folder.begin()
    start_delivery_of_left(folder.settings)
    assert [thread for thread in threading.enumerate() if thread.name == DELIVERY] == []
    assert told([]) == []
