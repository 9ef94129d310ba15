"""What each of many processes does with a PostgreSQL database."""

from __future__ import annotations

import sys
from typing import Any

from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.store.database import Database
from jupyter_dataops.store.schedules import SqlScheduleStore
from jupyter_dataops.store.sql import SqlRunStore
from tests.support.schedules import SCHEDULE, a_fire, a_schedule, a_turn, on
from tests.support.stores import BY, LOST_THE_RACE, a_start, play


def open_it(_index: int, barrier: Any, url: str) -> None:
    barrier.wait()
    Database(url).close()


def take_it(index: int, barrier: Any, url: str) -> None:
    store = SqlRunStore(url)
    barrier.wait()
    try:
        store.apply(a_start(token=f"{index}"), None)
    except IllegalMove:
        sys.exit(LOST_THE_RACE)
    finally:
        store.close()


def decide_it(_index: int, barrier: Any, url: str) -> None:
    store = SqlScheduleStore(Database(url))
    schedule = store.get_schedule(SCHEDULE)
    barrier.wait()
    claimed = store.decide([a_turn(schedule, a_fire(on(1)))], on(1))
    store.close()
    sys.exit(0 if claimed else LOST_THE_RACE)


def play_many(index: int, barrier: Any, url: str) -> None:
    store = SqlRunStore(url)
    barrier.wait()
    for number in range(5):
        play(store, f"r{index}x{number}", nodes=3)
    store.close()


def add_schedules(index: int, barrier: Any, url: str) -> None:
    store = SqlScheduleStore(Database(url))
    barrier.wait()
    for number in range(10):
        store.add_schedule(a_schedule(f"s{index}-{number}", f"id{index}-{number}"), BY, on())
    store.close()
