"""Notifications: whom a run has told, or is to tell, of what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from jupyter_dataops.records import FireRecord, NoticeRecord, ScheduleRecord
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.wire.notices import NoticeList, NoticeView
from jupyter_dataops.service.wire.runs import RunRef
from jupyter_dataops.states import NoticeState


def list_notices(desk: Desk, request: RunRef, _actor: str | None) -> NoticeList:
    """The messages about a run, and what became of each. Raises `RunNotFound`."""
    run_id = desk.find_run(request.run_id).run_id
    return NoticeList(run_id=run_id, notices=[_notice_view(one) for one in desk.stores.notices.get_notices(run_id)])


def notices_of_fires(desk: Desk, schedule: ScheduleRecord, fires: Sequence[FireRecord]) -> list[NoticeView]:
    """The messages about these fires of a schedule: of their runs, and that they were missed; newest first."""
    run_ids = {one.run_id for one in fires if one.run_id is not None}
    since = min((one.fire_time for one in fires), default=None)
    found = desk.stores.notices.get_notices_of_fires(schedule.schedule_id, run_ids, since) if fires else ()
    return [_notice_view(one) for one in found]


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
        run_id=notice.run_id,
        fire_time=datetime.fromisoformat(notice.facts["fire_time"]) if "fire_time" in notice.facts else None,
    )
