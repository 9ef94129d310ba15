"""What handing a frame from one node to the next costs: our artifact store beside pandas' own formats."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measuring import machine
from benchmarks.tables import at_most, table
from jupyter_dataops.artifacts.store import ContentArtifactStore

OURS = "jupyter-dataops: hashed, verified if touched since"
PICKLE = "pickle"
LIMITS_MS = {100: ("writing and reading", (0, 1), 70), 1000: ("reading", (1,), 20)}
"""Megabytes to what at most takes so long."""

Ends = tuple[Callable[[], object], Callable[[], pd.DataFrame]]
"""What writes the frame, and what reads it afterwards."""


def main(runs: int = 3, *megabytes: int) -> None:
    """Print milliseconds to write and to read a frame of float64 of each size: medians of runs that take turns."""
    print(f"{machine('jupyter-dataops', 'pandas', 'pyarrow')}, {runs} runs each; files in a temporary folder")
    for size in megabytes or (100, 1000):
        found = _contest(size, runs)
        rows = [(way, f"{write:.0f}", f"{read:.1f}", f"{used:.0f}") for way, (write, read, used) in found.items()]
        header = ("way", "write ms", "read ms", "read and sum up ms")
        print(f"\n**A frame of {size:,} MB**\n\n{table(header, rows)}\n")
        if size in LIMITS_MS:
            what, sides, limit = LIMITS_MS[size]
            print(at_most(what, sum(found[OURS][side] for side in sides), limit, "ms"), flush=True)


def _contest(megabytes: int, runs: int) -> dict[str, list[float]]:
    frame = pd.DataFrame(np.random.default_rng(0).random((megabytes * 10**6 // 80, 10)), columns=list("abcdefghij"))
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in WAYS}
    for run in range(runs):
        for name, way in WAYS.items():
            with tempfile.TemporaryDirectory() as folder:
                found[name].append(_figures(*way(frame, Path(folder))))
        print(f"  {megabytes} MB: run {run + 1}", file=sys.stderr, flush=True)
    return {
        name: [1000 * statistics.median(one) for one in zip(*runs_of, strict=True)] for name, runs_of in found.items()
    }


def _figures(write: Callable[[], object], read: Callable[[], pd.DataFrame]) -> tuple[float, float, float]:
    """Seconds to write, to read, and to read and add all values up: memory-mapped data is only read then."""
    return _timed(write), _timed(read), _timed(lambda: read().sum().sum())


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _ours(frame: pd.DataFrame, folder: Path) -> Ends:
    kept = {}

    def read() -> pd.DataFrame:
        return ContentArtifactStore(str(folder)).get(kept["frame"].artifact, "frame", {})

    return lambda: kept.update(ContentArtifactStore(str(folder)).put({"frame": frame}, {})), read


def _pickle(frame: pd.DataFrame, folder: Path) -> Ends:
    path = folder / "frame.pickle"
    return lambda: frame.to_pickle(path), lambda: pd.read_pickle(path)


def _parquet(frame: pd.DataFrame, folder: Path) -> Ends:
    path = folder / "frame.parquet"
    return lambda: frame.to_parquet(path), lambda: pd.read_parquet(path)


def _feather(frame: pd.DataFrame, folder: Path) -> Ends:
    path = folder / "frame.feather"
    return lambda: frame.to_feather(path), lambda: pd.read_feather(path)


WAYS: Mapping[str, Callable[[pd.DataFrame, Path], Ends]] = {
    OURS: _ours,
    PICKLE: _pickle,
    "Parquet (snappy)": _parquet,
    "Feather (lz4)": _feather,
}
