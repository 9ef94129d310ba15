"""The memory that a node's kernel takes, with and without pandas, beside a stock kernel's.

The kernel itself looks: its proportional set size (PSS), once its cell has imported what it needs. Two nodes run at
once, as everywhere, and wait for each other: memory that kernels share is divided by those that are there.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.contest import OURS, PROGRAM
from benchmarks.environments import clean_environment, python_of, versions_in
from benchmarks.given import JOBS
from benchmarks.measuring import machine, measured
from benchmarks.peers.work import notebook
from benchmarks.tables import Target, spread, table

FOUND = "found.txt"
LOOK = f"""import os, time
def wait_for_others(what):
    open(f'{{what}}-{{os.getpid()}}', 'w').close()
    while sum(name.startswith(what) for name in os.listdir()) < NODES:
        time.sleep(0.01)
wait_for_others('here')
with open('/proc/self/smaps_rollup') as rollup:
    pss_kb = next(int(line.split()[1]) for line in rollup if line.startswith('Pss:'))
with open({FOUND!r}, 'a') as found:
    print(pss_kb, file=found)
wait_for_others('looked')"""
IMPORTS = {"nothing imported": "", "pandas imported": "import pandas\n"}
THEIRS = "a stock kernel"
TARGET = Target(f"{OURS}, pandas imported", f"{THEIRS}, pandas imported", 0.4)


def main(runs: int = 3) -> None:
    """Print the table."""
    print(f"{machine('jupyter-dataops', 'ipykernel')}; peer: {versions_in('papermill', ['ipykernel'])[0]}\n")
    found = {f"{who}, {what}": command for what in IMPORTS for who, command in _commands(what).items()}
    figures = {name: [command() for _ in range(runs)] for name, command in found.items()}
    rows = [(name, spread(values, 0)) for name, values in figures.items()]
    medians = {name: statistics.median(values) for name, values in figures.items()}
    print(f"{table(('kernel', 'PSS MB, median (min-max)'), rows)}\n\n{TARGET.told(medians)}")


def _commands(what: str) -> dict[str, Callable[[], float]]:
    """Contestants: each runs the notebook and returns what a kernel found."""

    def pss_mb(nodes: int, *command: str | Path) -> float:
        looks = [LOOK.replace("NODES", str(nodes))] * nodes
        made = notebook([f"{IMPORTS[what]}pass", *looks])
        for cell, tag in zip(
            made["cells"], ("setup", *(f"node:look_{number}" for number in range(nodes))), strict=True
        ):
            cell["metadata"]["tags"] = [tag]
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "in.ipynb").write_text(json.dumps(made))
            measured(command, folder, clean_environment(folder / "home"))
            found = statistics.mean(map(int, (folder / FOUND).read_text().split())) / 1024
        print(f"  {found:.0f} MB", file=sys.stderr, flush=True)
        return found

    return {
        OURS: lambda: pss_mb(JOBS, *PROGRAM, "run", "in.ipynb", "--jobs", str(JOBS)),
        THEIRS: lambda: pss_mb(1, python_of("papermill"), "-m", "papermill", "in.ipynb", "out.ipynb"),
    }
