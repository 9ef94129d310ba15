"""How late fires start, with a thousand schedules on one service; and what a look costs, however many fires there were.

Lateness is from a fire's nominal time until its run is kept in the store, durable. Runs are stubs, made and ended in
the store by the service itself; then real ones, in processes of their own, one by one and many at once.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from benchmarks.measuring import NoFigureError, machine
from benchmarks.tables import Figure, at_most, figures_table, p95, table
from jupyter_dataops.api.launch import Keep
from jupyter_dataops.config import Settings
from jupyter_dataops.events import RunFinished, RunStarted
from jupyter_dataops.ids import Digest, RunId, ScheduleId, Token, new_schedule_id
from jupyter_dataops.interfaces import ScheduleStore
from jupyter_dataops.records import FireRecord, FireStart, RunRecord, ScheduleRecord
from jupyter_dataops.runners import this_runner
from jupyter_dataops.schedules.as_json import policy_to_json, trigger_to_json
from jupyter_dataops.schedules.policies import Overlap, Policy
from jupyter_dataops.schedules.triggers import At, Cron, Interval, Trigger
from jupyter_dataops.scheduling.launching import DetachedLauncher
from jupyter_dataops.scheduling.making import Maker
from jupyter_dataops.scheduling.scheduler import Scheduler
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.scheduling.service import THREADS, SchedulerService
from jupyter_dataops.states import RunState
from jupyter_dataops.store import schedule_changes
from jupyter_dataops.store.schedule_queries import FIRE
from jupyter_dataops.store.schedule_schema import fires
from jupyter_dataops.wiring import Stores, SystemClock, open_stores

HISTORY = (0, 1_000, 10_000, 100_000)
LIMIT_S = 1.0
MAX_ACTIVE = 16


class Timed:
    """A schedule store that knows how late the run of each fire was kept in it, and how much CPU had been used then."""

    def __init__(self, store: ScheduleStore) -> None:
        self._store = store
        self.late_s: list[float] = []
        self.cpu_s = 0.0
        self.kept = threading.Semaphore(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def start_fires(self, starts: Sequence[FireStart]) -> Sequence[FireRecord]:
        started = self._store.start_fires(starts)
        now, self.cpu_s = datetime.now(UTC), time.process_time()
        self.late_s += [(now - fire.fire_time).total_seconds() for fire in started]
        self.kept.release(len(started) or 1)
        return started


class StubLauncher:
    """Runs without nodes, which have ended as soon as they are started."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def for_portion(self) -> Maker:
        return self

    def make(self, fire: FireRecord, schedule: ScheduleRecord, _previous: datetime | None, keep: Keep) -> None:
        now, snapshot = datetime.now(UTC), Digest("sha256:00")
        run = RunRecord(
            fire.run_id or RunId(""), schedule.notebook, snapshot, {}, RunState.QUEUED, created_at=now, options={}
        )
        keep(run, (), {snapshot: "{}"}, now)

    def start(self, run_id: RunId, when_ended: Callable[[], None]) -> None:
        now, token = datetime.now(UTC), Token(run_id)
        begun = RunStarted(
            run_id=run_id, at=now, token=token, control="", runner=this_runner(), lease_until=now + timedelta(seconds=9)
        )
        self._stores.runs.apply(begun, None)
        self._stores.runs.apply(
            RunFinished(run_id=run_id, at=now, state=RunState.SUCCEEDED, reason="it is none"), token
        )
        when_ended()

    def cancel(self, run_id: RunId, reason: str) -> None: ...

    def terminate(self, run_id: RunId, reason: str) -> None: ...


class NotebookLauncher(StubLauncher):
    """Runs of a notebook, made as the service makes them: with settings, text and plan read for each. None is begun."""

    def __init__(self, stores: Stores, settings: Settings) -> None:
        super().__init__(stores)
        self._real = DetachedLauncher(settings, stores.runs, SystemClock())

    def for_portion(self) -> Maker:
        return self._real.for_portion()

    def start(self, run_id: RunId, when_ended: Callable[[], None]) -> None: ...


