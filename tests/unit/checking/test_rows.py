from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pytest

from jupyter_dataops.checking.rows import of_cases, of_elements, where

PRICES = pd.DataFrame({"item": ["a", "b", "c"], "price": [1.0, -2.0, None]}, index=pd.Index([7, 8, 9], name="id"))


def test_the_table_that_a_mask_is_about_shows_its_rows() -> None:
    other = pd.DataFrame({"z": [1, 2, 3]})
    found = where(PRICES.price > 0, False, [other, PRICES.price, PRICES])
    assert found == {"columns": ["id", "item", "price"], "rows": [[8, "b", -2.0], [9, "c", None]], "count": 2}


def test_a_mask_of_a_whole_table_shows_the_rows_with_any_fault() -> None:
    found = where(PRICES.notna(), False, [PRICES])
    assert found is not None
    assert found["rows"] == [[9, "c", None]]


def test_without_a_table_the_column_shows_and_without_a_column_nothing() -> None:
    found = where(PRICES.price < 0, True, [PRICES.price])
    assert found == {"columns": ["id", "price"], "rows": [[8, -2.0]], "count": 1}
    assert where(PRICES.price < 0, True, []) is None


def test_a_mask_of_its_own_is_not_shown_under_the_name_of_a_column() -> None:
    mask = PRICES.price < 0
    assert where(mask, True, [mask]) == {"columns": ["id", "value"], "rows": [[8, True]], "count": 1}


def test_a_mask_of_some_rows_shows_these_of_the_table() -> None:
    found = where(PRICES.price.dropna() > 0, False, [PRICES.price, PRICES])
    assert found == {"columns": ["id", "item", "price"], "rows": [[8, "b", -2.0]], "count": 1}


@pytest.mark.parametrize(
    "other",
    [
        PRICES.reset_index(drop=True).price.dropna().iloc[1:].reset_index(drop=True),
        pd.Series([-1.0], index=pd.Index([1], name="customer")),
        pd.Series([-1.0], index=[99]),
    ],
    ids=["numbered anew", "groups", "other labels"],
)
def test_a_mask_of_other_rows_shows_nothing(other: pd.Series[float]) -> None:
    table = PRICES.reset_index(drop=True)
    assert where(other > 0, False, [table, table.price]) is None


def test_missing_truth_is_no_fault() -> None:
    assert where(pd.array([True, None], dtype="boolean"), False, []) is None
    mask = pd.Series([False, None], dtype="boolean", name="ok")
    found = where(mask, False, [mask])
    assert found is not None
    assert found["count"] == 1


def test_polars_tables_and_columns_show_their_rows() -> None:
    table = pl.DataFrame({"x": [1, -2, None], "s": ["a", "b", "c"]})
    assert where(table["x"] > 0, False, [table["x"], table]) == {"columns": ["x", "s"], "rows": [[-2, "b"]], "count": 1}
    assert where(table["x"] > 0, False, [table["x"]]) == {"columns": ["x"], "rows": [[-2]], "count": 1}
    found = where(table.select(pl.all().is_not_null()), False, [table])
    assert found == {"columns": ["x", "s"], "rows": [[None, "c"]], "count": 1}


def test_arrays_and_lists_show_their_elements() -> None:
    numbers = np.array([1, -2, 3])
    assert where(numbers > 0, False, [numbers]) == {"columns": ["value"], "rows": [[-2]], "count": 1}
    table = np.array([[1, 2], [3, -4]])
    assert where(table > 0, False, [table]) == {"columns": ["0", "1"], "rows": [[3, -4]], "count": 1}
    assert where(numbers > 0, False, [["a", "b", "c"]]) == {"columns": ["value"], "rows": [["b"]], "count": 1}
    assert where([True, False], False, [["a", "b"]]) == {"columns": ["value"], "rows": [["b"]], "count": 1}


@pytest.mark.parametrize("mask", [5, "text", None, [], [1, 0]])
def test_what_is_no_mask_shows_nothing(mask: Any) -> None:
    assert where(mask, False, [[1, 2]]) is None


def test_only_the_first_rows_columns_and_letters_are_kept() -> None:
    wide = pd.DataFrame(np.zeros((30, 80)), columns=[f"c{number}" for number in range(80)])
    found = where(wide == 1, False, [wide])
    assert found is not None
    assert (len(found["rows"]), len(found["columns"]), len(found["rows"][0]), found["count"]) == (20, 50, 50, 30)
    long = of_elements(["x" * 1000], ["line"])
    assert long is not None
    assert len(long["rows"][0][0]) == 100


class Point(NamedTuple):
    x: int
    y: int


def test_elements_are_shown_by_their_own_names() -> None:
    assert of_elements(iter([Point(1, 2)]), ["r"]) == {"columns": ["x", "y"], "rows": [[1, 2]], "count": 1}
    assert of_elements([(1, 2)], ["a", "b"]) == {"columns": ["a", "b"], "rows": [[1, 2]], "count": 1}
    assert of_elements([{"a": 1}, {"b": 2}], ["r"]) == {
        "columns": ["a", "b"],
        "rows": [[1, None], [None, 2]],
        "count": 2,
    }
    assert of_elements(range(100), ["n"]) == {"columns": ["n"], "rows": [[n] for n in range(20)], "count": 100}
    assert of_elements([], ["n"]) is None


def test_a_validators_cases_are_taken_as_they_are() -> None:
    cases = pd.DataFrame({"index": [4], "failure_case": [-1]})
    assert of_cases(cases) == {"columns": ["index", "failure_case"], "rows": [[4, -1]], "count": 1}
    assert of_cases(pl.DataFrame(cases.to_dict("list"))) == of_cases(cases)
    assert of_cases("price") == {"columns": ["failure_case"], "rows": [["price"]], "count": 1}


def test_every_value_is_json() -> None:
    values = [
        np.int64(1),
        np.float32("nan"),
        float("inf"),
        pd.NaT,
        pd.NA,
        None,
        True,
        np.True_,
        Decimal("1.5"),
        b"x",
        "NaT",
    ]
    found = of_elements([*values, datetime(2026, 1, 1, tzinfo=UTC), [1]], ["v"])
    assert found is not None
    assert json.loads(json.dumps(found["rows"], allow_nan=False)) == [
        *([1], [None], ["inf"], [None], [None], [None], [True], [True], ["1.5"], ["b'x'"], ["NaT"]),
        *(["2026-01-01 00:00:00+00:00"], ["[1]"]),
    ]


def test_several_levels_of_an_index_are_shown() -> None:
    table = PRICES.set_index("item", append=True)
    found = where(table.price > 0, False, [table])
    assert found is not None
    assert (found["columns"], found["rows"][0]) == (["id / item", "price"], ["(8, 'b')", -2.0])
