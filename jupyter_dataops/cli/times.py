"""Moments, as one writes them on a command line."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from jupyter_dataops.cli.face import current_face
from jupyter_dataops.spec.values import parse_duration


def read_moment(ctx: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """The moment that an option says, aware; click's callback. Raises `click.BadParameter`."""
    if value is None:
        return None
    try:
        return parse_moment(value, current_face(ctx).now())
    except ValueError:
        raise click.BadParameter(
            f"'{value}' is no time: write 2026-01-31, 2026-01-31T08:00 or, for how long ago, 2h"
        ) from None


def parse_moment(text: str, now: datetime) -> datetime:
    """The moment that `text` says: ISO 8601, local time where no zone is given, or how long before `now`.

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
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        return now - timedelta(seconds=parse_duration(text.removesuffix("ago")))
