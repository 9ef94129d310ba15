from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from jupyter_dataops.ids import Digest
from jupyter_dataops.plan.contents import ContentChange, compare_outputs
from jupyter_dataops.records import ArtifactRecord, OutputRecord


def stored(digest: str, **fields: Any) -> OutputRecord:
    described: dict[str, Any] = {"serializer": "pandas", "type": "pandas.DataFrame", "size_bytes": 10, **fields}
    return OutputRecord("df", ArtifactRecord(Digest(digest), **described))


def table(columns: dict[str, str], rows: int = 3, digest: str = "new") -> OutputRecord:
    return stored(digest, columns=columns, shape=(rows, len(columns)))


def compared(old: Any, new: Any) -> ContentChange | None:
    """Two values that could be opened, described alike."""
    tables = [pa.table(value) if isinstance(value, dict) else value for value in (old, new)]
    return compare_outputs(stored("old"), stored("new"), (tables[0], tables[1]))


def as_json(old: Any, new: Any) -> ContentChange | None:
    kind = {"serializer": "json", "type": "dict"}
    return compare_outputs(stored("old", **kind), stored("new", **kind), (old, new))


def test_the_same_content_does_not_differ() -> None:
    assert compare_outputs(stored("same"), stored("same")) is None


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ({"a": "int64", "b": "int64"}, {"a": "int64"}, "`df` has lost the column `b`"),
        ({"a": "int64"}, {"a": "int64", "b": "str"}, "`df` has gained the column `b`"),
        ({"a": "int64"}, {"a": "object"}, "`df` has other types: `a` is object and was int64"),
    ],
)
def test_columns_are_told_without_opening_anything(old: dict[str, str], new: dict[str, str], sentence: str) -> None:
    change = compare_outputs(table(old, digest="old"), table(new))
    assert change is not None
    assert change.sentence == sentence


def test_a_lost_column_is_told_before_rows_and_types_and_all_are_named() -> None:
    change = compare_outputs(table({"a": "int64", "b": "str"}, 3, "old"), table({"a": "float64", "c": "str"}, 5))
    assert change is not None
    assert (change.sentence, change.lines) == (
        "`df` has lost the column `b`",
        ("has other types: `a` is float64 and was int64", "has 5 rows and had 3", "has gained the column `c`"),
    )
    assert change.names == {"a", "b", "c"}
    assert change.facts == {
        "columns_removed": ["b"],
        "dtypes": {"a": ["int64", "float64"]},
        "rows": [3, 5],
        "columns_added": ["c"],
    }


def test_another_type_is_told_first() -> None:
    change = compare_outputs(stored("old", type="dict"), stored("new", type="list"))
    assert change is not None
    assert change.sentence == "`df` is a list and was a dict"


def test_the_shape_of_what_is_no_table_is_told() -> None:
    change = compare_outputs(stored("old", shape=(2, 3)), stored("new", shape=(2, 4)))
    assert change is not None
    assert change.sentence == "`df` has the shape (2, 4) and had (2, 3)"


def test_what_cannot_be_looked_into_only_says_that_it_differs() -> None:
    change = compare_outputs(stored("old", size_bytes=5), stored("new", size_bytes=1500))
    assert change is not None
    assert "which cannot be looked into" in change.sentence
    assert "5 B -> 1,500 B" in change.sentence
    assert not change.is_known


# -- tables


def test_each_column_says_how_many_values_changed_and_how_nulls_and_range_moved() -> None:
    change = compared({"a": [1, 2, 3], "b": ["x", "y", "z"]}, {"a": [1, None, -7], "b": ["x", "y", "z"]})
    assert change is not None
    assert change.sentence == "`df` has other values in the column `a`"
    assert change.lines == ("`a`: 2 values changed, nulls 0 -> 1, min 1 -> -7, max 3 -> 1",)
    assert change.facts == {"columns": {"a": {"changed": 2, "nulls": [0, 1], "min": ["1", "-7"], "max": ["3", "1"]}}}


