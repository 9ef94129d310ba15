"""The parameters that a fire gives its run. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from jupyter_dataops.errors import ParameterError
from jupyter_dataops.ids import RunId
from jupyter_dataops.records import FireRecord, ScheduleRecord
from jupyter_dataops.schedules.as_json import trigger_from_json
from jupyter_dataops.schedules.templates import FireContext, render_parameters
from jupyter_dataops.schedules.wording import zone_of
from jupyter_dataops.spec.parameters import Parameter, check_parameters, parse_value


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


def _typed(name: str, given: Any, rendered: Any, declared: Sequence[Parameter]) -> Any:
    if rendered == given or not isinstance(rendered, str):
        return rendered
    for value in (rendered, parse_value(rendered)):
        with suppress(ParameterError):
            check_parameters(declared, {name: value})
            return value
    return rendered
