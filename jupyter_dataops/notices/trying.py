"""What follows a try to send a message: it is sent, tried again later, or given up. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from jupyter_dataops.ids import Token
from jupyter_dataops.records import NoticeRecord
from jupyter_dataops.states import NoticeState

PAUSES: Final = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
)
"""Between a try that failed and the next; after one try more than there are pauses, it is given up."""
MOST_TRIES: Final = len(PAUSES) + 1
NOT_HERE: Final = timedelta(minutes=5)
"""Before a message is taken in hand again that this process could not even try to send."""
TOO_OLD: Final = timedelta(days=3)
"""What nobody could try to send for so long is given up."""
_LONGEST_ERROR: Final = 500


def taken(notice: NoticeRecord, by: Token, until: datetime) -> NoticeRecord:
    """It is in the hands of `by`, for one try more; of others once more when the lease ends."""
    return replace(notice, claimed_by=by, next_at=until, lease_until=until, attempts=notice.attempts + 1)


def sent(claim: NoticeRecord, now: datetime) -> NoticeRecord:
    """It is sent."""
    return replace(_let_go(claim), state=NoticeState.SENT, ended_at=now, error="")


def failed(claim: NoticeRecord, now: datetime, error: str) -> NoticeRecord:
    """It is tried again, later each time, or given up."""
    told = replace(_let_go(claim), error=error[:_LONGEST_ERROR])
    if claim.attempts >= MOST_TRIES:
        return replace(told, state=NoticeState.GIVEN_UP, ended_at=now)
    return replace(told, next_at=now + PAUSES[claim.attempts - 1])


def not_here(claim: NoticeRecord, now: datetime, why: str) -> NoticeRecord:
    """Somebody else may send it: this process has no such address, or no apprise. That is no try."""
    told = replace(_let_go(claim), attempts=claim.attempts - 1, error=why[:_LONGEST_ERROR])
    if now - claim.at >= TOO_OLD:
        return replace(told, state=NoticeState.GIVEN_UP, ended_at=now)
    return replace(told, next_at=now + NOT_HERE)


def exhausted(notice: NoticeRecord, now: datetime) -> NoticeRecord | None:
    """It as given up, where each who had it in hand for the last try, too, died over it; otherwise `None`."""
    if notice.attempts < MOST_TRIES:
        return None
    error = notice.error or "whoever was to send it died each time"
    return replace(_let_go(notice), state=NoticeState.GIVEN_UP, ended_at=now, error=error)


def _let_go(claim: NoticeRecord) -> NoticeRecord:
    return replace(claim, claimed_by=None, lease_until=None)
