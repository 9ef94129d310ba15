"""What running a node costs beside its code: 20 trivial nodes in a chain, 50 independent ones and a join.

Contestants: this package, plain papermill (one notebook per node, its Python API, as many processes as we have jobs)
and ploomber (its parallel executor). Each hands a number from node to node in its own way. The peers live in an
environment of their own, ``.bench/``, made at the first call.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from benchmarks.measuring import Figures, in_turn, machine, measured, table

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parent / ".bench"
PEERS = ["papermill", "ipykernel", "ploomber", "setuptools<80"]  # ploomber imports pkg_resources
JOBS = 2
CHAIN = {f"n{index}": [f"n{index - 1}"] if index else [] for index in range(20)}
FAN = {**{f"n{index}": [] for index in range(50)}, "join": [f"n{index}" for index in range(50)]}


def main(runs: int = 3) -> None:
    """Measure both works and print their tables."""
    _prepare()
    print(f"{machine('jupyter-dataops', 'papermill', 'ipykernel', 'nbclient')}, {JOBS} jobs, {runs} runs each\n")
    for title, work in {"20 nodes in a chain": CHAIN, "50 independent nodes and a join": FAN}.items():
        with tempfile.TemporaryDirectory() as folder:
            found = _contest(Path(folder), work, runs)
        print(f"\n**{title}**\n\n{table(found, 'papermill, a notebook per node')}\n", flush=True)


def _prepare() -> None:
    if not (ENVIRONMENT / "ready").exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        subprocess.run([ENVIRONMENT / "bin" / "pip", "install", "-q", *PEERS], check=True)
        (ENVIRONMENT / "ready").touch()


def _contest(folder: Path, work: dict[str, list[str]], runs: int) -> dict[str, list[Figures]]:
    (folder / "work.json").write_text(json.dumps(work))
    (folder / "pipeline.ipynb").write_text(json.dumps(_pipeline(work)))
    peer = str(ENVIRONMENT / "bin" / "python")

    def ours() -> Figures:
        command = [sys.executable, "-m", "jupyter_dataops", "run", "pipeline.ipynb", "--jobs", str(JOBS)]
        return measured(command, folder, {"DATAOPS_STORE": str(folder / "store")})

    def other(script: str) -> Figures:
        shutil.rmtree(folder / "products", ignore_errors=True)
        return measured([peer, str(HERE / "peers" / script), str(JOBS)], folder, {"PLOOMBER_STATS_ENABLED": "false"})

    return in_turn(
        {
            "jupyter-dataops": ours,
            "papermill, a notebook per node": lambda: other("papermill_nodes.py"),
            "ploomber, parallel": lambda: other("ploomber_nodes.py"),
        },
        runs,
    )


def _pipeline(work: dict[str, list[str]]) -> dict[str, object]:
    cells = [
        {
            "cell_type": "code",
            "id": name,
            "metadata": {"tags": [f"node:{name}"]},
            "source": f"{name} = 1 + {' + '.join(upstream) or '0'}",
            "outputs": [],
            "execution_count": None,
        }
        for name, upstream in work.items()
    ]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernelspec, "language_info": {"name": "python"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
