"""Notifications: whom a run has told, or is to tell, of what."""

from __future__ import annotations

from jupyter_dataops.records import NoticeRecord
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.wire.notices import NoticeList, NoticeView
from jupyter_dataops.service.wire.runs import RunRef
from jupyter_dataops.states import NoticeState


def list_notices(desk: Desk, request: RunRef, _actor: str | None) -> NoticeList:
    """The messages about a run, and what became of each. Raises `RunNotFound`."""
    run_id = desk.find_run(request.run_id).run_id
    return NoticeList(run_id=run_id, notices=[_notice_view(one) for one in desk.stores.notices.get_notices(run_id)])


def _notice_view(notice: NoticeRecord) -> NoticeView:
    return NoticeView(
        event=notice.event,
        receiver=notice.receiver,
        address=notice.place + 1,
        state=notice.state,
        at=notice.at,
        attempts=notice.attempts,
        next_at=notice.next_at if notice.state is NoticeState.WAITING else None,
        ended_at=notice.ended_at,
        error=notice.error,
        message_id=notice.message_id,
    )