def test_columns_with_new_nulls_come_first_then_those_with_another_range() -> None:
    old = {"many": [1, 2, 3, 4], "range": [1, 2, 3, 4], "nulls": [1.0, 2.0, 3.0, 4.0]}
    new = {"many": [1, 3, 2, 4], "range": [1, 2, 3, 9], "nulls": [1.0, float("nan"), 3.0, 4.0]}
    change = compared(old, new)
    assert change is not None
    assert [line.split(":")[0] for line in change.lines] == ["`nulls`", "`range`", "`many`"]


def test_a_number_that_is_none_equals_another_and_a_null() -> None:
    assert compared({"a": [1.0, float("nan")]}, {"a": pa.array([1.0, None])}) is None


def test_tables_of_another_length_are_compared_by_their_summaries() -> None:
    change = compared({"a": [1, 2]}, {"a": [1, 2, None]})
    assert change is not None
    assert change.facts["columns"]["a"]["changed"] is None
    assert change.lines == ("`a`: nulls 0 -> 1",)


def test_rows_in_another_order_are_changed_values() -> None:
    change = compared({"a": [1, 2]}, {"a": [2, 1]})
    assert change is not None
    assert change.lines == ("`a`: 2 values changed",)


def test_times_texts_and_truths_have_a_range() -> None:
    change = compared({"a": ["b", "c"], "t": [True, True]}, {"a": ["a", "c"], "t": [True, False]})
    assert change is not None
    assert set(change.lines) == {"`a`: 1 value changed, min b -> a", "`t`: 1 value changed, min True -> False"}


def test_nested_columns_have_no_range_and_no_equality() -> None:
    change = compared({"a": [[1], [2]]}, {"a": [[1], None]})
    assert change is not None
    assert change.lines == ("`a`: nulls 0 -> 1",)
    other = compared({"a": [[1], [2]]}, {"a": [[1], [3]]})
    assert other is not None
    assert other.lines == ("`a`: other values",)


def test_of_many_columns_the_most_telling_are_shown() -> None:
    old = {f"c{index}": [index, 0] for index in range(20)}
    new = {f"c{index}": [index + 1, 0] for index in range(20)}
    change = compared(old, new)
    assert change is not None
    assert len(change.lines) == 9
    assert change.lines[-1] == "and 12 more columns changed"
    assert len(change.facts["columns"]) == 20


def test_two_columns_of_one_name_are_left_out() -> None:
    twice = pa.table([[1], [2]], names=["a", "a"])
    assert compare_outputs(stored("old"), stored("new"), (twice, pa.table([[1], [3]], names=["a", "a"]))) is None


def test_what_is_stored_in_another_way_with_the_same_values_does_not_differ() -> None:
    assert compared({"a": [1]}, {"a": [1]}) is None


# -- JSON


@pytest.mark.parametrize(
    ("old", "new", "sentence", "lines"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, "`df` has gained `b`", ()),
        ({"a": 1, "b": 2}, {"a": 1}, "`df` has lost `b`", ()),
        ({"a": 1, "b": 2}, {"a": 2, "b": 2}, "`df` has other values at `a`", ("`a` is 2 and was 1",)),
        ([1, 2], [1, 2, 3], "`df` has 3 elements and had 2", ()),
        ([1, 2], [1, 5], "`df` has 1 other element", ("[1] is 5 and was 2",)),
        (1, 2, "`df` is 2 and was 1", ()),
        ("Bern", "Genf", "`df` is Genf and was Bern", ()),
        (1, True, "`df` is True and was 1", ()),
        ({"a": 1}, [1], "`df` is [1] and was {'a': 1}", ()),
    ],
)
def test_json_says_which_keys_and_elements(old: Any, new: Any, sentence: str, lines: tuple[str, ...]) -> None:
    change = as_json(old, new)
    assert change is not None
    assert (change.sentence, change.lines) == (sentence, lines)


def test_long_values_are_cut() -> None:
    change = as_json("x" * 500, "y" * 500)
    assert change is not None
    assert len(change.sentence) < 160
