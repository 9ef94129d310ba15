"""Laws of putting sources of settings over one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_dataops.config.layers import NOTHING, Layer, Layered, Origin, OriginKind, pile, read

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "jobs": st.integers(1, 9),
        "store": st.sampled_from(["one", "two"]),
        "fork": st.booleans(),
        "pools": st.dictionaries(NAMES, st.integers(1, 9)),
        "parameters": st.dictionaries(NAMES, st.none() | st.integers() | st.text()),
        "retry": st.dictionaries(st.sampled_from(["retries", "infra_retries"]), st.integers(0, 9)),
    },
)
LAYERS = st.builds(
    lambda kind, values: Layer(Origin(kind), values, Path("/project")), st.sampled_from(OriginKind), VALUES
)
LAYERED = LAYERS.map(read)


# The first text that is drawn in a new checkout makes Hypothesis's tables of Unicode: a second or more.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(LAYERED, LAYERED, LAYERED)
def test_it_does_not_matter_which_two_are_merged_first(low: Layered, middle: Layered, high: Layered) -> None:
    assert high.over(middle.over(low)) == high.over(middle).over(low)


@given(LAYERED, LAYERED)
def test_the_same_twice_is_the_same_once(low: Layered, high: Layered) -> None:
    assert high.over(high) == high
    assert high.over(high.over(low)) == high.over(low)


@given(LAYERED)
def test_an_empty_source_changes_nothing(one: Layered) -> None:
    assert NOTHING.over(one) == one == one.over(NOTHING)


@given(st.lists(LAYERS, min_size=1))
def test_every_value_is_that_of_the_last_source_which_gives_it(layers: list[Layer]) -> None:
    for place, found in pile(layers).entries.items():
        givers = [layer for layer in layers if _gives(layer.values, place)]
        assert found == read(givers[-1]).entries[place]


def _gives(values: dict[str, Any], place: tuple[str, ...]) -> bool:
    key, *entry = place
    return key in values and (not entry or entry[0] in values[key])


@pytest.mark.parametrize("kind", [OriginKind.VARIABLE, OriginKind.ARGUMENT])
@given(low=LAYERED, sizes=st.dictionaries(NAMES, st.integers(1, 9)))
def test_a_whole_table_leaves_nothing_of_those_below(kind: OriginKind, low: Layered, sizes: dict[str, int]) -> None:
    merged = read(Layer(Origin(kind), {"pools": sizes}, Path("/"))).over(low)
    assert {place[1]: one.value for place, one in merged.entries.items() if place[0] == "pools"} == sizes
