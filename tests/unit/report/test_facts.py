from __future__ import annotations

import pytest

from jupyter_dataops.report.facts import failing_rows, found_values, rows_text
from tests.unit.report.made import a_check_failure, a_failure


def test_the_rows_that_fail_are_a_table() -> None:
    found = failing_rows(a_check_failure())
    assert found is not None
    assert found.title == "12 failing rows, the first 2"
    assert rows_text(found, 5) == ["    city    price", "3   Bern    -1", "17  <Genf>  null"]
    assert found_values(a_check_failure()) == {"df.price.min()": "-1"}


def test_long_values_are_cut_and_stay_on_one_line() -> None:
    found = failing_rows(a_failure(facts={"failing_rows": {"columns": ["x"], "rows": [["a\nb" * 30]], "count": 1}}))
    assert found is not None
    assert rows_text(found, 5, widest=6) == ["x", "a ba …"]
    assert found.title == "1 failing row"


@pytest.mark.parametrize(
    "facts",
    [{}, {"failing_rows": None}, {"failing_rows": []}, {"failing_rows": {"rows": []}}, {"failing_rows": {"rows": 3}}],
)
def test_where_a_check_tells_of_no_rows_there_are_none(facts) -> None:
    assert failing_rows(a_failure(facts=facts)) is None
    assert found_values(a_failure(facts=facts)) == {}


def test_rows_without_columns_or_of_uneven_length_are_shown_as_they_are() -> None:
    found = failing_rows(a_failure(facts={"failing_rows": {"rows": [[1, 2, 3], 4], "count": "many"}}))
    assert found is not None
    assert rows_text(found, 1) == ["1  2  3"]
    assert (found.count, found.rows[1]) == (2, ("4",))


def test_no_failure_has_no_facts() -> None:
    assert (failing_rows(None), found_values(None)) == (None, {})
