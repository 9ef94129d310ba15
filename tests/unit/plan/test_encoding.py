from __future__ import annotations

import datetime as dt
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_dataops.plan.encoding import digest, encode

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


def typed(value: object) -> object:
    """Equal only for values that are equal and of the same types throughout: ``1``, ``1.0`` and ``True`` are three."""
    match value:
        case list():
            return ("list", tuple(map(typed, value)))
        case dict():
            return ("dict", frozenset((key, typed(item)) for key, item in value.items()))
        case _:
            return (type(value).__name__, repr(value))


@given(values, values)
def test_two_values_share_an_encoding_only_if_they_are_equal(one: object, other: object) -> None:
    assert (encode(one) == encode(other)) == (typed(one) == typed(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a", "bc"], ["ab", "c"]),
        (["a,b"], ["a", "b"]),
        (["a:1:b"], ["a", "b"]),
        (["astr:b"], ["a", "b"]),
        ([["a"], "b"], ["a", ["b"]]),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
        ({"a": {"b": 1}}, {"a": "b", "1": 1}),
        (1, True),
        (1, 1.0),
        ("1", 1),
        (b"a", "a"),
        (None, "None"),
        ([], {}),
        ([], ""),
        (dt.date(2026, 1, 1), "2026-01-01"),
        (PurePosixPath("a"), "a"),
    ],
)
def test_no_delimiter_or_type_collides(one: object, other: object) -> None:
    assert digest(one) != digest(other)


def test_the_order_of_mappings_and_sets_does_not_count() -> None:
    assert digest({"a": 1, "b": {2, 3}}) == digest({"b": {3, 2}, "a": 1})


def test_a_lone_surrogate_has_an_encoding() -> None:
    assert digest("\ud800") != digest("?")


@pytest.mark.parametrize("value", [object(), [object()], {"a": object()}, 1j])
def test_a_value_without_a_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        digest(value)
