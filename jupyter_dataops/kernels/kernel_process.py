"""The process of a kernel: ending it from any thread, with everything it has started; telling how it died."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from jupyter_dataops.kernels.variables import RUN_VARIABLE, TOKEN_VARIABLE
from jupyter_dataops.states import FailureCause

_GONE_S: Final = 2.0


class KernelControl:
    """Ends one kernel, from any thread and at any time: also before it has started, and after it is gone.

    The attempt's thread calls `started`, `ready`, `ended` in this order; anybody calls `stop`.
    """

    def __init__(self, on_started: Callable[[int], None] = lambda _pid: None) -> None:
        self._on_started = on_started
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
        self._on_started(pid)
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
    """The living process `pid`, its descendants, and the rest of the session that it leads are being killed."""
    _kill_all(lambda: {pid, *_descendants(pid), *_session(pid)})


def kill_orphans(pid: int) -> None:
    """Nothing is left of the session that the process `pid`, now gone or about to be, has led.

    What has put itself into a session of its own is not found: a daemon, on purpose.
    """
    _await_end(_kill_all(lambda: set(_session(pid)) - {pid}))


def kill_leftovers(run_id: str, tokens: Collection[str]) -> int:
    """Nothing is left of what these attempts of a run have started on this machine; how many processes that were.

    They are known by their environment, which everything that a kernel starts inherits: also what has left its session,
    and what was left behind by a kernel that is gone.

    Notes
    -----
    Looks at every process of the machine, 5 to 20 ms. Only processes of this user can be seen, and ended.
    """
    wanted = frozenset(tokens)
    killed = _kill_all(lambda: _families(_of_attempts(run_id, wanted))) if wanted else set()
    _await_end(killed)
    return len(killed)


def _of_attempts(run_id: str, tokens: frozenset[str]) -> Iterator[int]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            environment = process.environ()
            if environment.get(RUN_VARIABLE) == run_id and environment.get(TOKEN_VARIABLE) in tokens:
                yield process.pid


def _families(pids: Iterable[int]) -> set[int]:
    members = {member for pid in pids for member in (pid, *_descendants(pid), *_session(pid))}
    return {pid for pid in members if _is_alive(pid)} - {os.getpid()}


def _kill_all(find: Callable[[], set[int]]) -> set[int]:
    """Everything that `find` finds is being killed, also what that starts just now.

    All are stopped first, until no more are found: what a process starts and leaves behind as it is killed has no
    parent any more by which it could be found.
    """
    held: set[int] = set()
    while found := find() - held:
        held |= found
        for pid in found if hasattr(signal, "SIGSTOP") else ():
            _send(pid, signal.SIGSTOP)
    for pid in held:
        _send(pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    return held


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _await_end(pids: Collection[int]) -> None:
    """They have ended, which takes the system a moment; given up where it does not let go of one."""
    deadline = time.monotonic() + _GONE_S
    # Not psutil's own waiting, which would take the exit status of a child away from whoever waits for that.
    while any(map(_is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.002)


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


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


def count_oom_kills(
    membership: Path = Path("/proc/self/cgroup"),
    groups: Path = Path("/sys/fs/cgroup"),
    machine: Path = Path("/proc/vmstat"),
) -> int:
    """How many processes the system has killed for want of memory; 0 where it does not tell.

    Where this process, and with it its kernels, is in a group with a count of its own (a container, a batch job), those
    of that group: what befalls other groups is no evidence.
    """
    for counters in (*_group_counters(membership, groups), machine):
        with suppress(OSError):
            lines = counters.read_text("ascii").splitlines()
            found = [int(line.split()[1]) for line in lines if line.startswith("oom_kill ")]
            if found:
                return found[0]
    return 0


def _group_counters(membership: Path, groups: Path) -> Iterator[Path]:
    """Where the kernel's memory controller keeps its counts: control groups, version 2 and 1."""
    try:
        lines = membership.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        inside = path.lstrip("/")
        if not controllers:
            yield groups / inside / "memory.events"
        elif "memory" in controllers.split(","):
            yield groups / "memory" / inside / "memory.oom_control"
            yield groups / "memory/memory.oom_control"  # a container may see its own group as the root


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
        return FailureCause.OUT_OF_MEMORY, "the kernel was killed by SIGKILL for want of memory"
    return FailureCause.KERNEL_DIED, f"the kernel was killed by {name}"
