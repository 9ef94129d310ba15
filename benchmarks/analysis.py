"""Analysis is linear in cells: 200 to 4,000 cells, three names each."""

from __future__ import annotations

import json
import statistics
import time

from benchmarks.measuring import machine
from jupyter_dataops.api.reading import analyse_text


def main(runs: int = 3) -> None:
    """Measure reading, analysis and all diagnostics, and print seconds per number of cells."""
    print(f"{machine('jupyter-dataops')}, {runs} runs each\n")
    print("| cells | seconds, median (min-max) | ms per cell |\n|---|---|---|")
    for cells in (200, 500, 1000, 2000, 4000):
        text = json.dumps(_notebook(cells))
        took = sorted(_seconds(text) for _ in range(runs))
        median = statistics.median(took)
        print(f"| {cells:,} | {median:.2f} ({took[0]:.2f}-{took[-1]:.2f}) | {1000 * median / cells:.2f} |", flush=True)


def _seconds(text: str) -> float:
    started = time.perf_counter()
    analysed = analyse_text(text, "generated", "generated")
    assert not [found for found in analysed.diagnostics if found.severity == "error"]
    return time.perf_counter() - started


def _notebook(cells: int) -> dict[str, object]:
    sources = [
        f"def f{index}(rows):\n    return [row * {index} for row in rows if row]\n"
        f"x{index} = f{index}(x{max(0, index - 7)})\n"
        f"for part in x{index}:\n    total = len(x{index}) + part\nprint(total)"
        for index in range(1, cells)
    ]
    made = [
        {
            "cell_type": "code",
            "id": f"c{index}",
            "metadata": {"tags": [f"node:n{index}"]},
            "source": source,
            "outputs": [],
        }
        for index, source in enumerate(["x0 = [1, 2, 3]\ntotal = 0", *sources])
    ]
    metadata = {"kernelspec": {"name": "python3", "language": "python"}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": made}
