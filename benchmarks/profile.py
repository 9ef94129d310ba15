"""Where the milliseconds of a node go: by phase, from what every run records, and by package, in the runner's CPU time.

The phases cost nothing to look at: they come from the store's events and the executed notebooks. The second table is a
sampling profile of a run in this process, so it misses what kernels do, and what happens between two samples of 2 ms.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.contest import Arena
from benchmarks.given import chain
from benchmarks.measuring import machine
from benchmarks.sampling import CpuSampler
from benchmarks.tables import spread, table
from jupyter_dataops.api.pipeline import Pipeline
from jupyter_dataops.api.run import Run
from jupyter_dataops.api.stored_runs import open_run
from jupyter_dataops.config import Settings
from jupyter_dataops.records import AttemptRecord

LEAST_SHARE = 0.01
"""Packages below it are told as one."""

Phases = dict[str, float]


def main(size: int = 20) -> None:
    """Print both tables for a chain of trivial nodes."""
    print(f"{machine('jupyter-dataops', 'papermill', 'nbclient', 'ipykernel')}, {size} nodes in a chain\n", flush=True)
    with tempfile.TemporaryDirectory() as place:
        arena = Arena(Path(place), chain(size))
        settings = Settings(store=arena.environment["DATAOPS_STORE"], jobs=2)
        arena.ours()  # the first run makes the store and what Python compiles
        figures = arena.ours()
        run = open_run("last", settings)
        print(f"**By phase, milliseconds of each node**\n\n{_phase_table(run)}\n")
        print(f"{_told(run, figures.wall_s, size)}\n", flush=True)

        pipeline = Pipeline(arena.notebook, settings=settings)
        pipeline.run(progress=False)  # what is imported once is not a node's
        with CpuSampler() as sampler:
            assert pipeline.run(progress=False).state == "succeeded"
        print(f"**The runner's CPU time, milliseconds of each node**\n\n{_package_table(sampler.seconds, size)}")


def _phase_table(run: Run) -> str:
    attempts = [tries[-1] for tries in run.get_attempts().values()]
    waits = {after.node: _seconds(before.finished_at, after.started_at) for before, after in pairwise(attempts)}
    found: dict[str, list[float]] = defaultdict(list)
    for attempt in attempts:
        phases = {"from the upstream's end to its own start": waits.get(attempt.node), **_phases(attempt)}
        for phase, seconds in phases.items():
            if seconds is not None:
                found[phase].append(1000 * seconds)
    return table(("phase", "ms, median (min-max)"), [(phase, spread(values, 1)) for phase, values in found.items()])


def _phases(attempt: AttemptRecord) -> Phases:
    """The attempt's own time, cut where papermill and the kernel have noted an instant."""
    notebook = json.loads(Path(attempt.notebook).read_text())
    whole = notebook["metadata"]["papermill"]
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    noted = [cell["metadata"]["papermill"] for cell in code]
    cells: Phases = {}
    for cell in code:
        kind = _kind(cell)
        cells[kind] = cells.get(kind, 0.0) + cell["metadata"]["papermill"]["duration"]
    in_cells = _seconds(noted[0]["start_time"], noted[-1]["end_time"])
    return {
        "its notebook is built, papermill begins": _seconds(attempt.started_at, whole["start_time"]),
        "its kernel starts, and is ready": _seconds(whole["start_time"], noted[0]["start_time"]),
        **cells,
        "between cells": in_cells - sum(cells.values()),
        "the kernel ends, the notebook is saved": _seconds(noted[-1]["end_time"], whole["end_time"]),
        "its end is reported and stored": _seconds(whole["end_time"], attempt.finished_at),
        "**the whole attempt**": _seconds(attempt.started_at, attempt.finished_at),
    }


def _kind(cell: dict[str, Any]) -> str:
    kinds = {"dataops-inputs": "cell: inputs are loaded", "dataops-outputs": "cell: outputs are stored"}
    return kinds.get(cell["id"], "cells of the user's")


def _told(run: Run, wall_s: float, size: int) -> str:
    """What the command took beside its nodes."""
    at = {event.kind: event.at for event in run.events()}
    nodes_s = _seconds(at["RunStarted"], at["RunFinished"])
    return (
        f"The command took {wall_s:.2f} s: {nodes_s:.2f} s from the run's start to its end, so "
        f"{1000 * nodes_s / size:.0f} ms a node; {wall_s - nodes_s:.2f} s before and after: "
        "Python, imports, reading and planning, the summary."
    )


def _package_table(seconds: dict[str, float], size: int) -> str:
    whole = sum(seconds.values())
    told = {name: spent for name, spent in seconds.items() if spent >= LEAST_SHARE * whole}
    rows = [*sorted(told.items(), key=lambda row: -row[1]), ("others", whole - sum(told.values())), ("**all**", whole)]
    return table(("in", "ms"), [(name, f"{1000 * spent / size:.1f}") for name, spent in rows])


def _seconds(begin: datetime | str | None, end: datetime | str | None) -> float:
    first, last = (datetime.fromisoformat(one) if isinstance(one, str) else one for one in (begin, end))
    assert first is not None
    assert last is not None
    return (last - first).total_seconds()
