"""What a notification says of a run, read from the store and from the log of the node that failed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jupyter_dataops.errors import RunNotFound
from jupyter_dataops.interfaces import RunStore
from jupyter_dataops.logs import printed, read_log
from jupyter_dataops.notices.text import MOST_LOG_LINES, Findings
from jupyter_dataops.records import NodeRunRecord, NoticeRecord
from jupyter_dataops.report.looks import counts_sentence, troubles_of
from jupyter_dataops.states import CheckSeverity, NodeState, Notified

_TAIL_BYTES: Final = 65_536
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


def findings_of(store: RunStore, notice: NoticeRecord) -> Findings | None:
    """What there is to say; `None` where the message is about no run, or the run has been removed.

    Errors and logs are as they are stored, so secrets are masked in them.
    """
    if notice.run_id is None:
        return None
    try:
        run = store.get_run(notice.run_id)
    except RunNotFound:
        return None
    if notice.event is Notified.FAILED:
        node_runs = store.get_node_runs(run.run_id)
        troubles = _troubles(node_runs)
        log = _last_lines(store, troubles[0]) if troubles else []
        told = [(one.node, one.failure.error if one.failure else one.reason) for one in troubles]
        return Findings(run, counts_sentence(node_runs), told, log)
    node_runs = store.get_changes(run.run_id).node_runs
    running = [one.node for one in node_runs if one.state is NodeState.RUNNING]
    return Findings(run, counts_sentence(node_runs), running=running)


def _troubles(node_runs: Sequence[NodeRunRecord]) -> list[NodeRunRecord]:
    """What failed itself, in order of time; checks that only warn are no reason to write to somebody."""
    failed = [one for one in troubles_of(node_runs) if one.severity is not CheckSeverity.WARN]
    return sorted(failed, key=lambda one: one.finished_at or _NEVER)


def _last_lines(store: RunStore, record: NodeRunRecord) -> list[str]:
    attempts = store.get_attempts(record.source_run_id or record.run_id, record.node)
    if not attempts or not attempts[-1].has_files:
        return []
    path = Path(attempts[-1].log)
    try:
        pieces = [line for line, _ in read_log(path, _tail_of(path)) if line.stream != "error"]  # said already
    except (OSError, ValueError, KeyError):  # on another machine, or cut off by a full disk: the message goes without
        return []
    return [line for line in _COLOUR.sub("", printed(pieces)).splitlines() if line.strip()][-MOST_LOG_LINES:]


def _tail_of(path: Path) -> int:
    """Where the last whole lines of a log begin, however long it is."""
    start = max(0, path.stat().st_size - _TAIL_BYTES)
    if start == 0:
        return 0
    with path.open("rb") as file:
        file.seek(start)
        return start + len(file.readline())
