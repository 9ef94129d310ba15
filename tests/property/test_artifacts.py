"""Any value comes back as it was, and what was one object stays one object."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_dataops.artifacts.mutation import content_digest, is_immutable
from jupyter_dataops.artifacts.pickling import Scope
from jupyter_dataops.artifacts.sharing import find_shared
from jupyter_dataops.artifacts.store import ContentArtifactStore
from tests.support.artifacts import BUILT_IN

STORE = ContentArtifactStore(tempfile.mkdtemp(), BUILT_IN)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=()))
    | st.binary(max_size=50)
    | st.complex_numbers(allow_nan=False)
    | st.dates()
)
hashables = st.recursive(
    scalars, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=4
)
arrays = st.lists(st.floats(allow_nan=False), max_size=300).map(np.array)
values = st.recursive(
    hashables,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(hashables, inner, max_size=4)
        | st.sets(hashables, max_size=4)
        | st.tuples(inner, inner)
    ),
    max_leaves=15,
)


def through(**named: Any) -> dict[str, Any]:
    home: dict[str, Any] = {}
    outputs = STORE.put(named, home)
    return {name: STORE.get(output.artifact, name, home) for name, output in outputs.items()}


def shape_of(value: Any, seen: dict[int, int]) -> Any:
    """Types, contents and which mutable objects are the same, as one comparable value."""
    if type(value) in (list, dict, set):
        if id(value) in seen:
            return ("again", seen[id(value)])
        seen[id(value)] = len(seen)
    if type(value) in (list, tuple):
        return type(value).__name__, [shape_of(item, seen) for item in value]
    if type(value) is dict:
        return "dict", [(shape_of(key, seen), shape_of(item, seen)) for key, item in value.items()]
    if type(value) in (set, frozenset):
        return type(value).__name__, sorted(repr(shape_of(item, {})) for item in value)
    return type(value).__name__, repr(value)


@given(values)
@settings(deadline=None, max_examples=150)
def test_any_value_comes_back_as_it_was(value):
    assert shape_of(through(x=value)["x"], {}) == shape_of(value, {})


@st.composite
def entangled(draw):
    """Containers filled at random with each other: aliases, diamonds and cycles."""
    made: list[Any] = draw(st.lists(st.builds(list) | st.builds(dict), min_size=2, max_size=6))
    for position, inner in draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8)):
        target, item = made[position % len(made)], made[inner % len(made)]
        if type(target) is list:
            target.append(item)
        else:
            target[f"k{len(target)}"] = item
    return {f"v{index}": item for index, item in enumerate(made)}


@given(entangled())
@settings(deadline=None, max_examples=150)
def test_aliases_between_and_within_names_are_kept(named):
    loaded = through(**named)
    assert shape_of([loaded[name] for name in named], {}) == shape_of(list(named.values()), {})


@given(entangled())
@settings(deadline=None, max_examples=100)
def test_groups_are_a_partition_and_exactly_the_connected_names(named):
    groups = find_shared(named, {}, Scope({})).groups
    assert sorted(name for group in groups for name in group) == sorted(named)

    def reachable(value: Any, seen: set[int]) -> set[int]:
        if id(value) not in seen:
            seen.add(id(value))
            for item in value if type(value) is list else value.values():
                reachable(item, seen)
        return seen

    together = {name: group for group in groups for name in group}
    for one, first in named.items():
        for other, second in named.items():
            if reachable(first, set()) & reachable(second, set()):
                assert together[one] == together[other]


@given(values)
@settings(deadline=None, max_examples=100)
def test_a_digest_is_stable_while_nobody_changes_the_value(value):
    before = content_digest(value, {})
    STORE.put({"x": value}, {})
    assert content_digest(value, {}) == before


@given(hashables)
@settings(max_examples=100)
def test_what_can_be_hashed_by_value_is_immutable(value):
    assert is_immutable(value)


columns = (
    st.lists(st.floats(), min_size=4, max_size=4)
    | st.lists(st.integers(-(2**63), 2**63 - 1), min_size=4, max_size=4)
    | st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])), min_size=4, max_size=4)
    | st.lists(st.booleans(), min_size=4, max_size=4)
    | st.lists(st.none() | st.datetimes(), min_size=4, max_size=4)
    | st.lists(scalars, min_size=4, max_size=4)
)


@given(st.dictionaries(st.text(max_size=5), columns, max_size=4), st.none() | st.permutations([0, 1, 2, 3]))
@settings(deadline=None, max_examples=150)
def test_any_table_comes_back_exactly(data, order):
    table = pd.DataFrame({name: pd.Series(column) for name, column in data.items()})
    if order is not None and len(table):
        table = table.iloc[order]
    pd.testing.assert_frame_equal(through(t=table)["t"], table, check_exact=True, check_column_type="exact")


@given(arrays, st.slices(300))
@settings(deadline=None, max_examples=100)
def test_views_keep_sharing_memory(array, part):
    loaded = through(array=array, view=array[part])
    np.testing.assert_array_equal(loaded["view"], array[part])
    loaded["array"][:] = 5
    assert (loaded["view"] == 5).all()
