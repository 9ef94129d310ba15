"""The fires of a schedule whose start has come and that have no fate yet: counted where they are many, named if not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from jupyter_dataops.schedules.facts import Facts
from jupyter_dataops.schedules.fires import Survey, next_fire, survey
from jupyter_dataops.schedules.jitter import jittered
from jupyter_dataops.schedules.policies import Catchup
from jupyter_dataops.schedules.turns import DueFire

MOST_LISTED: Final = 10
"""So many fires that nobody saw get a verdict each; more get one together."""
_MOST_NAMED: Final = 1_000
_TICK: Final = timedelta(microseconds=1)


class Window(Struct, frozen=True):
    """The instants in question: after what is considered, up to now, within `starts_at` and `ends_at`."""

    facts: Facts
    now: datetime

    @property
    def after(self) -> datetime:
        """No fire up to this instant is in question."""
        begin = self.facts.policy.starts_at
        return self.facts.considered_until if begin is None else max(self.facts.considered_until, begin - _TICK)

    @property
    def until(self) -> datetime:
        """No fire after this instant is in question."""
        end = self.facts.policy.ends_at
        return self.now if end is None else min(self.now, end - _TICK)

    def survey(self, after: datetime, until: datetime, keep: int) -> Survey:
        """The fires after the one instant, up to and including the other."""
        after = max(after, self.after)
        until = min(until, self.until)
        return survey(self.facts.trigger, after, until, keep, occurrences=self.facts.signals, since=self._since)

    def next(self, after: datetime, since: datetime | None = None) -> datetime | None:
        """The first fire after an instant; an `AllOf` counts from `since`, the last fire if that is given."""
        facts = self.facts
        fire = next_fire(facts.trigger, max(after, self.after), facts.signals, since or self._since)
        end = facts.policy.ends_at
        return None if fire is None or (end is not None and fire >= end) else fire

    def start_of(self, nominal: datetime) -> datetime:
        """When the fire of `nominal` starts."""
        policy = self.facts.policy
        following = self.next(nominal, nominal) if policy.jitter else None
        return jittered(self.facts.schedule_id, nominal, policy.jitter, following)

    @property
    def _since(self) -> datetime:
        last, begin = self.facts.last_fire or self.facts.considered_until, self.facts.policy.starts_at
        return last if begin is None else max(last, begin - _TICK)


class Due(Struct, frozen=True):
    """The fires that are due: those that came due while nobody looked, and those since."""

    uncounted: Survey
    """The oldest of the former, which are too many to be named; `newest` is empty."""
    unseen: tuple[datetime, ...]
    live: tuple[DueFire, ...]

    @property
    def latest(self) -> datetime | None:
        """The last of all."""
        if self.live:
            return self.live[-1].nominal
        return self.unseen[-1] if self.unseen else None


def due_fires(window: Window) -> Due:
    """Every fire that is due now. The cost is bounded, however long nobody looked."""
    policy, now = window.facts.policy, window.now
    watched = now if window.facts.watched_since is None else min(window.facts.watched_since.astimezone(UTC), now)
    # By its jitter a fire of before may start after: on which side it is shows when its start is known.
    split = max(window.after, watched - policy.jitter - _TICK)
    recent = window.survey(split, now, _MOST_NAMED)
    if recent.count > len(recent.newest):
        # The clock was set forward over very many: they are as good as unseen.
        split = recent.newest[0] - _TICK
    keep = MOST_LISTED + 1 + (policy.catchup_max if policy.catchup is Catchup.ALL else 0)
    older = window.survey(window.after, split, keep)
    started = list(_started(window, recent.newest))
    unseen = older.newest + tuple(fire.nominal for fire in started if fire.start < watched)
    uncounted = Survey(older.count - len(older.newest), older.first, (), older.at_least)
    return Due(uncounted, unseen, tuple(fire for fire in started if fire.start >= watched))


def _started(window: Window, nominals: Sequence[datetime]) -> Iterator[DueFire]:
    for nominal in nominals:
        start = window.start_of(nominal)
        if start > window.now:
            # The start of a fire is before the next fire: none of those that follow has come.
            return
        yield DueFire(nominal, start)
