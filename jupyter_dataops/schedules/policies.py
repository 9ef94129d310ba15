"""What a schedule does when time goes wrong: closed words, and one value that holds them all."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from jupyter_dataops.errors import InvalidSchedule

LONGEST: Final = timedelta(days=36525)
"""The longest duration of any setting: a century. Beyond it is a typing error."""


class OnGap(StrEnum):
    """When to fire for a local time that does not exist, because clocks were set forward over it."""

    END_OF_GAP = "end_of_gap"
    SHIFT = "shift"
    SKIP = "skip"


class OnFold(StrEnum):
    """When to fire for a local time that exists twice, because clocks were set back over it."""

    FIRST = "first"
    LAST = "last"
    BOTH = "both"


class Overlap(StrEnum):
    """What to do with a fire while an earlier run of the schedule is active."""

    SKIP = "skip"
    BUFFER_ONE = "buffer_one"
    BUFFER_ALL = "buffer_all"
    CANCEL_OTHER = "cancel_other"
    TERMINATE_OTHER = "terminate_other"
    ALLOW_ALL = "allow_all"


class Catchup(StrEnum):
    """Which of the fires that came due while no service looked are still run."""

    LATEST = "latest"
    NONE = "none"
    ALL = "all"


GAP_MEANINGS: Final = {
    OnGap.END_OF_GAP: "at the first instant after the gap; several missing times of one gap fire once",
    OnGap.SHIFT: "later, by the length of the gap",
    OnGap.SKIP: "not at all",
}
FOLD_MEANINGS: Final = {
    OnFold.FIRST: "the first time only",
    OnFold.LAST: "the last time only",
    OnFold.BOTH: "each time",
}
OVERLAP_MEANINGS: Final = {
    Overlap.SKIP: "the fire is skipped",
    Overlap.BUFFER_ONE: "one fire waits until the run has ended; further ones are skipped",
    Overlap.BUFFER_ALL: "every fire waits its turn",
    Overlap.CANCEL_OTHER: "the run is cancelled, and the fire starts when it has ended",
    Overlap.TERMINATE_OTHER: "the run is ended at once, and the fire starts",
    Overlap.ALLOW_ALL: "both run",
}
CATCHUP_MEANINGS: Final = {
    Catchup.LATEST: "the latest, if it is not later than the grace",
    Catchup.NONE: "none",
    Catchup.ALL: "all, up to a limit, however late",
}


class Policy(Struct, frozen=True):
    """Everything about a schedule but its trigger.

    Parameters
    ----------
    catchup_max
        The most fires that ``catchup = all`` runs after one downtime or pause; older ones are missed.
    misfire_grace
        A fire later than this is missed, unless ``catchup = all``.
    jitter
        Each fire starts up to this much later, at an instant that is a function of schedule and nominal time.
    starts_at, ends_at
        Fires before the one, or at or after the other, are none. Aware; `None` is no limit.
    max_runs
        After so many runs the schedule is over.

    Raises
    ------
    InvalidSchedule
        A value is out of range, or an instant has no zone.
    """

    overlap: Overlap = Overlap.SKIP
    catchup: Catchup = Catchup.LATEST
    catchup_max: int = 100
    misfire_grace: timedelta = timedelta(hours=1)
    jitter: timedelta = timedelta(0)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_runs: int | None = None

    def __post_init__(self) -> None:
        for name in ("misfire_grace", "jitter"):
            if not timedelta(0) <= getattr(self, name) <= LONGEST:
                raise InvalidSchedule(f"{name} is between 0 s and a century", where=str(getattr(self, name)))
        for name in ("starts_at", "ends_at"):
            moment = getattr(self, name)
            if moment is not None and moment.utcoffset() is None:
                raise InvalidSchedule(
                    f"{name} has no zone", where=str(moment), hint="for example 2026-01-31T06:00+01:00"
                )
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise InvalidSchedule("ends_at is not after starts_at", where=str(self.ends_at))
        if not 1 <= self.catchup_max <= MOST_CAUGHT_UP:
            raise InvalidSchedule(f"catchup_max is between 1 and {MOST_CAUGHT_UP}", where=str(self.catchup_max))
        if self.max_runs is not None and self.max_runs < 1:
            raise InvalidSchedule("max_runs is at least 1", where=str(self.max_runs))


MOST_CAUGHT_UP: Final = 10_000
"""The upper limit of `Policy.catchup_max`: one tick may make so many runs, and no more."""
