from __future__ import annotations

import enum
import json
import sqlite3
import threading
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from jupyter_dataops.artifacts.mutation import content_digest, is_immutable
from tests.support.artifacts import namespace


class Colour(enum.Enum):
    RED = 1


class Model:
    def __init__(self):
        self.weights = {"w": np.zeros(3)}


def frame():
    made = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"], "c": [[1], [2]]})
    made["d"] = [3.0, 4.0]
    return made


def closing_over(value):
    return lambda: value


def set_(target, key, value):
    target[key] = value


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (lambda: [1, 2], lambda v: v.append(3)),
        (lambda: {"a": [1]}, lambda v: v["a"].append(3)),
        (lambda: {1, 2}, lambda v: v.add(3)),
        (lambda: bytearray(b"ab"), lambda v: v.extend(b"c")),
        (lambda: np.zeros(5000), lambda v: set_(v, 4999, 1)),
        (lambda: np.zeros((50, 50))[::2], lambda v: set_(v, (0, 0), 1)),
        (Model, lambda v: set_(v.weights["w"], 0, 1)),
        (frame, lambda v: set_(v.iloc, (0, 0), 9)),
        (frame, lambda v: set_(v, "new", 1)),
        (frame, lambda v: setattr(v, "columns", list("zbcd"))),
        (frame, lambda v: v["c"].iloc[0].append(5)),
        (frame, lambda v: setattr(v, "index", [5, 6])),
        (frame, lambda v: v.attrs.update(k=1)),
        (lambda: {"frame": frame()}, lambda v: set_(v["frame"].iloc, (1, 3), 9)),
        (lambda: pd.Series([1, 2], name="s"), lambda v: setattr(v, "name", "t")),
        (lambda: pd.Series(["x", "y"]), lambda v: set_(v.iloc, 0, "z")),
        (lambda: pd.Series([1, None], dtype="Int64"), lambda v: set_(v.iloc, 0, 5)),
    ],
)
def test_the_digest_changes_with_the_value_and_only_then(make, change):
    value = make()
    before = content_digest(value, {})
    assert content_digest(value, {}) == before
    change(value)
    assert content_digest(value, {}) != before


def test_reading_a_table_does_not_change_its_digest():
    table = frame()
    before = content_digest(table, {})
    table.describe()
    table.copy()
    table.to_numpy()
    table.sort_values("a")
    assert table.loc[0, "b"] == "x"
    assert content_digest(table, {}) == before


def test_blocks_that_pandas_merges_do_not_count_as_a_change():
    table = frame()
    before = content_digest(table, {})
    table._mgr._consolidate_inplace()
    assert content_digest(table, {}) == before


def test_functions_of_the_namespace_have_digests():
    home = namespace("def f(): return k\nf.calls = 0")
    before = content_digest(home["f"], home)
    home["k"] = 1
    assert content_digest(home["f"], home) == before
    home["f"].calls = 1
    assert content_digest(home["f"], home) != before


@pytest.mark.parametrize(
    "value",
    [1, "x", None, (1, ("a",)), frozenset({1}), Colour.RED, Model, json, len, frame, np.float64(1), np.dtype("f8"),
     pd.Timestamp(0), pd.Index([1]), pa.table({"a": [1]}), range(3)],
)  # fmt: skip
def test_what_cannot_change_is_immutable(value):
    assert is_immutable(value)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        (1, []),
        Model(),
        np.zeros(1),
        frame(),
        bytearray(),
        closing_over(1),
        lambda x=[]: x,
        Model().__init__,
    ],
)
def test_whatever_might_change_is_not(value):
    assert not is_immutable(value)


class _Lazy:
    def __init__(self):
        self.rows = [1, 2, 3]

    @cached_property
    def total(self):
        return sum(self.rows)


def test_an_answer_that_reading_leaves_behind_is_no_change():
    value = _Lazy()
    before = content_digest(value, {})
    assert value.total == 6
    assert content_digest(value, {}) == before
    value.rows.append(4)
    assert content_digest(value, {}) != before


def test_what_pandas_remembers_of_dates_is_no_change():
    series = pd.Series(range(24), index=pd.date_range("2026-01-01", periods=24, freq="MS"))
    before = content_digest(series, {})
    series.groupby(series.index.year).sum()
    assert content_digest(series, {}) == before
    series.iloc[0] = 7
    assert content_digest(series, {}) != before


def generator():
    total = 0
    while True:
        total += 1
        yield total


@pytest.mark.parametrize(
    ("make", "change"),
    [
        (generator, next),
        (lambda: {"steps": (step for step in range(9))}, lambda v: next(v["steps"])),
        (Path(__file__).open, lambda v: v.read(1)),
        (partial(Path(__file__).open, "rb"), lambda v: v.read(1)),
        (lambda: [threading.Lock(), 1], lambda v: set_(v, 1, 2)),
        (lambda: [threading.Lock()], lambda v: set_(v, 0, threading.Lock())),
        (lambda: {"db": sqlite3.connect(":memory:"), "rows": []}, lambda v: v["rows"].append(1)),
    ],
)
def test_what_cannot_be_pickled_counts_as_itself_and_as_far_as_it_has_come(make, change):
    value = make()
    before = content_digest(value, {})
    assert content_digest(value, {}) == before
    change(value)
    assert content_digest(value, {}) != before
    for part in (value, *(value.values() if isinstance(value, dict) else ())):
        if hasattr(part, "close"):
            part.close()
