"""Schedules and fires readable in one line, and work for other processes that share a store."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jupyter_dataops.ids import Digest, RunId, ScheduleId, Token
from jupyter_dataops.interfaces import ScheduleStore
from jupyter_dataops.records import FireRecord, FireStart, NewRun, RunRecord, ScheduleRecord, Turn
from jupyter_dataops.states import FireFate, FireKind, RunState
from tests.support.stores import BY, open_kept

SCHEDULE = ScheduleId("sched23456")
ME, OTHER = Token("this service"), Token("another service")
MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)


def on(hours: float = 0, seconds: float = 0) -> datetime:
    return MIDNIGHT + timedelta(hours=hours, seconds=seconds)


def a_schedule(name: str = "nightly", schedule_id: str = SCHEDULE, **fields: Any) -> ScheduleRecord:
    return ScheduleRecord(
        **{
            "schedule_id": ScheduleId(schedule_id),
            "name": name,
            "notebook": "/home/ana/etl.ipynb",
            "trigger": {"cron": "0 * * * *"},
            "created_at": on(),
            "considered_until": on(),
            "created_by": BY,
            **fields,
        }
    )


def a_fire(at: datetime, fate: FireFate = FireFate.CLAIMED, schedule_id: str = SCHEDULE, **fields: Any) -> FireRecord:
    """Claimed by this service for a minute, unless said otherwise."""
    claim: dict[str, Any] = {}
    if fate in (FireFate.CLAIMED, FireFate.STARTED):
        claim = {"run_id": RunId(f"r{at:%d%H%M%S}"), "claimed_by": ME, "lease_until": at + timedelta(seconds=60)}
    known = {"kind": FireKind.SCHEDULED, "decided_at": at, "due_at": at}
    return FireRecord(schedule_id=ScheduleId(schedule_id), fire_time=at, fate=fate, **{**known, **claim, **fields})


def a_turn(schedule: ScheduleRecord, *new: FireRecord, until: datetime | None = None, **fields: Any) -> Turn:
    considered = until or max((fire.fire_time for fire in new), default=schedule.considered_until)
    return Turn(schedule.schedule_id, schedule.seq, considered, new, **fields)


def a_run_of(fire: FireRecord, state: RunState = RunState.QUEUED) -> RunRecord:
    assert fire.run_id is not None
    return RunRecord(
        run_id=fire.run_id,
        notebook="/home/ana/etl.ipynb",
        snapshot=Digest("sha256:00"),
        parameters={},
        state=state,
        created_at=fire.fire_time,
    )


def a_start_of(claim: FireRecord) -> FireStart:
    run = a_run_of(claim)
    return FireStart(claim, NewRun(run, (), {run.snapshot: "{}"}, claim.fire_time))


def start(store: ScheduleStore, *claims: FireRecord) -> list[FireRecord]:
    """Those that are started."""
    return list(store.start_fires([a_start_of(claim) for claim in claims]))


# -- for other processes


def claim_all(index: int, barrier: Any, folder: Path, times: int) -> None:
    """Race for every fire of every schedule, and leave a file for each that is won: a second one is an error."""
    kept = open_kept("sqlite", folder)
    store, me = kept.schedules, Token(f"service {index}")
    barrier.wait()
    for number in range(1, times + 1):
        while due := [one for one in store.get_schedules() if one.considered_until < on(number)]:
            turns = [
                a_turn(
                    one, a_fire(on(number), schedule_id=one.schedule_id, claimed_by=me, run_id=f"{one.name}{number}")
                )
                for one in due
            ]
            for claims in store.decide(turns, on(number)).values():
                for claim in claims:
                    (folder / f"{claim.run_id}.won").touch(exist_ok=False)
                    start(store, claim)
    kept.close()


def die_with_a_claim(index: int, barrier: Any, folder: Path) -> None:
    """Claim the fire of one o'clock, and be killed before it is started."""
    store = open_kept("sqlite", folder).schedules
    (schedule,) = store.get_schedules()
    assert store.decide([a_turn(schedule, a_fire(on(1)))], on(1))
    os.kill(os.getpid(), signal.SIGKILL)
    sys.exit("not reached")
