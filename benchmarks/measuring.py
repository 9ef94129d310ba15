"""Figures of whole processes: wall and CPU seconds and memory of a command and all that it started. Linux."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Self

import psutil

PATIENCE_S = 50.0
"""No contestant is run again where that would make its runs longer than this altogether."""
SAMPLE_S = 0.1
SAMPLER_SHARE = 0.05
"""Of one CPU: summing up memory takes milliseconds for each process, and must not show in the other figures."""
ORPHANS_S = 10.0
_PR_SET_CHILD_SUBREAPER = 36


class NoFigureError(Exception):
    """A contestant has no figure; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Figures:
    """One run of a command."""

    wall_s: float
    """Until the command itself has ended."""
    cpu_s: float
    """User and system time of the command and all its descendants, those included that outlived it."""
    peak_mb: float
    """Largest sum of the descendants' proportional set sizes (PSS), so memory that processes share counts once."""


@dataclass(frozen=True, slots=True)
class Found:
    """A contestant's runs, or why there are none."""

    runs: tuple[Figures, ...] = ()
    missing: str = ""


Contestants = Mapping[str, Callable[[], Figures]]


def measured(command: Sequence[str | Path], cwd: Path, environment: Mapping[str, str]) -> Figures:
    """Figures of one run. Raises `NoFigureError` with the last line of its output where the command fails."""
    _adopt_orphans()
    log = cwd / "benchmark.log"
    started = time.perf_counter()
    with log.open("w") as file:
        process = subprocess.Popen([*map(str, command)], cwd=cwd, env=environment, stdout=file, stderr=file)
        with _MemoryWatch() as watch:
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu_s = _seconds(usage) + _orphans_cpu_s()
    if process.returncode != 0:
        lines = log.read_text(errors="replace").strip().splitlines() or ["no output"]
        print("\n".join(lines[-30:]), file=sys.stderr)
        raise NoFigureError(f"exit code {process.returncode}: {lines[-1][:200]}")
    return Figures(wall_s, cpu_s, watch.peak_mb)


def in_turn(contestants: Contestants, runs: int) -> dict[str, Found]:
    """Each contestant's figures; they take turns, so that a slow minute of the machine hits all.

    One that takes long is run less often, see `PATIENCE_S`; one that fails is not run again.
    """
    found = {name: Found() for name in contestants}
    for _ in range(runs):
        for name, contest in contestants.items():
            if not _again(found[name]):
                continue
            try:
                figures = contest()
            except NoFigureError as reason:
                found[name] = Found(missing=str(reason))
                _tell(f"{name}: {reason}")
            else:
                found[name] = Found((*found[name].runs, figures))
                _tell(f"{name}: {figures.wall_s:.2f} s")
    return found


def machine(*packages: str) -> str:
    """What it was measured on."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"{os.cpu_count()} CPUs, {platform.system()}, Python {platform.python_version()}, {versions}"


def _again(found: Found) -> bool:
    taken = [figures.wall_s for figures in found.runs]
    return not found.missing and (not taken or sum(taken) + max(taken) <= PATIENCE_S)


def _tell(progress: str) -> None:
    print(f"  {progress}", file=sys.stderr, flush=True)


def _seconds(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def _adopt_orphans() -> None:
    """What outlives the command becomes a child of ours, so that its CPU time can be had too."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _orphans_cpu_s() -> float:
    """CPU seconds of what outlived the command; it has ended then, by force where it has not by itself."""
    cpu_s = 0.0
    patience_until = time.monotonic() + ORPHANS_S
    while True:
        try:
            pid, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return cpu_s
        if pid:
            cpu_s += _seconds(usage)
        elif time.monotonic() < patience_until:
            time.sleep(0.01)
        else:
            for orphan in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    orphan.kill()


class _MemoryWatch:
    """Samples the memory of this process's descendants from a thread."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        pause_s = SAMPLE_S / 4
        while not self._ended.wait(pause_s):
            begun = time.thread_time()
            pids = [process.pid for process in psutil.Process().children(recursive=True)]
            self.peak_mb = max(self.peak_mb, sum(map(pss_mb, pids)))
            pause_s = max(SAMPLE_S, (time.thread_time() - begun) / SAMPLER_SHARE)


def pss_mb(pid: int | str) -> float:
    """Proportional set size of a process: its own memory, and its share of what it shares; 0 when it has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
