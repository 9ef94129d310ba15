"""What a service has to do about a schedule now."""

from __future__ import annotations

from datetime import datetime

from jupyter_dataops.schedules.facts import Decision, Facts


def decide(facts: Facts, now: datetime) -> Decision:
    """The fates that are due now, and when to look again. Asked twice with the same facts, it says the same."""
    raise NotImplementedError


def resume(facts: Facts, now: datetime) -> Decision:
    """What becomes of the fires of a pause that ends now; called with the facts before, in the same transaction."""
    raise NotImplementedError
