"""When what ran."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

from msgspec import Struct

from jupyter_dataops.api.reporting import queued_at
from jupyter_dataops.ids import NodeName
from jupyter_dataops.records import AttemptRecord, NodeRunRecord
from jupyter_dataops.report.path import path_of
from jupyter_dataops.report.timeline import stretches
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.wire.runs import RunRef, SpanView, Timeline


class _Course(Struct, frozen=True):
    """How the run went; see `jupyter_dataops.report.path.Course`."""

    node_runs: Sequence[NodeRunRecord]
    attempts: Mapping[NodeName, Sequence[AttemptRecord]]
    upstream: Mapping[NodeName, Sequence[NodeName]]
    now: datetime


def timeline(desk: Desk, request: RunRef, _actor: str | None) -> Timeline:
    """What each node run did when, in document order, and which of them decided how long the run took."""
    picture = desk.picture(desk.find_run(request.run_id).run_id)
    seq, run, past = picture.seq, picture.run, picture.past
    records = [one for one in map(picture.record, picture.names()) if one is not None]
    made = sorted(desk.store.get_attempts(run.run_id), key=lambda one: one.node)
    attempts = {node: list(some) for node, some in groupby(made, lambda one: one.node)}
    queued = queued_at(desk.store.get_events(run.run_id, kinds=("NodeQueued",)))
    upstream = {record.node: past.upstream_of(record.node) for record in records if record.key is None}
    course = _Course(records, attempts, upstream, run.finished_at or desk.clock.now())
    spans = [
        SpanView(
            node=record.node,
            kind=one.kind.value,
            attempt=one.attempt,
            state=one.state,
            started_at=one.start,
            finished_at=one.end or run.finished_at,
        )
        for record in records
        for one in stretches(record, attempts.get(record.node, ()), queued.get(record.node, ()))
    ]
    path: list[str] = [node for node, _ in path_of(course)] if run.started_at else []
    return Timeline(run_id=run.run_id, spans=spans, critical_path=path, seq=seq)
