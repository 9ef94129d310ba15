from __future__ import annotations

import ast
import json
import linecache
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from jupyter_dataops.checking.evidence import facts_of_error, facts_of_last_error, facts_of_test

NAMES: dict[str, Any] = {
    "df": pd.DataFrame({"x": [1, -2, None], "s": ["a", "b", "c"]}),
    "frame": pl.DataFrame({"x": [1, -2, None]}),
    "rows": [{"a": 1}, {"a": -1}],
    "numbers": np.array([1, 2, -3]),
    "tables": {"orders": pd.DataFrame({"id": [1, 1, 2]})},
    "lowest": 0,
    "np": np,
}


def facts(source: str, **more: Any) -> dict[str, Any]:
    return facts_of_test(ast.parse(source, mode="eval").body, {**NAMES, **more})


def failing(source: str, **more: Any) -> list[list[Any]]:
    rows: list[list[Any]] = facts(source, **more)["failing_rows"]["rows"]
    return rows


B, C = [1, -2.0, "b"], [2, None, "c"]


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("(df.x > 0).all()", [B, C]),
        ("df.x.gt(0).all() and True", [B, C]),
        ("not (df.x < 0).any()", [B]),
        ("df.x.notna().all()", [C]),
        ("df.notna().all().all()", [C]),
        ("df.notna().all(axis=None)", [C]),
        ("df.x.isna().sum() == 0", [C]),
        ("False or (df.x > 0).all()", [[False]]),
        ("not df.x.isna().any() and lowest == 5", [C]),
        ("all(row['a'] > lowest for row in rows)", [[-1]]),
        ("all([row['a'] > lowest for row in rows if row])", [[-1]]),
        ("not any(row['a'] < lowest for row in rows)", [[-1]]),
        ("all(x < 2 for x, s in zip(df.x, df.s))", [[None, "c"]]),
        ("all(row.x > 0 for row in df.itertuples())", [B, C]),
        ("np.all(numbers > 0)", [[-3]]),
        ("all(numbers > 0)", [[-3]]),
        ("(frame['x'] > 0).all()", [[-2]]),
        ("tables['orders'].id.is_unique", [[0, 1], [1, 1]]),
        ("(tables['orders']['id'] > 1).all()", [[0, 1], [1, 1]]),
    ],
)
def test_the_rows_that_fail_a_condition_are_found(source: str, rows: list[list[Any]]) -> None:
    if rows == [[False]]:
        assert "failing_rows" not in facts(source)
    else:
        assert failing(source) == rows


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("df.x.min() >= 0", {"df.x.min()": "-2.0"}),
        ("0 <= df.x.min() <= 9", {"df.x.min()": "-2.0"}),
        ("len(df) == len(rows)", {"len(df)": "3", "len(rows)": "2"}),
        ("not rows", {"rows": "[{'a': 1}, {'a': -1}]"}),
        ("rows == []", {"rows": "[{'a': 1}, {'a': -1}]"}),
        ("True and len(df) > 5", {"len(df)": "3"}),
        ("not (len(df) == 3 or lowest)", {"len(df)": "3"}),
        ("lowest", {"lowest": "0"}),
    ],
)
def test_the_values_that_were_compared_are_shown(source: str, values: dict[str, str]) -> None:
    assert facts(source) == {"values": values}


def test_long_values_and_expressions_are_cut() -> None:
    ((expression, value),) = facts("text + " + " + ".join(["text"] * 99) + " == 'y'", text="x" * 999)["values"].items()
    assert len(expression) == len(value) == 200


@pytest.mark.parametrize("source", ["missing == 1", "1 / 0", "[][0]", "[].pop() == 1", "exit(3)"])
def test_a_condition_that_cannot_be_evaluated_again_shows_nothing(source: str) -> None:
    assert facts(source, exit=sys.exit) == {}


def test_a_condition_that_holds_now_shows_nothing() -> None:
    numbers = iter([1, 2])
    assert facts("next(numbers) == 1", numbers=numbers) == {}


def test_looking_again_is_cut_off_after_a_second_also_where_everything_is_caught() -> None:
    def stubborn() -> bool:
        while True:
            try:
                threading.Event().wait(0.01)
            except Exception:
                continue

    started, handler = time.monotonic(), signal.getsignal(signal.SIGALRM)
    assert facts("stubborn() == 1", stubborn=stubborn) == {}
    assert time.monotonic() - started < 5
    assert signal.getsignal(signal.SIGALRM) is handler


def test_outside_the_main_thread_there_is_no_limit_and_no_error() -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(facts("lowest > 0")))
    thread.start()
    thread.join()
    assert found == [{"values": {"lowest": "0"}}]


@pytest.fixture
def run() -> Iterator[Any]:
    def execute(source: str, **names: Any) -> BaseException:
        linecache.cache["<a cell>"] = len(source), None, source.splitlines(keepends=True), "<a cell>"
        try:
            exec(compile(source, "<a cell>", "exec"), {**NAMES, **names})
        except Exception as error:
            return error
        raise AssertionError("nothing was raised")

    yield execute
    linecache.cache.pop("<a cell>", None)


def test_the_assert_that_failed_is_found_on_its_line(run: Any) -> None:
    error = run("assert lowest == 0\n\nif df is not None:\n    assert len(\n        df\n    ) == 4, 'four'\n")
    assert facts_of_error(error) == {"values": {"len(df)": "3"}}


def test_an_assert_in_a_function_sees_the_functions_own_names(run: Any) -> None:
    error = run("def positive(table, column):\n    assert all(v > lowest for v in table[column])\npositive(df, 'x')")
    assert facts_of_error(error)["failing_rows"] == {"columns": ["v"], "rows": [[-2.0], [None]], "count": 2}


@pytest.mark.parametrize("source", ["raise AssertionError('no')", "raise ValueError", "np.testing.assert_equal(1, 2)"])
def test_what_is_no_assert_of_the_users_shows_nothing(run: Any, source: str) -> None:
    assert facts_of_error(run(source)) == {}


def test_without_an_error_there_is_nothing_to_show() -> None:
    assert facts_of_error(None) == {}


def test_pandera_says_itself_what_is_wrong(run: Any) -> None:
    validate = (
        "import pandera.pandas as pa\n"
        "schema = pa.DataFrameSchema({'x': pa.Column(float, pa.Check.gt(0), nullable=True), 'y': pa.Column(str)})\n"
    )
    one = facts_of_error(run(validate + "schema.columns.pop('y') and schema.validate(df)"))["failing_rows"]
    assert (one["columns"], one["rows"], one["count"]) == (["index", "failure_case"], [[1, -2.0]], 1)
    several = facts_of_error(run(validate + "schema.validate(df, lazy=True)"))["failing_rows"]
    assert several["count"] == 2
    assert {"check", "column", "failure_case", "index"} <= set(several["columns"])


def test_the_error_that_ipython_showed_last_is_told_as_json(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "last_value", run("assert lowest > 0"), raising=False)
    assert json.loads(facts_of_last_error()) == {"values": {"lowest": "0"}}
    monkeypatch.delattr(sys, "last_value")
    assert facts_of_last_error() == "{}"
