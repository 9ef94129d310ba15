"""What attempts printed, piece by piece."""

from __future__ import annotations

from pathlib import Path

from jupyter_dataops.api.attempts import attempt_at, has_ended, node_run
from jupyter_dataops.service.desk import Desk
from jupyter_dataops.service.log_windows import log_chunk, read_window
from jupyter_dataops.service.wire.runs import LogChunk, LogRequest


def get_log(desk: Desk, request: LogRequest, _actor: str | None) -> LogChunk:
    """A piece of the log of an attempt. Raises `RunNotFound`, `NodeNotFound`, `UsageError`."""
    run = desk.find_run(request.run_id)
    attempt = attempt_at(desk.store, node_run(desk.store, run.run_id, request.node), request.attempt)
    window = read_window(Path(attempt.log), request.start, request.max_bytes)
    return log_chunk(window, attempt.attempt, is_complete=has_ended(desk.store, attempt))
