"""Options that say when a schedule fires, and what it does when time goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import reduce
from typing import Any, Final, TypeVar

import click
from msgspec.structs import replace

from jupyter_dataops.cli.times import moment_in, read_moment
from jupyter_dataops.schedules.policies import Catchup, OnFold, OnGap, Overlap, Policy
from jupyter_dataops.schedules.text import format_trigger, parse_trigger
from jupyter_dataops.schedules.triggers import AllOf, AnyOf, Asset, At, Condition, Cron, File, Interval, Trigger
from jupyter_dataops.schedules.wording import zone_of
from jupyter_dataops.spec.values import parse_duration

_F = TypeVar("_F", bound=Callable[..., Any])

_POLICY: Final = ("overlap", "catchup", "catchup_max", "misfire_grace", "jitter", "starts_at", "ends_at", "max_runs")

_ABOUT: Final[Mapping[str, set[type]]] = {
    "tz": {Cron, At},
    "on_gap": {Cron},
    "on_fold": {Cron},
    "poll": {File, Condition},
}
"""Options about triggers that other options name: which have such a thing."""


def _one_of(words: type[StrEnum]) -> click.Choice[str]:
    return click.Choice([str(word) for word in words])


def _read_duration(_ctx: click.Context, _option: click.Parameter, value: str | None) -> timedelta | None:
    if value is None:
        return None
    try:
        return timedelta(seconds=parse_duration(value))
    except ValueError:
        raise click.BadParameter(f"'{value}' is no duration: write 30s, 10m, 1h or 1d") from None


def trigger_options(function: _F) -> _F:
    """Add ``--cron`` and its like to a verb."""
    for option in (
        click.option("--on-fold", type=_one_of(OnFold), help="When a local time exists twice; else first."),
        click.option("--on-gap", type=_one_of(OnGap), help="When a local time does not exist; else end_of_gap."),
        click.option("--tz", metavar="ZONE", help="Zone of --cron, --at and --trigger: Europe/Berlin; else UTC."),
        click.option("--trigger", "text", metavar="TEXT", help="Any trigger: '0 6 * * * & asset sales'."),
        click.option(
            "--condition",
            metavar="TARGET",
            help="When MODULE:CALLABLE, or the cell with the tag NAME (cell:NAME), says yes.",
        ),
        click.option("--asset", metavar="NAME", help="When there is a new version of an asset."),
        click.option(
            "--file", metavar="PATTERN", help="When such a file appears or changes, beside the notebook or a URL."
        ),
        click.option(
            "--poll", metavar="DURATION", callback=_read_duration, help="How often --file or --condition is looked at."
        ),
        click.option("--at", multiple=True, metavar="TIME", help="Once, then. Repeatable."),
        click.option("--every", metavar="DURATION", callback=_read_duration, help="At even intervals: 15m, 1h."),
        click.option("--cron", metavar="EXPRESSION", help="By the clock: '0 6 * * MON-FRI', @daily."),
    ):
        function = option(function)
    return function


def policy_options(function: _F) -> _F:
    """Add ``--overlap`` and its like to a verb."""
    default = Policy()
    for option in (
        click.option("--max-runs", type=click.IntRange(min=1), help="After so many runs it is over."),
        click.option("--ends-at", metavar="TIME", callback=read_moment, help="Not at or after that time."),
        click.option("--starts-at", metavar="TIME", callback=read_moment, help="Not before that time."),
        click.option("--jitter", metavar="DURATION", callback=_read_duration, help="Start up to so much later."),
        click.option(
            "--misfire-grace",
            metavar="DURATION",
            callback=_read_duration,
            help="What is found later than this is missed; else 1h.",
        ),
        click.option(
            "--catchup-max", type=click.IntRange(min=1), help=f"Of 'all' at most; else {default.catchup_max}."
        ),
        click.option("--catchup", type=_one_of(Catchup), help="What was due while no service was there; else latest."),
        click.option("--overlap", type=_one_of(Overlap), help="What to do while an earlier run goes on; else skip."),
    ):
        function = option(function)
    return function


def trigger_of(options: dict[str, Any], present: Trigger | None = None) -> Trigger | None:
    """What the options of `trigger_options` say, which are taken out of `options`; several are joined by "or".

    `None`: nothing was said. Raises `InvalidSchedule`, and `click.UsageError` where an option is about nothing.

    Parameters
    ----------
    present
        The trigger of a schedule that is edited: its zone stays, and what is said without a trigger is said of it.
    """
    names = ("cron", "every", "at", "file", "asset", "condition", "text", *_ABOUT)
    taken = {name: options.pop(name) for name in names}
    zone = taken["tz"] or (zone_of(present) if present is not None else "UTC")
    poll = {"poll": taken["poll"]} if taken["poll"] is not None else {}
    found: list[Trigger] = []
    if taken["cron"]:
        gap, fold = taken["on_gap"] or OnGap.END_OF_GAP, taken["on_fold"] or OnFold.FIRST
        found.append(Cron(taken["cron"], zone, OnGap(gap), OnFold(fold)))
    if taken["every"]:
        found.append(Interval(taken["every"]))
    if taken["at"]:
        found.append(At(tuple(moment_in(zone, text, "--at") for text in taken["at"]), zone))
    if taken["file"]:
        found.append(File(taken["file"], **poll))
    if taken["asset"]:
        found.append(Asset(taken["asset"]))
    if taken["condition"]:
        found.append(Condition(taken["condition"], **poll))
    if taken["text"]:
        found.append(parse_trigger(taken["text"], zone))
    if found:
        return reduce(lambda one, other: one | other, found)
    return _adjusted(present, {name: taken[name] for name in _ABOUT if taken[name] is not None})


def _adjusted(present: Trigger | None, said: Mapping[str, Any]) -> Trigger | None:
    """The trigger with what is said of the way in which it fires; `None`: nothing is."""
    if not said or present is None:
        return None
    for name in said:
        if not _kinds(present) & _ABOUT[name]:
            option = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{option} says nothing of this schedule, which fires by: {format_trigger(present)}")
    return _with(present, said)


def _kinds(trigger: Trigger) -> set[type]:
    members = trigger.members if isinstance(trigger, AnyOf | AllOf) else ()
    return {type(trigger), *(kind for member in members for kind in _kinds(member))}


def _with(trigger: Trigger, said: Mapping[str, Any]) -> Trigger:
    match trigger:
        case AnyOf(members) | AllOf(members):
            return type(trigger)(tuple(_with(member, said) for member in members))
        case Cron():
            return replace(
                trigger,
                zone=said.get("tz", trigger.zone),
                on_gap=OnGap(said.get("on_gap", trigger.on_gap)),
                on_fold=OnFold(said.get("on_fold", trigger.on_fold)),
            )
        case At():
            return replace(trigger, zone=said.get("tz", trigger.zone))
        case File() | Condition():
            return replace(trigger, poll=said.get("poll", trigger.poll))
        case _:
            return trigger


def policy_of(options: dict[str, Any], policy: Policy) -> Policy:
    """`policy` with what the options of `policy_options` say; these are taken out of `options`."""
    said: Mapping[str, Any] = {name: options.pop(name) for name in _POLICY}
    given = {name: value for name, value in said.items() if value is not None}
    if "overlap" in given:
        given["overlap"] = Overlap(given["overlap"])
    if "catchup" in given:
        given["catchup"] = Catchup(given["catchup"])
    return replace(policy, **given)
