"""How many kernels hang when they should end, on the way of a node here, and on the way of nbclient.

A trivial notebook that takes longer than `STALLED_S` has met one: nothing else in it takes seconds.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contest import OURS, SCRIPTS, Arena
from benchmarks.environments import python_of, versions_in
from benchmarks.given import independent
from benchmarks.measuring import NoFigureError, machine, measured
from benchmarks.tables import table
from jupyter_dataops.api.stored_runs import open_run
from jupyter_dataops.config import Settings

STALLED_S = 3.0


def main(ours: int = 500, theirs: int = 100) -> None:
    """Print the table: so many kernels of ours, and so many of nbclient's."""
    versions = versions_in("papermill", ("nbclient", "ipykernel"))
    print(f"{machine('jupyter-dataops', 'ipykernel')}; peer: {', '.join(versions)}\n")
    rows = []
    for name, took in ((OURS, _ours(ours)), ("nbclient", _theirs(theirs))):
        stalled = sum(seconds > STALLED_S for seconds in took)
        rows.append((name, len(took), stalled, f"{statistics.median(took):.2f}", f"{max(took):.1f}"))
    header = ("tool", "kernels", f"stalled (over {STALLED_S:g} s)", "median s", "longest s")
    met = "met" if not rows[0][2] else "missed"
    print(f"{table(header, rows)}\n\nTarget: {OURS} has none that stalled: {rows[0][2]}, **{met}**.")


def _ours(count: int) -> Sequence[float]:
    """Seconds of each attempt of a run."""
    with tempfile.TemporaryDirectory() as place:
        arena = Arena(Path(place), independent(count))
        arena.ours()
        run = open_run("last", Settings(store=arena.environment["DATAOPS_STORE"], jobs=2))
        attempts = [attempt for tries in run.get_attempts().values() for attempt in tries]
    return [(one.finished_at - one.started_at).total_seconds() for one in attempts if one.finished_at]


def _theirs(count: int) -> Sequence[float]:
    """Seconds of each notebook, two at a time as ours."""
    with tempfile.TemporaryDirectory() as place:
        arena = Arena(Path(place), independent(count))
        measured([python_of("papermill"), SCRIPTS / "nbclient_seconds.py"], arena.folder, arena.environment)
        found: list[float] = json.loads((arena.folder / "seconds.json").read_text())
    if len(found) != count:
        raise NoFigureError(f"{len(found)} of {count} notebooks ended")
    return found
