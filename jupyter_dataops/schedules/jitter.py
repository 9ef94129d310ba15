"""By how much a fire starts after its nominal time: a hundred schedules of midnight need not start at once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

_RESOLUTION: Final = 2**64
_TICK: Final = timedelta(microseconds=1)


def jittered(schedule_id: str, nominal: datetime, jitter: timedelta, following: datetime | None = None) -> datetime:
    """When the fire of `nominal` starts: from then to before ``nominal + jitter``, and before the fire `following` it.

    A function of its arguments, so that every service, and the same after a restart, waits for the same instant; fires
    of one schedule keep their order.

    Examples
    --------
    >>> six = datetime(2026, 1, 31, 6, tzinfo=UTC)
    >>> jittered("nightly", six, timedelta(minutes=10)).isoformat()
    '2026-01-31T06:03:16.338932+00:00'
    >>> jittered("nightly", six, timedelta(0)) == six
    True
    """
    if not jitter:
        return nominal
    at_most = jitter if following is None else min(jitter, following - nominal)
    key = f"{len(schedule_id)}:{schedule_id}:{nominal.astimezone(UTC).isoformat()}"
    drawn = int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    return nominal + (at_most // _TICK * drawn // _RESOLUTION) * _TICK
