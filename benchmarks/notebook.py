"""A notebook that is one node: the whole command beside ``papermill IN OUT``, for one cell and for many."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.contest import OURS, PROGRAM
from benchmarks.environments import clean_environment, python_of, versions_in
from benchmarks.measuring import Figures, Found, in_turn, machine, measured
from benchmarks.peers.work import notebook
from benchmarks.tables import Target, contest_table

THEIRS = "papermill IN OUT"
TARGET = Target(OURS, THEIRS, 0.7)


def main(runs: int = 3, *cells: int) -> None:
    """Print a table for each number of cells."""
    theirs = ", ".join(versions_in("papermill", ("papermill", "nbclient", "ipykernel")))
    print(f"{machine('jupyter-dataops', 'papermill', 'ipykernel')}; peer: {theirs}", flush=True)
    for count in cells or (1, 100):
        found = _contest(count, runs)
        print(
            f"\n**One node of {count} cell{'s' if count > 1 else ''}**\n\n{contest_table(found, THEIRS, TARGET)}",
            flush=True,
        )


def _contest(count: int, runs: int) -> dict[str, Found]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        made = notebook([f"x{index} = {index}" for index in range(count)])
        for cell in made["cells"]:
            cell["metadata"]["tags"] = ["node:all"]
        (folder / "in.ipynb").write_text(json.dumps(made))
        return in_turn(_contestants(folder), runs)


def _contestants(folder: Path) -> dict[str, Callable[[], Figures]]:
    environment = clean_environment(folder / "home")
    ours = [*PROGRAM, "run", "in.ipynb"]
    through = [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--engine", "dataops"]

    def theirs() -> Figures:
        command = [python_of("papermill"), "-m", "papermill", "in.ipynb", "out.ipynb"]
        return measured(command, folder, environment)

    return {
        OURS: lambda: measured(ours, folder, environment),
        "papermill IN OUT --engine dataops": lambda: measured(through, folder, environment),
        THEIRS: theirs,
    }
