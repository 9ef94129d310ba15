"""What attempts printed, piece by piece."""

from __future__ import annotations

from pathlib import Path

from jupyter_dataops.service.attempts import attempt_at, node_run
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.log_windows import read_window
from jupyter_dataops.service.wire.runs import LogChunk, LogRequest


def get_log(desk: Desk, request: LogRequest, _actor: str | None) -> LogChunk:
    """A piece of the log of an attempt. Raises `RunNotFound`, `NodeNotFound`, `UsageError`."""
    run = desk.find_run(request.run_id)
    attempt = attempt_at(desk.store, node_run(desk.store, run.run_id, request.node), request.attempt)
    window = read_window(Path(attempt.log), request.start, request.max_bytes)
    return LogChunk(
        attempt=attempt.attempt,
        start=window.start,
        next=window.next,
        size=window.size,
        is_complete=attempt.finished_at is not None or run.state.is_terminal,
        pieces=list(window.pieces),
    )
