"""When a trigger fires: one rule for every kind. See `firing` for cron expressions in zones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from jupyter_dataops.schedules.facts import Occurrences
from jupyter_dataops.schedules.triggers import Trigger

NO_SIGNALS: Final[Mapping[str, Sequence[datetime]]] = MappingProxyType({})


def next_fire(
    trigger: Trigger, after: datetime, occurrences: Occurrences = NO_SIGNALS, since: datetime | None = None
) -> datetime | None:
    """The first fire strictly after `after`, in UTC; `None` if there is none."""
    raise NotImplementedError


def fires_between(
    trigger: Trigger,
    start: datetime,
    end: datetime,
    occurrences: Occurrences = NO_SIGNALS,
    *,
    reverse: bool = False,
    limit: int | None = None,
) -> Iterator[datetime]:
    """Every fire from `start` to before `end`, in order or in reverse, at most `limit`."""
    raise NotImplementedError
