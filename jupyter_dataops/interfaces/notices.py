"""The seams of notifications: where messages wait until they are sent, and what sends them.

Stores put a message there in the transaction of the event that calls for it; `jupyter_dataops.api.notifying`, in
whichever process has time, claims, sends and marks it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.notices.text import Message
from jupyter_dataops.records import NoticeRecord


class NoticeStore(Protocol):
    """Keeps messages beside the runs; safe to use from several threads and processes at once.

    Any method raises `StoreUnavailable` when the store cannot be reached or written; nothing is half written then.
    """

    def add_late(self, notices: Sequence[NoticeRecord]) -> int:
        """Keep those of runs that have not ended, and that are not there yet; how many are kept now.

        Others come by themselves, with the event that calls for them.
        """
        ...

    def claim_notices(
        self, by: Token, now: datetime, until: datetime, *, limit: int = 20, early: bool = False
    ) -> Sequence[NoticeRecord]:
        """Messages that may be sent now, in the hands of `by`; that of the oldest events first.

        Each claim counts as a try, also where whoever has it dies; what has had all its tries is given up instead.

        Parameters
        ----------
        until
            When the claims end: who has not marked them by then is counted on no more.
        early
            Also those that wait for their next try; none that somebody has in hand.
        """
        ...

    def keep_outcome(self, claim: NoticeRecord, outcome: NoticeRecord) -> bool:
        """What came of a claim is stored; nothing is, and the answer is no, where the claim is not the caller's now."""
        ...

    def find_next(self) -> datetime | None:
        """When the next message may be taken in hand; `None`: none waits. Costs one look into an index."""
        ...

    def get_notices(self, run_id: RunId) -> Sequence[NoticeRecord]:
        """All about a run, in order of their events."""
        ...

    def get_notices_of_fires(
        self, schedule_id: ScheduleId, run_ids: Collection[RunId], since: datetime | None, limit: int = 100
    ) -> Sequence[NoticeRecord]:
        """About these runs, and about missed fires of a schedule, newest first.

        Parameters
        ----------
        since
            Of the time of the earliest fire that counts; `None`: all.
        """
        ...

    def get_waiting(self, limit: int = 1_000) -> Sequence[NoticeRecord]:
        """Those that are not sent yet, and not given up, in the order in which they may be."""
        ...

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        ...


class Notifier(Protocol):
    """Sends messages; safe to use from several threads at once."""

    def require(self) -> None:
        """Return if messages can be sent from here. Raises `EnvironmentRefused`."""
        ...

    def send(self, url: str, message: Message) -> None:
        """Whoever is at `url` has the message. Called in a thread that nobody waits for longer than some seconds.

        Raises
        ------
        EnvironmentRefused
            Nothing can be sent from here, wherever to.
        NotDelivered
            This could not; what it says holds nothing of `url` by which somebody else could write there.
        """
        ...
