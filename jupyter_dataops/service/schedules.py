"""Schedules: listed, shown, added, changed, paused, run now and for the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from jupyter_dataops.errors import IllegalMove
from jupyter_dataops.records import FireRecord, ScheduleRecord
from jupyter_dataops.schedules.as_json import policy_from_json, policy_to_json
from jupyter_dataops.schedules.policies import Policy
from jupyter_dataops.schedules.text import parse_trigger
from jupyter_dataops.scheduling.schedules import Schedules
from jupyter_dataops.scheduling.views import ScheduleView as Found
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.notices import notices_of_fires
from jupyter_dataops.service.refusals import shown_text
from jupyter_dataops.service.schedule_views import backfill_view, fire_view, poll_view, schedule_view, services_view
from jupyter_dataops.service.wire.backfills import BackfillRequest, BackfillView
from jupyter_dataops.service.wire.schedules import (
    AddSchedule,
    EditSchedule,
    Fired,
    PauseSchedule,
    PolicyWanted,
    RunSchedule,
    ScheduleDetail,
    ScheduleKept,
    ScheduleList,
    ScheduleRef,
    ScheduleRemoved,
    ScheduleRequest,
    SchedulesRequest,
    ScheduleView,
)
from jupyter_dataops.states import FireFate

FIRES: Final = 5
NEXT: Final = 3
_OPTIONS: Final = ("jobs", "fail_fast", "select", "changed")


def list_schedules(desk: Desk, request: SchedulesRequest, _actor: str | None) -> ScheduleList:
    """Schedules by name, and who starts what is due."""
    schedules = desk.schedules()
    notebook = None if request.path is None else str(desk.places.absolute(request.path))
    found = [one for one in schedules.list(request.fires) if notebook is None or one.record.notebook == notebook]
    return ScheduleList(
        schedules=[shown(desk, schedules, one, request.fires, request.next) for one in found],
        services=services_view(schedules.services()),
    )


def get_schedule(desk: Desk, request: ScheduleRequest, _actor: str | None) -> ScheduleDetail:
    """One schedule, whole. Raises `ScheduleNotFound`."""
    schedules = desk.schedules()
    found = schedules.show(request.schedule, 1)
    fires = desk.stores.schedules.get_fires(found.record.schedule_id, request.fires + 1, request.before)
    return ScheduleDetail(
        schedule=_view(desk, schedules, found, fires[: request.fires], request.next),
        polls=[poll_view(poll, desk.places) for poll in found.polls],
        notices=notices_of_fires(desk, found.record, fires[: request.fires]),
        has_more=len(fires) > request.fires,
        services=services_view(schedules.services()),
    )


def add_schedule(desk: Desk, request: AddSchedule, actor: str | None) -> ScheduleKept:
    """There is such a schedule, which fires from now on."""
    schedules = desk.schedules(actor)
    found = schedules.add(
        request.name,
        desk.places.absolute(request.path),
        parse_trigger(request.trigger, request.zone),
        policy=_policy(Policy(), request.policy),
        parameters=request.parameters,
        options={name: getattr(request, name) for name in _OPTIONS},
        environment=request.environment or None,
        deployed=request.deployed,
        paused=request.paused,
    )
    return _kept(desk, schedules, found)


def edit_schedule(desk: Desk, request: EditSchedule, actor: str | None) -> ScheduleKept:
    """The schedule is as it says from now on. Raises `IllegalMove` where it is no longer the one that was edited."""
    schedules = desk.schedules(actor)
    before = desk.stores.schedules.find_schedule(request.schedule)
    if request.version is not None and request.version != before.version:
        raise IllegalMove(f"schedule '{before.name}' was changed meanwhile", hint="look at it again, then change it")
    found = schedules.edit(
        request.schedule,
        trigger=parse_trigger(request.trigger, request.zone) if request.trigger is not None else None,
        policy=_policy(policy_from_json(before.policy), request.policy),
        **_changes(desk, before, request),
    )
    return _kept(desk, schedules, found)


def _kept(desk: Desk, schedules: Schedules, found: Found) -> ScheduleKept:
    notes = [shown_text(told, desk.places) for told in schedules.remarks(found.record)]
    return ScheduleKept(**dict(shown(desk, schedules, found)), notes=notes)


def _changes(desk: Desk, before: ScheduleRecord, request: EditSchedule) -> dict[str, Any]:
    """What was said of fields other than trigger and policy; a field that was not sent stays as it is."""
    said: dict[str, Any] = {name: getattr(request, name) for name in request.model_fields_set}
    changes: dict[str, Any] = {name: said[name] for name in ("name", "deployed") if said.get(name) is not None}
    if "parameters" in said:
        changes["parameters"] = said["parameters"] or {}
    if "environment" in said:
        changes["environment"] = said["environment"] or None
    if said.get("path") is not None:
        changes["notebook"] = desk.places.absolute(said["path"])
    options: dict[str, Any] = {name: said[name] for name in _OPTIONS if name in said}
    if options:
        changes["options"] = {name: value for name, value in {**before.options, **options}.items() if value}
    return changes


def remove_schedule(desk: Desk, request: ScheduleRef, actor: str | None) -> ScheduleRemoved:
    """The schedule is no more."""
    desk.schedules(actor).remove(request.schedule)
    return ScheduleRemoved(name=request.schedule)


def pause_schedule(desk: Desk, request: PauseSchedule, actor: str | None) -> ScheduleView:
    """It starts nothing until it is resumed."""
    schedules = desk.schedules(actor)
    return shown(desk, schedules, schedules.pause(request.schedule, request.because or None))


def resume_schedule(desk: Desk, request: ScheduleRef, actor: str | None) -> ScheduleView:
    """It goes on from now."""
    schedules = desk.schedules(actor)
    return shown(desk, schedules, schedules.resume(request.schedule))


def run_schedule(desk: Desk, request: RunSchedule, actor: str | None) -> Fired:
    """A run of it was started, or the fire says why not; this needs no scheduler."""
    schedules = desk.schedules(actor)
    fire = schedules.run_now(request.schedule, request.parameters)
    found = schedules.show(request.schedule, 0)
    is_started = fire.fate is FireFate.STARTED and fire.run_id is not None
    run = desk.summary(desk.store.get_run(fire.run_id)) if is_started and fire.run_id is not None else None
    return Fired(fire=fire_view(fire, found.trigger, desk.places), run=run)


def plan_backfill(desk: Desk, request: BackfillRequest, actor: str | None) -> BackfillView:
    """Which fires `backfill` would run."""
    return _backfill(desk, request, actor, dry_run=True)


def backfill(desk: Desk, request: BackfillRequest, actor: str | None) -> BackfillView:
    """The fires of the range wait for a scheduler to run them."""
    return _backfill(desk, request, actor, dry_run=False)


def _backfill(desk: Desk, request: BackfillRequest, actor: str | None, *, dry_run: bool) -> BackfillView:
    schedules = desk.schedules(actor)
    done = schedules.backfill(
        request.schedule,
        request.since,
        request.until,
        parameters=request.parameters,
        limit=request.limit,
        max_active=request.max_active,
        reverse=request.reverse,
        dry_run=dry_run,
    )
    trigger = schedules.show(request.schedule, 0).trigger
    is_served = bool(schedules.services())
    return backfill_view(done, request.max_active, trigger, desk.places, is_served=is_served)


def _policy(before: Policy, wanted: PolicyWanted | None) -> Policy | None:
    """`before`, with what was said; `None`: nothing was."""
    if wanted is None:
        return None
    said: Mapping[str, Any] = wanted.model_dump(mode="json", include=wanted.model_fields_set)
    return policy_from_json({**policy_to_json(before), **said})


def shown(desk: Desk, schedules: Schedules, found: Found, fires: int = FIRES, upcoming: int = NEXT) -> ScheduleView:
    """The schedule in a line, with its next fires, and its latest as far as they were read."""
    return _view(desk, schedules, found, found.fires[:fires], upcoming)


def _view(desk: Desk, schedules: Schedules, found: Found, fires: Sequence[FireRecord], upcoming: int) -> ScheduleView:
    ahead = schedules.ahead(found.record, upcoming) if upcoming else ()
    return schedule_view(found, fires, ahead, desk.places)
