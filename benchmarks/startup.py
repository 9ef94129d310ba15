"""How long the program takes to answer: help, the list of runs, a run of one trivial node."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.contest import PROGRAM
from benchmarks.environments import clean_environment, python_of, versions_in
from benchmarks.given import chain, pipeline
from benchmarks.measuring import in_turn, machine, measured
from benchmarks.tables import Target, contest_table

NOTHING = "python -c pass"
HELP = "jupyter dataops --help"
THEIRS = "papermill --help"
TARGET = Target(HELP, THEIRS, 0.5)


def main(runs: int = 5) -> None:
    """Print the table."""
    print(f"{machine('jupyter-dataops')}; peer: {versions_in('papermill', ['papermill'])[0]}\n", flush=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        environment = clean_environment(folder / "home")
        (folder / "one.ipynb").write_text(json.dumps(pipeline(chain(1))))
        jupyter = [sys.executable, "-m", "jupyter", "dataops"]
        commands = {
            NOTHING: [sys.executable, "-c", "pass"],
            HELP: [*jupyter, "--help"],
            "python -m jupyter_dataops --help": [*PROGRAM, "--help"],
            "jupyter dataops runs": [*jupyter, "runs"],
            "jupyter dataops check NOTEBOOK": [*jupyter, "check", "one.ipynb"],
            "jupyter dataops run NOTEBOOK, of one trivial node": [*jupyter, "run", "one.ipynb"],
            THEIRS: [python_of("papermill"), "-m", "papermill", "--help"],
        }
        measured(commands["jupyter dataops run NOTEBOOK, of one trivial node"], folder, environment)  # makes the store
        contestants = {
            name: lambda command=command: measured(command, folder, environment) for name, command in commands.items()
        }
        print(contest_table(in_turn(contestants, runs), THEIRS, TARGET))
