"""Durations and instants, as a person would say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from jupyter_dataops.schedules.policies import Catchup, Policy
from jupyter_dataops.schedules.triggers import AllOf, AnyOf, At, Cron, Trigger

_UNITS: Final = (
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
    (timedelta(seconds=1), "second"),
    (timedelta(milliseconds=1), "millisecond"),
    (timedelta(microseconds=1), "microsecond"),
)


def duration_in_words(duration: timedelta) -> str:
    """The exact duration, in the two largest units that suffice, or as many as it needs.

    Examples
    --------
    >>> duration_in_words(timedelta(hours=1)), duration_in_words(timedelta(minutes=90)), duration_in_words(timedelta(0))
    ('1 hour', '1 hour 30 minutes', '0 seconds')
    """
    words, rest = [], duration
    for size, name in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(words) or "0 seconds"


def zone_of(trigger: Trigger) -> str:
    """The zone in which people read the times of `trigger`: that of its first cron expression or instants, or UTC."""
    match trigger:
        case Cron() | At():
            return trigger.zone
        case AnyOf() | AllOf():
            zones = [zone for member in trigger.members if (zone := zone_of(member)) != "UTC"]
            return zones[0] if zones else "UTC"
        case _:
            return "UTC"


def local_time(moment: datetime, zone: str) -> datetime:
    """The instant as a clock in `zone` shows it."""
    return moment.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))


def moment_in_words(moment: datetime, trigger: Trigger) -> str:
    """The instant on a clock in the zone of `trigger`; as `instant_in_words`.

    Examples
    --------
    >>> moment_in_words(datetime(2026, 1, 31, 5, tzinfo=UTC), Cron("0 6 * * *", "Europe/Berlin"))
    '2026-01-31 06:00 CET'
    """
    return instant_in_words(local_time(moment, zone_of(trigger)))


def instant_in_words(local: datetime) -> str:
    """The one form in which people read instants of schedules: to the minute, unless there are seconds, with the zone.

    Parameters
    ----------
    local
        On the clock that they look at.

    Examples
    --------
    >>> five = datetime(2026, 1, 31, 5, tzinfo=UTC)
    >>> instant_in_words(five), instant_in_words(five.replace(second=7))
    ('2026-01-31 05:00 UTC', '2026-01-31 05:00:07 UTC')
    >>> instant_in_words(local_time(five, "America/Sao_Paulo"))
    '2026-01-31 02:00 -03:00'
    """
    # Names such as CET say more than a number; those of many zones are numbers.
    name = local.tzname() or ""
    digits = local.isoformat(timespec="seconds" if local.second else "minutes")
    day, clock = digits[:10], digits[11:]
    time, sign, shift = clock.partition("+" if "+" in clock else "-")
    return f"{day} {time} {name if name.isalpha() else sign + shift}"


def policy_in_words(policy: Policy, trigger: Trigger) -> str:
    """What holds besides the trigger, by the names of the options; what changes nothing is left out.

    Examples
    --------
    >>> policy_in_words(Policy(jitter=timedelta(seconds=90), max_runs=3), Cron("@daily"))
    'overlap skip, catchup latest, misfire grace 1 hour, jitter up to 1 minute 30 seconds, at most 3 runs'
    """
    said = [f"overlap {policy.overlap}"]
    most = f" (at most {policy.catchup_max})" if policy.catchup is Catchup.ALL else ""
    said.append(f"catchup {policy.catchup}{most}")
    said.append(f"misfire grace {duration_in_words(policy.misfire_grace)}")
    if policy.jitter:
        said.append(f"jitter up to {duration_in_words(policy.jitter)}")
    said += [
        f"{word} {moment_in_words(moment, trigger)}"
        for word, moment in (("from", policy.starts_at), ("until", policy.ends_at))
        if moment is not None
    ]
    if policy.max_runs is not None:
        said.append(f"at most {policy.max_runs} run{'s' if policy.max_runs > 1 else ''}")
    return ", ".join(said)
