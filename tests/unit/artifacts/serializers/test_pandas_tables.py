from __future__ import annotations

import datetime
import warnings
import zoneinfo

import numpy as np
import pandas as pd
import pytest

TIMES = pd.DatetimeIndex(["2026-01-01", None, "2026-03-29 01:30"])


def frame(**columns):
    return pd.DataFrame(columns)


ARROW = {
    "numbers": frame(
        i=np.array([1, 2], "i1"), u=np.array([1, 2], "u8"), f=np.array([1.5, np.nan], "f4"), b=[True, False]
    ),
    "halves": frame(h=np.array([1, 2], "f2")),
    "text with a missing value": frame(s=["x", None, "é"]),
    "nullable": frame(i=pd.array([1, None], dtype="Int64"), b=pd.array([True, None], dtype="boolean")),
    "string dtype": frame(s=pd.array(["x", None], dtype="string")),
    "times": frame(t=TIMES, d=TIMES - TIMES[0]),
    "times in seconds": frame(t=TIMES.as_unit("s"), d=(TIMES - TIMES[0]).as_unit("ms")),
    "times in a zone": frame(t=TIMES.tz_localize("UTC").tz_convert("Europe/Berlin"), u=TIMES.tz_localize("UTC")),
    "range columns": pd.DataFrame(np.arange(6.0).reshape(3, 2)),
    "duplicate columns": pd.DataFrame([[1, "x"], [2, "y"]], columns=["a", "a"]),
    "object labels": pd.DataFrame([[1, 2]], columns=pd.Index(["a", "b"], dtype=object, name="labels")),
    "named text index": pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="key")),
    "time index": pd.DataFrame({"a": [1, 2, 3]}, index=TIMES),
    "zone index": pd.DataFrame({"a": [1, 2, 3]}, index=TIMES.tz_localize("UTC")),
    "stepped range": pd.DataFrame({"a": range(5)}).iloc[::2],
    "float index": pd.DataFrame({"a": [1]}, index=[0.5]),
    "no rows": frame(a=np.array([], "i4"), s=pd.array([], dtype="str")),
    "no columns": pd.DataFrame(index=range(3)),
    "nothing": pd.DataFrame(),
    "large": pd.DataFrame(np.random.default_rng(1).random((200_000, 5)), columns=list("abcde")),
    "series": pd.Series([1, 2], name="s"),
    "series named by a number": pd.Series([1.5], name=3),
    "nameless series": pd.Series(["a", None], index=["x", "y"]),
}

PICKLE = {
    "objects": frame(o=[1, "x", [3]]),
    "text as objects": frame(o=pd.Series(["x", "y"], dtype=object)),
    "categories": frame(c=pd.Categorical(["b", "a", None], categories=["b", "a"], ordered=True)),
    "periods": frame(p=pd.period_range("2026", periods=2, freq="M")),
    "intervals": frame(i=pd.interval_range(0, 2)),
    "several levels": pd.DataFrame(
        {"a": [1, 2]}, index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["k", None])
    ),
    "column levels": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])),
    "labels of several types": pd.DataFrame([[1, 2]], columns=["a", 1]),
    "time labels": pd.DataFrame([[1]], columns=pd.DatetimeIndex(["2026-01-01"])),
    "frequency": pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2026", periods=2)),
    "complex": frame(c=[1 + 2j]),
    "sparse": frame(s=pd.arrays.SparseArray([0, 0, 1])),
    "nullable floats": frame(f=pd.array([1.5, None], dtype="Float64")),
    "python strings": frame(s=pd.array(["x", None], dtype=pd.StringDtype("python"))),
    "tuple name": pd.Series([1], name=("a", 1)),
    "other byte order": frame(a=np.array([1, 2], ">i4")),
}


def assert_exact(loaded, value):
    assert type(loaded) is type(value)
    check = pd.testing.assert_frame_equal if value.ndim == 2 else pd.testing.assert_series_equal
    check(loaded, value, check_freq=True, check_exact=True, check_column_type="exact") if value.ndim == 2 else check(
        loaded, value, check_freq=True, check_exact=True
    )
    assert type(loaded.index) is type(value.index)
    assert loaded.index.names == value.index.names
    assert loaded.attrs == value.attrs
    if value.ndim == 2:
        assert list(map(repr, loaded.dtypes)) == list(map(repr, value.dtypes))
        assert type(loaded.columns) is type(value.columns)
        assert loaded.columns.names == value.columns.names
        assert loaded.columns.dtype == value.columns.dtype


