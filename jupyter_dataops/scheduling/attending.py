"""What a service has to do about fires on their way: their runs end, crash, wait, or nobody starts them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, field

from jupyter_dataops.ids import ScheduleId, Token
from jupyter_dataops.records import FireRecord, OpenFire
from jupyter_dataops.states import FireFate, FireKind, RunState

MOST_RESUMED: Final = 3
"""So often is a crashed run resumed by itself; what crashes once more is left for somebody to look at."""


class Attention(Struct, frozen=True):
    """What is to be done, by fire."""

    ended: list[tuple[FireRecord, RunState]] = field(default_factory=list)
    """Their runs have ended so."""
    abandoned: list[FireRecord] = field(default_factory=list)
    """Who was to start them does not say that it is there any more."""
    crashed: list[FireRecord] = field(default_factory=list)
    """Their runs are to be resumed."""


def attend(fires: Iterable[OpenFire], now: datetime, lease: timedelta) -> Attention:
    """What is to be done about open fires.

    Parameters
    ----------
    lease
        How long a lease lasts: one that ends later was given before the clock was set back, and counts no more.
    """
    found = Attention()
    for one in fires:
        fire, state = one.fire, one.run_state
        if fire.fate is FireFate.CLAIMED:
            if not _is_held(fire, now, lease):
                found.abandoned.append(fire)
        elif fire.fate is FireFate.STARTED:
            _attend_started(found, fire, state, held=_is_held(fire, now, lease))
    return found


def _attend_started(found: Attention, fire: FireRecord, state: RunState | None, *, held: bool) -> None:
    if state is None:  # removed from the store, with all that was in it
        found.ended.append((fire, RunState.CANCELLED))
    elif state is RunState.CRASHED:
        if held:  # somebody has just resumed it, or is about to
            return
        if fire.resumed < MOST_RESUMED:
            found.crashed.append(fire)
        else:
            found.ended.append((fire, state))
    elif state.is_terminal:
        found.ended.append((fire, state))
    elif state is RunState.QUEUED and fire.lease_until is not None and not held:
        found.abandoned.append(fire)


def _is_held(fire: FireRecord, now: datetime, lease: timedelta) -> bool:
    return fire.lease_until is not None and now < fire.lease_until <= now + 2 * lease


def at_work(
    fires: Iterable[OpenFire], launching: Collection[tuple[ScheduleId, datetime]], now: datetime, lease: timedelta
) -> int:
    """How many runs have a process, or are about to: those that are only waiting for one do not count.

    Parameters
    ----------
    launching
        The fires for whose runs the asker is starting processes.
    """
    return sum(one.fire.key in launching or _has_process(one, held=_is_held(one.fire, now, lease)) for one in fires)


def _has_process(one: OpenFire, *, held: bool) -> bool:
    if one.fire.fate is not FireFate.STARTED or one.run_state is None:
        return False
    match one.run_state:
        case RunState.QUEUED:
            return one.fire.lease_until is None
        case RunState.CRASHED:  # somebody has just resumed it, or is about to
            return held
        case state:
            return not state.is_terminal


def waiting(fires: Iterable[OpenFire], token: Token, now: datetime, lease: timedelta) -> list[FireRecord]:
    """The fires of a service whose runs are made, and wait for a process: the longest waiting first.

    Backfills come last: they have time, and the schedules beside them do not.
    """
    found = [
        one.fire
        for one in fires
        if one.fire.fate is FireFate.STARTED
        and one.run_state is RunState.QUEUED
        and one.fire.claimed_by == token
        and _is_held(one.fire, now, lease)
    ]
    return sorted(found, key=lambda fire: (fire.kind is FireKind.BACKFILL, fire.started_at or now, fire.fire_time))
