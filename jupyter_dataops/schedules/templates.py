"""What the parameters of a schedule say of the fire that a run is made for: ``{{ fire_time }}`` and its like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from jupyter_dataops.errors import InvalidSchedule
from jupyter_dataops.ids import RunId
from jupyter_dataops.schedules.wording import local_time
from jupyter_dataops.spec.suggestions import suggestion

NAMES: Final = ("fire_time", "previous_success", "run_id")
"""What a template may name."""
_TEMPLATE = re.compile(r"\{\{\s*(\w+)\s*(?::([^{}]*?))?\s*\}\}")


class FireContext(Struct, frozen=True):
    """One fire, as its run's parameters may name it.

    Parameters
    ----------
    fire_time
        The nominal time, not that at which the run started: a run that is caught up, or filled in later, has its own.
    previous_success
        The nominal time of the latest earlier fire whose run succeeded; `None` if there is none.
    zone
        In which both are written.
    """

    fire_time: datetime
    run_id: RunId
    previous_success: datetime | None = None
    zone: str = "UTC"


def render_parameters(parameters: Mapping[str, Any], context: FireContext) -> dict[str, Any]:
    """`parameters` with every template in them replaced, also within lists and mappings.

    A time becomes ISO 8601 with its offset; ``{{ fire_time: %Y-%m-%d }}`` writes it as `strftime` does. A text that is
    nothing but a template of something absent becomes `None`, and within more text it becomes nothing.

    Raises
    ------
    InvalidSchedule
        A template names something else.

    Examples
    --------
    >>> context = FireContext(datetime(2026, 1, 31, 5, tzinfo=UTC), RunId("k7m2xqpd9w"), zone="Europe/Berlin")
    >>> render_parameters({"day": "{{ fire_time: %Y-%m-%d }}", "since": "{{ previous_success }}", "n": 3}, context)
    {'day': '2026-01-31', 'since': None, 'n': 3}
    >>> render_parameters({"path": "out/{{ run_id }}.csv"}, context)
    {'path': 'out/k7m2xqpd9w.csv'}
    """
    return {name: _rendered(value, context, name) for name, value in parameters.items()}


def check_templates(parameters: Mapping[str, Any]) -> None:
    """Every template in `parameters` can be replaced; raises `InvalidSchedule` as `render_parameters` does."""
    render_parameters(parameters, FireContext(datetime(2000, 1, 1, tzinfo=UTC), RunId("")))


def _rendered(value: Any, context: FireContext, where: str) -> Any:
    match value:
        case str():
            whole = _TEMPLATE.fullmatch(value.strip())
            if whole is not None:
                return _value(whole, context, where)
            return _TEMPLATE.sub(lambda match: _value(match, context, where) or "", value)
        case list() | tuple():
            return [_rendered(item, context, where) for item in value]
        case Mapping():
            return {key: _rendered(item, context, where) for key, item in value.items()}
        case _:
            return value


def _value(match: re.Match[str], context: FireContext, where: str) -> str | None:
    name, form = match[1], (match[2] or "").strip()
    if name not in NAMES:
        hint = suggestion(name, NAMES) or "there are " + ", ".join(NAMES)
        raise InvalidSchedule(f"there is nothing to put in place of {match[0]}", where=where, hint=hint)
    if name == "run_id":
        if form:
            raise InvalidSchedule("`run_id` is no time, and has no format", where=where)
        return context.run_id
    moment = context.fire_time if name == "fire_time" else context.previous_success
    if moment is None:
        return None
    local = local_time(moment, context.zone)
    return local.strftime(form) if form else local.isoformat()
