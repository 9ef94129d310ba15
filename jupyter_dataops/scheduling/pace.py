"""How often a service does something, and how much at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec import Struct

BATCH: Final = 200
"""How many schedules are decided, or runs kept, in one transaction: so long does another writer wait at most."""
RETRY_S: Final = 2.0
"""After trouble with the store."""


class Pace(Struct, frozen=True):
    """How often a service does what no event tells it to do, seconds."""

    lease_s: float = 30.0
    """How long a service that gives no sign of life is counted on; it gives three in that time."""
    look_s: float = 0.5
    """The longest time between two looks at whether the store was written to: what others do is seen by then."""
    dead_s: float = 2.0
    """Between two searches for runs whose runner has died."""

    @property
    def lease(self) -> timedelta:
        """How long a lease lasts."""
        return timedelta(seconds=self.lease_s)
