"""Elements stored one by one: which they are, what they are called, and what they share."""

from __future__ import annotations

import datetime
import itertools

import numpy as np
import pandas as pd
import pytest

from jupyter_dataops.artifacts import items
from jupyter_dataops.artifacts.items import items_of
from jupyter_dataops.errors import UnstorableValue
from tests.support.artifacts import namespace


def keys(store, value):
    return [item.key for item in store.put({"x": value}, {}, each=frozenset({"x"}))["x"].items]


def test_only_the_names_asked_for_are_stored_one_by_one(store):
    outputs = store.put({"x": [1], "y": [2]}, {}, each=frozenset({"x", "z"}))
    assert [item.key for item in outputs["x"].items] == ["1"]
    assert outputs["y"].items is None


def test_elements_come_back_under_the_name_of_the_whole_in_its_order(store):
    value = ["b", [1, 2], pd.DataFrame({"a": [1]}), None]
    found = store.put({"x": value}, {}, each=frozenset({"x"}))["x"].items
    loaded = [store.get(item.output.artifact, item.output.name, {}) for item in found]
    assert loaded[:2] == value[:2]
    assert loaded[2].equals(value[2])
    assert loaded[3] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["berlin", "são paulo"], ["berlin", "são paulo"]),
        ([1, 2.5, True, None], ["1", "2.5", "True", "None"]),
        ([("de", 1), ("us", 2)], ["de,1", "us,2"]),
        ({"a": 1, "b": 2}, ["a", "b"]),
        ("ab", ["a", "b"]),
        (np.array([3, 4]), ["3", "4"]),
        (pd.Series(["x", "y"]), ["x", "y"]),
        (pd.DataFrame({"one": [1], "two": [2]}), ["one", "two"]),
        ([datetime.date(2026, 1, 2)], ["2026-01-02"]),
        (range(2), ["0", "1"]),
        ([], []),
    ],
)
def test_short_plain_elements_are_their_own_keys(store, value, expected):
    assert keys(store, value) == expected


@pytest.mark.parametrize("item", ["a/b", "a[1]", "", " a", "line\nbreak", "x" * 51, "a#2", [1], {"a": 1}, ((1, 2), 3)])
def test_other_elements_are_called_by_their_content(store, item):
    (key,) = keys(store, [item])
    assert len(key) == 8
    assert set(key) <= set("0123456789abcdef")
    assert [key] == keys(store, [item])


def test_elements_that_repeat_are_numbered(store):
    assert keys(store, ["a", "b", "a", "a", [1], [1]])[:4] == ["a", "b", "a#2", "a#3"]
    assert len(set(keys(store, [[1], [1], "a", "a", "1", 1]))) == 6


def test_a_key_stays_when_others_come_and_go(store):
    assert set(keys(store, [[1], "b"])) < set(keys(store, ["a", [2], [1], "b"]))


@pytest.mark.parametrize("value", [3, 2.5, None, len])
def test_what_has_no_elements_is_refused_by_name(store, value):
    with pytest.raises(UnstorableValue, match="'x' has no elements for 'each:'") as raised:
        keys(store, value)
    assert raised.value.variable == "x"


def test_what_does_not_end_is_refused(monkeypatch):
    monkeypatch.setattr(items, "_MAX_ITEMS", 10)
    assert len(items_of("x", range(10))) == 10
    with pytest.raises(UnstorableValue, match="more than 10 elements"):
        items_of("x", itertools.count())


def test_an_element_that_shares_an_object_with_another_says_so(store):
    shared = [1]
    found = store.put({"x": [{"a": shared}, {"a": shared}, {"a": [1]}]}, {}, each=frozenset({"x"}))["x"].items
    assert [item.output.shares for item in found] == [("x",), ("x",), ()]


def test_a_function_among_the_elements_keeps_what_it_needs(store):
    home = namespace("def g(): return 1\nfs = [lambda: g()]")
    (item,) = store.put({"fs": home["fs"]}, home, each=frozenset({"fs"}))["fs"].items
    assert item.output.needs == ("g",)


@pytest.mark.parametrize(
    ("element", "key"),
    [
        ({"name": "bern", "id": 3}, "bern"),
        ({"id": 3, "key": "k"}, "3"),
        ({"name": "a/b", "key": "k"}, "k"),
        ({"name": None, "id": 1}, "1"),
    ],
)
def test_a_dictionary_is_called_what_it_says_it_is(store, element, key):
    assert keys(store, [element]) == [key]


def test_dictionaries_of_one_name_are_numbered_and_one_without_is_a_digest(store):
    assert keys(store, [{"name": "bern", "at": at} for at in (1, 2)]) == ["bern", "bern#2"]
    (digest,) = keys(store, [{"name": {"first": "ada"}, "size": 1}])
    assert len(digest) == 8
