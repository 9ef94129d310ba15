from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from msgspec.structs import replace

from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.artifacts.unsigned import UnsignedReader
from jupyter_dataops.ids import Digest
from jupyter_dataops.records import ArtifactRecord

ROWS = {"a": [1, 2], "b": ["x", "y"]}


def stored(folder: Path, value: Any) -> ArtifactRecord:
    return ContentArtifactStore(folder).put({"x": value}, {})["x"].artifact


@pytest.mark.parametrize("value", [pd.DataFrame(ROWS), pl.DataFrame(ROWS), pa.table(ROWS)])
def test_every_table_is_read_as_an_arrow_table(tmp_path: Path, value: Any) -> None:
    table = UnsignedReader(tmp_path).read(stored(tmp_path, value))
    assert {name: table.column(name).to_pylist() for name in ROWS} == ROWS


@pytest.mark.parametrize("value", [{"a": [1, None]}, [1, 2], 3.5, "text", True])
def test_plain_values_are_read(tmp_path: Path, value: Any) -> None:
    assert UnsignedReader(tmp_path).read(stored(tmp_path, value)) == value


class Trap:
    def __reduce__(self) -> Any:
        return (Path.touch, (Path("sprung"),))


def test_what_could_run_code_is_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    artifact = stored(tmp_path, [Trap()])
    assert UnsignedReader(tmp_path).read(artifact) is None
    # Nor where the record says otherwise.
    told = ArtifactRecord(artifact.digest, "json", "list", artifact.size_bytes)
    assert UnsignedReader(tmp_path).read(told) is None
    assert not Path("sprung").exists()


def test_what_is_missing_or_damaged_is_not_read(tmp_path: Path) -> None:
    gone = ArtifactRecord(Digest("blake3:" + "0" * 64), "json", "int", 1)
    assert UnsignedReader(tmp_path).read(gone) is None
    artifact = stored(tmp_path, [1, 2, 3])
    [path] = [one for one in tmp_path.rglob("*") if one.name == artifact.digest.partition(":")[2]]
    path.chmod(0o600)
    path.write_bytes(b"x" * path.stat().st_size)
    assert UnsignedReader(tmp_path).read(artifact) is None


def test_the_file_says_what_it_is_and_a_record_of_something_else_is_not_even_opened(tmp_path: Path) -> None:
    artifact = stored(tmp_path, "1")
    assert UnsignedReader(tmp_path).read(replace(artifact, serializer="json")) == "1"
    assert UnsignedReader(tmp_path).read(replace(artifact, serializer="pickle")) is None
