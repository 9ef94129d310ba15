from __future__ import annotations

import math
from collections import OrderedDict

import pytest


class Count(int):
    pass


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(10**100),
        1.5,
        -0.0,
        math.inf,
        5e-324,
        [],
        {},
        [1, [2.0, {"é\n": None}]],
        {"b": 1, "a": 2},
        0.1 + 0.2,
    ],
)
def test_plain_values_come_back_exactly(round_trip, value):
    loaded, artifact = round_trip(value)
    assert artifact.serializer == "json"
    assert repr(loaded) == repr(value)


def test_nan_comes_back(round_trip):
    loaded, artifact = round_trip(math.nan)
    assert math.isnan(loaded)
    assert artifact.serializer == "json"


@pytest.mark.parametrize(
    "value",
    [(1,), {1: 2}, {"a": {1}}, [Count(1)], Count(1), OrderedDict(a=1), ["\ud83d\ude00"], 10**5000, list(range(10_001))],
    ids=lambda value: type(value).__name__,
)
def test_what_json_would_change_or_slow_down_is_pickled(round_trip, value):
    loaded, artifact = round_trip(value)
    assert artifact.serializer == "pickle"
    assert loaded == value
    assert type(loaded) is type(value)


def test_a_list_reached_twice_stays_one(round_trip):
    row = [0]
    loaded, artifact = round_trip([row, row])
    assert artifact.serializer == "pickle"
    assert loaded[0] is loaded[1]


def test_a_cycle_stays_one(round_trip):
    ring: list[object] = []
    ring.append(ring)
    loaded, _ = round_trip(ring)
    assert loaded[0] is loaded
