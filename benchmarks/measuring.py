"""Whole-process figures: wall and CPU seconds of a command and all that it started."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Figures:
    """One run of a command."""

    wall_s: float
    cpu_s: float


def measured(command: Sequence[str], cwd: Path, environment: dict[str, str]) -> Figures:
    """Figures of one run; exits with the command's output where it fails."""
    started = time.perf_counter()
    log = cwd / "benchmark.log"
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=cwd, env={**os.environ, **environment}, stdout=file, stderr=file)
        _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{log.read_text()[-4000:]}")
    return Figures(wall_s, usage.ru_utime + usage.ru_stime)


def in_turn(contestants: dict[str, Callable[[], Figures]], runs: int) -> dict[str, list[Figures]]:
    """Each contestant's figures; they take turns, so that a slow minute of the machine hits all."""
    found: dict[str, list[Figures]] = {name: [] for name in contestants}
    for run in range(runs):
        for name, contest in contestants.items():
            found[name].append(contest())
            print(f"  run {run + 1}: {name}: {found[name][-1].wall_s:.1f} s", flush=True)
    return found


def table(found: dict[str, list[Figures]], reference: str) -> str:
    """Medians and spread, and the ratio to `reference`."""
    base = statistics.median(figures.wall_s for figures in found[reference])
    lines = ["| tool | wall s, median (min-max) | CPU s | ratio |", "|---|---|---|---|"]
    for name, runs in found.items():
        walls = sorted(figures.wall_s for figures in runs)
        cpu = statistics.median(figures.cpu_s for figures in runs)
        median = statistics.median(walls)
        lines.append(f"| {name} | {median:.2f} ({walls[0]:.2f}-{walls[-1]:.2f}) | {cpu:.1f} | {median / base:.2f} |")
    return "\n".join(lines)


def machine(*packages: str) -> str:
    """What it was measured on."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"{os.cpu_count()} CPUs, {platform.system()}, Python {platform.python_version()}, {versions}"