def main(schedules: int = 1_000, seconds: int = 75, real: int = 12, largest: int = HISTORY[-1]) -> None:
    """Print how late fires of so many schedules are in so much time, so many real runs, and what a tick costs."""
    print(f"{machine('jupyter-dataops', 'sqlalchemy')}\n")
    spread = _lateness([_every_minute(number, schedules) for number in range(schedules)], seconds)
    at_once, cpu_s = _at_once(schedules)
    with tempfile.TemporaryDirectory() as folder:
        notebook = _notebook(Path(folder))
        of_notebook, of_notebook_cpu_s = _at_once(schedules, [notebook] * schedules)
        of_many, _ = _at_once(schedules, [_notebook(Path(folder), f"n{number}") for number in range(schedules)])
    rows = [
        Figure(f"lateness, {schedules:,} schedules, each once a minute", spread, "s", LIMIT_S, of=p95),
        Figure(f"lateness, {schedules:,} schedules, all in the same second", at_once, "s", LIMIT_S, of=p95),
        Figure("the same, CPU of the service for each", [1e3 * cpu_s / schedules], "ms"),
        Figure("lateness, the same with runs of a notebook", of_notebook, "s", LIMIT_S, of=p95),
        Figure("the same, CPU of the service for each", [1e3 * of_notebook_cpu_s / schedules], "ms"),
        Figure("lateness, the same, each of a notebook of its own", of_many, "s"),
    ]
    if real:
        one_by_one = _real(real, 2.0)
        rows.append(Figure("lateness, real runs, until the run is made", one_by_one.made, "s"))
        rows.append(Figure("lateness, real runs, until its process has it", one_by_one.taken, "s"))
        together = _real(2 * real, 0.0)
        rows.append(Figure("the same, all in the same second, until the run is made", together.made, "s"))
        rows.append(Figure("the same, until its process has it", together.taken, "s"))
        rows.append(Figure("the same, until it has ended", together.ended, "s"))
    print(f"{figures_table(rows)}\n")
    _print_costs([count for count in HISTORY if count <= largest])


def _every_minute(number: int, of: int) -> Trigger:
    anchor = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=60 * number / of)
    return Interval(timedelta(minutes=1), anchor.replace(microsecond=anchor.microsecond // 1000 * 1000))


def _notebook(folder: Path, name: str = "etl") -> Path:
    cell = {"cell_type": "code", "id": "a", "metadata": {"tags": ["node:a"]}, "source": "x = 1", "outputs": []}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{**cell, "execution_count": None}]}
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(notebook))
    return path


def _add(stores: Stores, triggers: Sequence[Trigger], notebooks: Sequence[Path] = ()) -> list[ScheduleRecord]:
    now = datetime.now(UTC)
    notebooks = notebooks or [Path("/nowhere/etl.ipynb")] * len(triggers)
    policy = policy_to_json(Policy(overlap=Overlap.ALLOW_ALL))
    records = [
        ScheduleRecord(
            schedule_id=new_schedule_id(),
            name=f"s{number}",
            notebook=str(notebooks[number]),
            trigger=trigger_to_json(trigger),
            policy=policy,
            created_at=now,
            considered_until=now,
        )
        for number, trigger in enumerate(triggers)
    ]
    store: Any = stores.schedules

    def work(connection: sa.Connection) -> list[ScheduleRecord]:
        return [schedule_changes.insert_schedule(connection, record, "benchmark", now) for record in records]

    added: list[ScheduleRecord] = store._transactions.write(work)  # noqa: SLF001 - one flush to disk for all
    return added


def _lateness(triggers: Sequence[Trigger], seconds: float) -> list[float]:
    """Of all that is due in so much time."""
    with _served(triggers) as store:
        time.sleep(seconds)
    return store.late_s


def _at_once(count: int, notebooks: Sequence[Path] = ()) -> tuple[list[float], float]:
    """Of so many that are due in the same second; and the service's CPU time from just before until all are kept."""
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8 + count / 100)
    with _served([At((due,))] * count, notebooks) as store:
        time.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds() - 0.1))
        before_s = time.process_time()
        while len(store.late_s) < count and store.kept.acquire(timeout=60):
            pass
    if len(store.late_s) != count:
        raise NoFigureError(f"of {count} fires in one second {len(store.late_s)} were started")
    return store.late_s, store.cpu_s - before_s


@contextmanager
def _served(triggers: Sequence[Trigger], notebooks: Sequence[Path] = ()) -> Iterator[Timed]:
    """A service has schedules with these triggers, and starts stubs, or makes runs of notebooks."""
    with tempfile.TemporaryDirectory() as place, closing(open_stores(settings := Settings(place, jobs=2))) as stores:
        _add(stores, triggers, notebooks)
        launcher = NotebookLauncher(stores, settings) if notebooks else StubLauncher(stores)
        store: Any = Timed(stores.schedules)
        with ThreadPoolExecutor(THREADS) as pool:
            service = Scheduler(
                store, launcher, SystemClock(), this_runner(), submit=pool.submit, max_active=MAX_ACTIVE
            )
            # What was due while schedules were still being added is not late by the service's doing.
            while not service.tick():
                pass
            store.late_s.clear()
            thread = threading.Thread(target=service.run)
            thread.start()
            yield store
            service.stop()
            thread.join()
    if not store.late_s:
        raise NoFigureError("nothing was started")


