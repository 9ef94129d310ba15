"""Which process has a run, and whether it is still there."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import psutil

from jupyter_dataops.records import RunnerRecord, RunRecord

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_PROCESS_NAMESPACE: Final = Path("/proc/self/ns/pid")
_CLOCK_TICK_S: Final = 0.05
"""Two readings of one process's start differ by less."""


@cache
def _host() -> str:
    """Names this machine since its latest start, and the set of process ids seen here: a container has its own."""
    try:
        started = _BOOT_ID.read_text("ascii").strip()
    except OSError:
        started = f"{psutil.boot_time():.0f}"
    with suppress(OSError):
        started += f"/{_PROCESS_NAMESPACE.stat().st_ino}"
    return f"{socket.gethostname()}/{started}"


def this_runner() -> RunnerRecord:
    """The present process."""
    return RunnerRecord(_host(), os.getpid(), _started(psutil.Process()))


def runner_of(pid: int) -> RunnerRecord:
    """The process with that id on this machine; should it have ended already, one that is gone."""
    try:
        return RunnerRecord(_host(), pid, _started(psutil.Process(pid)))
    except psutil.NoSuchProcess:
        return RunnerRecord(_host(), pid, 0.0)


def is_of_this_host(runner: RunnerRecord) -> bool:
    """Whether its process id means a process here."""
    return runner.host == _host()


def is_gone(runner: RunnerRecord) -> bool:
    """Whether `runner` has certainly ended; where that cannot be seen from here, it has not."""
    if not is_of_this_host(runner):
        return False
    try:
        process = psutil.Process(runner.pid)
        is_same = abs(_started(process) - runner.started) < _CLOCK_TICK_S
        return not is_same or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _started(process: psutil.Process) -> float:
    """When `process` began, by a clock that nobody sets while it runs."""
    # Linux counts from the start of the machine. What psutil adds to make that a date moves when the clock is set, and
    # would make another process of one that is there.
    return process.create_time() - (psutil.boot_time() if sys.platform == "linux" else 0.0)


def is_dead(run: RunRecord, now: datetime) -> bool:
    """Whether the runner of a run that has not ended is no longer there: gone, or silent past its lease."""
    if run.runner is not None and is_gone(run.runner):
        return True
    return run.lease_until is None or run.lease_until < now
