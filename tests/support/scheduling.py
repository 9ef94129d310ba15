"""Services on a store in memory, whose runs take as long as a fake clock says, and which can be killed anywhere."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from jupyter_dataops.api.launch import Keep
from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.events import RunCancelRequested, RunCrashed, RunFinished, RunResumed, RunStarted
from jupyter_dataops.ids import Digest, RunId, ScheduleId, Token
from jupyter_dataops.interfaces import RunStore, ScheduleStore
from jupyter_dataops.records import FireRecord, RunRecord, ScheduleRecord
from jupyter_dataops.schedules.as_json import policy_to_json, trigger_to_json
from jupyter_dataops.schedules.policies import Policy
from jupyter_dataops.schedules.triggers import Trigger
from jupyter_dataops.scheduling.pace import Pace
from jupyter_dataops.scheduling.scheduler import Scheduler
from jupyter_dataops.states import FireFate, FireKind, RunState
from tests.support.clock import START, FakeClock
from tests.support.stores import BY, a_runner, stores_in_memory


class SteppedClock(FakeClock):
    """A clock that somebody sets now and then: `now` is what the wall shows, the agenda follows real time."""

    def __init__(self) -> None:
        super().__init__()
        self.set_by = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.set_by

    @property
    def real(self) -> datetime:
        return super().now()


def filling(schedule: ScheduleRecord, fire_time: datetime, position: int, max_active: int) -> FireRecord:
    """A fire of a backfill that waits for its turn."""
    return FireRecord(
        schedule_id=schedule.schedule_id,
        fire_time=fire_time,
        kind=FireKind.BACKFILL,
        fate=FireFate.BUFFERED,
        decided_at=hours(0),
        batch="b",
        position=position,
        max_active=max_active,
    )


class FakeLauncher:
    """Runs without nodes that take `lasts_s`, then end in `ends`, unless told otherwise."""

    def __init__(self, runs: RunStore, clock: FakeClock, lasts_s: float = 60.0) -> None:
        self.runs = runs
        self.clock = clock
        self.lasts_s = lasts_s
        self.ends = RunState.SUCCEEDED
        self.refuses: dict[str, Exception] = {}
        """Schedule's name to what making its runs raises."""
        self.started: list[tuple[datetime, str]] = []
        self.ended_early: list[tuple[str, RunId, str]] = []
        self.given: dict[RunId, tuple[ScheduleRecord, datetime | None]] = {}
        self.starts_nothing = False
        self._names: dict[RunId, str] = {}

    def for_portion(self) -> Self:
        return self

    def make(self, fire: FireRecord, schedule: ScheduleRecord, previous_success: datetime | None, keep: Keep) -> None:
        if schedule.name in self.refuses:
            raise self.refuses[schedule.name]
        assert fire.run_id is not None
        run = RunRecord(
            run_id=fire.run_id,
            notebook=schedule.notebook,
            snapshot=Digest("sha256:00"),
            parameters={},
            state=RunState.QUEUED,
            created_at=self.clock.now(),
        )
        self._names[fire.run_id] = schedule.name
        keep(run, (), {run.snapshot: "{}"}, self.clock.now())
        self.given[fire.run_id] = schedule, previous_success

    def start(self, run_id: RunId, when_ended: Callable[[], None]) -> None:
        if self.starts_nothing:
            return
        kind = RunResumed if self.runs.get_run(run_id).state is RunState.CRASHED else RunStarted
        taking: dict[str, Any] = {"by": BY} if kind is RunResumed else {}
        event = kind(
            run_id=run_id,
            at=self.clock.now(),
            token=Token(f"of {run_id}"),
            control="here",
            runner=a_runner(),
            lease_until=self.clock.now() + timedelta(days=999),
            **taking,
        )
        try:
            self.runs.apply(event, None)
        except IllegalMove:  # another process has it
            return
        self.started.append((self.clock.now(), self._names[run_id]))
        self.clock.at(self.lasts_s, lambda: self._end(run_id, when_ended))

    def _end(self, run_id: RunId, when_ended: Callable[[], None]) -> None:
        run = self.runs.get_run(run_id)
        if run.state in (RunState.RUNNING, RunState.CANCELLING):
            state = RunState.CANCELLED if run.state is RunState.CANCELLING else self.ends
            if state is RunState.CRASHED:
                self.crash(run_id)
            else:
                ended = RunFinished(run_id=run_id, at=self.clock.now(), state=state, reason="so it ended")
                self.runs.apply(ended, Token(f"of {run_id}"))
        when_ended()

    def crash(self, run_id: RunId) -> None:
        lease = self.runs.get_run(run_id).lease_until
        crashed = RunCrashed(run_id=run_id, at=self.clock.now(), reason="killed", lease_until=lease)
        self.runs.apply(crashed, self.runs.get_run(run_id).token)

    def cancel(self, run_id: RunId, reason: str) -> None:
        self._ask("cancel", run_id, reason)

    def terminate(self, run_id: RunId, reason: str) -> None:
        self._ask("terminate", run_id, reason)
        self._end(run_id, lambda: None)

    def _ask(self, how: str, run_id: RunId, reason: str) -> None:
        self.ended_early.append((how, run_id, reason))
        now = self.clock.now()
        with suppress(IllegalMove):  # it has ended
            self.runs.apply(RunCancelRequested(run_id=run_id, at=now, reason=reason, by=BY), None)
            if self.runs.get_run(run_id).token is None:  # nobody has it
                ended = RunFinished(run_id=run_id, at=now, state=RunState.CANCELLED, reason=reason)
                self.runs.apply(ended, None)


