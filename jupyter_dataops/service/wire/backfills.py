"""A schedule, run for times in the past."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from jupyter_dataops.service.wire import Wire
from jupyter_dataops.service.wire.schedules import FireView, Moment, ScheduleRef


class BackfillRequest(ScheduleRef):
    """The fires of a range of the past, those excepted that have had a run, or will."""

    since: Moment
    until: Moment | None = None
    """Before this; `None`: until now."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    limit: int | None = Field(default=None, ge=1, le=10_000)
    """At most so many: the earliest, or the latest with `reverse`."""
    max_active: int = Field(default=1, ge=1, le=1_000)
    """So many of them run at a time."""
    reverse: bool = False
    """The latest first."""


class BackfillView(Wire):
    """What a backfill does, or would do."""

    schedule: str
    batch: str | None
    """`None`: nothing was done."""
    told: str
    """One sentence."""
    wanted: int
    """How many fires it runs."""
    fires: list[FireView]
    """These, in the order in which they run; the first 500."""
    left_out: int
    """How many fires of the range have had a run already, or will."""
    left_out_fires: list[FireView]
    """These; the first 500."""
    is_served: bool
    """Somebody is there who will start them."""
