"""Notifications: whom a run tells of what, and what became of each message."""

from __future__ import annotations

from datetime import datetime

from jupyter_dataops.service.wire import Wire
from jupyter_dataops.states import NoticeState, Notified


class NoticeView(Wire):
    """One message for one address, of which nothing is told but where it is configured."""

    event: Notified
    receiver: str
    """Name of its table ``[notifications.NAME]``."""
    address: int
    """Which of the table's ``urls``, from 1."""
    state: NoticeState
    at: datetime
    """When the event happened."""
    attempts: int
    """How often somebody took it in hand to send it."""
    next_at: datetime | None
    """When it is tried at the earliest; `None`: it waits no more."""
    ended_at: datetime | None
    """When it was sent, or given up."""
    error: str
    """Why it was not sent, the last time; empty where it is, or was not tried yet."""
    message_id: str
    """Stands at the end of the message."""
    run_id: str | None
    """The run that it tells of; `None`: of a fire that nothing has run for."""
    fire_time: datetime | None
    """Of a fire that nothing has run for: when it should have."""


class NoticeList(Wire):
    """The messages about a run, in the order of their events."""

    run_id: str
    notices: list[NoticeView]