@pytest.mark.parametrize("name", ARROW)
def test_plain_tables_come_back_exactly_through_arrow(round_trip, name):
    loaded, artifact = round_trip(ARROW[name])
    assert artifact.serializer == "pandas"
    assert_exact(loaded, ARROW[name])


@pytest.mark.parametrize("name", PICKLE)
def test_what_arrow_cannot_give_back_exactly_is_pickled(round_trip, name):
    loaded, artifact = round_trip(PICKLE[name])
    assert artifact.serializer == "pickle"
    assert_exact(loaded, PICKLE[name])


@pytest.mark.parametrize("name", [name for name in ARROW if name not in ("nothing", "no columns", "no rows")])
def test_a_loaded_table_can_be_changed_and_the_store_keeps_the_old_one(store, name):
    artifact = store.put({"v": ARROW[name]}, {})["v"].artifact
    loaded = store.get(artifact, "v", {})
    if loaded.ndim == 2:
        for position in range(loaded.shape[1]):
            loaded.iloc[0, position] = loaded.iloc[-1, position]
    else:
        loaded.iloc[0] = loaded.iloc[-1]
    assert_exact(store.get(artifact, "v", {}), ARROW[name])


def test_attrs_survive_and_attrs_that_json_cannot_keep_go_to_pickle(round_trip):
    table = frame(a=[1])
    table.attrs = {"source": "x", "rows": [1]}
    loaded, artifact = round_trip(table)
    assert (artifact.serializer, loaded.attrs) == ("pandas", table.attrs)
    table.attrs = {"when": datetime.date(2026, 1, 1)}
    loaded, artifact = round_trip(table)
    assert (artifact.serializer, loaded.attrs) == ("pickle", table.attrs)


def test_a_zone_that_its_name_does_not_give_back_is_pickled(round_trip):
    zone = datetime.timezone(datetime.timedelta(hours=2), "name")
    table = frame(t=TIMES.tz_localize(zone))
    loaded, _ = round_trip(table)
    assert repr(loaded["t"].dt.tz) == repr(zone)


def test_a_zone_keeps_its_kind(round_trip):
    loaded, _ = round_trip(frame(t=TIMES.tz_localize(zoneinfo.ZoneInfo("Europe/Berlin"), nonexistent="NaT")))
    assert isinstance(loaded["t"].dt.tz, zoneinfo.ZoneInfo)


def test_a_zone_that_only_equals_its_name_keeps_its_kind(round_trip):
    loaded, _ = round_trip(frame(t=TIMES.tz_localize(zoneinfo.ZoneInfo("UTC"))))
    assert isinstance(loaded["t"].dt.tz, zoneinfo.ZoneInfo)


def test_a_lone_surrogate_goes_to_pickle(round_trip):
    table = pd.DataFrame([[1]], columns=pd.Index(["\ud800"], dtype=object))
    loaded, artifact = round_trip(table)
    assert artifact.serializer == "pickle"
    assert loaded.columns[0] == "\ud800"


def test_a_wide_table_is_not_fragmented_after_loading(round_trip):
    loaded, artifact = round_trip(pd.DataFrame(np.zeros((3, 150))))
    assert artifact.serializer == "pandas"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded["new"] = 1


class Special(pd.DataFrame):
    @property
    def _constructor(self):
        return Special


def test_a_subclass_stays_one(round_trip):
    loaded, artifact = round_trip(Special({"a": [1]}))
    assert type(loaded) is Special
    assert artifact.serializer == "pickle"


def test_a_table_is_described_without_being_loaded(round_trip):
    _, artifact = round_trip(frame(n=[1, 2], s=["x", "y"]))
    assert (artifact.type, artifact.shape, artifact.columns) == ("pandas.DataFrame", (2, 2), {"n": "int64", "s": "str"})
    assert "n  s" in artifact.preview


def test_a_pickled_table_is_described_as_a_table(round_trip):
    _, artifact = round_trip(PICKLE["several levels"])
    assert (artifact.type, artifact.shape) == ("pandas.DataFrame", (2, 1))