class Killed(BaseException):
    """The service is no more: nothing is to catch it."""


class FragileStore:
    """A store whose every write may be the last thing, done or not, that a service does."""

    WRITES = frozenset(
        {
            "decide",
            "start_fires",
            "note_launched",
            "take_over",
            "end_fires",
            "renew_service",
            "fail_fires",
            "renew_claims",
        }
    )

    def __init__(self, store: ScheduleStore, chance: random.Random, risk: float) -> None:
        self._store = store
        self._chance = chance
        self._risk = risk

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name not in self.WRITES:
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            if self._chance.random() < self._risk / 2:
                raise Killed(f"before {name}")
            result = found(*arguments, **named)
            if self._chance.random() < self._risk / 2:
                raise Killed(f"after {name}")
            return result

        return call


@dataclass
class World:
    """A store in memory, a clock and a launcher; services are made with `service`."""

    clock: SteppedClock = field(default_factory=SteppedClock)

    def __post_init__(self) -> None:
        self.stores = stores_in_memory()
        self.runs, self.store, self.notices = self.stores.runs, self.stores.schedules, self.stores.notices
        self.launcher = FakeLauncher(self.runs, self.clock)
        self.dead: Callable[[], object] = lambda: None

    def add(self, name: str, trigger: Trigger, policy: Policy | None = None, **fields: Any) -> ScheduleRecord:
        now = self.clock.now()
        record = ScheduleRecord(
            schedule_id=ScheduleId(f"id-{name}"),
            name=name,
            trigger=trigger_to_json(trigger),
            policy=policy_to_json(policy or Policy()),
            **{"notebook": f"/home/ana/{name}.ipynb", "created_at": now, "considered_until": now, **fields},
        )
        return self.store.add_schedule(record, BY, now)

    def service(
        self, store: Any = None, lease_s: float = 30.0, submit: Any = None, max_active: int = 16, **more: Any
    ) -> Scheduler:
        return Scheduler(
            store or self.store,
            self.launcher,
            self.clock,
            a_runner(),
            submit=submit or (lambda work: work()),
            max_active=max_active,
            find_dead=lambda: self.dead(),  # noqa: PLW0108 - whatever it is by then
            pace=Pace(lease_s=lease_s, look_s=3600.0, dead_s=3600.0),
            **more,
        )

    def tick(self, service: Scheduler) -> float:
        """Ticks until there is nothing to be done now; how long there will not be."""
        while (pause_s := service.tick()) == 0.0:
            pass
        return pause_s

    def pass_time(self, service: Scheduler, seconds: float) -> None:
        """The service works for so long."""
        until = self.clock.real + timedelta(seconds=seconds)
        while True:
            pause_s = self.tick(service)
            left = (until - self.clock.real).total_seconds()
            if left <= 0:
                return
            self.clock.pass_until_next(min(pause_s, left))

    def times_made(self) -> set[int]:
        """How many times runs were made: 1, and nothing else."""
        runs = self.runs.get_runs(limit=1_000_000)
        return {len(self.runs.get_events(run.run_id, kinds=["RunCreated"])) for run in runs}

    def fates(self, name: str) -> list[tuple[str, str]]:
        """Hour of each fire, and its fate; oldest first."""
        fires = self.store.get_fires(ScheduleId(f"id-{name}"), limit=10_000)
        return [(f"{fire.fire_time:%d %H:%M}", fire.fate.value) for fire in reversed(fires)]

    def fire(self, name: str, at: datetime) -> FireRecord:
        return self.store.find_fires(ScheduleId(f"id-{name}"), [at])[at]


def hours(count: float) -> datetime:
    return START + timedelta(hours=count)


def started(fires: list[FireRecord]) -> list[FireRecord]:
    return [fire for fire in fires if fire.fate is FireFate.STARTED]
