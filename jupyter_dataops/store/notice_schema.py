"""The table of messages, in the database of the run store."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from jupyter_dataops.states import NoticeState, Notified
from jupyter_dataops.store.schema import Instant, Prose, metadata, state_column

notices: Final = sa.Table(
    "notices",
    metadata,
    sa.Column("event_key", sa.String(200), primary_key=True),
    sa.Column("receiver", sa.String(200), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("event", state_column(Notified), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("next_at", Instant, nullable=False),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("environment", sa.Text, nullable=False),
    sa.Column("run_id", sa.String(40)),  # refers to nothing: it is told of, also where the run is removed
    sa.Column("facts", sa.JSON(none_as_null=True), nullable=False),
    sa.Column("state", state_column(NoticeState), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("claimed_by", sa.String(64)),
    sa.Column("lease_until", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("error", Prose, nullable=False),
    sa.Index("notices_by_state", "state", "next_at"),
    sa.Index("notices_of_run", "run_id"),
    comment="The key is the proof that an address is told of an event once",
)
