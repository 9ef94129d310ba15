"""The memory that a node's kernel takes, with and without pandas, beside a stock kernel's.

The kernel itself looks: its proportional set size (PSS), once its cell has imported what it needs.
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
from benchmarks.measuring import machine, measured
from benchmarks.peers.work import notebook
from benchmarks.tables import Target, spread, table

FOUND = "found.txt"
LOOK = f"""with open('/proc/self/smaps_rollup') as rollup:
    pss_kb = next(int(line.split()[1]) for line in rollup if line.startswith('Pss:'))
with open({FOUND!r}, 'a') as found:
    print(pss_kb, file=found)"""
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
    """Contestants: each runs the notebook and returns what its kernel found."""
    made = notebook([f"{IMPORTS[what]}pass", LOOK])
    for cell, tag in zip(made["cells"], ("setup", "node:look"), strict=True):
        cell["metadata"]["tags"] = [tag]

    def pss_mb(*command: str | Path) -> float:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "in.ipynb").write_text(json.dumps(made))
            measured(command, folder, clean_environment(folder / "home"))
            found = int((folder / FOUND).read_text()) / 1024
        print(f"  {found:.0f} MB", file=sys.stderr, flush=True)
        return found

    return {
        OURS: lambda: pss_mb(*PROGRAM, "run", "in.ipynb"),
        THEIRS: lambda: pss_mb(python_of("papermill"), "-m", "papermill", "in.ipynb", "out.ipynb"),
    }
