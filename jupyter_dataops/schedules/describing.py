"""A trigger as a sentence for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cronsim import CronSim

from jupyter_dataops.schedules.cron import ALIASES
from jupyter_dataops.schedules.triggers import EPOCH, AllOf, AnyOf, Asset, At, Condition, Cron, File, Interval, Trigger
from jupyter_dataops.schedules.wording import duration_in_words, moment_in_words

_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_TOLD: Final = 3


def describe(trigger: Trigger) -> str:
    """One plain sentence without full stop.

    Examples
    --------
    >>> describe(Cron("0 6 * * MON-FRI", "Europe/Berlin"))
    'At 06:00 on Monday through Friday, Europe/Berlin time'
    >>> describe(Cron("@hourly") | Asset("sales"))
    'At the start of every hour, UTC; or when asset sales has a new version'
    """
    sentence = _told(trigger)
    return sentence[:1].upper() + sentence[1:]


def _told(trigger: Trigger) -> str:
    match trigger:
        case Cron():
            fields = ALIASES.get(trigger.expression, trigger.expression)
            said = CronSim(fields, _ANY_TIME).explain()
            zone = "UTC" if trigger.zone == "UTC" else f"{trigger.zone} time"
            return f"{said[:1].lower()}{said[1:]}, {zone}"
        case Interval():
            said = f"every {duration_in_words(trigger.every)}"
            return (
                said if trigger.anchor == EPOCH else f"{said}, counted from {moment_in_words(trigger.anchor, trigger)}"
            )
        case At():
            times = [moment_in_words(moment, trigger) for moment in trigger.times[:_MOST_TOLD]]
            more = len(trigger.times) - len(times)
            return "once at " + ", ".join(times) + (f" and {more} times more" if more else "")
        case File():
            return f"when {trigger.path} appears or changes, looked at every {duration_in_words(trigger.poll)}"
        case Asset():
            return f"when asset {trigger.name} has a new version"
        case Condition():
            return f"when {trigger.target} comes to say yes, asked every {duration_in_words(trigger.poll)}"
        case AnyOf():
            return "; or ".join(_told(member) for member in trigger.members)
        case AllOf():
            parts = "; and ".join(
                f"({_told(part)})" if isinstance(part, AnyOf) else _told(part) for part in trigger.members
            )
            return f"as soon as each of these has happened since the last fire: {parts}"