@dataclass(frozen=True)
class _Real:
    """How late real runs were, by what had happened then, seconds."""

    made: Sequence[float]
    taken: Sequence[float]
    ended: Sequence[float]


def _real(count: int, apart_s: float) -> _Real:
    """Of real runs, so many seconds apart."""
    with tempfile.TemporaryDirectory() as place:
        folder, settings = Path(place), Settings(store=f"{place}/store", jobs=2, max_active_runs=MAX_ACTIVE)
        notebook = _notebook(folder)
        first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3 + count / 10)
        with Schedules(settings) as schedules:
            for number in range(count):
                at = At((first + timedelta(seconds=apart_s * number),))
                schedules.add(f"s{number}", notebook, at)
        service = SchedulerService(settings)
        service.start()
        with closing(open_stores(settings)) as stores:
            time.sleep(max(0.0, (first - datetime.now(UTC)).total_seconds()) + apart_s * count + 5)
            while stores.schedules.get_open_fires():
                time.sleep(0.5)
            found = [_late(stores, schedule) for schedule in stores.schedules.get_schedules()]
        service.stop()
        service.join()
    return _Real(*zip(*found, strict=True))


def _late(stores: Stores, schedule: ScheduleRecord) -> tuple[float, float, float]:
    (fire,) = stores.schedules.get_fires(schedule.schedule_id)
    run = stores.runs.get_run(fire.run_id or RunId(""))
    if run.state is not RunState.SUCCEEDED or run.started_at is None or run.finished_at is None:
        raise NoFigureError(f"{run.run_id} is {run.state}")
    made, taken, ended = (
        (at - fire.fire_time).total_seconds() for at in (run.created_at, run.started_at, run.finished_at)
    )
    return made, taken, ended


# -- what a look costs


def _print_costs(counts: Sequence[int]) -> None:
    found = {count: _costs(count) for count in counts}
    header = ("tick, CPU ms", *(f"{count:,} fires before" for count in counts))
    rows = [(step, *(f"{found[count][step] * 1e3:.2f}" for count in counts)) for step in found[counts[0]]]
    growth = found[counts[-1]]["one fire is due"] / found[counts[0]]["one fire is due"]
    print(f"{table(header, rows)}\n\n{at_most('growth of a tick with a due fire', growth, 1.5, 'times')}")


def _costs(history: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place, closing(open_stores(Settings(store=place, jobs=2))) as stores:
        (schedule, *_) = _add(stores, [Cron("0 0 1 1 *")] * 100)
        _fill(stores, schedule, history)
        clock = _Ahead()
        service = Scheduler(
            stores.schedules,
            StubLauncher(stores),
            clock,
            this_runner(),
            submit=lambda work: work(),
            max_active=MAX_ACTIVE,
        )
        while not service.tick():
            pass
        idle = [_cpu_s(service.tick) for _ in range(50)]
        written, due = [], []
        for number in range(20):
            stores.schedules.add_signal("asset:nobody", {}, clock.now())
            written.append(_cpu_s(service.tick))
            present = stores.schedules.get_schedule(ScheduleId(schedule.schedule_id))
            at = trigger_to_json(At((clock.now() + timedelta(seconds=number + 1),)))
            stores.schedules.change_schedule(present, replace(present, trigger=at), "edit", "benchmark", clock.now())
            service.tick()
            clock.ahead += timedelta(seconds=number + 1)
            due.append(_cpu_s(service.tick))
            service.tick()
        return {
            "nothing was written": statistics.median(idle),
            "something was written": statistics.median(written),
            "one fire is due": statistics.median(due),
        }


class _Ahead:
    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def _fill(stores: Stores, schedule: ScheduleRecord, count: int) -> None:
    """So many fires of before, ended well."""
    first = datetime(2000, 1, 1, tzinfo=UTC)
    pattern = {column.name: column.default for column in FIRE}
    rows = [
        {
            **pattern,
            "schedule_id": schedule.schedule_id,
            "fire_time": first + timedelta(minutes=number),
            "kind": "scheduled",
            "fate": "started",
            "decided_at": first,
            "reason": "",
            "run_id": f"h{number}",
            "run_state": "succeeded",
            "ended_at": first,
            "resumed": 0,
            "parameters": {},
            "position": 0,
            "asked_by": "",
            "count": 1,
            "at_least": False,
            "is_open": False,
        }
        for number in range(count)
    ]
    if rows:
        store: Any = stores.schedules
        store._transactions.write(lambda connection: connection.execute(sa.insert(fires), rows))  # noqa: SLF001 - nobody else has a past


def _cpu_s(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
