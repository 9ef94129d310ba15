"""What is stored of notifications: one message for one address, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from jupyter_dataops.ids import RunId, Token
from jupyter_dataops.states import NoticeState, Notified


class NoticeRecord(Struct, frozen=True):
    """One event that one address is to be told of.

    The first three fields are its key: there is one, however often, and by however many processes, the event is seen.
    The address itself is not kept, since whoever reads it can write there: `receiver` and `place` say where it stands.
    """

    event_key: str
    """Of the event: ``failed RUN``, ``missed SCHEDULE 2026-01-31T06:00:00+00:00``."""
    receiver: str
    """Name of a table ``[notifications.NAME]``."""
    place: int
    """Of the address among the table's ``urls``, from 0."""
    event: Notified
    at: datetime
    """When it happened."""
    next_at: datetime
    """When it may be sent, or sent again."""
    notebook: str
    """Absolute path; its configuration has the address."""
    environment: str = ""
    """Whose configuration has the address; empty: none was chosen."""
    run_id: RunId | None = None
    """`None`: of a fire that nothing has run for."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the message says that cannot be read from the run, JSON-able."""
    state: NoticeState = NoticeState.WAITING
    attempts: int = 0
    """How many times somebody took it in hand to send it."""
    claimed_by: Token | None = None
    lease_until: datetime | None = None
    """Until when who has claimed it may be counted on."""
    ended_at: datetime | None = None
    """When it was sent, or given up."""
    error: str = ""
    """Why it was not sent, the last time; empty once it is."""

    @property
    def key(self) -> tuple[str, str, int]:
        """What there is one of."""
        return self.event_key, self.receiver, self.place

    @property
    def message_id(self) -> str:
        """Sent along, the same with each try: who gets a message twice can tell.

        Examples
        --------
        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 31, tzinfo=UTC)
        >>> NoticeRecord("failed bcd", "team", 0, Notified.FAILED, at, at, "/etl.ipynb").message_id
        '41fb467ba45730a1'
        """
        return hashlib.sha256("\n".join(map(str, self.key)).encode()).hexdigest()[:16]
