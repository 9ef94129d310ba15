"""Notifications on the command line: each is one line."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from jupyter_dataops.records import NoticeRecord
from jupyter_dataops.states import NoticeState

NOTICE_SHAPE: Final = (
    '{"event", "receiver", "address", "state": "waiting|sent|given_up", "at", "attempts", "next_at", "ended_at", '
    '"error", "message_id"}'
)


def notice_line(notice: NoticeRecord) -> str:
    """Whom it is for, and what became of it."""
    whom = f"{notice.event.value} -> {notice.receiver}/{notice.place + 1}"
    match notice.state:
        case NoticeState.SENT:
            return f"{whom}: sent {_clock(notice.ended_at)}"
        case NoticeState.GIVEN_UP:
            return f"{whom}: given up after {notice.attempts} tries: {notice.error}"
        case _ if notice.error:
            return f"{whom}: waits for another try, {_clock(notice.next_at)} at the earliest: {notice.error}"
        case _:
            return f"{whom}: is to be sent"


def _clock(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else ""
