"""What the text of a trigger means: read, told as a sentence, with its next fires. Nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.schedules.as_json import trigger_to_json
from jupyter_dataops.schedules.describing import describe
from jupyter_dataops.schedules.preview import Preview, upcoming
from jupyter_dataops.schedules.text import format_trigger, parse_trigger
from jupyter_dataops.schedules.triggers import AllOf, AnyOf, Asset, Condition, File, Trigger
from jupyter_dataops.schedules.wording import moment_in_words, zone_of
from jupyter_dataops.scheduling.targets import unpublished, wanted_assets
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.wire.schedules import NextFire, TriggerProblem, TriggerReading, TriggerRequest

_NOTHING: Final = TriggerReading(
    trigger=None, told="", zone="UTC", structure=None, next=[], waits=[], notes=[], problem=None
)


def preview_trigger(desk: Desk, request: TriggerRequest, _actor: str | None) -> TriggerReading:
    """What the text means; a text that cannot be read is no error, but an answer that says which part is wrong."""
    try:
        trigger = parse_trigger(request.trigger, request.zone)
    except InvalidSchedule as error:
        return _NOTHING.model_copy(update={"problem": _problem(error, request.trigger)})
    after = request.after or desk.clock.now()
    return TriggerReading(
        trigger=format_trigger(trigger),
        told=describe(trigger),
        zone=zone_of(trigger),
        structure=trigger_to_json(trigger),
        next=[next_fire(fire, trigger) for fire in upcoming(trigger, after, request.count)],
        waits=list(waits_of(trigger)),
        notes=list(_notes(desk, trigger)) if request.path is None else [],
        problem=None,
    )


def next_fire(fire: Preview, trigger: Trigger) -> NextFire:
    """One fire to come."""
    return NextFire(at=fire.at, local=fire.local, told=moment_in_words(fire.at, trigger), note=fire.note)


def waits_of(trigger: Trigger) -> Iterator[str]:
    """What it waits for besides time, a sentence each.

    Examples
    --------
    >>> list(waits_of(parse_trigger("0 6 * * * | asset sales")))
    ['When asset sales has a new version']
    """
    match trigger:
        case File() | Asset() | Condition():
            yield describe(trigger)
        case AnyOf() | AllOf():
            for member in trigger.members:
                yield from waits_of(member)
        case _:
            return


def _notes(desk: Desk, trigger: Trigger) -> Iterator[str]:
    if assets := wanted_assets(trigger):  # else no store is needed
        yield from unpublished(assets, desk.stores)


def _problem(error: InvalidSchedule, text: str) -> TriggerProblem:
    return TriggerProblem(
        code=error.code,
        message=error.message,
        where=error.where,
        hint=error.hint,
        start=error.facts.get("start", 0),
        end=error.facts.get("end", len(text)),
    )
