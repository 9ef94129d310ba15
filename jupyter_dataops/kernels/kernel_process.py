"""The process of a kernel: ending it from any thread, with everything it has started; telling how it died."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from jupyter_dataops.states import FailureCause


class KernelControl:
    """Ends one kernel, from any thread and at any time: also before it has started, and after it is gone.

    The attempt's thread calls `started`, `ready`, `ended` in this order; anybody calls `stop`.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._pid: int | None = None
        self._interrupt: Callable[[], None] | None = None
        self._stopping = False
        self._timer: threading.Timer | None = None

    @property
    def stopping(self) -> bool:
        """Whether `stop` has been called."""
        return self._stopping

    def started(self, pid: int) -> None:
        """The kernel's process is there; it is the leader of its own session and process group."""
        with self._lock:
            self._pid = pid
            if self._stopping:
                kill_tree(pid)

    def ready(self, interrupt: Callable[[], None]) -> None:
        """User code runs from here; `interrupt`, which may be called from any thread, reaches it."""
        with self._lock:
            self._interrupt = interrupt

    def stop(self, grace_s: float) -> None:
        """Interrupt the user's code, and kill after `grace_s`; a kernel without user code is killed at once."""
        with self._lock:
            first, self._stopping = not self._stopping, True
            if self._pid is None:
                return
            if self._interrupt is None or grace_s <= 0:
                kill_tree(self._pid)
                return
            if first:
                self._interrupt()
            self._kill_in(grace_s)

    def ended(self) -> None:
        """The process is gone: its id may belong to somebody else from here."""
        with self._lock:
            self._pid = None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _kill_in(self, grace_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(grace_s, self._kill)
        self._timer.daemon = True
        self._timer.start()

    def _kill(self) -> None:
        with self._lock:
            if self._pid is not None:
                kill_tree(self._pid)


def kill_tree(pid: int) -> None:
    """Nothing is left of the living process `pid`, its descendants, and the rest of the session that it leads."""
    _kill_all({pid, *_descendants(pid), *_session(pid)})


def kill_orphans(pid: int) -> None:
    """Nothing is left of the session that the process `pid`, now gone, has led.

    What has put itself into a session of its own is not found: a daemon, on purpose.
    """
    _kill_all(set(_session(pid)))


def _kill_all(pids: set[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _descendants(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _session(leader: int) -> list[int]:
    if not hasattr(os, "getsid"):
        return []
    found = []
    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == leader:
                found.append(pid)
    return found


def count_oom_kills(counters: Path = Path("/proc/vmstat")) -> int:
    """How many processes this machine has killed for want of memory; 0 where it does not tell."""
    try:
        lines = counters.read_text("ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def cause_of_death(status: int | None, oom_kills: int) -> tuple[FailureCause, str]:
    """Cause and sentence for a kernel that ended by itself.

    Parameters
    ----------
    status
        What it returned; negative: the signal that killed it; `None`: unknown.
    oom_kills
        How many processes were killed for want of memory while it ran.

    Examples
    --------
    >>> cause_of_death(-9, 1)[0]
    <FailureCause.OUT_OF_MEMORY: 'out_of_memory'>
    >>> cause_of_death(-11, 0)
    (<FailureCause.KERNEL_DIED: 'kernel_died'>, 'the kernel was killed by SIGSEGV')
    """
    if status is None:
        return FailureCause.KERNEL_DIED, "the kernel died"
    if status >= 0:
        return FailureCause.KERNEL_DIED, f"the kernel exited with status {status}"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
    if name == "SIGKILL" and oom_kills > 0:
        return FailureCause.OUT_OF_MEMORY, "the kernel was killed by SIGKILL while the machine was out of memory"
    return FailureCause.KERNEL_DIED, f"the kernel was killed by {name}"
