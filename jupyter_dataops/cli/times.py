"""Moments, as one writes them on a command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import click

from jupyter_dataops.cli.face import current_face
from jupyter_dataops.spec.values import parse_duration

_WHAT_TIMES_ARE: Final = "write 2026-01-31, 2026-01-31T08:00 or, for how long ago, 2h"


def read_moment(ctx: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """The moment that an option says, aware; click's callback. Raises `click.BadParameter`."""
    if value is None:
        return None
    try:
        return parse_moment(value, current_face(ctx).now())
    except ValueError:
        raise click.BadParameter(f"'{value}' is no time: {_WHAT_TIMES_ARE}") from None


def moment_in(zone: str, value: str, option: str) -> datetime:
    """The same for `option`, read by the clock of a zone that is known only while the verb runs."""
    ctx = click.get_current_context()
    try:
        return parse_moment(value, current_face(ctx).now(), zone)
    except ValueError:
        message = f"'{value}' is no time: {_WHAT_TIMES_ARE}"
        raise click.BadParameter(message, ctx=ctx, param_hint=f"'{option}'") from None


def parse_moment(text: str, now: datetime, zone: str | None = None) -> datetime:
    """The moment that `text` says: ISO 8601, or how long before `now`.

    Parameters
    ----------
    zone
        By whose clock a time without an offset is read; `None`: by the machine's.

    Raises
    ------
    ValueError
        It is neither.

    Examples
    --------
    >>> now = datetime.fromisoformat("2026-01-31T12:00+00:00")
    >>> parse_moment("2h ago", now).hour, (now - parse_moment("2026-01-30T12:00+00:00", now)).days
    (10, 1)
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return now - timedelta(seconds=parse_duration(text.removesuffix("ago")))
    if zone is None or moment.tzinfo is not None:
        return moment.astimezone()
    # In UTC at once: differences of two times in one zone would leave a change of clocks between them out.
    return moment.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone)).astimezone(UTC)


def local_text(moment: datetime) -> str:
    """An instant of a schedule by the clock of this machine, with its zone."""
    from jupyter_dataops.schedules.wording import instant_in_words  # noqa: PLC0415 - `--help` is fast

    return instant_in_words(moment.astimezone())
