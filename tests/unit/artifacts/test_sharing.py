from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.sharing import find_shared
from tests.support.artifacts import namespace

LIST = [1]
FRAME = pd.DataFrame({"a": [1]})
ARRAY = np.arange(10)
RNG = np.random.default_rng(1)


class Box:
    def __init__(self, content):
        self.content = content

    def open(self):
        return self.content


class Slotted:
    __slots__ = ("content",)

    def __init__(self, content):
        self.content = content


BOX = Box(LIST)


def closing_over(value):
    return lambda: value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(LIST, LIST, id="the same list"),
        pytest.param({"k": [LIST]}, (1, LIST), id="nested"),
        pytest.param({(LIST and "k"): BOX}, LIST, id="attribute"),
        pytest.param(Slotted(LIST), LIST, id="slot"),
        pytest.param(closing_over(LIST), LIST, id="closure"),
        pytest.param(BOX.open, BOX, id="bound method"),
        pytest.param(FRAME, {"df": FRAME}, id="the same table"),
        pytest.param(ARRAY, ARRAY[2:], id="view of an array"),
        pytest.param(ARRAY[:5], ARRAY[5:], id="two views"),
        pytest.param(np.array([LIST, None], dtype=object), LIST, id="array of objects"),
        pytest.param(RNG, {"rng": RNG}, id="random generator"),
        pytest.param(np.random.Generator(RNG.bit_generator), RNG, id="bit generator"),
        pytest.param({BOX}, BOX, id="member of a set"),
        pytest.param({BOX: 1}, LIST, id="key of a dict"),
    ],
)
def test_names_that_reach_one_mutable_object_are_stored_together(one, other):
    assert find_shared({"one": one, "other": other}, {}, Scope({})).groups == (("one", "other"),)


TEXT = "text"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param([TEXT, 1, None], [TEXT, 1, None], id="equal lists of the same constants"),
        pytest.param([np], [np], id="module"),
        pytest.param(Box(1), Box(2), id="instances of one class"),
        pytest.param([len, closing_over], [len, closing_over], id="functions"),
        pytest.param([(1, (2, "x"))], [(1, (2, "x"))], id="frozen tuples"),
        pytest.param(FRAME, FRAME.copy(), id="copies of a table"),
        pytest.param(FRAME, FRAME[["a"]], id="a selection, copied on write"),
        pytest.param(ARRAY, ARRAY.copy(), id="copies of an array"),
        pytest.param(
            [pd.Timestamp(0), np.float64(1), ARRAY.dtype], [pd.Timestamp(0), np.float64(1), ARRAY.dtype], id="scalars"
        ),
    ],
)
def test_names_that_share_only_what_cannot_change_are_stored_apart(one, other):
    assert find_shared({"one": one, "other": other}, {}, Scope({})).groups == (("one",), ("other",))


def test_sharing_is_transitive():
    left, right = [1], [2]
    values = {"c": [right], "a": [left], "b": [left, right], "d": [3]}
    assert find_shared(values, {}, Scope({})).groups == (("a", "b", "c"), ("d",))


def test_outputs_that_hang_on_an_input_name_it():
    shared = find_shared({"out": [LIST], "free": [2]}, {"x": LIST, "y": [3], "n": 1}, Scope({}))
    assert shared.inputs == {"out": ("x",), "free": ()}
    assert shared.groups == (("free",), ("out",))


def test_a_function_whose_default_is_mutable_shares_it():
    home = namespace("rows = []\ndef f(to=rows): to.append(1)")
    assert find_shared({"f": home["f"], "rows": home["rows"]}, {}, Scope(home)).groups == (("f", "rows"),)


def test_a_setup_function_shares_nothing_for_only_its_name_is_stored():
    home = namespace("rows = []\ndef f(to=rows): to.append(1)")
    scope = Scope(home, frozenset({"f"}))
    assert find_shared({"f": home["f"], "rows": home["rows"]}, {}, scope).groups == (("f",), ("rows",))


def test_nothing_is_walked_where_only_one_value_is_mutable():
    class Untouchable:
        def __reduce__(self):
            raise AssertionError

    assert find_shared({"a": Untouchable(), "b": 1}, {"c": "x"}, Scope({})).groups == (("a",), ("b",))
