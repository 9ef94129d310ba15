"""Messages in memory: the same contract without a disk, for tests and trials."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.notices.trying import exhausted, taken
from jupyter_dataops.notices.wanted import keys_of_missed
from jupyter_dataops.records import NoticeRecord
from jupyter_dataops.states import NoticeState
from jupyter_dataops.store.memory import MemoryRunStore


class MemoryNoticeStore:
    """A `NoticeStore` that is forgotten with the process. Safe to use from several threads.

    Parameters
    ----------
    runs
        Whose ends call for messages.
    """

    def __init__(self, runs: MemoryRunStore) -> None:
        self._runs = runs
        self._lock = runs.lock

    def add_late(self, notices: Sequence[NoticeRecord]) -> int:
        """Keep those of runs that have not ended; see `NoticeStore.add_late`."""
        with self._lock:
            states = {one.run_id: self._runs.state_of(one.run_id) for one in notices}
            going_on = {run_id for run_id, state in states.items() if state is not None and not state.is_terminal}
            return self._runs.keep_notices([one for one in notices if one.run_id in going_on])

    def claim_notices(
        self, by: Token, now: datetime, until: datetime, *, limit: int = 20, early: bool = False
    ) -> Sequence[NoticeRecord]:
        """Messages that may be sent now, in the hands of `by`; see `NoticeStore.claim_notices`."""
        with self._lock:
            waiting = self.get_waiting()
            free = [one for one in waiting if one.lease_until is None or one.lease_until <= now]
            due = [one for one in free if early or one.next_at <= now][:limit]
            dead = [given_up for one in due if (given_up := exhausted(one, now)) is not None]
            claimed = [taken(one, by, until) for one in due if exhausted(one, now) is None]
            self._runs.notices.update({one.key: one for one in (*dead, *claimed)})
            return claimed

    def keep_outcome(self, claim: NoticeRecord, outcome: NoticeRecord) -> bool:
        """What came of a claim is stored; see `NoticeStore.keep_outcome`."""
        with self._lock:
            present = self._runs.notices[claim.key]
            if (present.claimed_by, present.attempts) != (claim.claimed_by, claim.attempts):
                return False
            self._runs.notices[claim.key] = outcome
            return True

    def find_next(self) -> datetime | None:
        """When the next message may be sent; see `NoticeStore.find_next`."""
        return min((one.next_at for one in self.get_waiting()), default=None)

    def get_notices(self, run_id: RunId) -> Sequence[NoticeRecord]:
        """All about a run, in order of their events."""
        with self._lock:
            found = [one for one in self._runs.notices.values() if one.run_id == run_id]
        return sorted(found, key=lambda one: (one.at, *one.key))

    def get_notices_of_fires(
        self, schedule_id: ScheduleId, run_ids: Collection[RunId], since: datetime | None, limit: int = 100
    ) -> Sequence[NoticeRecord]:
        """About these runs, and missed fires of a schedule, newest first; see `NoticeStore.get_notices_of_fires`."""
        first, end = keys_of_missed(schedule_id, since)
        with self._lock:
            found = [
                one for one in self._runs.notices.values() if one.run_id in run_ids or first <= one.event_key < end
            ]
        return sorted(found, key=lambda one: (one.at, *one.key), reverse=True)[:limit]

    def get_waiting(self, limit: int = 1_000) -> Sequence[NoticeRecord]:
        """Those that are still to be sent."""
        with self._lock:
            found = [one for one in self._runs.notices.values() if one.state is NoticeState.WAITING]
        return sorted(found, key=lambda one: (one.next_at, *one.key))[:limit]

    def close(self) -> None:
        """Do nothing: there are no connections."""
