"""The parameters that a fire gives its run. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from jupyter_dataops.errors import ParameterError
from jupyter_dataops.ids import RunId
from jupyter_dataops.records import FireRecord, ScheduleRecord
from jupyter_dataops.schedules.as_json import trigger_from_json
from jupyter_dataops.schedules.templates import FireContext, render_parameters
from jupyter_dataops.schedules.wording import zone_of
from jupyter_dataops.spec.parameters import Parameter, check_parameters, parse_value
from jupyter_dataops.states import FireFate, FireKind

_SOME_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)


def parameters_of(
    schedule: ScheduleRecord, fire: FireRecord, previous_success: datetime | None, declared: Sequence[Parameter]
) -> Mapping[str, Any]:
    """Those of the schedule, and over them those of the fire, with templates filled in.

    What came of a template is text; where the parameters cell wants another type, it is read as on a command line.
    Raises `InvalidSchedule` for a template of nothing.
    """
    given = {**schedule.parameters, **fire.parameters}
    context = FireContext(
        fire_time=fire.fire_time,
        run_id=fire.run_id or RunId(""),
        previous_success=previous_success,
        zone=zone_of(trigger_from_json(schedule.trigger)),
    )
    rendered = render_parameters(given, context)
    return {name: _typed(name, given[name], value, declared) for name, value in rendered.items()}


def possible_parameters(schedule: ScheduleRecord, declared: Sequence[Parameter]) -> Iterator[Mapping[str, Any]]:
    """What fires of the schedule may give: before one has succeeded, and after. Raises as `parameters_of` does."""
    fire = FireRecord(
        schedule_id=schedule.schedule_id,
        fire_time=_SOME_TIME,
        kind=FireKind.SCHEDULED,
        fate=FireFate.CLAIMED,
        decided_at=_SOME_TIME,
        run_id=RunId("bcd2345678"),
    )
    for previous in (None, _SOME_TIME):
        yield parameters_of(schedule, fire, previous, declared)


def _typed(name: str, given: Any, rendered: Any, declared: Sequence[Parameter]) -> Any:
    if rendered == given or not isinstance(rendered, str):
        return rendered
    for value in (rendered, parse_value(rendered)):
        with suppress(ParameterError):
            check_parameters(declared, {name: value})
            return value
    return rendered
