"""What `decide` is told about a schedule, and what it answers: values alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct, field

from jupyter_dataops.ids import RunId
from jupyter_dataops.schedules.policies import Policy
from jupyter_dataops.schedules.triggers import Trigger
from jupyter_dataops.states import FireFate

Occurrences = Mapping[str, Sequence[datetime]]
"""Recorded signals: `signal_key` of a trigger -> instants at which it occurred, aware, ascending."""


class ActiveRun(Struct, frozen=True):
    """A run of the schedule that has not ended, or that was claimed and is about to start."""

    run_id: RunId
    nominal: datetime | None = None
    """The fire that it was made for; `None` for a run by hand."""


class Facts(Struct, frozen=True):
    """A schedule as the store knows it at one moment. All instants are aware.

    Parameters
    ----------
    schedule_id
        What jitter is hashed from: never changes, unlike a name.
    considered_until
        Every fire up to and including this instant has its fate. A new or an edited schedule has the instant of
        that; `decide` never takes it back.
    last_fire
        The newest nominal time that has a fate since the trigger was last edited: an `AllOf` counts from there.
        `None` is before the first: it counts from `considered_until`.
    runs_made
        Runs that were started for fires, ever.
    active
        Runs of the schedule that have not ended, oldest first.
    buffered
        Nominal times of the fires that wait, ascending.
    signals
        Signals since `last_fire`, and none that an earlier fire has used up. A signal that became visible only after
        a later fire was decided is given an instant after `considered_until`, or it would be lost.
    watched_since
        Since when a service has looked at this schedule without a pause: a fire before was due in a downtime, and
        `catchup` says what becomes of it. `None`: nobody has looked until now.
    """

    schedule_id: str
    trigger: Trigger
    considered_until: datetime
    policy: Policy = field(default_factory=Policy)
    paused: bool = False
    last_fire: datetime | None = None
    runs_made: int = 0
    active: Sequence[ActiveRun] = ()
    buffered: Sequence[datetime] = ()
    signals: Occurrences = field(default_factory=dict)
    watched_since: datetime | None = None


class Verdict(Struct, frozen=True):
    """The fate that one fire gets now, or that many get which nobody saw.

    Parameters
    ----------
    nominal
        The fire's time; of several, the latest.
    fate
        ``started`` asks for a run to be made now. ``buffered`` fires come again as ``started`` or ``skipped``.
    reason
        One plain sentence without full stop, to be shown to people; empty for a fire that just starts.
    due
        When a fire that starts, or waits from now on, was to start: its time and its jitter. `None` for others.
    cancel, terminate
        Runs to be asked to stop, or ended at once, before anything is started.
    count, first
        How many fires it stands for, and the earliest of them; `first` is `None` for a single one.
    at_least
        There were `count` fires or more: counting them would have cost too much.
    """

    nominal: datetime
    fate: FireFate
    reason: str = ""
    due: datetime | None = None
    cancel: tuple[RunId, ...] = ()
    terminate: tuple[RunId, ...] = ()
    count: int = 1
    first: datetime | None = None
    at_least: bool = False


class Decision(Struct, frozen=True):
    """What has to be recorded and done now, in order, and when to look again.

    Parameters
    ----------
    considered_until
        What the facts shall say from now on; never earlier than what they said.
    look_again
        No fire comes due before: ask then, or as soon as a run ends, a signal arrives or the schedule is edited.
        `None`: nothing comes by itself.
    finished
        No fire will ever come: `ends_at` is past, `max_runs` are made, or the trigger has no further time.
    """

    verdicts: tuple[Verdict, ...]
    considered_until: datetime
    look_again: datetime | None
    finished: bool = False
