"""A process beside a runner that ends what the runner's kernels leave, should the runner die, whatever kills it.

A kernel dies with its runner (see `jupyter_dataops.kernels.tether`); what the kernel has started does not, and nobody
is left to end it. The guard holds the end of a pipe that the runner writes to: when the pipe breaks off, the runner is
gone, and what it had under way is ended. It learns of an attempt before there is a process of it, and knows the
processes by their environment, so there is no moment at which one could slip away.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from jupyter_dataops.kernels.variables import RUN_VARIABLE, TOKEN_VARIABLE

_LOOK_AFTER_S: Final = (0.0, 0.1, 0.4, 1.0)
"""A process that the runner was starting when it died has its environment only a moment later."""
_CLOSE_S: Final = 5.0


class KernelGuard:
    """The runner's side of a guard; its process is started with the first attempt. Safe to use from any thread.

    That there is no guard, because it could not be started or was killed, is no reason not to run.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    @contextmanager
    def watching(self, run_id: str, token: str) -> Iterator[None]:
        """Around an attempt, from before its kernel is started until nothing is left of it."""
        self._tell(f"+ {run_id} {token}")
        try:
            yield
        finally:
            self._tell(f"- {token}")

    def started(self, token: str, pid: int) -> None:
        """The attempt's kernel is the process `pid`, which leads its own session."""
        self._tell(f"= {token} {pid}")

    def close(self) -> None:
        """The guard has ended, and with it what is still under way. A second call does nothing."""
        with self._lock:
            self._is_closed = True
            process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _tell(self, line: str) -> None:
        with self._lock, suppress(OSError):
            if self._process is None and not self._is_closed:
                self._process = _start()
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.write(f"{line}\n".encode())
                self._process.stdin.flush()


def _start() -> subprocess.Popen[bytes]:
    # A session of its own: neither Ctrl-C nor a closed terminal ends it. No attempt's variables: a run inside a node
    # must not lose its guard together with the node.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "jupyter_dataops.kernels.guard"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={name: value for name, value in os.environ.items() if name not in (RUN_VARIABLE, TOKEN_VARIABLE)},
    )


def under_way(lines: Iterable[str]) -> dict[str, tuple[str, int | None]]:
    """What was begun and has not ended, by token: its run and the kernel's process.

    Examples
    --------
    >>> under_way(["+ r1 t1", "+ r1 t2", "= t1 71", "= t2 72", "- t1", "+ r1 t3"])
    {'t2': ('r1', 72), 't3': ('r1', None)}
    """
    found: dict[str, tuple[str, int | None]] = {}
    for line in lines:
        match line.split():
            case ["+", run_id, token]:
                found[token] = run_id, None
            case ["=", token, pid]:
                found[token] = found[token][0], int(pid)
            case ["-", token]:
                found.pop(token, None)
    return found


def end_all(left: Mapping[str, tuple[str, int | None]]) -> None:
    """Nothing is left of these attempts."""
    from jupyter_dataops.kernels.kernel_process import kill_leftovers, kill_orphans  # noqa: PLC0415 - rarely needed

    for pause_s in _LOOK_AFTER_S:
        time.sleep(pause_s)
        for token, (run_id, pid) in left.items():
            kill_leftovers(run_id, [token])
            if pid is not None:
                kill_orphans(pid)


def main() -> None:
    """Watch until the runner's end."""
    left = under_way(sys.stdin)
    if left:
        end_all(left)
    os._exit(0)  # nothing of Python's own end is needed, and a run waits for this one


if __name__ == "__main__":
    main()
