from __future__ import annotations

import json
import types

import polars as pl
import pyarrow as pa
import pytest

from jupyter_dataops.errors import ArtifactError


@pytest.mark.parametrize("value", ["", "text", "zwei\r\nZeilen \0 é", "\ud800"])
def test_text_is_stored_as_it_is(round_trip, value):
    loaded, artifact = round_trip(value)
    assert (loaded, artifact.serializer, artifact.type) == (value, "text", "str")
    artifact.preview.encode()


@pytest.mark.parametrize("value", [b"", b"\0\xff"])
def test_bytes_are_stored_as_they_are(round_trip, value):
    loaded, artifact = round_trip(value)
    assert (loaded, type(loaded), artifact.serializer) == (value, bytes, "bytes")


def test_a_long_text_has_a_short_preview(round_trip):
    assert len(round_trip("x" * 10_000)[1].preview) == 2_000


def test_a_module_is_stored_by_name(round_trip):
    loaded, artifact = round_trip(json)
    assert loaded is json
    assert artifact.serializer == "module"


def test_a_module_that_is_gone_says_so(store, monkeypatch):
    gone = types.ModuleType("gone_module")
    monkeypatch.setitem(__import__("sys").modules, "gone_module", gone)
    artifact = store.put({"m": gone}, {})["m"].artifact
    monkeypatch.undo()
    with pytest.raises(ArtifactError, match="'gone_module' cannot be imported"):
        store.get(artifact, "m", {})


def test_an_arrow_table_comes_back_with_metadata(round_trip):
    table = pa.table({"a": [1, None], "b": ["x", "y"]}).replace_schema_metadata({"k": "v"})
    loaded, artifact = round_trip(table)
    assert loaded.equals(table, check_metadata=True)
    assert (artifact.serializer, artifact.shape, artifact.columns) == ("arrow", (2, 2), {"a": "int64", "b": "string"})


def test_an_arrow_table_without_columns_keeps_its_type(round_trip):
    assert round_trip(pa.table({}))[0].equals(pa.table({}))


@pytest.mark.parametrize(
    ("frame", "serializer"),
    [
        (pl.DataFrame({"a": [1, None], "b": ["x", "y"]}), "polars"),
        (pl.DataFrame({"c": pl.Series(["x", "y"], dtype=pl.Categorical), "d": [1.5, float("nan")]}), "polars"),
        (pl.DataFrame({"e": pl.Series(["x"], dtype=pl.Enum(["x", "y"]))}), "polars"),
        (pl.DataFrame({"l": [[1], [2, 3]]}), "pickle"),
        (pl.DataFrame(), "pickle"),
    ],
)
def test_polars_frames_come_back_with_their_schema(round_trip, frame, serializer):
    loaded, artifact = round_trip(frame)
    assert artifact.serializer == serializer
    assert loaded.schema == frame.schema
    assert loaded.equals(frame)
    assert artifact.type == "polars.DataFrame"


def test_a_polars_series_stays_a_series(round_trip):
    loaded, artifact = round_trip(pl.Series("s", [1, 2]))
    assert loaded.equals(pl.Series("s", [1, 2]), check_names=True)
    assert artifact.shape == (2,)
