"""Watching values that lie in mapped files: nothing is read where nobody has written, and the answer is the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_dataops.artifacts import mutation
from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.artifacts.untouched import FROM_BYTES, untouched_at
from jupyter_dataops.artifacts.watch import Watch
from jupyter_dataops.errors import ArtifactMissing

ROWS = FROM_BYTES // 8
NO_NAMES: frozenset[str] = frozenset()


def set_first(frame: Any) -> None:
    frame.iloc[0, 0] = -1.0


def write_the_same(frame: Any) -> None:
    frame.iloc[0, 0] = frame.iloc[0, 0]


def do_nothing(_frame: Any) -> None: ...


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of what is hashed."""
    sizes: list[int] = []
    write = mutation._HashingFile.write

    def noting(file: Any, piece: Any) -> int:
        sizes.append(write(file, piece))
        return sizes[-1]

    monkeypatch.setattr(mutation._HashingFile, "write", noting)
    return sizes


@pytest.fixture
def watched(tmp_path: Path) -> Callable[..., tuple[Any, Watch]]:
    """Stores a value, loads it as a kernel does, and watches it."""

    def make(value: Any) -> tuple[Any, Watch]:
        digest = ContentArtifactStore(tmp_path).put({"x": value}, {})["x"].artifact.digest
        store = ContentArtifactStore(tmp_path)
        namespace: dict[str, Any] = {}
        namespace["x"] = loaded = store.get(digest, "x", namespace)
        return loaded, Watch(loaded, namespace, NO_NAMES, partial(store.get, digest, "x"))

    return make


def a_frame() -> pd.DataFrame:
    return pd.DataFrame({"a": np.arange(ROWS, dtype=float), "b": np.arange(ROWS)})


def test_what_nobody_has_written_to_is_not_read(watched: Callable[..., tuple[Any, Watch]], hashed: list[int]) -> None:
    frame, watch = watched(a_frame())
    assert frame["a"].sum() == sum(range(ROWS))
    assert (frame + 1).shape == (ROWS, 2)

    assert not watch.is_changed(frame, NO_NAMES)

    assert max(hashed) < FROM_BYTES


@pytest.mark.parametrize(
    ("act", "is_changed"),
    [(set_first, True), (write_the_same, False), (do_nothing, False)],
    ids=["changed", "written as it was", "left alone"],
)
def test_a_frame_has_changed_if_its_content_has(
    watched: Callable[..., tuple[Any, Watch]], act: Callable[[Any], None], is_changed: bool
) -> None:
    frame, watch = watched(a_frame())
    act(frame)
    assert watch.is_changed(frame, NO_NAMES) is is_changed


def test_a_copy_in_its_place_is_compared_with_what_the_store_has(watched: Callable[..., tuple[Any, Watch]]) -> None:
    frame, watch = watched(a_frame())
    assert not watch.is_changed(frame.copy(), NO_NAMES)
    assert watch.is_changed(frame.copy() + 1, NO_NAMES)
    assert watch.is_changed(frame.assign(c=1), NO_NAMES)
    assert watch.is_changed(frame.rename(columns={"a": "z"}), NO_NAMES)


@pytest.mark.parametrize("make", [lambda big: big, lambda big: {"big": big, "rows": [1]}], ids=["array", "in a dict"])
def test_arrays_wherever_they_are(watched: Callable[..., tuple[Any, Watch]], make: Callable[[Any], Any]) -> None:
    value, watch = watched(make(np.arange(ROWS, dtype=float)))
    array = value["big"] if isinstance(value, dict) else value
    assert not watch.is_changed(value, NO_NAMES)
    array[ROWS // 2] = 0.5
    assert watch.is_changed(value, NO_NAMES)
    array[ROWS // 2] = ROWS // 2
    assert not watch.is_changed(value, NO_NAMES)


def test_what_is_small_beside_what_is_large_is_looked_at(watched: Callable[..., tuple[Any, Watch]]) -> None:
    value, watch = watched({"big": np.arange(ROWS, dtype=float), "rows": [1]})
    value["rows"].append(2)
    assert watch.is_changed(value, NO_NAMES)


def test_what_has_moved_and_is_no_longer_in_the_store_cannot_be_said_to_be_the_same(
    watched: Callable[..., tuple[Any, Watch]], tmp_path: Path
) -> None:
    frame, watch = watched(a_frame())
    moved = frame.copy()
    for path in (tmp_path / "blake3").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(ArtifactMissing):
        watch.is_changed(moved, NO_NAMES)


def test_a_page_that_was_written_to_is_told_and_its_neighbours_are_not(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    np.arange(4 * ROWS, dtype=float).tofile(path)
    mapped = np.memmap(path, dtype=float, mode="c")
    assert untouched_at(memoryview(mapped).cast("B")) == mapped.__array_interface__["data"][0]
    mapped[-1] = 0
    assert untouched_at(memoryview(mapped).cast("B")) is None
    assert untouched_at(memoryview(mapped[: 2 * ROWS]).cast("B")) is not None


def test_memory_of_the_process_itself_was_written_to() -> None:
    assert untouched_at(memoryview(np.arange(ROWS, dtype=float)).cast("B")) is None


def test_where_the_system_does_not_tell_memory_counts_as_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "numbers"
    np.arange(ROWS, dtype=float).tofile(path)
    mapped = memoryview(np.memmap(path, dtype=float, mode="c")).cast("B")
    for pagemap in (tmp_path / "none", path):  # an empty answer at that place, too
        monkeypatch.setattr("jupyter_dataops.artifacts.untouched._PAGEMAP", pagemap)
        assert untouched_at(mapped) is None
