from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jupyter_dataops.artifacts import peeking
from jupyter_dataops.artifacts.peeking import Look, Peeker, Table, Text
from jupyter_dataops.artifacts.store import ContentArtifactStore
from jupyter_dataops.errors import ArtifactCorrupt, ArtifactMissing
from tests.support.artifacts import BUILT_IN


@pytest.fixture
def peek(tmp_path: Path) -> Any:
    store = ContentArtifactStore(tmp_path, BUILT_IN)

    def peek(value: Any) -> Look | None:
        return Peeker(tmp_path).peek(store.put({"x": value}, {})["x"].artifact)

    return peek


def rows(look: Look | None) -> list[tuple[Any, ...]]:
    assert isinstance(look, Table)
    return list(look.rows)


def test_a_frame_is_shown_under_its_own_labels_with_its_index(peek: Any) -> None:
    look = peek(pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan]}, index=pd.Index([10, 20], name="key")))
    assert (look.columns, look.dtypes, look.row_count) == (("key", "a", "b"), ("int64", "int64", "float64"), 2)
    assert rows(look) == [(10, 1, 0.5), (20, 2, "nan")]


def test_an_index_that_only_counts_is_left_out_and_one_that_does_not_is_shown(peek: Any) -> None:
    assert peek(pd.DataFrame({"a": [1]})).columns == ("a",)
    assert rows(peek(pd.DataFrame({"a": range(5)}).iloc[1::2])) == [(1, 1), (3, 3)]
    assert rows(peek(pd.Series([1.5, 2.5], name="s"))) == [(1.5,), (2.5,)]


def test_times_and_large_numbers_are_text_as_people_write_them(peek: Any) -> None:
    frame = pd.DataFrame({"at": pd.to_datetime(["2026-01-31", None]), "n": [2**60, 1]})
    assert rows(peek(frame)) == [("2026-01-31T00:00:00", str(2**60)), (None, 1)]


def test_only_the_first_rows_and_columns_are_shown(peek: Any) -> None:
    look = peek(pa.table({f"c{n}": range(300) for n in range(250)}))
    assert (len(look.rows), len(look.columns), look.row_count, look.is_cut) == (100, 200, 300, True)


def test_tables_of_polars_and_arrow_are_shown(peek: Any) -> None:
    assert rows(peek(pl.DataFrame({"a": [1, None], "b": ["x", "y"]}))) == [(1, "x"), (None, "y")]
    nested = pa.table({"a": [[1, 2]], "d": [datetime.date(2026, 1, 1)], "t": ["x" * 1_000]})
    assert rows(peek(nested)) == [("[1, 2]", "2026-01-01", "x" * 499 + "…")]


@pytest.mark.parametrize(
    ("array", "shown"),
    [
        (np.arange(3.0), [(0.0,), (1.0,), (2.0,)]),
        (np.array([[1, 2], [3, 4]], order="F"), [(1, 2), (3, 4)]),
        (np.array(["2026-01-01"], "M8[D]"), [("2026-01-01",)]),
        (np.array([1 + 2j]), [("(1+2j)",)]),
        (np.array(["ä"]), [("ä",)]),
        (np.empty((0, 2)), []),
        (np.empty((0,)), []),
    ],
)
def test_arrays_of_one_or_two_dimensions_are_tables(peek: Any, array: Any, shown: list[Any]) -> None:
    assert rows(peek(array)) == shown


@pytest.mark.parametrize("array", [np.zeros((2, 2, 2)), np.array(1.0)])
def test_other_arrays_have_no_rows(peek: Any, array: Any) -> None:
    assert peek(array) is None


def test_json_is_a_table_where_it_is_one_and_text_elsewhere(peek: Any) -> None:
    look = peek([{"a": 1, "b": None}, {"a": 2, "b": "x"}])
    assert (look.columns, rows(look)) == (("a", "b"), [(1, None), (2, "x")])
    assert peek([{"a": 1}, {"b": 1}]) == Text('[\n {\n  "a": 1\n },\n {\n  "b": 1\n }\n]', is_cut=False)
    assert peek({"a": [1]}) == Text('{\n "a": [\n  1\n ]\n}', is_cut=False)
    assert peek(list(range(9_000))).is_cut


def test_of_a_long_list_the_first_rows_say_what_it_is(peek: Any) -> None:
    look = peek([{"a": n} for n in range(150)] + [{"b": 1}])
    assert (look.columns, len(look.rows), look.row_count) == (("a",), 100, 151)


def test_of_large_json_the_beginning_is_shown_as_it_is_written(peek: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peeking, "MOST_PARSED", 50)
    assert peek([{"größe": 1}]).columns == ("größe",)
    look = peek([{"größe": n} for n in range(5_000)])
    assert (look.text[:12], look.is_cut) == ('[{"größe":0}', True)


def test_a_long_text_is_cut(peek: Any) -> None:
    assert peek("größer") == Text("größer", is_cut=False)
    assert peek("x" * 10**6) == Text("x" * peeking.MOST_TEXT, is_cut=True)


@pytest.mark.parametrize("value", [{1, 2}, print, object, b"bytes", pd.DataFrame({"a": [object()]})])
def test_what_could_run_code_is_never_touched(peek: Any, value: Any) -> None:
    assert peek(value) is None


def test_what_is_missing_or_damaged_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ContentArtifactStore(tmp_path, BUILT_IN)
    artifact = store.put({"x": "text " * 10}, {})["x"].artifact
    (path,) = tmp_path.rglob(artifact.digest.partition(":")[2])
    path.write_bytes(path.read_bytes().replace(b"text", b"TEXT", 1))
    with pytest.raises(ArtifactCorrupt):
        Peeker(tmp_path).peek(artifact)
    path.unlink()
    for verified_up_to in (10**9, 0):
        monkeypatch.setattr(peeking, "_VERIFIED_UP_TO", verified_up_to)
        with pytest.raises(ArtifactMissing):
            Peeker(tmp_path).peek(artifact)


def test_large_content_is_not_read_for_a_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peeking, "_VERIFIED_UP_TO", 1_000)
    store = ContentArtifactStore(tmp_path, BUILT_IN)
    artifact = store.put({"x": np.arange(10_000)}, {})["x"].artifact
    (path,) = tmp_path.rglob(artifact.digest.partition(":")[2])
    path.write_bytes(path.read_bytes()[:-32] + b"\0" * 32)
    look = Peeker(tmp_path).peek(artifact)
    assert rows(look)[:2] == [(0,), (1,)]
