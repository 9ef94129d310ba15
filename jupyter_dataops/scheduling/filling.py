"""Which times of the past a backfill runs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from jupyter_dataops.errors import UsageError
from jupyter_dataops.records import FireRecord

MOST_FILLED_IN: Final = 10_000
"""So many fires one backfill may have."""
_PORTION: Final = 1_000


def free_times(
    times: Iterable[datetime],
    find: Callable[[Sequence[datetime]], Mapping[datetime, FireRecord]],
    limit: int | None = None,
) -> tuple[list[datetime], list[FireRecord]]:
    """The first `limit` of `times` that may be run, and the fires before the last of them that have had a run, or will.

    Of `times`, no more is taken than that needs.

    Parameters
    ----------
    find
        The fires that are there at some times.

    Raises
    ------
    UsageError
        There are more than one backfill may have.
    """
    free: list[datetime] = []
    taken: list[FireRecord] = []
    rest = iter(times)
    while portion := list(islice(rest, _PORTION)):
        there = find(portion)
        for at in portion:
            if at in there and not there[at].fate.may_be_filled_in:
                taken.append(there[at])
                continue
            free.append(at)
            if len(free) > MOST_FILLED_IN:
                raise UsageError(
                    f"the range has more than {MOST_FILLED_IN:,} fires to run",
                    hint="take a shorter one, and then the next; or a limit of so many",
                )
            if len(free) == limit:
                return free, taken
    return free, taken
