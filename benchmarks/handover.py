"""What handing 100 MB from one node to the next costs: our artifact store against a pickle file and Parquet."""

from __future__ import annotations

import pickle
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measuring import machine
from jupyter_dataops.artifacts.store import ContentArtifactStore


def main(runs: int = 5) -> None:
    """Write and read a frame of 100 MB each way and print medians."""
    frame = pd.DataFrame(np.random.default_rng(0).random((1_250_000, 10)), columns=list("abcdefghij"))
    print(f"{machine('jupyter-dataops', 'pandas', 'pyarrow')}, {runs} runs each\n")
    print("| way | write ms | read ms |\n|---|---|---|")
    for name, way in {"jupyter-dataops, hashed": _ours, "pickle": _pickle, "Parquet (snappy)": _parquet}.items():
        pairs = []
        for _ in range(runs):
            with tempfile.TemporaryDirectory() as folder:
                pairs.append(way(frame, Path(folder)))
        write, read = (statistics.median(pair[side] for pair in pairs) * 1000 for side in (0, 1))
        print(f"| {name} | {write:.0f} | {read:.0f} |", flush=True)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _ours(frame: pd.DataFrame, folder: Path) -> tuple[float, float]:
    store = ContentArtifactStore(str(folder))
    kept = {}
    write = _timed(lambda: kept.update(store.put({"frame": frame}, {})))
    other = ContentArtifactStore(str(folder))
    return write, _timed(lambda: other.get(kept["frame"].artifact, "frame", {}))


def _pickle(frame: pd.DataFrame, folder: Path) -> tuple[float, float]:
    path = folder / "frame.pickle"
    write = _timed(lambda: path.write_bytes(pickle.dumps(frame, protocol=5)))
    return write, _timed(lambda: pickle.loads(path.read_bytes()))


def _parquet(frame: pd.DataFrame, folder: Path) -> tuple[float, float]:
    path = folder / "frame.parquet"
    return _timed(lambda: frame.to_parquet(path)), _timed(lambda: pd.read_parquet(path))
