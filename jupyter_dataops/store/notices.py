"""The messages in the database of the run store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from jupyter_dataops.crash_points import reach
from jupyter_dataops.ids import RunId, ScheduleId, Token
from jupyter_dataops.records import NoticeRecord
from jupyter_dataops.store import notice_changes
from jupyter_dataops.store.database import Database


class SqlNoticeStore:
    """A `NoticeStore` in a database that runs are kept in, too; closed with it. Not to be used across a fork."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._transactions = database.transactions

    def add_late(self, notices: Sequence[NoticeRecord]) -> int:
        """Keep those of runs that have not ended; see `NoticeStore.add_late`."""
        return self._transactions.write(lambda connection: notice_changes.insert_late(connection, notices))

    def claim_notices(
        self, by: Token, now: datetime, until: datetime, *, limit: int = 20, early: bool = False
    ) -> Sequence[NoticeRecord]:
        """Messages that may be sent now, in the hands of `by`; see `NoticeStore.claim_notices`."""
        found = self._transactions.write(
            lambda connection: notice_changes.claim(connection, by, now, until, limit, early)
        )
        if found:
            reach("notices claimed")
        return found

    def keep_outcome(self, claim: NoticeRecord, outcome: NoticeRecord) -> bool:
        """What came of a claim is stored; see `NoticeStore.keep_outcome`."""
        reach("notice tried")
        kept = self._transactions.write(lambda connection: notice_changes.keep_outcome(connection, claim, outcome))
        reach("notice marked")
        return kept

    def find_next(self) -> datetime | None:
        """When the next message may be sent; see `NoticeStore.find_next`."""
        return self._transactions.read(notice_changes.select_next)

    def get_notices(self, run_id: RunId) -> Sequence[NoticeRecord]:
        """All about a run, in order of their events."""
        return self._transactions.read(lambda connection: notice_changes.select_of_run(connection, run_id))

    def get_notices_of_fires(
        self, schedule_id: ScheduleId, run_ids: Collection[RunId], since: datetime | None, limit: int = 100
    ) -> Sequence[NoticeRecord]:
        """About these runs, and missed fires of a schedule, newest first; see `NoticeStore.get_notices_of_fires`."""
        return self._transactions.read(
            lambda connection: notice_changes.select_of_fires(connection, schedule_id, run_ids, since, limit)
        )

    def get_waiting(self, limit: int = 1_000) -> Sequence[NoticeRecord]:
        """Those that are still to be sent."""
        return self._transactions.read(lambda connection: notice_changes.select_waiting(connection, limit))

    def close(self) -> None:
        """Release connections. A second call does nothing."""
        self._database.close()
