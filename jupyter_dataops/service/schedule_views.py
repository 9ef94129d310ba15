"""Schedules and fires as the front end shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from jupyter_dataops.records import FireRecord, PollRecord, ServiceRecord
from jupyter_dataops.schedules.policies import CATCHUP_MEANINGS, OVERLAP_MEANINGS, Policy
from jupyter_dataops.schedules.preview import Preview
from jupyter_dataops.schedules.triggers import Trigger
from jupyter_dataops.schedules.wording import duration_in_words, moment_in_words
from jupyter_dataops.scheduling.views import Backfill, as_now, seen_by, watched
from jupyter_dataops.scheduling.views import ScheduleView as Found
from jupyter_dataops.service.places import Places
from jupyter_dataops.service.refusals import shown_text
from jupyter_dataops.service.triggers import next_fire
from jupyter_dataops.service.wire.backfills import BackfillView
from jupyter_dataops.service.wire.schedules import (
    FireView,
    PolicyView,
    PollView,
    ScheduleView,
    Services,
    ServiceView,
)
from jupyter_dataops.states import FATE_MEANINGS, FireFate, FireKind

MOST_FIRES: Final = 500
"""Of a backfill, in one answer."""
START_ONE: Final = "`jupyter dataops scheduler`"


def schedule_view(
    found: Found, fires: Sequence[FireRecord], upcoming: Sequence[Preview], places: Places
) -> ScheduleView:
    """One schedule with some of its fires."""
    record, options = found.record, found.record.options
    return ScheduleView(
        name=record.name,
        path=places.shown(Path(record.notebook)),
        notebook=Path(record.notebook).name,
        state=_state(found, upcoming),
        trigger=found.written,
        told=found.told,
        zone=found.zone,
        policy=policy_view(found.policy, found.trigger),
        parameters=dict(record.parameters),
        jobs=options.get("jobs"),
        fail_fast=bool(options.get("fail_fast")),
        select=options.get("select"),
        changed=bool(options.get("changed")),
        environment=record.environment,
        deployed=record.deployed,
        paused_at=record.paused_at,
        paused_because=record.paused_because,
        origin=None if record.deployment is not None else _shown_file(record.origin, places),
        deployment=record.deployment,
        created_at=record.created_at,
        created_by=record.created_by,
        version=record.version,
        next_at=found.next_at,
        next=[next_fire(fire, found.trigger) for fire in upcoming],
        fires=[fire_view(fire, found.trigger, places) for fire in as_now(fires, found.open_fires)],
        active_runs=list(found.active_runs),
        waiting=sum(one.fire.fate is FireFate.BUFFERED for one in found.open_fires),
        previous_success=found.previous_success,
    )


def _state(found: Found, upcoming: Sequence[Preview]) -> Literal["active", "paused", "over"]:
    if found.record.is_paused:
        return "paused"
    return "over" if found.is_over and not upcoming else "active"


def _shown_file(path: str | None, places: Places) -> str | None:
    return None if path is None else places.shown(Path(path)) or Path(path).name


def policy_view(policy: Policy, trigger: Trigger) -> PolicyView:
    """The policy, and what of it is worth a sentence."""
    default = Policy()
    told: list[str] = []
    if policy.overlap is not default.overlap:
        told.append(f"While an earlier run is active: {OVERLAP_MEANINGS[policy.overlap]}")
    if policy.catchup is not default.catchup:
        told.append(f"Of fires that came due while nobody looked, these run: {CATCHUP_MEANINGS[policy.catchup]}")
    if policy.misfire_grace != default.misfire_grace:
        told.append(f"A fire is missed once it is {duration_in_words(policy.misfire_grace)} late")
    if policy.jitter != default.jitter:
        told.append(f"Each fire starts up to {duration_in_words(policy.jitter)} later")
    if policy.starts_at is not None:
        told.append(f"Not before {moment_in_words(policy.starts_at, trigger)}")
    if policy.ends_at is not None:
        told.append(f"Until {moment_in_words(policy.ends_at, trigger)}")
    if policy.max_runs is not None:
        told.append(f"For {policy.max_runs:,} run{'s' if policy.max_runs > 1 else ''} in all")
    return PolicyView(
        overlap=policy.overlap,
        catchup=policy.catchup,
        catchup_max=policy.catchup_max,
        misfire_grace_s=policy.misfire_grace.total_seconds(),
        jitter_s=policy.jitter.total_seconds(),
        starts_at=policy.starts_at,
        ends_at=policy.ends_at,
        max_runs=policy.max_runs,
        told=told,
    )


def fire_view(fire: FireRecord, trigger: Trigger, places: Places) -> FireView:
    """One fire and its fate."""
    is_timely = fire.kind is not FireKind.SCHEDULED or fire.started_at is None
    return FireView(
        fire_time=fire.fire_time,
        told=moment_in_words(fire.fire_time.replace(microsecond=0), trigger),
        kind=fire.kind,
        fate=fire.fate,
        meaning=FATE_MEANINGS[fire.fate],
        reason=shown_text(fire.why, places),
        run_id=fire.run_id if fire.fate is FireFate.STARTED else None,
        run_state=fire.run_state,
        decided_at=fire.decided_at,
        started_at=fire.started_at,
        ended_at=fire.ended_at,
        late_s=None if is_timely else _seconds(fire.due_at or fire.fire_time, fire.started_at),
        count=fire.count,
        first_time=fire.first_time,
        at_least=fire.at_least,
        resumed=fire.resumed,
        batch=fire.batch,
        asked_by=fire.asked_by,
    )


def _seconds(since: datetime, until: datetime | None) -> float | None:
    return None if until is None else max(0.0, (until - since).total_seconds())


def poll_view(poll: PollRecord, places: Places) -> PollView:
    """What was last seen of a file or a condition."""
    seen = seen_by(poll)
    error = seen.pop("error", None)
    return PollView(
        source=watched(poll),
        next_at=poll.next_at,
        seen=seen,
        error=shown_text(str(error), places) if error is not None else None,
    )


def services_view(services: Sequence[ServiceRecord]) -> Services:
    """Who starts what is due, if anybody does."""
    shown = [ServiceView(host=one.runner.host, pid=one.runner.pid, started_at=one.started_at) for one in services]
    return Services(is_served=bool(shown), told=_told(shown), services=shown)


def _told(services: Sequence[ServiceView]) -> str:
    if not services:
        return f"No scheduler is running: what is due will not start. Start one with {START_ONE}."
    hosts = ", ".join(dict.fromkeys(one.host for one in services))
    if len(services) == 1:
        return f"A scheduler on {hosts} starts what is due."
    return f"{len(services)} schedulers on {hosts} start what is due."


def backfill_view(
    done: Backfill, max_active: int, trigger: Trigger, places: Places, *, is_served: bool
) -> BackfillView:
    """What a backfill does, or would do."""

    def views(fires: Sequence[FireRecord]) -> list[FireView]:
        return [fire_view(fire, trigger, places) for fire in fires[:MOST_FIRES]]

    return BackfillView(
        schedule=done.schedule,
        batch=done.batch,
        told=_backfill_told(done, max_active, trigger),
        wanted=len(done.wanted),
        fires=views(done.wanted),
        left_out=len(done.left_out),
        left_out_fires=views(done.left_out),
        is_served=is_served,
    )


def _backfill_told(done: Backfill, max_active: int, trigger: Trigger) -> str:
    count, left = len(done.wanted), len(done.left_out)
    kept = f"; {left} of the range {'has' if left == 1 else 'have'} had a run already, or will" if left else ""
    if not count:
        return f"Nothing to run{kept}"
    first, last = (moment_in_words(fire.fire_time, trigger) for fire in (done.wanted[0], done.wanted[-1]))
    if count == 1:
        return f"One run, for {first}{kept}"
    pace = "one at a time" if max_active == 1 else f"{max_active} at a time"
    return f"{count:,} runs, {pace}: the first for {first}, the last for {last}{kept}"
